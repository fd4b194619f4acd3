"""What a person should know of an answer beside what became of the claim, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from claims.codes import adjustments as tables
from claims.codes.adjustments import Adjustment, Category
from claims.codes.code_book import OWN_GROUP, CodeBook


class AnswerLine(Protocol):
    """The payer's answer on one procedure, as an 835 or a typed EOB gives it."""

    @property
    def code(self) -> str: ...
    @property
    def original_code(self) -> str: ...
    @property
    def charge_cents(self) -> int: ...
    @property
    def paid_cents(self) -> int: ...
    @property
    def adjustments(self) -> Sequence[Adjustment]: ...
    @property
    def remarks(self) -> Sequence[str]: ...


def notes_on(
    lines: Sequence[AnswerLine],
    remarks: Sequence[str],
    everything: Sequence[Adjustment],
    book: CodeBook,
    day: date | None,
) -> tuple[str, ...]:
    """What a person should know beside the outcome."""
    carcs = {a.carc for a in everything if a.group != OWN_GROUP}
    notes = [
        f"Line {i}: decided as {line.code} instead of {line.original_code}."
        for i, line in enumerate(lines, 1)
        if line.original_code and line.code and line.original_code != line.code
    ]
    if "MA130" in remarks:
        notes.append("The payer could not process this claim (MA130). It cannot be appealed: send a new claim.")
    elif not tables.NO_APPEAL.isdisjoint(remarks):
        codes = ", ".join(r for r in remarks if r in tables.NO_APPEAL)
        notes.append(f"The payer says that this decision cannot be appealed ({codes}).")
    if "MA91" in remarks:
        notes.append("This is the payer's answer to an appeal (MA91).")
    if any(book.is_passed_on(a.group, a.carc) for a in everything):
        notes.append("The payer passed the claim on. Wait for the other plan before you send it again.")
    if any(book.category_of(a.group, a.carc) is Category.PND for a in everything):
        notes.append("Part of this answer is pended: the payer must still decide it.")
    retired = sorted(c for c in carcs if book.is_retired(c, day))
    if retired:
        notes.append(f"Retired reason code: {', '.join(retired)}.")
    unknown = sorted({a.carc for a in everything if a.carc and not book.is_known(a.group, a.carc)})
    if unknown:
        notes.append(f"Reason code without wording of ours: {', '.join(unknown)}.")
    return tuple(notes)
