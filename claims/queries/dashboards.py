"""The manager's numbers of a period, as a whole and by its parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from claims.models import FiguresSum, Payer
from claims.queries.open_money import soon
from claims.queries.sums import FIELDS, Filters, Totals, add_months, rows, totals, totals_by
from documentation.kernel.money import from_cents
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share
from documentation.models import Clinician, Location, User

ZERO = Decimal("0.00")
MAIN = 4
"""How many causes, the first ones, are those that practices are denied for most."""
LONG = 36
"""Months from which a period is so long that it begins with its first claim."""
IMMATURE = 0.1
"""Share of sent claims without an answer above which the rates of a period will still move."""


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
    all: Totals = field(compare=False, default_factory=dict)
    """Every measure, by its name."""

    @property
    def is_immature(self) -> bool:
        """Whether so many claims wait for their first answer that the rates will still move."""
        return self.unanswered > IMMATURE * self.submitted


def numbers(filters: Filters, *, today: date) -> Numbers:
    """The head figures of a period."""
    n = totals(filters)
    risk = rows(filters).filter(soon(today)).aggregate(claims=Count("pk"), sum=Sum("at_risk", default=ZERO))
    return Numbers(
        submitted=n["sent"],
        unanswered=n["unanswered"],
        denied=Share(n["denied"], n["answered"]),
        first_pass=Share(n["first_pass"], n["answered"]),
        overturned=Share(n["overturned"], n["decided"]),
        at_risk=from_cents(n["at_risk"]),
        at_risk_claims=n["at_risk_claims"],
        at_risk_soon=risk["sum"],
        at_risk_soon_claims=risk["claims"],
        days_to_payment=n["payment_days"] / n["payment_claims"] if n["payment_claims"] else None,
        paid_claims=n["payment_claims"],
        first_denied=from_cents(n["first_denied"]),
        recovered=from_cents(n["won"]),
        all=n,
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


def _slice(key: str, label: str, n: Totals | None, month: date | None = None) -> Slice:
    if n is None:
        return Slice(key, label, month=month)
    denied, won = from_cents(n["first_denied"]), from_cents(n["won"])
    return Slice(key, label, n["denied"], denied, n["answered"], won, n["won_claims"], month)


def by_cause(filters: Filters) -> list[Slice]:
    """First denials by cause, most dollars first: the four main causes, even where they are empty, then the others."""
    counted = totals_by(filters, "first_cause")
    slices = [_slice(cause.value, cause.label, counted.get(cause.value)) for cause in Cause]
    main, others = slices[:MAIN], [part for part in slices[MAIN:] if part.claims]
    return [*sorted(main, key=_least_denied), *sorted(others, key=_least_denied)]


def _least_denied(part: Slice) -> Decimal:
    return -part.denied


def by_payer(filters: Filters) -> list[Slice]:
    """Payers that answered, the one that denied most first."""
    return by(filters, "payer")


def by_clinician(filters: Filters) -> list[Slice]:
    """Clinicians whose claims were answered, the one for whom most was denied first."""
    return by(filters, "clinician")


def by(filters: Filters, name: str) -> list[Slice]:
    """The parts of one kind that were answered, the one of which most was denied first; `name` is one of LABELS."""
    found = {key: n for key, n in totals_by(filters, FIELDS[name]).items() if n["answered"]}
    labels = LABELS[name](found)
    parts = [_slice(str(key or ""), labels.get(key) or "none", n) for key, n in found.items()]
    return sorted(parts, key=lambda part: (-part.denied, part.label))


def _people(keys: Collection[Any]) -> dict[Any, str]:
    return {user.pk: user.display_name for user in User.objects.filter(pk__in=[k for k in keys if k])}


LABELS: dict[str, Callable[[Collection[Any]], dict[Any, str]]] = {
    "payer": lambda keys: dict(Payer.objects.filter(pk__in=keys).values_list("pk", "name")),
    "plan": lambda keys: {key: key for key in keys},
    "clinician": lambda keys: {c.pk: f"{c.first_name} {c.last_name}" for c in Clinician.objects.filter(pk__in=keys)},
    "biller": _people,
    "location": lambda keys: {place.pk: place.name for place in Location.objects.filter(pk__in=keys)},
    "code": lambda keys: {key: key for key in keys},
}
"""By what the numbers are told apart, and how the values of each are called."""


def choices(filters: Filters) -> dict[str, dict[Any, str]]:
    """By what a period can be narrowed, each with the values that there are in it and their names.

    Asked of the kept sums: months that the period touches, whatever else is chosen.
    """
    first, last = filters.from_on.replace(day=1), filters.to_on
    sums = FiguresSum.objects.filter(month__gte=first, month__lte=last).order_by()
    kinds = sums.values_list(*(FIELDS[name] for name in LABELS)).distinct()
    found: dict[str, set[Any]] = {name: set() for name in LABELS}
    for row in kinds:
        for name, key in zip(LABELS, row, strict=True):
            if key:
                found[name].add(key)
    return {name: LABELS[name](keys) for name, keys in found.items()}


def by_month(filters: Filters) -> list[Slice]:
    """First denials by month of service, with what was won back; a month without claims is there, empty.

    Of a period of many years the empty ones before the first claim and after the last are left out.
    """
    counted = totals_by(filters, "month")
    months = list(_months(filters.from_on, filters.to_on))
    if len(months) > LONG:
        first, last = min(counted, default=months[0]), max(counted, default=months[0])
        months = [month for month in months if first <= month <= last]
    return [_slice(f"{month:%Y-%m}", f"{month:%b %Y}", counted.get(month), month) for month in months]


def _months(start: date, end: date) -> Iterator[date]:
    month = start.replace(day=1)
    while month <= end:
        yield month
        month = add_months(month, 1)
