"""Saving a section that several people have open: field by field, so that nobody's work is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.merge import Clash, Merged, Sides, digest, merge
from documentation.kernel.pending import marks_from
from documentation.models import Encounter, User
from documentation.queries.stored import NAMES, Rows, Values, stored_rows, stored_values, written_by
from documentation.services.encounters import StaleSection, save_section


class Clashed(StaleSection):
    """Somebody else changed the same values, and nobody has chosen yet. Nothing was saved."""

    def __init__(self, clashes: list[Clash]) -> None:
        self.clashes = clashes
        super().__init__("Somebody else changed this after you opened it.")


def save_merged(
    encounter: Encounter, section: str, values: Values, rows: Rows, *, sides: Sides, by: User, at: datetime
) -> Merged:
    """Merge what was typed with what is stored, and save it.

    Raises Clashed with every value that both sides changed and nobody chose for, and whatever `save_section` raises;
    `list[index].field` counts the rows as they were typed. A save that changes nothing is not counted.
    """
    with transaction.atomic():
        row = Encounter.objects.select_for_update().get(pk=encounter.pk)
        kept, lists = stored_values(row, section), stored_rows(row, section)
        # What nobody confirmed yet gives way to what a person typed, without a question.
        marks = [m for m in marks_from(row.to_confirm) if m.section in written_by(section)]
        sides = replace(sides, yielding=frozenset(m.rest for m in marks))
        merged = merge(sides, (values, kept), {n: (r, lists[n]) for n, r in rows.items()}, NAMES)
        if merged.clashes:
            raise Clashed(merged.clashes)
        if not row.section_revision(section) or _differs(merged, kept, lists):
            try:
                save_section(encounter, section, merged.values, merged.rows, by=by, at=at)
            except ValidationError as e:
                raise _where_typed(e, merged) from e
        else:
            encounter.refresh_from_db()
    return merged


def _where_typed(error: ValidationError, merged: Merged) -> ValidationError:
    """The same sentences at the rows as they were typed."""

    def moved(found: re.Match[str]) -> str:
        place = merged.origins[found[1]][int(found[2])]
        return f"{found[1]}[{found[2] if place is None else place}]"

    return ValidationError({re.sub(r"^(\w+)\[(\d+)\]", moved, k): v for k, v in error.message_dict.items()})


def _differs(merged: Merged, values: Values, rows: Rows) -> bool:
    if any(digest(v) != digest(values[n]) for n, v in merged.values.items()):
        return True
    return any(_told(listed) != _told(rows[name], like=listed) for name, listed in merged.rows.items())


def _told(rows: list[Values], like: list[Values] | None = None) -> list[str]:
    names = set().union(*(like if like is not None else rows))
    return [digest({n: row.get(n) for n in names}) for row in rows]
