"""A licensed list is read whole, and every row that cannot be taken is told with its number."""

from __future__ import annotations

from datetime import date

import pytest

from claims.codes import procedures
from claims.codes.licensed import MOST_BYTES, TableError, read_table
from claims.codes.procedures import Listed

HEAD = "code,text,effective_on,ended_on\n"


def problems(content: str | bytes) -> list[str]:
    with pytest.raises(TableError) as caught:
        read_table(content if isinstance(content, bytes) else content.encode())
    return [str(p) for p in caught.value.problems]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_commas_semicolons_and_tabs_are_read_and_both_ways_to_write_a_day(separator: str) -> None:
    table = "\ufeff" + HEAD + 'd0371,"Words, ours",2026-01-01,\n\n42699,Other words,01/02/2026,12/31/2026\n'
    if separator != ",":
        table = table.replace("Words, ours", "Words ours").replace(",", separator)
    first, second = read_table(table.encode())
    assert (first.code, first.effective_on, first.ended_on) == ("D0371", date(2026, 1, 1), None)
    assert second == Listed("42699", date(2026, 1, 2), date(2026, 12, 31), "Other words")


def test_every_faulty_row_is_told_with_its_number() -> None:
    table = HEAD + "D037,x,2026-01-01,\nD0371,,2026-01-01,\nD0371,x,soon,\nD0371,x,2026-01-01,2025-01-01\n"
    assert problems(table) == [
        "Row 2: “D037” is no code. A code has five letters or digits, such as D0371.",
        "Row 3: The text must have 1 to 500 characters.",
        "Row 4: “soon” in effective_on is no day. Write it as 2026-01-01 or 01/01/2026.",
        "Row 5: The code ends before it begins. Look at the two days.",
    ]


def test_a_row_that_contradicts_another_is_told_and_a_repeated_one_counts_once() -> None:
    table = HEAD + "D0371,One,2026-01-01,\nD0371,One,2026-01-01,\n"
    assert len(read_table(table.encode())) == 1
    (told,) = problems(table + "D0371,Two,2026-01-01,\n")
    assert told.startswith("Row 4: D0371 with this day stands in row 2")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "missing: code, text, effective_on"),
        (b"code,text\nD0371,x\n", "missing: effective_on"),
        (HEAD.encode(), "holds no code"),
        (b"\xff\xfe\x00c", "UTF-8"),
        (b"code\0", "no text"),
        (b"x" * (MOST_BYTES + 1), "larger than 5 MB"),
        ((HEAD + '"D0371,x,2026-01-01,\n' + "y" * 140_000).encode(), "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content: bytes, words: str) -> None:
    (told,) = problems(content)
    assert words in told


def test_many_faults_are_counted_rather_than_listed() -> None:
    with pytest.raises(TableError) as caught:
        read_table((HEAD + "bad,x,2026-01-01,\n" * 80).encode())
    assert (len(caught.value.problems), caught.value.left) == (50, 30)


class TestDaysOfAPractice:
    def test_an_ended_row_ends_the_code_and_a_new_one_brings_it_back(self) -> None:
        ended = Listed("D0330", date(2020, 1, 1), date(2025, 12, 31))
        day = date(2026, 11, 5)
        assert procedures.is_in_force("D0330", day)
        assert not procedures.is_in_force("D0330", day, [ended])
        assert procedures.in_force("D0330", [ended]) == "until December 31, 2025"
        assert procedures.is_in_force("D0330", day, [ended, Listed("D0330", date(2026, 1, 1))])

    def test_the_list_of_the_practice_wins_over_a_day_that_we_remember(self) -> None:
        day = date(2016, 3, 1)
        assert not procedures.is_in_force("D9220", day)
        assert procedures.is_in_force("D9220", day, [Listed("D9220", date(2010, 1, 1))])

    def test_a_list_that_begins_later_says_nothing_of_days_before(self) -> None:
        assert procedures.is_in_force("D0330", date(2026, 11, 5), [Listed("D0330", date(2027, 1, 1))])


@pytest.mark.parametrize("cell", ['"Words', '"Wo"rds'])
def test_a_quotation_mark_that_is_never_closed_takes_no_row_with_it(cell: str) -> None:
    table = f"code,effective_on,text\nD0371,2026-01-01,{cell}\nD0372,2026-01-01,Other words\n"
    (told,) = problems(table)
    assert "a quotation mark is opened and never closed" in told
