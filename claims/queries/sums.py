"""The manager's numbers of a period: whole months from the kept sums, the days at its ends from rows of claims."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncMonth

from claims.figures.measures import DIMENSIONS, MEASURES
from claims.models import ClaimFigures, FiguresSum
from claims.queries.days import DaysBetween
from documentation.models.among import Keys
from documentation.models.together import Prepared


@dataclass(frozen=True)
class Filters:
    """What the dashboard looks at: service dates from `from_on` to `to_on`, both included.

    `cause` is a cause of the first denial, `month` the first day of one month of service, `plan` a plan's name,
    `code` that of a claim's first line, `biller` who sent it first.
    """

    from_on: date
    to_on: date
    payer: int | None = None
    clinician: int | None = None
    cause: str = ""
    month: date | None = None
    plan: str = ""
    biller: int | None = None
    location: int | None = None
    code: str = ""

    def before(self) -> Filters:
        """The period of the same length just before: as many months where it is whole months, else as many days."""
        end = self.from_on - timedelta(days=1)
        months = whole_months(self.from_on, self.to_on)
        start = add_months(self.from_on, -months) if months else end - (self.to_on - self.from_on)
        return replace(self, from_on=start, to_on=end)


def timeless(filters: Filters) -> Filters:
    """The same for what is told of today, whatever the period: equal for all periods."""
    return replace(filters, from_on=date.min, to_on=date.max, month=None)


def whole_months(start: date, end: date) -> int:
    """How many whole months a period is; 0 where it begins or ends inside of one."""
    if start.day != 1 or end.day != monthrange(end.year, end.month)[1]:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month + 1


def add_months(first: date, months: int) -> date:
    """The first day of the month that lies so many months after."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


M = TypeVar("M", bound=Model)

FIELDS = {
    "payer": "payer_id",
    "clinician": "clinician_id",
    "cause": "first_cause",
    "plan": "plan_name",
    "biller": "biller_id",
    "location": "location_id",
    "code": "code",
}
"""The column that each filter asks."""


def narrowed(found: QuerySet[M], filters: Filters) -> QuerySet[M]:
    """Rows of claims or of sums that a filter other than the period takes in."""
    asked = {column: getattr(filters, name) for name, column in FIELDS.items()}
    return found.filter(**{column: value for column, value in asked.items() if value})


def rows(filters: Filters) -> QuerySet[ClaimFigures]:
    """The figures' rows of the claims that the filters take in."""
    start, end = _bounds(filters)
    return narrowed(ClaimFigures.objects.filter(service_date__range=(start, end)), filters)


def _bounds(filters: Filters) -> tuple[date, date]:
    if not filters.month:
        return filters.from_on, filters.to_on
    last = add_months(filters.month, 1) - timedelta(days=1)
    return max(filters.from_on, filters.month), min(filters.to_on, last)


STANDS = Q(stands=True)
SENT = STANDS & Q(submitted_on__isnull=False)
ANSWERED = STANDS & Q(answered_on__isnull=False)
KNOWN = STANDS & Q(sendings__gt=0) & (Q(arrived=True) | Q(rejections__gt=0))
COUNTED = {
    "sent": SENT,
    "unanswered": SENT & Q(answered_on=None),
    "answered": ANSWERED,
    "denied": STANDS & Q(initially_denied=True),
    "first_pass": STANDS & Q(paid_first_time=True),
    "originals": KNOWN,
    "clean": KNOWN & Q(arrived=True, sendings=1, rejections=0),
    "decided": Q(appeals_decided__gt=0),
    "overturned": Q(appeals_overturned__gt=0),
    "won_claims": Q(recovered__gt=0),
    "regained_claims": Q(regained__gt=0),
    "written_off_claims": Q(written_off__gt=0),
    "at_risk_claims": Q(at_risk__gt=0),
    "submit_claims": SENT,
    "appeal_claims": Q(denied_on__isnull=False, appealed_on__isnull=False),
    "payment_claims": SENT & Q(paid_on__isnull=False),
}
"""Which claims each number of claims counts: the same that `claims.figures.measures` says of one row."""
_CENTS: dict[str, tuple[str, Q]] = {
    "billed_sent": ("billed", SENT),
    "billed_answered": ("billed", ANSWERED),
    "first_denied": ("first_denied", STANDS),
    "appealed": ("appealed", Q()),
    "won": ("recovered", Q()),
    "regained": ("regained", Q()),
    "written_off": ("written_off", Q()),
    "at_risk": ("at_risk", Q()),
    "paid": ("paid", Q()),
}
_DAYS = {
    "submit_days": ("service_date", "submitted_on", COUNTED["submit_claims"]),
    "appeal_days": ("denied_on", "appealed_on", COUNTED["appeal_claims"]),
    "payment_days": ("submitted_on", "paid_on", COUNTED["payment_claims"]),
}


_LIVE: dict[str, Any] = {
    **{name: Count("pk", filter=q) for name, q in COUNTED.items()},
    **{name: Sum(field, filter=q) for name, (field, q) in _CENTS.items()},
    **{name: Sum(DaysBetween(end, start), filter=q) for name, (start, end, q) in _DAYS.items()},
    "sendings": Sum("sendings"),
    "rejections": Sum("rejections"),
}
# Under names of their own: a number may be called as the column that it adds up.
_LIVE_AS = {f"all_{name}": _LIVE[name] for name in MEASURES}
_KEPT_AS = {f"all_{name}": Sum(name) for name in MEASURES}

Totals = dict[str, int]


@dataclass(frozen=True)
class Part:
    """A stretch of a period, as a whole the claims of its filters: whole months, which the kept sums tell, or days,
    which the claims' own rows do.
    """

    filters: Filters
    is_kept: bool

    @property
    def rows(self) -> QuerySet[Any]:
        if not self.is_kept:
            return rows(self.filters)
        start, end = _bounds(self.filters)
        return narrowed(FiguresSum.objects.filter(month__gte=start, month__lte=end), self.filters)

    @property
    def sums(self) -> dict[str, Any]:
        return _KEPT_AS if self.is_kept else _LIVE_AS


def totals(filters: Filters) -> Totals:
    """Every measure of `claims.figures.measures` over the claims that the filters take in."""
    return totals_by(filters, "").get("", dict.fromkeys(MEASURES, 0))


def totals_by(filters: Filters, column: str) -> dict[Any, Totals]:
    """The same for each value of a column of DIMENSIONS; with no column of all together, under an empty key."""
    return totals_by_each(filters, column)[column]


def totals_by_each(filters: Filters, *columns: str) -> dict[str, dict[Any, Totals]]:
    """The same by each of several columns."""
    parts = parts_of(filters)
    found = _sums({}, parts, frozenset(columns))
    told: dict[str, dict[Any, Totals]] = {}
    for column in columns:
        by: dict[Any, Totals] = defaultdict(lambda: dict.fromkeys(MEASURES, 0))
        for n, part in enumerate(parts):
            for key, *values in found[f"{column} {n}"]:
                _add(by[key], values, is_dollars=not part.is_kept)
        told[column] = dict(by)
    return told


def added(parts: Iterable[Totals]) -> Totals:
    """The measures of a whole by those of its parts."""
    total = dict.fromkeys(MEASURES, 0)
    for part in parts:
        for name in MEASURES:
            total[name] += part[name]
    return total


@Prepared
def _sums(keys: Mapping[str, Keys], parts: tuple[Part, ...], columns: frozenset[str]) -> dict[str, QuerySet[Any]]:
    """Of each part its measures by each column; by the empty one all together."""
    return {f"{column} {n}": _measured(part, column) for column in columns for n, part in enumerate(parts)}


def _measured(part: Part, column: str) -> QuerySet[Any]:
    found = part.rows.order_by()
    if column == "month" and not part.is_kept:
        found = found.annotate(month=TruncMonth("service_date"))
    found = found.values_list(column) if column else found.values_list(Value(""))
    return found.annotate(**part.sums)


def live_totals(filters: Filters) -> Totals:
    """The same as `totals` from the claims' own rows alone: what the sums are measured against."""
    total = dict.fromkeys(MEASURES, 0)
    _add(total, rows(filters).aggregate(**_LIVE_AS).values(), is_dollars=True)
    return total


def cells(first_claim: int) -> Iterator[tuple[Any, ...]]:
    """The summands of all claims from a number on, in the order of SUMMAND: what many claims add at once."""
    found = ClaimFigures.objects.filter(pk__gte=first_claim).annotate(month=TruncMonth("service_date")).order_by()
    for row in found.values_list(*DIMENSIONS).annotate(**_LIVE_AS):
        total = dict.fromkeys(MEASURES, 0)
        _add(total, row[len(DIMENSIONS) :], is_dollars=True)
        yield (*row[: len(DIMENSIONS)], *total.values())


def parts_of(filters: Filters) -> tuple[Part, ...]:
    """The months that lie in the period whole, and the days beside them. A month of which no claim lies outside counts
    as whole: so does the one of today, and that of the first claim.
    """
    start, end = _bounds(filters)
    month, after = start.replace(day=1), add_months(end.replace(day=1), 1)
    outside = {"first": (month, start), "last": (end + timedelta(days=1), after)}
    asked = {name: days for name, days in outside.items() if days[0] < days[1]}
    beside = _beside({}, **asked) if asked else {}
    start = start if beside.get("first") else month
    end = end if beside.get("last") else after - timedelta(days=1)
    first = start if start.day == 1 else add_months(start.replace(day=1), 1)
    after = (end + timedelta(days=1)).replace(day=1)
    if first >= after:
        return (Part(filters, is_kept=False),)
    last = after - timedelta(days=1)
    days = [(one, other) for one, other in ((start, first - timedelta(days=1)), (after, end)) if one <= other]
    return (
        Part(replace(filters, from_on=first, to_on=last, month=None), is_kept=True),
        *(Part(replace(filters, from_on=one, to_on=other, month=None), is_kept=False) for one, other in days),
    )


@Prepared
def _beside(keys: Mapping[str, Keys], **stretches: tuple[date, date]) -> dict[str, QuerySet[Any]]:
    """Of each stretch from a day to before another: one of its claims, if there is any."""
    return {
        name: ClaimFigures.objects.filter(service_date__gte=start, service_date__lt=before).values_list("pk")[:1]
        for name, (start, before) in stretches.items()
    }


def _add(total: Totals, sums: Iterable[Any], *, is_dollars: bool) -> None:
    """Add sums in the order of MEASURES. Claims hold dollars, the kept sums cents."""
    for name, value in zip(MEASURES, sums, strict=True):
        total[name] += int((value or 0) * 100 if is_dollars and name in _CENTS else value or 0)
