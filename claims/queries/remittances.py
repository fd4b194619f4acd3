"""Questions on remittances: what an answer means, and what was posted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from claims.codes.adjustments import Adjustment
from claims.codes.code_book import CodeBook
from claims.codes.denial_causes import Classification, Line, classify
from claims.models import RemittanceClaim
from claims.queries.code_book import book_of_answer
from documentation.kernel.money import to_cents


def classification_of(answer: RemittanceClaim, book: CodeBook | None = None) -> Classification:
    """What an answer means, from its rows. A list of answers asks for the `book` of codes once and hands it in."""
    return meaning_of(
        (answer.status_code, answer.charge, answer.paid, answer.remarks),
        [(line.pk, line.code, line.charge, line.paid, line.remarks) for line in answer.lines.all()],
        [(a.line_id, a.group, a.carc, a.amount) for a in answer.adjustments.all()],
        book or book_of_answer(answer),
        answer.remittance.paid_on,
    )


AnswerValues = tuple[str, Decimal, Decimal, list[str]]
"""Status code, charge, paid, remarks."""
LineValues = tuple[int, str, Decimal, Decimal, list[str]]
"""Key, code, charge, paid, remarks."""
AdjustmentValues = tuple[int | None, str, str, Decimal]
"""Key of the line or None, group, CARC, amount."""


def meaning_of(
    answer: AnswerValues,
    lines: Iterable[LineValues],
    adjustments: Iterable[AdjustmentValues],
    book: CodeBook,
    day: date | None,
) -> Classification:
    """The same from values, for whom has thousands of answers."""
    of_line: dict[int | None, list[Adjustment]] = {}
    for line, group, carc, amount in adjustments:
        of_line.setdefault(line, []).append(Adjustment(group, carc, to_cents(amount)))
    status_code, charge, paid, remarks = answer
    return classify(
        status_code=status_code,
        charge_cents=to_cents(charge),
        paid_cents=to_cents(paid),
        adjustments=of_line.get(None, ()),
        lines=[
            Line(
                charge_cents=to_cents(line_charge),
                paid_cents=to_cents(line_paid),
                adjustments=tuple(of_line.get(key, ())),
                remarks=tuple(line_remarks),
                code=code,
            )
            for key, code, line_charge, line_paid, line_remarks in lines
        ],
        remarks=tuple(remarks),
        book=book,
        day=day,
    )
