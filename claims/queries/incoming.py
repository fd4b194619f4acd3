"""What would become of the rows of a list: the same judgment for the preview and for bringing them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from claims.models import Import, ImportRow
from claims.queries.incoming_people import Patients
from claims.queries.incoming_plans import Coverages, Payers
from claims.queries.incoming_row import Found
from documentation.tables import Target, Unreadable

AT_ONCE = 500
"""Rows for which the database is asked together."""
_JUDGES: dict[str, type[Patients | Payers | Coverages]] = {
    "patients": Patients,
    "payers": Payers,
    "coverages": Coverages,
}


@dataclass(frozen=True)
class Preview:
    """How many rows would become what, and the first of each, in the order of the file."""

    counts: Mapping[str, int]
    good: Sequence[Found]
    others: Sequence[Found]
    """Faulty, known and alike ones together."""
    columns: Sequence[Target]


SHOWN_GOOD = 10
SHOWN_OTHERS = 100


def look(imported: Import, rows: Iterable[ImportRow], *, today: date) -> Iterator[Found]:
    """Judge rows in the order of the file. Rows before them that are not brought in yet are not known here."""
    judge = _JUDGES[imported.kind](today, with_alike=imported.with_alike)
    given = iter(rows)
    while some := [_read(imported, row) for row in islice(given, AT_ONCE)]:
        judge.ask([found for found in some if found.is_good])
        for found in some:
            if found.is_good:
                judge.judge(found)
            yield found


def preview(imported: Import, *, today: date) -> Preview:
    counts = dict.fromkeys(("good", *ImportRow.Outcome.values), 0)
    good: list[Found] = []
    others: list[Found] = []
    for found in look(imported, imported.rows.all(), today=today):
        counts[found.outcome or "good"] += 1
        if found.is_good and len(good) < SHOWN_GOOD:
            good.append(found)
        elif not found.is_good and len(others) < SHOWN_OTHERS:
            others.append(found)
    return Preview(counts, good, others, [t for t in imported.what.targets if t.key in imported.columns])


def set_aside(imported: Import, *, today: date) -> Iterator[tuple[ImportRow, Sequence[Sequence[str]]]]:
    """The rows that are or would be faulty or alike, with what is said of each."""
    aside = (ImportRow.Outcome.FAULTY, ImportRow.Outcome.ALIKE)
    if imported.state == Import.State.READ:
        for found in look(imported, imported.rows.all(), today=today):
            if found.outcome in aside:
                yield found.row, found.said
    else:
        for row in imported.rows.filter(outcome__in=aside):
            yield row, row.said


def _read(imported: Import, row: ImportRow) -> Found:
    """What the cells say, before anything is compared with what is here."""
    found = Found(row)
    if row.problem:
        found.refuse("", row.problem)
        return found
    for target in imported.what.targets:
        place = imported.columns.get(target.key)
        if place is None:
            continue
        head, said = imported.heads[place], row.cells[place]
        found.heads[target.key] = head
        if not said:
            if target.is_needed:
                found.refuse(target.key, f"The {_small(target.label)} is missing.")
            continue
        try:
            found.values[target.key] = target.read(said)
        except Unreadable as e:
            found.refuse(target.key, str(e))
    return found


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]
