"""Reading a list of reasons: CARC, RARC, group, claim status, or a payer's own codes, as a table with dates.

`code,text,effective_on`, and optionally `ended_on`, `category`, `group` and `passes_on`. The whole table is read, and
every row that cannot be taken is told with its number; nothing of a table with such a row is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from claims.codes.adjustments import CATEGORY_LABELS, GROUPS
from claims.codes.crossover import TO_LABELS
from claims.codes.licensed import RowProblem, TableError, cells_of, day_in, named_rows
from documentation.kernel.text import UnusableText, clean_text

OPTIONAL = ("ended_on", "category", "group", "passes_on")
PASSING = ("carc", "rarc", "own")
"""Lists of which a code may say that the claim was passed on."""
_SHAPES = {
    "carc": (r"[A-Z]?[0-9]{1,4}", "such as 50 or B12"),
    "rarc": (r"[A-Z]{1,2}[0-9]{1,4}", "such as N706 or MA130"),
    "group": (r"[A-Z]{2}", "such as CO"),
    "claim_status": (r"[A-Z]?[0-9]{1,4}", "such as 454 or A7"),
    "own": (r"[A-Z0-9][A-Z0-9 ./*+-]{0,11}", "as the payer prints it, with at most 12 letters, digits and signs"),
}
"""What a code of each list looks like, in capitals."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A row of a list."""

    code: str
    text: str
    effective_on: date
    ended_on: date | None = None
    category: str = ""
    group: str = ""
    passes_on: str = ""


def code_problem(of_list: str, code: str) -> str:
    """What is wrong with a code of a list, or an empty text."""
    shape, example = _SHAPES[of_list]
    if re.fullmatch(shape, code, re.ASCII):
        return ""
    return f"“{code[:20]}” is no code of this list. Write it {example}."


def read_reasons(content: bytes, of_list: str) -> tuple[Reason, ...]:
    """The rows of a table in UTF-8. Raises TableError with every faulty row."""
    problems: list[RowProblem] = []
    found: dict[tuple[str, date], tuple[int, Reason]] = {}
    for number, cells in named_rows(cells_of(content)):
        try:
            row = _row(cells, of_list)
        except ValueError as e:
            problems.append(RowProblem(number, str(e)))
            continue
        first, twin = found.setdefault((row.code, row.effective_on), (number, row))
        if twin != row:
            said = f"{row.code} with this day stands in row {first} with other words. Keep one."
            problems.append(RowProblem(number, said))
    if not found and not problems:
        problems.append(RowProblem(0, "The table holds no code. Give at least one row below the heading."))
    if problems:
        raise TableError(problems)
    return tuple(row for _, row in found.values())


def _row(cells: dict[str, str], of_list: str) -> Reason:
    code = cells.get("code", "").strip().upper()
    if problem := code_problem(of_list, code):
        raise ValueError(problem)
    try:
        text = clean_text(cells.get("text", ""))
    except UnusableText as e:
        raise ValueError(str(e)) from None
    if not text or len(text) > 500:
        raise ValueError("The text must have 1 to 500 characters.")
    since, until = day_in(cells.get("effective_on", ""), "effective_on"), cells.get("ended_on", "").strip()
    ended = day_in(until, "ended_on") if until else None
    if ended and ended < since:
        raise ValueError("The code ends before it begins. Look at the two days.")
    category, group = cells.get("category", "").strip().lower(), cells.get("group", "").strip().upper()
    if category and category not in CATEGORY_LABELS:
        raise ValueError(f"“{category[:20]}” in category is none of ours. Write one of {', '.join(CATEGORY_LABELS)}.")
    if group and (of_list != "own" or group not in GROUPS):
        raise ValueError("A group is given for a payer's own code only, as CO, PR, OA, PI or CR.")
    passes_on = cells.get("passes_on", "").strip().lower()
    if passes_on and (of_list not in PASSING or passes_on not in TO_LABELS):
        raise ValueError(
            f"“{passes_on[:20]}” in passes_on cannot be read. For a reason or remark write {', '.join(TO_LABELS)}, or"
            " leave it empty."
        )
    return Reason(code, text, since, ended, category, group, passes_on)
