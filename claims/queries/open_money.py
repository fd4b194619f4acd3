"""Money that is open today: what payers owe by its age, and what is at risk by the days left.

It is looked for by its index, not kept in sums: it is what is open, however long the practice has existed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

from django.db.models import Case, Count, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Least
from django.db.models.lookups import IsNull

from claims.figures.kpis import AGES, LEFT, WINDOW
from claims.models import Claim, ClaimFigures, OwedClaim
from claims.queries.sums import COUNTED, Filters, Part, narrowed, parts_of, rows, timeless
from documentation.kernel.money import from_cents
from documentation.models import Encounter
from documentation.models.among import Keys, among
from documentation.models.together import Prepared

ZERO = Decimal("0.00")
_DOLLARS = DecimalField(max_digits=12, decimal_places=2)
# The plans of a visit may be billed from different versions of its record.
_VISIT = Coalesce("claim__encounter__origin_id", "claim__encounter_id")
SOON = 14
"""Days before a deadline from which money counts as urgent."""
MID_MONTH = 14
"""Days after the first of a month until which less of it has passed than is to come."""


@dataclass(frozen=True)
class Band:
    """So much money in so many claims: what payers owe by its age, or what is at risk by the days left."""

    key: str
    label: str
    claims: int
    amount: Decimal


def owed_with(claims: Keys) -> QuerySet[Any]:
    """What payers owe with these claims as their figures say now, in the order of the fields of `OwedClaim`: what that
    keeps, and nothing else asks. Each dollar stands with one claim.

    Where two plans of a visit are asked at once, the dollar counts with the one that pays later: what that one owes, as
    far as nobody has paid it.
    """
    of_record = OuterRef(OuterRef(OuterRef("visit")))
    # By keys, one after the other: what is reckoned from two columns has no index.
    versions = Encounter.objects.filter(Q(pk=of_record) | Q(origin=of_record)).order_by()
    of_visit = Claim.objects.filter(encounter__in=versions.values("pk")).order_by()
    same = ClaimFigures.objects.annotate(visit=_VISIT).filter(claim__in=of_visit.values("pk"))
    later = same.filter(claim__sequence__gt=OuterRef("claim__sequence"), owed__gt=0)
    earlier = (
        same.filter(claim__sequence__lt=OuterRef("claim__sequence"))
        .order_by()
        .values("visit")
        .annotate(sum=Sum("paid"))
        .values("sum")
    )
    before = Coalesce(Subquery(earlier), ZERO, output_field=_DOLLARS)
    left = Least(F("owed"), F("billed") - F("paid") - before, output_field=_DOLLARS)
    found = ClaimFigures.objects.filter(among("claim", claims), owed__gt=0).annotate(visit=_VISIT)
    found = found.filter(~Exists(later)).annotate(left=Case(When(claim__sequence=1, then=F("owed")), default=left))
    return found.filter(left__gt=0).values_list(
        "claim", "service_date", "payer", "plan_name", "clinician", "biller", "location", "code", "first_cause", "left"
    )


def owed_on(today: date, filters: Filters) -> QuerySet[ClaimFigures]:
    """Claims of which payers owe something today, of all days of service, each with what is `left` of it."""
    found = narrowed(ClaimFigures.objects.filter(claim__still_owed__service_date__lte=today), filters)
    return found.annotate(left=F("claim__still_owed__dollars"))


def soon(today: date) -> Q:
    """What is at risk and urgent."""
    return COUNTED["at_risk_claims"] & Q(at_risk_until__lte=today + timedelta(days=SOON))


def ages_on(today: date) -> Iterator[tuple[str, str, Q]]:
    for start, end in AGES:
        q = Q(service_date__lte=today - timedelta(days=start))
        q &= Q(service_date__gte=today - timedelta(days=end)) if end is not None else Q()
        yield f"owed_{start}", f"{start}–{end} days" if end is not None else f"over {start - 1} days", q


def aging(today: date, filters: Filters) -> list[Band]:
    """What payers owe by the days since the service."""
    return _told(ages_on(today), _aging({}, today, timeless(filters))["bands"])


@Prepared
def _aging(keys: Mapping[str, Keys], today: date, filters: Filters) -> dict[str, QuerySet[Any]]:
    found = narrowed(OwedClaim.objects.filter(service_date__lte=today), filters)
    return {"bands": _bands(found, ages_on(today), "dollars")}


def _bands(found: QuerySet[Any], bands: Iterable[tuple[str, str, Q]], amount: str) -> QuerySet[Any]:
    """In one row the claims and the dollars of each band; none where nothing is found."""
    asked: dict[str, Any] = {}
    for n, (_, _, q) in enumerate(bands):
        asked[f"claims_{n}"] = Count(amount, filter=q)  # the amount, not the claim: an index holds all that is asked
        asked[f"sum_{n}"] = Sum(amount, filter=q, default=ZERO)
    return found.order_by().values_list(Value(1)).annotate(**asked)


def _told(bands: Iterable[tuple[str, str, Q]], came: list[tuple[Any, ...]]) -> list[Band]:
    row: Iterator[Any] = iter(came[0][1:]) if came else cycle((0, ZERO))
    return [Band(key, label, next(row), next(row)) for key, label, _ in bands]


def days_in_ar(today: date, filters: Filters, owed: Decimal) -> float | None:
    """What payers owe ÷ what was charged a day in the last 90 days; None where nothing was billed in them."""
    charged = charged_in(today, filters)
    return float(owed / (charged / WINDOW)) if charged else None


def charged_in(today: date, filters: Filters) -> Decimal:
    """The sum of `charges`: that of all claims by the kept sums, without those of further plans, which are few and
    looked at singly.
    """
    added, taken = _stretches(_window(today, filters))
    found = _charged({}, today, timeless(filters), (*added, *taken))
    sums = {name: Decimal(sum(amount or 0 for _, amount in came)) for name, came in found.items()}
    charged = -sums["again"]
    for n, part in enumerate((*added, *taken)):
        amount = from_cents(int(sums[f"sent {n}"])) if part.is_kept else sums[f"sent {n}"]
        charged += amount if n < len(added) else -amount
    return charged


def _stretches(window: Filters) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """What the window is put together from, and what is taken off again: of its first month the days that are fewer are
    looked at claim by claim, those in the window or those before it.
    """
    first = window.from_on.replace(day=1)
    before = window.from_on - timedelta(days=1)
    if not first <= before <= first + timedelta(days=MID_MONTH):
        return parts_of(window), ()
    return parts_of(replace(window, from_on=first)), (
        Part(replace(window, from_on=first, to_on=before), is_kept=False),
    )


@Prepared
def _charged(
    keys: Mapping[str, Keys], today: date, filters: Filters, parts: tuple[Part, ...]
) -> dict[str, QuerySet[Any]]:
    def summed(found: QuerySet[Any], amount: str) -> QuerySet[Any]:
        return found.order_by().values_list(Value(1)).annotate(sum=Sum(amount))

    sent = rows(_window(today, filters)).filter(_BILLED)
    further = Claim.objects.filter(sequence__gt=1, service_date__range=_days(today)).values("pk")
    again = sent.filter(claim__in=further).annotate(visit=_VISIT).filter(IsNull(_earlier(filters), False))
    by_part = (
        summed(part.rows, "billed_sent") if part.is_kept else summed(part.rows.filter(_BILLED), "billed")
        for part in parts
    )
    return {"again": summed(again, "billed"), **{f"sent {n}": found for n, found in enumerate(by_part)}}


def charges(today: date, filters: Filters) -> QuerySet[ClaimFigures]:
    """Claims of the last 90 days that were sent; of a visit that two plans were asked for, the one of the plan that
    pays first: a visit is charged once.
    """
    sent = rows(_window(today, filters)).filter(_BILLED)
    return sent.annotate(visit=_VISIT).filter(Q(claim__sequence=1) | IsNull(_earlier(filters), True))


_BILLED = Q(stands=True, submitted_on__isnull=False)


def _days(today: date) -> tuple[date, date]:
    return today - timedelta(days=WINDOW - 1), today


def _window(today: date, filters: Filters) -> Filters:
    first, last = _days(today)
    return replace(filters, from_on=first, to_on=last, month=None)


def _earlier(filters: Filters) -> Subquery:
    """Of a claim with its `visit`: a claim to another plan of it that pays earlier, if one was asked.

    The claim, not whether there is one: that PostgreSQL would look for among all claims at once.
    """
    of_record = OuterRef(OuterRef(OuterRef("visit")))
    # By keys, as what is owed, and only for what another plan can come before: most visits have one.
    versions = Encounter.objects.filter(Q(pk=of_record) | Q(origin=of_record)).order_by()
    of_visit = Claim.objects.filter(encounter__in=versions.values("pk")).order_by()
    same = ClaimFigures.objects.filter(_BILLED, claim__in=of_visit.values("pk"))
    # Among those that the filters take in: of a visit that only the second plan is asked for, that one counts.
    earlier = narrowed(same.filter(claim__sequence__lt=OuterRef("claim__sequence")), filters)
    return Subquery(earlier.order_by().values("pk")[:1])


def days_left(today: date, filters: Filters) -> list[Band]:
    """What is at risk by the days left to its last day; what has none waits for the payer."""
    return _told(left_on(today), _left({}, today, filters)["bands"])


@Prepared
def _left(keys: Mapping[str, Keys], today: date, filters: Filters) -> dict[str, QuerySet[Any]]:
    return {"bands": _bands(rows(filters).filter(COUNTED["at_risk_claims"]), left_on(today), "at_risk")}


def left_on(today: date) -> Iterator[tuple[str, str, Q]]:
    for start, end in LEFT:
        q = Q(at_risk_until__isnull=False)
        q &= Q(at_risk_until__gte=today + timedelta(days=start)) if start is not None else Q()
        q &= Q(at_risk_until__lte=today + timedelta(days=end)) if end is not None else Q()
        label = "past due" if start is None else f"{start}–{end} days" if end is not None else f"over {start - 1} days"
        yield f"at_risk_{'past' if start is None else start}", label, q
    yield "at_risk_waiting", "waits for the payer", Q(at_risk_until=None)
