"""Reading a practice's licensed list of codes: a table `code,text,effective_on` with one optional day, `ended_on`.

The whole table is read, and every row that cannot be taken is told with its number. Nothing of a table with such a row
is kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from claims.codes.procedures import Listed
from documentation.kernel.text import UnusableText, clean_text

MOST_BYTES = 5 * 2**20
MOST_ROWS = 20_000
COLUMNS = ("code", "text", "effective_on")
OPTIONAL = "ended_on"
_CODE = re.compile(r"[A-Z0-9]{5}")
_DAYS = ("%Y-%m-%d", "%m/%d/%Y")
_MOST_TOLD = 50


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row; `row` counts from 1 with the heading, as a spreadsheet does. 0 is the whole table."""

    row: int
    sentence: str

    def __str__(self) -> str:
        return f"Row {self.row}: {self.sentence}" if self.row else self.sentence


class TableError(Exception):
    """A table that cannot be taken, with every problem of it."""

    def __init__(self, problems: list[RowProblem]) -> None:
        self.problems = tuple(problems[:_MOST_TOLD])
        self.left = max(0, len(problems) - _MOST_TOLD)
        super().__init__(" ".join(map(str, self.problems)))


def read_table(content: bytes) -> tuple[Listed, ...]:
    """The rows of a table in UTF-8, with commas, semicolons or tabs between the columns. Raises TableError."""
    return _rows(cells_of(content))


def cells_of(content: bytes) -> list[list[str]]:
    """The cells of a table in UTF-8, its heading first. Raises TableError for what is no such table."""
    if len(content) > MOST_BYTES:
        raise refused(f"The file is larger than {MOST_BYTES // 2**20} MB. Load the list in parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("This is no text in UTF-8. Save the list as “CSV UTF-8” and choose it again.") from None
    if "\0" in text:
        raise refused("This is no text. Save the list as “CSV UTF-8” and choose it again.")
    heading = text.split("\n", 1)[0]
    separator = max(",;\t", key=heading.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise refused(
            "The table cannot be read: a quotation mark is opened and never closed, a single one stands inside a quoted"
            " cell, or a cell is too long. Mend it in the list and choose the file again."
        ) from None


def named_rows(rows: list[list[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not empty by the names of the first one, with its number in the file. Raises TableError."""
    names = [name.strip().lower() for name in rows[0]] if rows else []
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise refused(
            f"The first row must name the columns code, text and effective_on; missing: {', '.join(missing)}."
        )
    if len(rows) - 1 > MOST_ROWS:
        raise refused(f"There are more than {MOST_ROWS:,} rows. Load the list in parts.")
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield number, dict(zip(names, cells, strict=False))


def _rows(rows: list[list[str]]) -> tuple[Listed, ...]:
    problems: list[RowProblem] = []
    found: dict[tuple[str, date], tuple[int, Listed]] = {}
    for number, cells in named_rows(rows):
        try:
            row = _row(cells)
        except ValueError as e:
            problems.append(RowProblem(number, str(e)))
            continue
        first, twin = found.setdefault((row.code, row.effective_on), (number, row))
        if twin != row:
            problems.append(
                RowProblem(number, f"{row.code} with this day stands in row {first} with other words. Keep one.")
            )
    if not found and not problems:
        problems.append(RowProblem(0, "The table holds no code. Give at least one row below the heading."))
    if problems:
        raise TableError(problems)
    return tuple(row for _, row in found.values())


def _row(cells: dict[str, str]) -> Listed:
    code = cells.get("code", "").strip().upper()
    if not _CODE.fullmatch(code):
        raise ValueError(f"“{code[:20]}” is no code. A code has five letters or digits, such as D0371.")
    try:
        text = clean_text(cells.get("text", ""))
    except UnusableText as e:
        raise ValueError(str(e)) from None
    if not text or len(text) > 500:
        raise ValueError("The text must have 1 to 500 characters.")
    since, until = day_in(cells.get("effective_on", ""), "effective_on"), cells.get(OPTIONAL, "").strip()
    ended = day_in(until, OPTIONAL) if until else None
    if ended and ended < since:
        raise ValueError("The code ends before it begins. Look at the two days.")
    return Listed(code, since, ended, text)


def day_in(text: str, name: str) -> date:
    """A day of a cell; `name` is that of its column. Raises ValueError with a sentence."""
    for shape in _DAYS:
        try:
            found = datetime.strptime(text.strip(), shape).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if 1990 <= found.year <= 2100:
            return found
    raise ValueError(f"“{text.strip()[:20]}” in {name} is no day. Write it as 2026-01-01 or 01/01/2026.")


def refused(sentence: str) -> TableError:
    return TableError([RowProblem(0, sentence)])
