"""The manager's numbers, and exactly the claims behind each of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from claims.models import Claim, ClaimFigures
from claims.queries.filing import with_clock
from claims.queries.worklists import with_signs
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share

ZERO = Decimal("0.00")
SOON = 14
"""Days before a deadline from which money counts as urgent."""
MAIN = 4
"""How many causes, the first ones, are those that practices are denied for most."""
IMMATURE = 0.1
"""Share of sent claims without an answer above which the rates of a period will still move."""


@dataclass(frozen=True)
class Filters:
    """What the dashboard looks at: service dates from `from_on` to `to_on`, both included.

    `cause` is a cause of the first denial, `month` the first day of one month of service.
    """

    from_on: date
    to_on: date
    payer: int | None = None
    clinician: int | None = None
    cause: str = ""
    month: date | None = None

    def before(self) -> Filters:
        """The period of the same length just before: as many months where it is whole months, else as many days."""
        end = self.from_on - timedelta(days=1)
        months = whole_months(self.from_on, self.to_on)
        start = add_months(self.from_on, -months) if months else end - (self.to_on - self.from_on)
        return replace(self, from_on=start, to_on=end)


def whole_months(start: date, end: date) -> int:
    """How many whole months a period is; 0 where it begins or ends inside of one."""
    if start.day != 1 or end.day != monthrange(end.year, end.month)[1]:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month + 1


def add_months(first: date, months: int) -> date:
    """The first day of the month that lies so many months after."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


@dataclass(frozen=True)
class Figure:
    """One number. `formula` says in words how it is counted; `counted` names the rows behind it."""

    key: str
    label: str
    formula: str
    counted: Q
    amount: str = ""
    """The amount of a row that this number adds up, or that tells most about it."""


def figures_on(today: date) -> dict[str, Figure]:
    """Every figure by its key; `today` is the day from which 'soon' counts."""
    return {
        f.key: f
        for f in (
            Figure(
                "initial_denial",
                "Denied by the first answer",
                "Initial denial rate = claims whose first answer denied something ÷ claims with an answer.",
                Q(initially_denied=True),
                "first_denied",
            ),
            Figure(
                "first_pass",
                "Paid by the first answer",
                "First-pass paid = claims paid, or rightly left to the patient, by the first answer with nothing denied"
                " ÷ claims with an answer.",
                Q(paid_first_time=True),
                "paid",
            ),
            Figure(
                "answered", "Answered", "Claims that have an answer of the payer.", Q(answered_on__isnull=False), "paid"
            ),
            Figure(
                "unanswered",
                "Waiting for the first answer",
                "Claims that were sent and have no answer of the payer yet.",
                Q(submitted_on__isnull=False, answered_on__isnull=True),
            ),
            Figure(
                "overturned",
                "Overturned on appeal",
                "Appeals overturned = claims with an appeal decided for us, in full or in part"
                " ÷ claims with a decided appeal.",
                Q(appeals_overturned__gt=0),
                "recovered",
            ),
            Figure(
                "decided",
                "Appeals decided",
                "Claims with an appeal that the payer decided. Withdrawn and open ones are left out.",
                Q(appeals_decided__gt=0),
                "recovered",
            ),
            Figure(
                "recovered",
                "Won back",
                "Dollars that decided appeals brought. A dollar counts once.",
                Q(recovered__gt=0),
                "recovered",
            ),
            Figure(
                "at_risk",
                "Dollars at risk",
                "Denied amounts of open denials on open claims, less what appeals brought. A dollar counts once.",
                Q(at_risk__gt=0),
                "at_risk",
            ),
            Figure(
                "at_risk_soon",
                f"At risk, due in {SOON} days",
                f"Of the dollars at risk, those whose last day to appeal has passed or comes within {SOON} days.",
                Q(at_risk__gt=0, at_risk_until__lte=today + timedelta(days=SOON)),
                "at_risk",
            ),
            Figure(
                "days_to_payment",
                "Days to payment",
                "Mean of the days from the first sending to the first payment, or to the answer that left all to the"
                " patient.",
                Q(paid_on__isnull=False, submitted_on__isnull=False),
                "paid",
            ),
        )
    }


def rows(filters: Filters) -> QuerySet[ClaimFigures]:
    """The figures' rows of the claims that the filters take in."""
    found = ClaimFigures.objects.filter(service_date__range=(filters.from_on, filters.to_on))
    if filters.payer:
        found = found.filter(payer_id=filters.payer)
    if filters.clinician:
        found = found.filter(clinician_id=filters.clinician)
    if filters.cause:
        found = found.filter(first_cause=filters.cause)
    if filters.month:
        found = found.filter(service_date__gte=filters.month, service_date__lt=add_months(filters.month, 1))
    return found


def behind(figure: Figure, filters: Filters) -> QuerySet[ClaimFigures]:
    """Exactly the rows that a figure counts, with what a list of them shows, newest service first."""
    return (
        rows(filters)
        .filter(figure.counted)
        .select_related("claim__encounter__patient", "payer", "clinician")
        .order_by("-service_date", "-pk")
    )


def total(figure: Figure, filters: Filters) -> Decimal | None:
    """What the amounts of a figure's rows add up to; None for one that has no amount."""
    if not figure.amount:
        return None
    found: Decimal = rows(filters).filter(figure.counted).aggregate(sum=Sum(figure.amount, default=ZERO))["sum"]
    return found


def worded(claims: list[int]) -> dict[int, Claim]:
    """Claims by key with the signs that their word needs, and with their clock of filing."""
    return with_clock(with_signs(Claim.objects.select_related("encounter__location"))).in_bulk(claims)


@dataclass(frozen=True)
class Numbers:
    """The dashboard's head figures."""

    submitted: int
    unanswered: int
    denied: Share
    first_pass: Share
    overturned: Share
    at_risk: Decimal
    at_risk_claims: int
    at_risk_soon: Decimal
    at_risk_soon_claims: int
    days_to_payment: float | None
    paid_claims: int
    first_denied: Decimal
    recovered: Decimal

    @property
    def is_immature(self) -> bool:
        """Whether so many claims wait for their first answer that the rates will still move."""
        return self.unanswered > IMMATURE * self.submitted


def numbers(filters: Filters, *, today: date) -> Numbers:
    """The head figures of a period, in one query."""
    figures = figures_on(today)

    def count(key: str) -> Count:
        return Count("pk", filter=figures[key].counted)

    wait = ExpressionWrapper(F("paid_on") - F("submitted_on"), output_field=DurationField())
    n = rows(filters).aggregate(
        submitted=Count("pk", filter=Q(submitted_on__isnull=False)),
        unanswered=count("unanswered"),
        answered=count("answered"),
        denied=count("initial_denial"),
        first_pass=count("first_pass"),
        decided=count("decided"),
        overturned=count("overturned"),
        risk=Sum("at_risk", default=ZERO),
        at_risk_claims=count("at_risk"),
        risk_soon=Sum("at_risk", filter=figures["at_risk_soon"].counted, default=ZERO),
        at_risk_soon_claims=count("at_risk_soon"),
        wait=Avg(wait, filter=figures["days_to_payment"].counted),
        paid_claims=count("days_to_payment"),
        refused=Sum("first_denied", default=ZERO),
        won=Sum("recovered", default=ZERO),
    )
    return Numbers(
        submitted=n["submitted"],
        unanswered=n["unanswered"],
        denied=Share(n["denied"], n["answered"]),
        first_pass=Share(n["first_pass"], n["answered"]),
        overturned=Share(n["overturned"], n["decided"]),
        at_risk=n["risk"],
        at_risk_claims=n["at_risk_claims"],
        at_risk_soon=n["risk_soon"],
        at_risk_soon_claims=n["at_risk_soon_claims"],
        days_to_payment=n["wait"] / timedelta(days=1) if n["wait"] is not None else None,
        paid_claims=n["paid_claims"],
        first_denied=n["refused"],
        recovered=n["won"],
    )


@dataclass(frozen=True)
class Slice:
    """One bar: how many claims were denied for this, and for how much. `key` goes into the address of its claims."""

    key: str
    label: str
    claims: int = 0
    """Denied by the first answer."""
    denied: Decimal = ZERO
    answered: int = 0
    won: Decimal = ZERO
    """Recovered by decided appeals."""
    won_claims: int = 0
    month: date | None = field(default=None, compare=False)

    @property
    def share(self) -> Share:
        return Share(self.claims, self.answered)


_COUNTED = {
    "claims": Count("pk", filter=Q(initially_denied=True)),
    "answered": Count("pk", filter=Q(answered_on__isnull=False)),
    "denied": Sum("first_denied", default=ZERO),
    "won": Sum("recovered", default=ZERO),
    "won_claims": Count("pk", filter=Q(recovered__gt=0)),
}


def _counted(found: QuerySet[Any], by: str) -> dict[Any, dict[str, Any]]:
    """The numbers of a slice for each value of a field."""
    return {r[by]: {name: r[name] for name in _COUNTED} for r in found.order_by().values(by).annotate(**_COUNTED)}


def by_cause(filters: Filters) -> list[Slice]:
    """First denials by cause, most dollars first: the four main causes, even where they are empty, then the others."""
    counted = _counted(rows(filters).filter(initially_denied=True), "first_cause")
    slices = [Slice(cause.value, cause.label, **counted.get(cause.value, {})) for cause in Cause]
    main, others = slices[:MAIN], [part for part in slices[MAIN:] if part.key in counted]
    return [*sorted(main, key=_least_denied), *sorted(others, key=_least_denied)]


def _least_denied(part: Slice) -> Decimal:
    return -part.denied


def by_payer(filters: Filters) -> list[Slice]:
    """Payers that answered, the one that denied most first."""
    return _by(filters, "payer_id", "payer__name")


def by_clinician(filters: Filters) -> list[Slice]:
    """Clinicians whose claims were answered, the one for whom most was denied first."""
    return _by(filters, "clinician_id", "clinician__first_name", "clinician__last_name")


def _by(filters: Filters, key: str, *labels: str) -> list[Slice]:
    found = rows(filters).values(key, *labels).annotate(**_COUNTED).filter(answered__gt=0).order_by("-denied", *labels)
    return [Slice(str(r.pop(key)), " ".join(r.pop(label) for label in labels), **r) for r in found]


def by_month(filters: Filters) -> list[Slice]:
    """First denials by month of service, with what was won back; a month without claims is there, empty."""
    counted = _counted(rows(filters).annotate(month=TruncMonth("service_date")), "month")
    return [
        Slice(f"{month:%Y-%m}", f"{month:%b %Y}", month=month, **counted.get(month, {}))
        for month in _months(filters.from_on, filters.to_on)
    ]


def _months(start: date, end: date) -> Iterator[date]:
    month = start.replace(day=1)
    while month <= end:
        yield month
        month = add_months(month, 1)
