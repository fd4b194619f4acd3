"""How many days things take, claim by claim: what a mean hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.db.models import Count, F, QuerySet

from claims.queries.days import DaysBetween
from claims.queries.sums import COUNTED, Filters, rows
from documentation.models.among import Keys
from documentation.models.together import Prepared


@dataclass(frozen=True)
class Spread:
    """Days of so many cases: the median, and within how many nine of ten are done. None where there is no case."""

    cases: int = 0
    median: float | None = None
    most: int | None = None


def days_to_appeal(filters: Filters) -> Spread:
    """From the first denial to the first appeal that was sent. Few claims are appealed: an index holds those alone."""
    return spread_of(dict(_to_appeal({}, filters)["days"]))


@Prepared
def _to_appeal(keys: Mapping[str, Keys], filters: Filters) -> dict[str, QuerySet[Any]]:
    found = rows(filters).filter(COUNTED["appeal_claims"]).annotate(days=DaysBetween("appealed_on", F("denied_on")))
    return {"days": found.order_by().values_list("days").annotate(n=Count("*"))}


def spread_of(counted: dict[int, int]) -> Spread:
    """Of the number of cases by their days. The ninetieth hundredth is the nearest rank: a case that there was."""
    cases = sum(counted.values())
    if not cases:
        return Spread()
    middle = (_at(counted, (cases + 1) // 2) + _at(counted, cases // 2 + 1)) / 2
    return Spread(cases, middle, _at(counted, ceil(0.9 * cases)))


def _at(counted: dict[int, int], rank: int) -> int:
    """The days of the case of a rank, 1 for the quickest."""
    seen = 0
    for days in sorted(counted):
        seen += counted[days]
        if seen >= rank:
            return days
    raise ValueError(f"no case {rank}")
