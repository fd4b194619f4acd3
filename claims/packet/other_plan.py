"""What the first plan answered, for the claim to the second: every amount with its reason, as it came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claims.among import AdjustedFacts, AnsweredLineFacts, PrimaryFacts
from documentation.kernel.dates import us_date
from documentation.kernel.money import dollars

Row = tuple[str, str, str, bool]
"""Item, name, value, and whether it takes a whole line."""


def other_plan_rows(primary: PrimaryFacts, *, is_dental: bool) -> Iterator[Row]:
    """The items that a form or its electronic twin asks for (loops 2320 and 2430)."""
    payer = f"{primary.payer} ({primary.payer_id})" if primary.payer_id else primary.payer
    yield "—", "First plan", payer, False
    if primary.payer_control:
        yield "—", "Its claim number", primary.payer_control, False
    if primary.answered_on:
        yield "—", "Answered", us_date(primary.answered_on), False
    yield "—" if is_dental else "29", "Paid", dollars(primary.paid_cents), False
    yield "—", "Left to the patient", dollars(primary.patient_cents), False
    for n, line in enumerate(primary.lines, start=1):
        yield "—", f"Line {n}", _line(line), True
    if primary.adjustments:
        yield "—", "Whole claim", _taken(primary.adjustments), True


def _line(line: AnsweredLineFacts) -> str:
    allowed = "" if line.allowed_cents is None else f", allowed {dollars(line.allowed_cents)}"
    control = f", line {line.line_control}" if line.line_control else ""
    taken = f"; {_taken(line.adjustments)}" if line.adjustments else ""
    return (
        f"{line.code}{control}: charged {dollars(line.charge_cents)}{allowed}, paid {dollars(line.paid_cents)}{taken}"
    )


def _taken(adjustments: Iterable[AdjustedFacts]) -> str:
    return ", ".join(f"{a.shown} {dollars(a.cents)}" for a in adjustments)
