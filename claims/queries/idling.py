"""Since when a claim waits for the practice and nobody did anything about it: what `ClaimFigures.idle_since` keeps.

A claim waits for the practice with a denial that nobody has appealed, an appeal that was begun and not sent, or when it
came back and was not sent again. Of several such things the one that lies longest counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, CharField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, LPad

from claims.models import Appeal, Claim, ClaimNote, Decision, Denial, StatusCall, Submission
from claims.models.claims import number_of
from claims.workflow import APPEALS_TO_SEND, AppealStatus, Closing, DenialStatus, Transport
from documentation.models import AuditEvent
from documentation.models.among import Keys, among, others
from documentation.models.together import Prepared

STUCK_AFTER = timedelta(days=7)
"""After so many days without anything done a claim is stuck."""
EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Of what nobody knows when it began."""
_DIGITS = Cast("pk", CharField())
_NUMBER = Concat(Value("C"), Case(When(pk__lt=1_000_000, then=LPad(_DIGITS, 6, Value("0"))), default=_DIGITS))
"""The number of a claim as `claims.models.claims.number_of` gives it: the trail names claims by it."""


def noon(day: date) -> datetime:
    """A moment that lies within a day wherever in the United States the practice is: no zone has to be known."""
    return datetime.combine(day, time(12), UTC)


def idle_since(claims: Collection[int]) -> dict[int, datetime]:
    """Of these claims those that wait for the practice, each with the moment since which nothing was done."""
    return idle_by(asked({"claims": claims}))


@Prepared
def asked(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    """What `idle_by` goes by."""
    of, ended = among("claim", keys["claims"]), Q(claim__closing__in=others(Closing, Closing.OPEN))
    denials = Denial.objects.filter(of).exclude(ended | Q(status__in=others(DenialStatus, DenialStatus.OPEN)))
    begun = Appeal.objects.filter(of).exclude(ended | Q(status__in=others(AppealStatus, *APPEALS_TO_SEND)))
    elsewhere = others(Transport, Transport.REJECTED)
    back = Claim.objects.filter(among("pk", keys["claims"])).exclude(closing__in=others(Closing, Closing.OPEN))
    back = back.exclude(transport__in=elsewhere)
    sent = Submission.objects.filter(of).exclude(ended | Q(claim__transport__in=elsewhere))
    denials, begun = denials.order_by(), begun.order_by()
    # What the practice waited for until then: a decision on an appeal, which may have been withdrawn, or what was sent.
    # Only the trail says when it came back. By subject, for which it has an index.
    opened = denials.annotate(told_as=Concat(Value("denial "), Cast("pk", CharField()))).values("told_as")
    reopened = AuditEvent.objects.filter(among("subject", opened), action="denial.reopen").order_by()
    numbers = back.annotate(told_as=_NUMBER).order_by().values("told_as")
    rejected = AuditEvent.objects.filter(among("subject", numbers), action="claim.reject").order_by()
    return {
        "idle": denials.values_list("pk", "claim", "opened_at", "next_on"),
        "begun": begun.values_list("claim", "denial", "opened_at"),
        "back": back.order_by().values_list("pk", flat=True),
        "sent": sent.order_by().values_list("claim", "sent_on"),
        "decided": Decision.objects.filter(among("denial__claim", keys["claims"])).order_by().values_list(
            "denial__claim", "decided_at"
        ),
        "noted": ClaimNote.objects.filter(of).order_by().values_list("claim", "written_at"),
        "called": StatusCall.objects.filter(of).order_by().values_list("claim", "recorded_at"),
        "reopened": reopened.values_list("subject", "at"),
        "rejected": rejected.values_list("subject", "at"),
    }  # fmt: skip


def idle_by(found: Mapping[str, list[Any]]) -> dict[int, datetime]:
    """The same by what came of `asked`."""
    idle: dict[int, datetime] = {}
    for claim, moment in _things_to_do(found):
        idle[claim] = min(idle.get(claim, moment), moment)
    return idle


def _things_to_do(found: Mapping[str, list[Any]]) -> Iterator[tuple[int, datetime]]:
    """Each thing that a claim waits for, with the last moment at which something was done about it."""
    done: dict[int, datetime] = defaultdict(lambda: EVER)
    for claim, at in (*found["decided"], *found["noted"], *found["called"]):
        done[claim] = max(done[claim], at)
    told: dict[str, datetime] = defaultdict(lambda: EVER)
    for subject, at in (*found["reopened"], *found["rejected"]):
        told[subject] = max(told[subject], at)
    appealed = {denial for _, denial, _ in found["begun"]}
    for key, claim, opened_at, next_on in found["idle"]:
        if key not in appealed:
            # What is planned for a day is looked at again on the day after it.
            planned = noon(next_on) - STUCK_AFTER if next_on else EVER
            yield claim, max(opened_at, planned, done[claim], told[f"denial {key}"])
    for claim, _, opened_at in found["begun"]:
        yield claim, opened_at
    sent: dict[int, datetime] = defaultdict(lambda: EVER)
    for claim, day in found["sent"]:
        sent[claim] = max(sent[claim], noon(day))
    for claim in found["back"]:
        yield claim, max(sent[claim], told[number_of(claim)])
