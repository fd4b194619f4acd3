"""The worklist narrowed and ordered: whose claims, which of them, and what is worth doing first.

Priority is dollars × chance ÷ days left. The database reckons it from kept places
(`services.queues`), so a page costs a page.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateField, F, FloatField, Func, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, Greatest

from claims.models import AppealSum, QueuedClaim
from claims.queries.choices import WORKERS
from claims.queries.days import DaysBetween
from claims.queries.worklists import BY_KEY
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share
from documentation.models import User
from documentation.models.among import Keys
from documentation.models.together import Prepared

ENOUGH = 20
"""So many decided appeals of one payer and cause make a chance of their own."""
NEUTRAL = 0.5
"""The chance that is taken where fewer were decided."""
NO_CLOCK_DAYS = 30
"""The days that are taken where no last day runs."""
ORDERS = {"priority": "Priority", "due": "Last day", "oldest": "Oldest service", "amount": "Amount"}
SCOPES = {"mine": "Mine", "unassigned": "Unassigned", "all": "Everyone’s"}


@dataclass(frozen=True)
class Narrowed:
    """What was chosen on the worklist. None and empty choose nothing; days and dollars are whole numbers."""

    queue: str = ""
    scope: str = "all"
    order: str = ""
    owner: int | None = None
    payer: int | None = None
    kind: str = ""
    clinician: int | None = None
    location: int | None = None
    cause: str = ""
    channel: str = ""
    """How it was sent last."""
    age: int | None = None
    """At least so many days since the service."""
    least: int | None = None
    most: int | None = None
    """Dollars that are at stake."""
    within: int | None = None
    """The last day comes within so many days, or has passed."""


Odds = Mapping[tuple[int, str], Share]


@dataclass(frozen=True)
class Footing:
    """What the list counts with today: the practice's date, and its appeals so far."""

    today: date
    odds: Odds = field(default_factory=dict)

    def __hash__(self) -> int:
        """A question that is thought up once is kept by it; equal ones have the same chances."""
        return hash((self.today, _that_count(self.odds)))


def footing(today: date) -> Footing:
    """In one query."""
    return Footing(today, odds_of(odds_so_far()))


def odds_so_far() -> QuerySet[Any]:
    """Of decided appeals, by payer and cause, how many the payer gave way to, in whole or in part."""
    rows = AppealSum.objects.order_by().values("payer", "cause")
    return rows.annotate(part=Sum("won"), whole=Sum("decided")).values_list("payer", "cause", "part", "whole")


def odds_of(rows: Iterable[tuple[int, str, int, int]]) -> dict[tuple[int, str], Share]:
    return {(payer, cause): Share(part, whole) for payer, cause, part, whole in rows}


def weighed(on: Footing) -> QuerySet[Any]:
    """Places of open claims with `chance`, `days` and `priority`."""
    return with_weight(QueuedClaim.objects.all(), on)


def with_weight(rows: QuerySet[Any], on: Footing, path: str = "") -> QuerySet[Any]:
    """The same of any rows that lead to a place by a path such as 'queued__'."""
    days = Coalesce(DaysBetween(f"{path}last_on", Value(on.today, DateField())), NO_CLOCK_DAYS)
    return rows.annotate(
        chance=Chance(f"{path}open_denial", f"{path}payer", f"{path}cause", odds=_that_count(on.odds)),
        days=Greatest(days, 1, output_field=IntegerField()),
    ).annotate(priority=Cast(f"{path}dollars", FloatField()) * F("chance") / Cast("days", FloatField()))


def narrowed(claims: QuerySet[Any], chosen: Narrowed, *, today: date) -> QuerySet[Any]:
    """Those of the weighed claims that were chosen, whoever works on them."""
    found = claims if chosen.owner is None else claims.filter(owner=chosen.owner)
    for name in ("payer", "kind", "clinician", "location", "cause", "channel"):
        if value := getattr(chosen, name):
            found = found.filter(**{name: value})
    if chosen.age is not None:
        found = found.filter(service_date__lte=today - timedelta(days=chosen.age))
    if chosen.least is not None:
        found = found.filter(dollars__gte=chosen.least)
    if chosen.most is not None:
        found = found.filter(dollars__lte=chosen.most)
    if chosen.within is not None:
        found = found.filter(last_on__lte=today + timedelta(days=chosen.within))
    return found


def all_chosen(chosen: Narrowed, on: Footing) -> QuerySet[Any]:
    """What was chosen, of every queue and whoever works on it."""
    return narrowed(weighed(on), chosen, today=on.today)


def nobodys() -> Q:
    """Nobody works on it: it was given to nobody, or to somebody who left or does other work now."""
    works = User.objects.filter(is_active=True, role__in=WORKERS).values("pk")
    return Q(owner=None) | ~Q(owner__in=works)


def in_scope(claims: QuerySet[Any], scope: str, user: int) -> QuerySet[Any]:
    if scope == "mine":
        return claims.filter(owner=user)
    return claims.filter(nobodys()) if scope == "unassigned" else claims


def ordered(claims: QuerySet[Any], order: str, path: str = "") -> QuerySet[Any]:
    """In the order of work; of equals the claim that was made first comes first. `path` as in `with_weight`."""
    by = {
        "due": F(f"{path}last_on").asc(nulls_last=True),
        "oldest": F(f"{path}service_date").asc(),
        "amount": F(f"{path}dollars").desc(),
    }.get(order, F("priority").desc())
    return claims.order_by(by, "pk")


@dataclass(frozen=True)
class Counts:
    """How many claims each queue has, by whose they are."""

    by_queue: Mapping[str, Mapping[str, int]]

    def of(self, queue: str, scope: str) -> int:
        return self.by_queue.get(queue, {}).get(scope, 0)

    def total(self, scope: str) -> int:
        return sum(row.get(scope, 0) for row in self.by_queue.values())


def counted(on: Footing, **chosen: Narrowed) -> dict[str, list[Any]]:
    """Of each choice how many claims each queue has with each person, for `counts_of`; in one query."""
    return _counted({}, on, **{name: replace(of, queue="", scope="all", order="") for name, of in chosen.items()})


@Prepared
def _counted(keys: Mapping[str, Keys], on: Footing, **chosen: Narrowed) -> dict[str, QuerySet[Any]]:
    return {name: by_queue(all_chosen(of, on)) for name, of in chosen.items()}


def by_queue(claims: QuerySet[Any]) -> QuerySet[Any]:
    """How many each queue has with each person, as its index has them."""
    return claims.order_by().values("queue", "owner").annotate(n=Count("*")).values_list("queue", "owner", "n")


def counts_of(rows: Iterable[tuple[str, int | None, int]], user: int, workers: Container[int]) -> Counts:
    """What came of `counted`, for a person; what is with nobody of the `workers` is nobody's, as `nobodys` has it."""
    found = {key: dict.fromkeys(SCOPES, 0) for key in BY_KEY}
    for queue, owner, n in rows:
        for scope, fits in (("all", True), ("mine", owner == user), ("unassigned", owner not in workers)):
            found[queue][scope] += n * fits
    return Counts(found)


@dataclass(frozen=True)
class Weight:
    """A claim's place in the list, with the numbers that gave it."""

    claim: int
    priority: float
    dollars: Decimal
    chance: float
    days: int
    last_on: date | None
    cause: str
    payer: int
    open_denial: bool
    share: Share | None = None
    """Appeals of the payer and the cause that were decided so far; None where nothing is denied."""

    @property
    def is_own(self) -> bool:
        """Whether the chance is the practice's own, rather than a neutral one."""
        return self.share is not None and self.share.whole >= ENOUGH


_WEIGHT = ("pk", "priority", "dollars", "chance", "days", "last_on", "cause", "payer", "open_denial")


def weights(claims: QuerySet[Any], on: Footing) -> list[Weight]:
    """Of weighed claims in their order; slice them before."""
    found = [Weight(*row) for row in claims.values_list(*_WEIGHT)]
    return [with_share(weight, on) for weight in found]


def with_share(weight: Weight, on: Footing) -> Weight:
    """The same, with the appeals that its chance is from where a denial is open."""
    if not weight.open_denial:
        return weight
    return replace(weight, share=on.odds.get((weight.payer, weight.cause), Share(0, 0)))


def _that_count(odds: Odds) -> tuple[tuple[int, str, float], ...]:
    """The chances of which enough is known, by payer. Causes are the program's own words."""
    words = {cause.value for cause in Cause}
    known = (
        (payer, cause, share.part / share.whole)
        for (payer, cause), share in odds.items()
        if share.whole >= ENOUGH and cause in words
    )
    return tuple(sorted(known))


class Chance(Func):
    """The chance that money comes: of what is denied, as the payer gave way for that cause so far; else it is due.

    Written at once, not as hundreds of `When`: payers times causes, which a page would put together anew each time.
    """

    output_field = FloatField()

    def __init__(self, *columns: str, odds: tuple[tuple[int, str, float], ...]) -> None:
        super().__init__(*columns)
        self.odds = odds

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, list[Any]]:
        parts, params = zip(*(compiler.compile(e) for e in self.source_expressions), strict=True)
        denied, payer, cause = parts
        of_payer = [
            f"WHEN {key} THEN CASE {cause} {' '.join(rows)} ELSE {NEUTRAL} END"
            for key, rows in _grouped(self.odds).items()
        ]
        known = f"CASE {payer} {' '.join(of_payer)} ELSE {NEUTRAL} END" if of_payer else f"{NEUTRAL}"
        given = [*params[0], *((*params[1], *params[2] * len(of_payer)) if of_payer else ())]
        sql = f"CASE WHEN NOT {denied} THEN 1.0 ELSE {known} END"
        return (sql if connection.vendor == "sqlite" else f"CAST({sql} AS double precision)"), given


def _grouped(odds: tuple[tuple[int, str, float], ...]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for payer, cause, chance in odds:
        found.setdefault(payer, []).append(f"WHEN '{cause}' THEN {chance!r}")
    return found
