"""The sheets as PDF: the claim's characters, or the page that shows how a printer sits on the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.facts import ClaimFacts
from claims.packet.stock.filled import FilledForm, Mark
from claims.packet.stock.positions import COLUMNS, LEFT, LINES, TOP
from documentation.kernel.machine import Refused
from documentation.typesetting import render

STEP_LIMIT = 36
"""The farthest that the print can be moved, in points: half an inch."""


@dataclass(frozen=True)
class Offset:
    """How far a printer's sheets are moved to the right and down, in points (72 an inch); negative to the left, up."""

    right: float = 0.0
    down: float = 0.0


def overlay(facts: ClaimFacts, form: FilledForm, offset: Offset) -> bytes:
    """The claim's characters alone, for stock that is already printed. Raises Refused where a value does not fit."""
    if form.refused:
        raise Refused(*form.refused)
    day = facts.service_date or date(2000, 1, 1)
    return _pdf(f"Claim {facts.number}, characters for CMS-1500 stock", form.marks, form.sheets, offset, day)


def alignment(offset: Offset) -> bytes:
    """A page without any patient: corner marks, a ruler on each side and sample text in a few boxes."""
    marks = [
        *(Mark(1, line, column, "+", "corner") for line in (1, LINES) for column in (1, COLUMNS)),
        *(Mark(1, 1, n, str(n // 10), "ruler") for n in range(10, COLUMNS, 10)),
        *(Mark(1, n, 1, str(n), "ruler") for n in range(5, LINES, 5)),
        Mark(1, 8, 50, "1A INSURED ID", "1a"),
        Mark(1, 10, 3, "2 PATIENT NAME", "2"),
        Mark(1, 38, 3, "21A", "21"),
        Mark(1, 44, 25, "24D", "24D"),
        Mark(1, 56, 52, "28 TOTAL", "28"),
        Mark(1, 61, 50, "33A NPI", "33a"),
    ]
    return _pdf("Alignment page for CMS-1500 stock", tuple(marks), 1, offset, date(2000, 1, 1))


def _pdf(title: str, marks: tuple[Mark, ...], sheets: int, offset: Offset, day: date) -> bytes:
    data: dict[str, Any] = {
        "title": title,
        "date": [day.year, day.month, day.day],
        "left": LEFT + offset.right,
        "top": TOP + offset.down,
        "sheets": [
            [{"line": m.line, "column": m.column, "text": m.text} for m in sorted(marks, key=_reading) if m.sheet == n]
            for n in range(1, sheets + 1)
        ],
    }
    return render("stock.typ", data, {}).pdf


def _reading(mark: Mark) -> tuple[int, int]:
    return mark.line, mark.column
