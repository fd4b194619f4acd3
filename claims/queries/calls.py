"""Claims without an answer: those that come up by themselves, because the payer should have said something by now.

The database counts and sorts them, so a page of the list costs the same however many claims wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from claims.models import Claim, PlaybookFact, StatusCall
from claims.playbook import is_known
from claims.queries.days import DaysAfter
from claims.queries.worklists import shown, with_signs
from claims.workflow import Adjudication, Closing, Transport
from documentation.models.together import together

ANSWER_DAYS = 30
"""After how many days without an answer a payer is asked, where its playbook says nothing. A habit, not a rule."""

ZERO = Decimal("0.00")
_UNDECIDED = (Adjudication.NONE, Adjudication.PENDED)
_AWAY = (Transport.SENT, Transport.ACCEPTED)


@dataclass(frozen=True)
class Silent:
    """A claim that waits longer than its payer takes, or whose next call is due."""

    claim: Claim
    sent_on: date
    open_amount: Decimal
    """What its payer has not decided of it: all that is unpaid, or the rest of what it answered in part. What other
    plans paid of the same visit is not taken off: it is what the payer is asked about, not what it owes.
    """
    days: int
    """Of the payer, within which it answers."""
    is_known: bool
    """Whether the payer's playbook says so; otherwise it is the usual number."""
    due_on: date
    last: StatusCall | None

    @property
    def is_in_part(self) -> bool:
        """Whether the payer decided on a part, and the rest is asked about."""
        return self.claim.adjudication not in _UNDECIDED


def answer_days() -> QuerySet[Any]:
    """Within how many days payers answer, as the playbooks say: payer, plan and days, the newest last."""
    return PlaybookFact.objects.filter(key="answer_days").order_by("pk").values_list("payer", "plan_name", "value")


def fewest_days(known: Iterable[Any]) -> int:
    """The days of the payer that answers first, of `answer_days`."""
    return min([ANSWER_DAYS, *(days for *_, days in known if is_known(days))])


def silent(today: date, known: Iterable[Any] | None = None) -> QuerySet[Any]:
    """Claims that were sent and not decided, pended, or decided in part, whose payer's days or next call are due, the
    longest first; each as `told` reads it. Where a call is noted, also those that wait for somebody here. `known` is
    what came of `answer_days`, where it is at hand.
    """
    return _waiting(known).filter(due_on__lte=today).order_by("due_on", "pk")


def told(rows: QuerySet[Any]) -> list[Silent]:
    """Such claims with what their list says of each, in one query."""
    asked = together(rows=rows, calls=StatusCall.objects.filter(pk__in=rows.values("last_call")))
    found, calls = asked["rows"], {call.pk: call for call in asked["calls"]}
    return [
        Silent(
            row,
            row.sent_on,
            row.owed - (ZERO if row.adjudication in _UNDECIDED else row.at_risk),
            row.days,
            row.known_days is not None,
            row.due_on,
            calls.get(row.last_call),
        )
        for row in found
    ]


def due_of(claim: Claim) -> Silent | None:
    """When a claim that waits for its payer comes up; None where it does not wait."""
    return next(iter(told(_waiting().filter(pk=claim.pk))), None)


def _waiting(known: Iterable[Any] | None = None) -> QuerySet[Any]:
    # A call that was noted before the claim was sent again says nothing of this sending.
    calls = StatusCall.objects.filter(claim=OuterRef("pk"), called_on__gte=OuterRef("sent_on")).order_by("-pk")
    # Whatever else is to be done with a claim: the day that a call promised is kept while its payer owes an answer.
    called = Q(last_call__isnull=False, transport__in=_AWAY, adjudication__in=_UNDECIDED)
    # What a payer owes of a claim that it decided is what it denied, and what it said nothing of or pended.
    in_part = Q(figures__owed__gt=F("figures__at_risk"), transport__in=_AWAY) & ~Q(adjudication__in=_UNDECIDED)
    due = Q(queue="waiting", adjudication__in=_UNDECIDED) | called | in_part
    # Queue and last sending as they are kept: who counts what waits does not look for those of each claim.
    rows = shown(with_signs(Claim.objects.filter(closing=Closing.OPEN)).annotate(queue=F("queued__queue")))
    return (
        # What the plan before passed on is waited for since its answer.
        rows.annotate(sent_on=Coalesce("queued__sent_on", "passed_on_by__remittance__paid_on"))
        .annotate(owed=Coalesce("figures__owed", "total"), at_risk=Coalesce("figures__at_risk", ZERO))
        .filter(sent_on__isnull=False)
        .annotate(known_days=known_days(known), days=Coalesce("known_days", ANSWER_DAYS))
        .annotate(last_call=Subquery(calls.values("pk")[:1]), again_on=Subquery(calls.values("next_on")[:1]))
        .annotate(due_on=Coalesce("again_on", DaysAfter("sent_on", "days")))
        .filter(due)
    )


def known_days(known: Iterable[Any] | None = None, of: str = "coverage__") -> Case:
    """Within how many days a claim's payer answers, as its playbook says: of the plan, else of the payer; or nothing.
    `of` is the path to what has `payer` and `plan_name`.

    Payers are few, so their facts are read here and put into the question by the number that they tell.
    """
    newest: dict[tuple[int, str], Any] = {}
    for payer, plan, value in answer_days() if known is None else known:
        newest[payer, plan] = value
    of_plans = [
        When(**{f"{of}payer": payer, f"{of}plan_name": plan}, then=Value(days))
        for (payer, plan), days in newest.items()
        if plan and is_known(days)
    ]
    of_payers: dict[int, list[int]] = {}
    for (payer, plan), days in newest.items():
        if not plan and is_known(days):
            of_payers.setdefault(days, []).append(payer)
    whens = [*of_plans, *(When(**{f"{of}payer__in": p}, then=Value(days)) for days, p in of_payers.items())]
    return Case(*whens, default=Value(None), output_field=IntegerField())
