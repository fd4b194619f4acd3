"""The reference page of answers: what an adjusted amount is, group × code × amount, from the classifier itself."""

from __future__ import annotations

from collections.abc import Iterator

from claims.codes.adjustments import CARC, CATEGORY_LABELS, GROUPS, RARC, Carc
from claims.codes.denial_causes import CAUSES, OTHER_PLAN, REMARK_DECIDES
from claims.codes.verdicts import TABLE, Amount, Row, row_for

Cells = tuple[str, ...]


def head() -> list[str]:
    """What the page says before its tables."""
    return [
        "An adjusted amount is netted by group and code on its line; the first row that fits says what it is. Only"
        " *denied* opens a denial. A reversal (CLP02 22, or a negative charge) and a predetermination (CLP02 25, CARC"
        " 101, or its remarks) are told before. Where several causes are denied, the one that costs most leads; every"
        " code is kept as it came. A payer's own code is read as what was written down of it, and a code that nobody"
        " knows is denied, cause other, and waits to be sorted.",
        "",
        f"For {', '.join(sorted(REMARK_DECIDES))} the remark beside them decides where they belong.",
        "",
    ]


def verdict_rows() -> Iterator[Cells]:
    """The table itself, in its order."""
    for n, row in enumerate(TABLE, 1):
        yield str(n), _any(row.groups), _codes(row), row.amount.value, row.verdict.value, row.why


def _any(words: frozenset[str]) -> str:
    return ", ".join(sorted(words)) or "any"


def _codes(row: Row) -> str:
    if row.codes:
        return _any(row.codes)
    if row.categories:
        return " or ".join(CATEGORY_LABELS[c].lower() for c in sorted(row.categories))
    return "any"


def code_rows() -> Iterator[Cells]:
    """Each reason: where it belongs, and what a part or the whole charge is under each group."""
    for carc in CARC.values():
        said = f"`{carc.code}`{' (given up)' if carc.is_deactivated else ''}"
        plan = OTHER_PLAN.get(carc.code, "")
        place = CATEGORY_LABELS[carc.category] + (f"; other plan: {plan}" if plan else "")
        yield said, carc.label, place, _by_group(carc, Amount.PART), _by_group(carc, Amount.WHOLE)


def _by_group(carc: Carc, amount: Amount) -> str:
    """`contract; PR: patient's share`: the verdict of most groups, then those that differ."""
    found = {g: row_for(g, carc.code, carc.category, amount).verdict.value for g in GROUPS}
    usual = max(found.values(), key=list(found.values()).count)
    return "; ".join([usual, *(f"{g}: {v}" for g, v in found.items() if v != usual)])


def remark_rows() -> Iterator[Cells]:
    for rarc in RARC.values():
        pushes = CATEGORY_LABELS[rarc.category] if rarc.category and CAUSES[rarc.category] else "—"
        yield f"`{rarc.code}`", rarc.label, pushes
