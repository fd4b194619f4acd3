"""The manager's numbers of a period, as a whole and by its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum, Value

from claims.models import ClaimFigures, FiguresCheck, FiguresSum, Payer, RuleOffer
from claims.queries import offers
from claims.queries.appeal_rules import Rules, path_rows, rules_from
from claims.queries.calls import answer_days
from claims.queries.open_money import soon
from claims.queries.sums import FIELDS, Filters, Totals, add_months, added, rows, totals, totals_by
from documentation.kernel.money import from_cents
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share
from documentation.models import Clinician, Location, User
from documentation.models.among import Keys
from documentation.models.together import Prepared

ZERO = Decimal("0.00")
MAIN = 4
"""How many causes, the first ones, are those that practices are denied for most."""
LONG = 36
"""Months from which a period is so long that it begins with its first claim."""
IMMATURE = 0.1
"""Share of sent claims without an answer above which the rates of a period will still move."""


Counted = Mapping[Any, Totals]
"""What `totals_by` says of a breakdown, where it is at hand."""


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


def numbers(filters: Filters, *, today: date, months: Counted | None = None) -> Numbers:
    """The head figures of a period. `months` is what it has by month, where that is at hand."""
    n = totals(filters) if months is None else added(months.values())
    soonest = _soon({}, today, filters)["soon"]
    _, risk_claims, risk = soonest[0] if soonest else ("", 0, ZERO)
    return Numbers(
        submitted=n["sent"],
        unanswered=n["unanswered"],
        denied=Share(n["denied"], n["answered"]),
        first_pass=Share(n["first_pass"], n["answered"]),
        overturned=Share(n["overturned"], n["decided"]),
        at_risk=from_cents(n["at_risk"]),
        at_risk_claims=n["at_risk_claims"],
        at_risk_soon=risk,
        at_risk_soon_claims=risk_claims,
        days_to_payment=n["payment_days"] / n["payment_claims"] if n["payment_claims"] else None,
        paid_claims=n["payment_claims"],
        first_denied=from_cents(n["first_denied"]),
        recovered=from_cents(n["won"]),
        all=n,
    )


@Prepared
def _soon(keys: Mapping[str, Keys], today: date, filters: Filters) -> dict[str, QuerySet[Any]]:
    found = rows(filters).filter(soon(today)).order_by().values_list(Value(""))
    return {"soon": found.annotate(claims=Count("at_risk"), sum=Sum("at_risk"))}


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


def by_cause(filters: Filters, counted: Counted | None = None) -> list[Slice]:
    """First denials by cause, most dollars first: the four main causes, even where they are empty, then the others."""
    counted = totals_by(filters, "first_cause") if counted is None else counted
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


def by(filters: Filters, name: str, names: Names | None = None, counted: Counted | None = None) -> list[Slice]:
    """The parts of one kind that were answered, the one of which most was denied first; `name` is one of TOLD_APART.
    `names` are those of everybody, where they are at hand.
    """
    counted = totals_by(filters, FIELDS[name]) if counted is None else counted
    found = {key: n for key, n in counted.items() if n["answered"]}
    labels = label(name, found, all_names() if names is None else names)
    parts = [_slice(str(key or ""), labels.get(key) or "none", n) for key, n in found.items()]
    return sorted(parts, key=lambda part: (-part.denied, part.label))


TOLD_APART = ("payer", "plan", "clinician", "biller", "location", "code")
"""By what the numbers are told apart."""

Names = Mapping[str, Mapping[Any, str]]
"""How those are called by whom numbers are told apart, by their keys; a plan and a code are called by themselves."""


def name_of(row: Payer | Clinician | User | Location) -> str:
    """How one of them is called."""
    if isinstance(row, User):
        return row.display_name
    return f"{row.first_name} {row.last_name}" if isinstance(row, Clinician) else row.name


def name_rows() -> dict[str, QuerySet[Any]]:
    """The questions of `names_of`, to be asked with others."""
    return {
        "payer": Payer.objects.order_by().values_list("pk", "name"),
        "clinician": Clinician.objects.order_by().only("first_name", "last_name"),
        "biller": User.objects.order_by().only("first_name", "last_name", "username"),
        "location": Location.objects.order_by().values_list("pk", "name"),
    }


def names_of(found: Mapping[str, list[Any]]) -> Names:
    """What came of `name_rows`."""
    return {
        "payer": dict(found["payer"]),
        "clinician": {row.pk: name_of(row) for row in found["clinician"]},
        "biller": {row.pk: name_of(row) for row in found["biller"]},
        "location": dict(found["location"]),
    }


def all_names() -> Names:
    """How everybody is called, in one query."""
    return names_of(_names({}))


@Prepared
def _names(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    return name_rows()


def label(name: str, keys: Iterable[Any], names: Names) -> dict[Any, str]:
    """The names of some of one kind of TOLD_APART; of what is not there any more, none."""
    known = names.get(name)
    return {key: key for key in keys} if known is None else {key: known[key] for key in keys if key in known}


def choices(filters: Filters, names: Names | None = None) -> dict[str, dict[Any, str]]:
    """By what a period can be narrowed, each with the values that there are in it and their names.

    Asked of the kept sums: months that the period touches, whatever else is chosen.
    """
    names = all_names() if names is None else names
    found: dict[str, set[Any]] = {name: set() for name in TOLD_APART}
    for row in _kinds({}, filters.from_on.replace(day=1), filters.to_on)["kinds"]:
        for name, key in zip(TOLD_APART, row, strict=True):
            if key:
                found[name].add(key)
    return {name: label(name, keys, names) for name, keys in found.items()}


@Prepared
def _kinds(keys: Mapping[str, Keys], first: date, last: date) -> dict[str, QuerySet[Any]]:
    sums = FiguresSum.objects.filter(month__gte=first, month__lte=last).order_by()
    return {"kinds": sums.values_list(*(FIELDS[name] for name in TOLD_APART)).distinct()}


@dataclass(frozen=True)
class Frame:
    """What the page of the numbers knows before them."""

    today: date
    """Where the practice is, and in its zone."""
    zone: tzinfo
    names: Names
    rules: Rules
    """What the practice wrote down of levels of appeal."""
    answer_days: tuple[tuple[Any, ...], ...]
    """Within how many days payers answer, as `calls.answer_days` has it."""
    check: FiguresCheck | None
    """The newest recount."""
    is_empty: bool
    """Whether nothing was ever sent."""
    offers: tuple[RuleOffer, ...]
    """The rule that was found last, as `offers.newest` has it."""


@Prepared
def asked(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    """The questions of a frame, to be asked with others."""
    return {
        **name_rows(),
        "paths": path_rows(),
        "answer_days": answer_days(),
        "check": FiguresCheck.objects.order_by("-checked_at", "-pk")[:1],
        "figures": ClaimFigures.objects.order_by().values_list("pk")[:1],
        "offers": offers.newest(),
    }


def frame_of(found: Mapping[str, list[Any]], today: date, zone: tzinfo) -> Frame:
    """What came of `asked`."""
    return Frame(
        today=today,
        zone=zone,
        names=names_of(found),
        rules=rules_from(found["paths"]),
        answer_days=tuple(tuple(row) for row in found["answer_days"]),
        check=next(iter(found["check"]), None),
        is_empty=not found["figures"],
        offers=tuple(found["offers"]),
    )


def by_month(filters: Filters, counted: Counted | None = None) -> list[Slice]:
    """First denials by month of service, with what was won back; a month without claims is there, empty.

    Of a period of many years the empty ones before the first claim and after the last are left out.
    """
    counted = totals_by(filters, "month") if counted is None else counted
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
