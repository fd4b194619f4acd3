"""Sums that many add to at once: each adds rows of its own and waits for nobody, and some night they are put together.

A summand says where it counts (its cell) and how much; the sum of a cell's rows is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models, transaction

from documentation.models.among import among
from documentation.services.bulk import insert

Cells = Mapping[tuple[Any, ...], Sequence[int]]


def add(model: type[models.Model], cell: Sequence[str], numbers: Sequence[str], moved: Cells) -> None:
    """Add to the cells what moved; where nothing did, no row is written. `cell` and `numbers` name the fields."""
    insert(model, [*cell, *numbers], [(*key, *total) for key, total in moved.items() if any(total)])


def fold(model: type[models.Model], cell: Sequence[str], numbers: Sequence[str]) -> None:
    """Put the summands of each cell together. Of two who fold at once, one does it."""
    with transaction.atomic():
        rows = list(model._default_manager.values_list("pk", *cell, *numbers))
        totals: dict[tuple[Any, ...], list[int]] = {}
        for _, *values in rows:
            total = totals.setdefault(tuple(values[: len(cell)]), [0] * len(numbers))
            for n, value in enumerate(values[len(cell) :]):
                total[n] += value
        if len(totals) == len(rows):
            return
        gone, _ = model._default_manager.filter(among("pk", [row[0] for row in rows])).delete()
        if gone != len(rows):
            transaction.set_rollback(True)
            return
        add(model, cell, numbers, totals)
