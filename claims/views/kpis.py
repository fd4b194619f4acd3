"""Every number of the manager's page as a tile: what it is, what it rests on, and what it was in the period before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from claims.figures.kpis import BY_KEY, Kpi
from claims.queries.sums import Totals
from claims.queries.waits import Spread
from documentation.kernel.statistics import SMALL, Share

HEAD = ("initial_denial", "first_pass", "overturned", "at_risk", "days_to_payment")
"""The five that stand on top."""
GROUPS = (
    ("Out of the door", ("days_to_submit", "clean", "rejection")),
    ("Denied", ("initial_denial_dollars", "written_off")),
    ("Won back", ("days_to_appeal", "overturned_dollars", "recovery")),
)
"""The others, in the order in which a claim meets them."""
_CASES = {"billed_answered": "answered", "appealed": "decided", "initial_denial": "denied"}
"""How many claims a share of dollars rests on, by the list of what it is divided by."""


@dataclass(frozen=True)
class Tile:
    """One number. `url` and `note_url` lead to the claims behind it and behind what it is divided by, or are empty."""

    key: str
    label: str
    question: str
    formula: str
    value: str
    url: str = ""
    is_few: bool = False
    """Whether the counts stand where a percentage would say more than they do."""
    note: str = ""
    """What the number rests on; what follows it, as a link where there are claims to show."""
    note_link: str = ""
    note_url: str = ""
    change: str = ""
    is_better: bool | None = None


def tiles(now: Totals, before: Totals, spread: Spread, was: Spread, url: Callable[[str], str]) -> dict[str, Tile]:
    """All of KPIS by their keys; `url` gives the address of a list of claims, `spread` the days to appeal."""
    found = {}
    for key, kpi in BY_KEY.items():
        tile = Tile(key, kpi.title, kpi.question, kpi.formula, "—", note="no case yet")
        if kpi.unit == "dollars":
            tile = _dollars(tile, kpi, now, before)
        elif kpi.unit == "days":
            tile = _days(tile, kpi, now, before, spread, was)
        else:
            tile = _share(tile, kpi, now, before)
        has_whole = bool(kpi.figure_of and now[kpi.whole])
        found[key] = replace(
            tile, url=url(kpi.figure) if now[kpi.part] else "", note_url=url(kpi.figure_of) if has_whole else ""
        )
    return found


def _dollars(tile: Tile, kpi: Kpi, now: Totals, before: Totals) -> Tile:
    claims = now[f"{kpi.part}_claims"]
    note = f"{claims:,} claim{'' if claims == 1 else 's'}" if claims else ""
    was = f"before: ${before[kpi.part] / 100:,.0f}" if before[kpi.part] else ""
    return replace(tile, value=f"${now[kpi.part] / 100:,.0f}", note=note, change=was)


def _days(tile: Tile, kpi: Kpi, now: Totals, before: Totals, spread: Spread, was: Spread) -> Tile:
    cases, cases_before = now[kpi.whole], before[kpi.whole]
    if not cases:
        return tile
    if kpi.has_median and spread.cases:
        note = f"median of {_of(cases, 'claim')}; nine of ten within {spread.most:,} days"
        return _compared(replace(tile, value=f"{spread.median:,g}", note=note), spread.median, was.median, kpi.better)
    days = round(now[kpi.part] / cases)
    earlier = round(before[kpi.part] / cases_before) if cases_before else None
    return _compared(replace(tile, value=f"{days:,}", note=f"mean of {_of(cases, 'claim')}"), days, earlier, kpi.better)


def _compared(tile: Tile, days: float | None, before: float | None, good: int) -> Tile:
    """Days as they are told: a mean in whole days, a median that may lie between two."""
    if days is None or before is None:
        return tile
    moved = days - before
    if not moved:
        return replace(tile, change="as before")
    change = f"{_arrow(moved)} {abs(moved):,g} day{'' if abs(moved) == 1 else 's'}, from {before:,g}"
    return replace(tile, change=change, is_better=moved * good > 0)


def _share(tile: Tile, kpi: Kpi, now: Totals, before: Totals) -> Tile:
    """A share. Of few cases the counts are the value, and the interval stands beside them."""
    part, whole = now[kpi.part], now[kpi.whole]
    in_dollars = kpi.unit == "share of dollars"
    cases, cases_before = (n[_CASES[kpi.figure_of]] if in_dollars else n[kpi.whole] for n in (now, before))
    if not whole:
        return replace(tile, change=f"before: {_counts(kpi, before)}" if before[kpi.whole] else "")
    counts = _counts(kpi, now)
    if cases < SMALL:
        tile = replace(tile, value=counts, is_few=True)
        if in_dollars:
            tile = replace(tile, note="too few for a rate ·", note_link=f"all {_of(cases, 'claim')}")
        elif between := Share(part, whole).interval:
            low, high = between
            words = f"likely between {100 * low:.0f} % and {100 * high:.0f} % ·"
            tile = replace(tile, note=words, note_link=f"all {whole:,}")
    else:
        first, _, second = counts.partition(" of ")
        tile = replace(tile, value=f"{100 * part / whole:.1f} %", note=f"{first} of", note_link=second)
    if min(cases, cases_before) < SMALL:
        return replace(tile, change=f"before: {_counts(kpi, before)}" if before[kpi.whole] else "")
    points = round(100 * part / whole, 1) - round(100 * before[kpi.part] / before[kpi.whole], 1)
    if abs(points) < 0.05:
        return replace(tile, change="as before")
    was = 100 * before[kpi.part] / before[kpi.whole]
    change = f"{_arrow(points)} {abs(points):.1f} points, from {was:.1f} %"
    return replace(tile, change=change, is_better=points * kpi.better > 0)


def _counts(kpi: Kpi, n: Totals) -> str:
    part, whole = n[kpi.part], n[kpi.whole]
    if kpi.unit == "share of dollars":
        return f"${part / 100:,.0f} of ${whole / 100:,.0f}"
    return f"{part:,} of {whole:,}"


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _arrow(moved: float) -> str:
    return "▲" if moved > 0 else "▼"
