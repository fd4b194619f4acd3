"""The book of codes for an answer: the program's tables, above them what the practice loaded or wrote down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q

from claims.codes.adjustments import CARC, RARC, Carc, Category, Rarc
from claims.codes.code_book import PROGRAM, CodeBook, OwnCode, shown_code
from claims.codes.crossover import PASSES
from claims.codes.denial_causes import CAUSES
from claims.models import Denial, Payer, ReasonCode, RemittanceClaim


def code_book(payer: Payer | int | None = None, day: date | None = None) -> CodeBook:
    """Codes as they are read on a day, with the payer's own where one is named. One query.

    Of several rows of a code the newest that had begun by the day counts; where none had, the oldest.
    """
    key = payer.pk if isinstance(payer, Payer) else payer
    return code_books([key] if key else [], day)[key or None]


def code_books(payers: Iterable[int], day: date | None = None) -> dict[int | None, CodeBook]:
    """The same for several payers at once, by their keys; under None without any payer's own. One query."""
    keys: list[int | None] = [None, *payers]
    wanted = ReasonCode.objects.filter(Q(payer=None) | Q(payer__in=keys[1:]), of_list__in=("carc", "rarc", "own"))
    rows = list(wanted.order_by("effective_on", "pk"))
    general = [row for row in rows if row.payer_id is None]
    shared = book_from(general, day) if general else PROGRAM
    with_own = {row.payer_id for row in rows} - {None}
    own = {key: book_from([row for row in rows if row.payer_id in (None, key)], day) for key in with_own}
    return {key: own.get(key, shared) for key in keys}


def book_from(rows: Iterable[ReasonCode], day: date | None = None) -> CodeBook:
    """A book from rows, the oldest first."""
    newest: dict[tuple[str, str], ReasonCode] = {}
    for row in rows:
        if (row.of_list, row.code) not in newest or day is None or row.effective_on <= day:
            newest[row.of_list, row.code] = row
    carcs, rarcs, own, passes = dict(CARC), dict(RARC), {}, dict(PASSES)
    ended: dict[str, date] = {}
    for (of_list, code), row in newest.items():
        if row.passes_on:
            passes[of_list, code] = row.passes_on
        if of_list == "carc":
            carcs[code] = _carc(row)
            if row.ended_on:
                ended[code] = row.ended_on
        elif of_list == "rarc":
            rarcs[code] = _rarc(row)
        else:
            category = Category(row.category or Category.UNK)
            own[code] = OwnCode(code, row.text, category, row.group or ("PR" if category is Category.PAT else "CO"))
    return CodeBook(carcs, rarcs, own, ended, passes)


def _carc(row: ReasonCode) -> Carc:
    """Our own words stay where we have some; the list's are shown for codes that we do not know."""
    known = CARC.get(row.code)
    if known is None:
        return Carc(row.code, Category(row.category or Category.UNK), row.text, source=row.source)
    return replace(known, category=Category(row.category)) if row.category else known


def _rarc(row: ReasonCode) -> Rarc:
    known = RARC.get(row.code)
    category = Category(row.category) if row.category else known.category if known else None
    # A remark that says 'no denial' or 'other' pushes a reason nowhere.
    pushes = category if category and category is not Category.UNK and CAUSES[category] is not None else None
    return Rarc(row.code, known.label if known else row.text, pushes, source=row.source)


def status_texts() -> dict[str, str]:
    """What a loaded list of claim statuses says, by code, the newest row of each."""
    rows = ReasonCode.objects.filter(of_list="claim_status").order_by("effective_on", "pk")
    return dict(rows.values_list("code", "text"))


def book_of_answer(answer: RemittanceClaim) -> CodeBook:
    """The book for one answer: a payer's own codes are read only where it is known whose they are."""
    claim = answer.claim
    return code_book(claim.coverage.payer_id if claim else None, answer.remittance.paid_on)


def book_of_denial(denial: Denial) -> CodeBook:
    return code_book(denial.claim.coverage.payer_id, denial.denied_on)


def said_by(denial: Denial, book: CodeBook) -> list[dict[str, Any]]:
    """Every code of a denial as the payer gave it, with the words for it and its amount; remarks have no amount."""
    codes = denial.codes or [{"group": denial.group, "carc": denial.carc, "cents": None}]
    found: list[dict[str, Any]] = []
    for c in codes:
        group, carc = c.get("group", ""), c.get("carc", "")
        found.append(
            {
                "code": shown_code(group, carc),
                "words": book.label_of(group, carc),
                "cents": c.get("cents"),
                "line": c.get("line") or 0,
                "is_retired": book.is_retired(carc, denial.denied_on),
                "is_unknown": bool(carc) and not book.is_known(group, carc),
            }
        )
    for rarc in denial.rarcs:
        words = book.remark_label(rarc)
        found.append(
            {"code": rarc, "words": words, "cents": None, "line": 0, "is_retired": False, "is_unknown": not words}
        )
    return found
