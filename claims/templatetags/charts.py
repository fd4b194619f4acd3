"""Charts as plain SVG and text: every bar is a link, every chart has its table, nothing is drawn by a script."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template

from claims.templatetags.months import Column, Point

register = template.Library()

STEPS = (1, 2, 2.5, 5, 10)
"""Distances between lines that people can add up, times a power of ten."""


def scale(most: Decimal | float, lines: int = 4) -> list[float]:
    """Round values from 0 to at least `most`, at most `lines` of them above 0."""
    if most <= 0:
        return [0.0, 1.0]
    power = 1.0
    while power * STEPS[-1] * lines < most:
        power *= 10
    step = next(power * s for s in STEPS if power * s * lines >= most)
    values = [0.0]
    while values[-1] < most:
        values.append(values[-1] + step)
    return values


def short_dollars(value: float) -> str:
    """$0, $400, $1.5k, $12k, $2M."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if value >= size:
            return f"${value / size:g}{letter}"
    return f"${value:g}"


def _room(months: int) -> dict[str, bool]:
    """Whether a chart of so many months is wider than its card, and whether the names of months may want for room."""
    return {"is_long": months > 12, "is_dense": 8 < months <= 12}


@register.inclusion_tag("claims/_month_chart.html")
def month_chart(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Dollars denied and won back by month. `rows` are dicts with `part` (a Slice) and the addresses of its claims."""
    most = max((max(r["part"].denied, r["part"].won) for r in rows), default=Decimal(0))
    ticks = scale(most)
    top = ticks[-1]

    def height(amount: Decimal) -> float:
        # A bar of a dollar beside one of thousands is still seen.
        return round(max(1.0, 100 * float(amount) / top), 2) if amount else 0.0

    columns = [Column(r, height(r["part"].denied), height(r["part"].won)) for r in rows]
    return {
        "columns": columns,
        "ticks": [(short_dollars(t), round(100 - 100 * t / top, 2)) for t in reversed(ticks)],
        "is_empty": not most,
        **_room(len(columns)),
    }


@register.inclusion_tag("claims/_rate_chart.html")
def rate_chart(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The share of first denials by month, each with its 95 % interval: a month of few claims is seen to say little."""
    shares = [row["part"].share for row in rows]
    most = max((s.interval[1] for s in shares if s.interval), default=0.0)
    top = next(t for t in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if most <= t + 1e-9)
    points = []
    for row, share in zip(rows, shares, strict=True):
        if share.value is None or share.interval is None:
            points.append(Point(row, 0, 0, 0, True))
            continue
        low, high = share.interval
        y, a, b = (round(100 - 100 * value / top, 2) for value in (share.value, low, high))
        points.append(Point(row, y, a, b, share.is_small))
    ticks = [(f"{100 * top * n / 4:g} %", 100 - 25 * n) for n in range(4, -1, -1)]
    return {"points": points, "ticks": ticks, "is_empty": not most, **_room(len(points))}
