"""Files as other programs write them, and what cannot be read said in sentences."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from xlsxwriter import Workbook

from documentation.tables import MOST_LINES, Unreadable, guess, read, values
from documentation.tables.matching import Target

HEADS = "Chart,Name,Born"
ROW = "17,José Łukasz,1962-03-14"


@pytest.mark.parametrize(
    ("data", "how"),
    [
        (f"{HEADS}\n{ROW}\n".encode(), "CSV, UTF-8, separated by commas"),
        (f"\ufeff{HEADS}\r\n{ROW}".encode(), "CSV, UTF-8, separated by commas"),
        (f"{HEADS}\n{ROW}".replace(",", ";").encode(), "CSV, UTF-8, separated by semicolons"),
        (f"{HEADS}\n{ROW}".replace(",", "\t").encode("utf-16"), "CSV, UTF-16, separated by tabs"),
        (f"{HEADS}\n{ROW}".replace("Ł", "L").encode("cp1252"), "CSV, Windows-1252, separated by commas"),
    ],
)
def test_codings_and_separators_are_told_from_the_file(data: bytes, how: str) -> None:
    table = read(data)
    assert table.heads == ("Chart", "Name", "Born")
    assert table.lines[0].cells in (("17", "José Łukasz", "1962-03-14"), ("17", "José Lukasz", "1962-03-14"))
    assert table.how == how


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    table = read(b'A,B\n1,"two\nlines"\n\n,,\n2,x,\n3,y,z\n4\n')
    assert [(line.number, line.cells) for line in table.lines] == [
        (2, ("1", "two lines")), (5, ("2", "x")), (6, ("3", "y")), (7, ("4", "")),
    ]  # fmt: skip
    assert [line.number for line in table.lines if line.problem] == [6]
    assert "3 cells and the headings are 2" in table.lines[2].problem


def test_the_apostrophe_of_a_list_that_was_taken_along_goes() -> None:
    assert read(b"A,B\n'+1 206 555 0100,'tis\n").lines[0].cells == ("+1 206 555 0100", "'tis")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"  \n ", "empty"),
        (b"A,B\n", "no row below"),
        (b'A,B\n1,2\n3,"4\n5,6\n', "Row 3 cannot be read"),
        (b"A,B\n1,\x81\n", "letters of this file"),
        (b"A,B\n1,\x00\n", "no table of text"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0rest", "old kind"),
        (b"PK\x03\x04rest", "cannot be read"),
        (b"A,B\n" + b"1,2\n" * (MOST_LINES + 1), "more than 20,000 rows"),
        (b",".join([b"A"] * 201) + b"\n1\n", "more than 200 columns"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(data)


def workbook() -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"default_date_format": "mm/dd/yyyy"}) as book:
        book.add_worksheet("Old").hide()
        sheet = book.add_worksheet("Patients")
        sheet.activate()
        sheet.set_first_sheet()
        for column, head in enumerate(("Chart", "Name", "Born", "Seen", "Active")):
            sheet.write_string(0, column, head)
        sheet.write_number(2, 0, 17)
        sheet.write_rich_string(2, 1, "José ", book.add_format({"bold": True}), "Łukasz")
        sheet.write_datetime(2, 2, datetime(1962, 3, 14))
        sheet.write_number(2, 3, 1.5)
        sheet.write_boolean(2, 4, True)
    return out.getvalue()


def test_a_workbook_gives_its_first_shown_sheet_with_days_as_days() -> None:
    table = read(workbook())
    assert table.how == "XLSX, sheet “Patients”"
    (line,) = table.lines
    assert (line.number, line.cells) == (3, ("17", "José Łukasz", "1962-03-14", "1.5", "yes"))


def changed(part: str, text: bytes) -> bytes:
    """The workbook with another content of one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in book.namelist():
            new.writestr(name, text if name == part else book.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>', "cannot be read"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><sst/>', "cannot be read"),
        (b"<sst><si><t>" + b"a" * (101 * 1024 * 1024), "more than 100 MB"),
        (b"<sst></sst>", "cannot be read"),  # a cell names a text that is not there
        (b"<sst><si>", "cannot be read"),
    ],
)
def test_a_hostile_workbook_is_refused_before_it_grows(text: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(changed("xl/sharedStrings.xml", text))


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("03/14/1962", date(1962, 3, 14)), ("3/4/1962", date(1962, 3, 4)), ("1962-03-14", date(1962, 3, 14)),
        ("19620314", date(1962, 3, 14)), ("1962-03-14 00:00:00", date(1962, 3, 14)),
        ("3/14/1962 12:00:00 AM", date(1962, 3, 14)), ("Mar 14, 1962", date(1962, 3, 14)),
    ],
)  # fmt: skip
def test_days_are_read_in_the_shapes_of_exports(said: str, day: date) -> None:
    assert values.day(said) == day


@pytest.mark.parametrize(
    ("reader", "said", "words"),
    [
        (values.day, "3/14/62", "two digits"), (values.day, "31/12/1962", "month comes first"),
        (values.day, "1962-02-30", "no day"), (values.day, "14.3.1962", "not read as a date"),
        (values.zip_code, "2134", "Write 02134"), (values.sex, "7", "F, M or U"), (values.place, "0", "no place"),
        (values.whole_name, "Alex Doe", "Last, First"), (values.whole_name, "Doe, Alex, Jr", "Last, First"),
        (values.relationship, "cousin", "self, spouse"), (values.yes, "maybe", "yes nor no"),
    ],
)  # fmt: skip
def test_what_a_cell_does_not_say_for_certain_is_refused(reader: object, said: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        reader(said)  # type: ignore[operator]


def test_the_other_values_lose_their_marks() -> None:
    assert values.phone("+1 (206) 555-0100") == values.phone("206.555.0100") == "2065550100"
    assert values.zip_code("98101-1234") == "981011234"
    assert values.whole_name("O'Neil, Mary Ann") == ("Mary", "Ann", "O'Neil")
    assert (values.sex("Female"), values.state("wa"), values.place("Secondary")) == ("F", "WA", 2)
    assert (values.relationship("Self"), values.yes("Y"), values.yes("no")) == ("self", True, False)


def test_headings_are_matched_once_each_and_say_how_surely() -> None:
    def target(key: str, *heads: str) -> Target:
        return Target(key, key, "", heads, values.text)

    targets = (target("last", "last name"), target("born", "birth date", "dob"), target("mail", "email"))
    found = guess(targets, ["PatLastName", "DOB", "Birth Date", "E-mial", "Notes"])
    assert {k: (g.column, g.is_sure) for k, g in found.items()} == {"last": (0, False), "born": (2, True)}
    assert guess(targets, ["Last_Name", "Emial", "dob"])["mail"].is_sure is False
