"""The first sheet of an XLSX workbook, as little of it as a table needs.

A workbook is a ZIP of XML from outside. Each part is read as a stream of limited length, so that no small file becomes
a large one in memory, and a document type is refused, so that there are no entities to expand or to fetch.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from xml.parsers import expat

from documentation.tables.table import Unreadable

MOST_COLUMNS = 200
_MOST_INFLATED = 100 * 1024 * 1024
"""Bytes of one part, unpacked."""
_MOST_TEXTS = 2_000_000
"""Texts that all cells of a workbook share."""
_DAMAGED = "This workbook cannot be read. Open it, and save it again as XLSX or as CSV."
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Numbers of the formats of days and times that every workbook has without naming them (ECMA-376, 18.8.30)."""

Start = Callable[[str, dict[str, str]], None]


def rows_of_workbook(data: bytes, *, most_rows: int) -> tuple[list[tuple[int, list[str]]], str]:
    """The rows of the first sheet that is shown, with their numbers, and how they were read. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return _rows(book, most_rows)
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, ValueError, IndexError) as e:
        raise Unreadable(_DAMAGED) from e
    except (EOFError, NotImplementedError, RuntimeError, OverflowError, OSError) as e:
        raise Unreadable(_DAMAGED) from e


def _rows(book: zipfile.ZipFile, most_rows: int) -> tuple[list[tuple[int, list[str]]], str]:
    name, part, epoch = _first_sheet(book)
    names = set(book.namelist())
    texts = _shared_texts(book) if "xl/sharedStrings.xml" in names else []
    dates = _date_styles(book) if "xl/styles.xml" in names else frozenset()
    sheet = _Sheet(texts, dates, epoch, most_rows)
    _walk(book, part, sheet.start, sheet.end, sheet.text)
    return sheet.rows, f"XLSX, sheet “{name}”"


def _first_sheet(book: zipfile.ZipFile) -> tuple[str, str, datetime]:
    """Name and part of it, and the day from which the workbook counts days."""
    sheets: list[tuple[str, str]] = []
    targets: dict[str, str] = {}
    epoch = [datetime(1899, 12, 30)]  # noqa: DTZ001  (days of a calendar, of no zone)

    def of_book(tag: str, given: dict[str, str]) -> None:
        if tag == "sheet" and given.get("state", "visible") == "visible":
            sheets.append((given["name"], given["id"]))
        if tag == "workbookPr" and given.get("date1904") in ("1", "true"):
            epoch[0] = datetime(1904, 1, 1)  # noqa: DTZ001

    def of_links(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship":
            targets[given["Id"]] = given["Target"]

    _walk(book, "xl/workbook.xml", of_book)
    _walk(book, "xl/_rels/workbook.xml.rels", of_links)
    if not sheets:
        raise Unreadable("This workbook shows no sheet. Save the sheet with the list as CSV.")
    name, link = sheets[0]
    target = targets[link]
    return name, target.lstrip("/") if target.startswith("/") else f"xl/{target}", epoch[0]


def _shared_texts(book: zipfile.ZipFile) -> list[str]:
    texts: list[str] = []
    now: list[str] = []
    inside = {"t": False, "rPh": False}  # what is said of how Japanese is read is no part of the text

    def start(tag: str, given: dict[str, str]) -> None:
        if tag == "si":
            now.clear()
        if tag in inside:
            inside[tag] = True

    def end(tag: str) -> None:
        if tag in inside:
            inside[tag] = False
        if tag == "si":
            texts.append("".join(now))
            if len(texts) > _MOST_TEXTS:
                raise Unreadable(_DAMAGED)

    def text(part: str) -> None:
        if inside["t"] and not inside["rPh"]:
            now.append(part)

    _walk(book, "xl/sharedStrings.xml", start, end, text)
    return texts


def _date_styles(book: zipfile.ZipFile) -> frozenset[int]:
    """The styles of cells under which a number is a day."""
    own: set[str] = set()
    styles: list[str] = []
    within = [""]

    def start(tag: str, given: dict[str, str]) -> None:
        if tag == "numFmt" and _is_date_format(given.get("formatCode", "")):
            own.add(given["numFmtId"])
        if tag == "cellXfs":
            within[0] = tag
        if tag == "xf" and within[0]:
            styles.append(given.get("numFmtId", "0"))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            within[0] = ""

    _walk(book, "xl/styles.xml", start, end)
    return frozenset(n for n, form in enumerate(styles) if form in own or int(form) in _BUILT_IN_DATES)


def _is_date_format(form: str) -> bool:
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form).lower()
    return "y" in bare or "d" in bare


class _Sheet:
    """The cells of a sheet as they are walked over."""

    def __init__(self, texts: list[str], dates: frozenset[int], epoch: datetime, most_rows: int) -> None:
        self.texts, self.dates, self.epoch, self.most_rows = texts, dates, epoch, most_rows
        self.rows: list[tuple[int, list[str]]] = []
        self.number, self.column, self.kind, self.style = 0, 0, "n", 0
        self.cells: list[str] = []
        self.said: list[str] = []
        self.is_value = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "row":
            self.number = int(given["r"]) if "r" in given else self.number + 1
            self.cells = []
        elif tag == "c":
            self.column = _column(given["r"]) if "r" in given else len(self.cells)
            self.kind, self.style, self.said = given.get("t", "n"), int(given.get("s", 0)), []
        elif tag in ("v", "t"):
            self.is_value = True

    def text(self, part: str) -> None:
        if self.is_value:
            self.said.append(part)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self.is_value = False
        elif tag == "c" and self.said:
            if self.column >= MOST_COLUMNS + 1:
                raise Unreadable(
                    f"This table has more than {MOST_COLUMNS} columns. Leave out those that are not needed."
                )
            self.cells += [""] * (self.column + 1 - len(self.cells))
            self.cells[self.column] = self._value("".join(self.said))
        elif tag == "row" and self.cells:
            self.rows.append((self.number, self.cells))
            if len(self.rows) > self.most_rows:
                raise Unreadable(
                    f"This sheet has more than {self.most_rows - 100:,} rows. Split it, and bring in the parts."
                )

    def _value(self, said: str) -> str:
        if self.kind == "s":
            return self.texts[int(said)]
        if self.kind == "b":
            return "yes" if said.strip() == "1" else "no"
        if self.kind != "n":
            return said
        if self.style in self.dates:
            moment = self.epoch + timedelta(days=float(said))
            return moment.date().isoformat()
        number = float(said)
        return str(int(number)) if number == int(number) and abs(number) < 1e15 else said


def _column(cell: str) -> int:
    letters = re.match(r"[A-Z]{1,3}", cell)
    if not letters:
        raise ValueError(cell)
    found = 0
    for letter in letters[0]:
        found = found * 26 + ord(letter) - 64
    return found - 1


def _walk(
    book: zipfile.ZipFile,
    part: str,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Walk over one part. Names come without their namespaces; a document type is refused."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: Any) -> None:
        raise Unreadable(_DAMAGED)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, given: start(_bare(tag), {_bare(k): v for k, v in given.items()})
    if end:
        parser.EndElementHandler = lambda tag: end(_bare(tag))
    if text:
        parser.CharacterDataHandler = text
    left = _MOST_INFLATED
    with book.open(part) as stream:
        while some := stream.read(65_536):
            left -= len(some)
            if left < 0:
                raise Unreadable("This workbook unpacks to more than 100 MB. Save the sheet with the list as CSV.")
            parser.Parse(some, False)
    parser.Parse(b"", True)


def _bare(name: str) -> str:
    return name.rsplit(" ", 1)[-1]
