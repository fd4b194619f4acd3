"""Where labels lie, so that none covers another and no leader crosses another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from documentation.ductmap.anatomy import WIDTH

EM = 0.61
"""An upper estimate of the mean width of a letter of Inter, in em."""
BADGE = 8.0
"""Radius of the disc that holds a number."""
EDGE = 6.0


@dataclass(frozen=True)
class Berth:
    """Where a label lies: in band 0 and on below the drawing, or in band -1 above it."""

    band: int
    x: float
    has_words: bool = True


def berths(targets: Sequence[float], widths: Sequence[float]) -> list[Berth]:
    """A berth for each label, in the order of the targets from left to right.

    All below if they fit; else every second one above. With more than both bands hold, the labels shrink to their
    numbers, and the list that stands beside the drawing has the words.
    """
    room = WIDTH - 2 * EDGE
    if sum(widths) <= room:
        return [Berth(0, x) for x in _spread(targets, widths)]
    if sum(widths[::2]) <= room and sum(widths[1::2]) <= room:
        below = [Berth(0, x) for x in _spread(targets[::2], widths[::2])]
        above = [Berth(-1, x) for x in _spread(targets[1::2], widths[1::2])]
        return [(above if i % 2 else below)[i // 2] for i in range(len(targets))]
    slot = 2 * BADGE + 4
    bands = -(-len(targets) // int(room // slot))
    berths: list[Berth | None] = [None] * len(targets)
    for band in range(bands):
        xs = _spread(targets[band::bands], [slot] * len(targets[band::bands]))
        for i, x in zip(range(band, len(targets), bands), xs, strict=True):
            berths[i] = Berth(band, x, has_words=False)
    return [b for b in berths if b]


def _spread(targets: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Middles near their targets, in order, apart by their widths, inside of the drawing."""
    xs: list[float] = []
    edge = EDGE
    for target, width in zip(targets, widths, strict=True):
        xs.append(max(target, edge + width / 2))
        edge = xs[-1] + width / 2
    edge = WIDTH - EDGE
    for i in range(len(xs) - 1, -1, -1):
        xs[i] = min(xs[i], edge - widths[i] / 2)
        edge = xs[i] - widths[i] / 2
    return xs
