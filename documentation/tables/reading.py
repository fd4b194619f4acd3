"""The bytes of a file as a table: which kind it is, its characters, its separator, its headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from documentation.kernel.text import clean_text
from documentation.tables.table import Line, Table, Unreadable
from documentation.tables.workbook import MOST_COLUMNS, rows_of_workbook

MOST_BYTES = 20 * 1024 * 1024
MOST_LINES = 20_000
"""Rows of one file: what a practice has of patients, several times over."""
LONGEST = 2_000
"""Characters of one cell."""
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_TEXT_MARK = ("=", "+", "-", "@")
"""Before these a spreadsheet, or a list taken from here, sets an apostrophe: the cell is a text, and no formula."""


def read(data: bytes) -> Table:
    """Raises Unreadable with a sentence for the whole file; what is wrong with one row stands at that row."""
    if not data.strip():
        raise Unreadable("This file is empty. Choose another one.")
    if len(data) > MOST_BYTES:
        raise Unreadable(f"This file is larger than {MOST_BYTES // 1024 // 1024} MB. Split it, and bring in the parts.")
    if data.startswith(b"PK\x03\x04"):
        rows, how = rows_of_workbook(data, most_rows=MOST_LINES + 100)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "This workbook is of the old kind (XLS), or a password protects it. Open it, and save it as XLSX or CSV."
        )
    elif data.startswith(b"%PDF-"):
        raise Unreadable("This is a PDF, not a table. Export the list as CSV or XLSX.")
    else:
        rows, how = _rows_of_text(data)
    return _table(rows, how)


def _rows_of_text(data: bytes) -> tuple[list[tuple[int, list[str]]], str]:
    text, coding = _decoded(data)
    if "\x00" in text:
        raise Unreadable("This file is no table of text. Export the list as CSV or XLSX.")
    first, _, rest = text.partition("\n")
    separator, skipped = "", 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) <= 5:  # what Excel writes for itself
        separator, text, skipped = first.strip("\r\n")[4:], rest, 1
    separator = separator if separator in _SEPARATORS else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    number = skipped
    try:
        for number, cells in enumerate(reader, start=1 + skipped):
            rows.append((number, cells))
            if number > MOST_LINES + 100:
                break
    except csv.Error as e:
        raise Unreadable(
            f"Row {number + 1} cannot be read: a quotation mark there is not closed, or stands inside a text."
            " Mend the row in the file, or export the list again."
        ) from e
    return rows, f"CSV, {coding}, separated by {_SEPARATORS[separator]}"


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, coding, said in (
        (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
        (b"\xff\xfe", "utf-16", "UTF-16"),
        (b"\xfe\xff", "utf-16", "UTF-16"),
        (b"", "utf-8", "UTF-8"),
        (b"", "cp1252", "Windows-1252"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(coding), said
            except UnicodeDecodeError:
                continue
    raise Unreadable("The letters of this file cannot be told. Save it as CSV UTF-8, or as XLSX.")


def _separator(text: str) -> str:
    """The one that stands most often in the first row that says anything, outside of quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _table(rows: Iterable[tuple[int, list[str]]], how: str) -> Table:
    heads: tuple[str, ...] = ()
    lines: list[Line] = []
    for number, given in rows:
        cells, problem = _cleaned(given)
        if not any(cells):
            continue
        if not heads:
            heads = tuple(cells)
            if len(heads) > MOST_COLUMNS:
                raise Unreadable(
                    f"This table has more than {MOST_COLUMNS} columns. Leave out those that are not needed."
                )
            continue
        if len(lines) == MOST_LINES:
            raise Unreadable(f"This table has more than {MOST_LINES:,} rows. Split it, and bring in the parts.")
        if len(cells) > len(heads):
            problem = problem or (
                f"This row has {len(cells)} cells and the headings are {len(heads)}: a separator stands inside a text,"
                " or a heading is missing."
            )
        cells = [*cells[: len(heads)], *[""] * (len(heads) - len(cells))]
        lines.append(Line(number, tuple(cells), problem))
    if not heads:
        raise Unreadable("This file is empty. Choose another one.")
    if not lines:
        raise Unreadable("There is no row below the headings. The first row names the columns, and the others follow.")
    return Table(heads, tuple(lines), how)


def _cleaned(given: list[str]) -> tuple[list[str], str]:
    """Cells through the one door for text, without empty ones at the end; and what is wrong with the row."""
    problem, cells = "", []
    for cell in given:
        if len(cell) > LONGEST:
            problem, cell = f"A cell has more than {LONGEST:,} characters. Shorten it.", cell[:LONGEST]
        text = clean_text(cell)
        cells.append(text[1:] if text.startswith("'") and text[1:2] in _TEXT_MARK else text)
    while cells and not cells[-1]:
        cells.pop()
    return cells, problem
