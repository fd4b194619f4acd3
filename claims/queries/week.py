"""The week of whoever runs the practice: what ends, what is new, what is stuck, whom to call, who works on what.

All of it is told of today. Each condition is on kept figures, and starts from the few rows that are open.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Concat, LPad

from claims.models import Appeal, Claim, ClaimFigures, ClaimNote, Decision, Denial, Payer, StatusCall
from claims.queries import calls
from claims.queries.choices import WORKERS
from claims.queries.narrowing import nobodys
from claims.queries.sums import COUNTED, Filters, narrowed
from claims.workflow import APPEALS_TO_SEND, Adjudication, Closing, DenialStatus, Transport
from documentation.kernel.rule import Cause
from documentation.models import AuditEvent, Location, User

DAYS = 7
MOST = 50
"""Claims that are handed out at once."""
ZERO = Decimal("0.00")
_DIGITS = Cast("pk", CharField())
_NUMBER = Concat(Value("C"), Case(When(pk__lt=1_000_000, then=LPad(_DIGITS, 6, Value("0"))), default=_DIGITS))
"""The number of a claim as `claims.models.claims.number_of` gives it: the trail names claims by it."""
_UNRESOLVED = [s for s in DenialStatus if s != DenialStatus.RESOLVED]


def _since(day: date) -> datetime:
    """From when something lies after a day began, where the practice is."""
    return datetime.combine(day, time.min, Location.zone_of_practice())


def ending(today: date) -> Q:
    """Of figures: at risk, and the last day comes within the week or has passed."""
    return COUNTED["at_risk_claims"] & Q(at_risk_until__lte=today + timedelta(days=DAYS))


def new_denials(today: date) -> QuerySet[Denial]:
    """Denials that came in the last seven days, today among them."""
    return Denial.objects.filter(opened_at__gte=_since(today - timedelta(days=DAYS - 1)))


def newly_denied(today: date) -> Q:
    return Q(pk__in=new_denials(today).order_by().values("claim"))


def unassigned() -> Q:
    """Of figures: an open denial, and nobody works on the claim."""
    denied = Denial.objects.filter(status__in=_UNRESOLVED).order_by().values("claim")
    return Q(pk__in=Claim.objects.filter(nobodys(), closing=Closing.OPEN, pk__in=denied).order_by().values("pk"))


def stuck(today: date) -> Q:
    """Of figures: the practice has to do something, and for more than a week nobody did."""
    before, this = _since(today - timedelta(days=DAYS)), {"claim": OuterRef("claim")}
    recent = (
        Exists(Decision.objects.filter(denial__claim=OuterRef("claim"), decided_at__gte=before))
        | Exists(ClaimNote.objects.filter(**this, written_at__gte=before))
        | Exists(StatusCall.objects.filter(**this, recorded_at__gte=before))
    )
    idle = Denial.objects.filter(status=DenialStatus.OPEN, opened_at__lt=before).exclude(next_on__gte=today)
    begun = Appeal.objects.filter(status__in=APPEALS_TO_SEND)
    # What the practice waited for until this week: a decision on an appeal, which may have been withdrawn, or what was
    # sent. Only the trail says when it came back.
    told = AuditEvent.objects.filter(at__gte=before)
    reopened = told.filter(action="denial.reopen", subject=Concat(Value("denial "), Cast(OuterRef("pk"), CharField())))
    undecided = idle.filter(~recent, ~Exists(reopened)).exclude(Exists(begun.filter(denial=OuterRef("pk"))))
    back = (
        Claim.objects.annotate(told_as=_NUMBER)
        .filter(
            ~Exists(told.filter(action="claim.reject", subject=OuterRef("told_as"))),
            closing=Closing.OPEN,
            transport=Transport.REJECTED,
        )
        .exclude(submissions__sent_on__gte=today - timedelta(days=DAYS))
    )
    parts = Q(pk__in=undecided.order_by().values("claim")) | Q(
        pk__in=begun.filter(opened_at__lt=before).order_by().values("claim")
    )
    is_open = Q(claim__closing=Closing.OPEN)
    return is_open & (parts | Q(pk__in=back.order_by().values("pk")))


def silent(today: date) -> Q:
    """Of figures: sent, not answered within its payer's days since it was sent last, and no later call planned since.
    Of the calls that are due, those about claims without a first answer.
    """
    waits = ClaimFigures.objects.filter(COUNTED["unanswered"], owed__gt=0).order_by().values("pk")
    due = calls.silent(today).filter(
        pk__in=waits,
        transport__in=(Transport.SENT, Transport.ACCEPTED),
        adjudication__in=(Adjudication.NONE, Adjudication.PENDED),
    )
    return Q(pk__in=due.order_by().values("pk"))


@dataclass(frozen=True)
class Told:
    """So many claims, and what is at stake with them."""

    claims: int
    dollars: Decimal


def told(condition: Q, filters: Filters, amount: str) -> Told:
    row = narrowed(ClaimFigures.objects.filter(condition), filters).aggregate(n=Count("pk"), sum=Sum(amount))
    return Told(row["n"], row["sum"] or ZERO)


def new_by_cause(today: date, filters: Filters) -> list[tuple[str, int]]:
    """The labels of causes of which denials came this week, and on how many claims, most first."""
    claims = narrowed(ClaimFigures.objects.filter(newly_denied(today)), filters).order_by().values("pk")
    rows = (
        new_denials(today)
        .filter(claim__in=claims)
        .order_by()
        .values_list("cause")
        .annotate(n=Count("claim", distinct=True))
    )
    return sorted(((Cause(cause).label, n) for cause, n in rows), key=lambda row: (-row[1], row[0]))


def payer_to_call(today: date, filters: Filters) -> tuple[Payer, Told] | None:
    """The payer that owes most of what waits too long."""
    rows = narrowed(ClaimFigures.objects.filter(silent(today)), filters).order_by().values("payer")
    first = rows.annotate(n=Count("pk"), sum=Sum("owed")).order_by("-sum", "-n", "payer").first()
    if first is None:
        return None
    return Payer.objects.get(pk=first["payer"]), Told(first["n"], first["sum"])


@dataclass(frozen=True)
class Unassigned:
    """A denied claim of nobody's, and who is proposed for it."""

    figures: Any
    cause: str
    """Of its oldest open denial."""
    to: User | None
    why: str


def workers() -> list[User]:
    """Who may be given a claim, billers first."""
    found = User.objects.filter(is_active=True, role__in=WORKERS)
    return sorted(found, key=lambda u: (u.role != "biller", u.display_name))


def to_hand_out() -> list[Unassigned]:
    """The denied claims of nobody's whose time ends first, each with somebody for it: who sent it and still works here,
    else who has fewest denied claims.
    """
    rows = list(
        ClaimFigures.objects.filter(unassigned())
        .select_related("claim__encounter__patient", "payer", "biller")
        .order_by(F("at_risk_until").asc(nulls_last=True), "-at_risk", "pk")[:MOST]
    )
    causes: dict[int, str] = {}
    denials = Denial.objects.filter(claim__in=[r.pk for r in rows], status__in=_UNRESOLVED).order_by(
        "-denied_on", "-pk"
    )
    for claim, cause in denials.values_list("claim", "cause"):
        causes[claim] = Cause(cause).label
    people = workers()
    known = {user.pk: user for user in people}
    billers = [user for user in people if user.role == "biller"] or people
    load = Counter(
        Claim.objects.filter(
            closing=Closing.OPEN, owner__in=known, pk__in=Denial.objects.filter(status__in=_UNRESOLVED).values("claim")
        ).values_list("owner", flat=True)
    )
    found = []
    for row in rows:
        if row.biller_id in known:
            to, why = known[row.biller_id], "sent it"
        elif billers:
            to = min(billers, key=lambda user: load[user.pk])
            why = "has the fewest"
        else:
            to, why = None, ""
        if to:
            load[to.pk] += 1
        found.append(Unassigned(row, causes.get(row.pk, ""), to, why))
    return found
