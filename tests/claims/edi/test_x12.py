"""X12 is cut into segments whatever its separators, line breaks and flaws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.edi.values import cents, count, day, plain, quantity
from claims.edi.x12 import Finding, Segments, decode, find_header, shown

ISA = "ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261130*0600*^*00501*000005001*0*T*:~"
BODY = ("GS*HP*99991*HARBORORAL*20261130*0600*5001*X*005010X221A1", "ST*835*0001", "SVC*AD:D0371*850*0", "SE*3*0001")
END = ("GE*1*5001", "IEA*1*000005001")


def _text(element: str = "*", component: str = ":", terminator: str = "~", after: str = "") -> str:
    header = ISA[:-2].replace("*", element) + component + terminator + after
    rest = "".join(s.replace("*", element).replace(":", component) + terminator + after for s in (*BODY, *END))
    return header + rest


def _names(data: bytes | str) -> list[str]:
    return [s.name for s in Segments(data.encode() if isinstance(data, str) else data)]


EXPECTED = ["ISA", "GS", "ST", "SVC", "SE", "GE", "IEA"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_text(), id="one line"),
        pytest.param(_text(after="\n"), id="line feed after the terminator"),
        pytest.param(_text(after="\r\n"), id="CRLF after the terminator"),
        pytest.param(_text(after="\n    "), id="indented"),
        pytest.param(_text(terminator="\n"), id="line feed as terminator"),
        pytest.param(_text(terminator="\r\n"), id="CRLF as terminator"),
        pytest.param(_text(terminator="\r"), id="carriage return as terminator"),
        pytest.param(_text(component="|"), id="component |"),
        pytest.param(_text(component=">"), id="component >"),
        pytest.param(_text(component="<", terminator="'"), id="component < and terminator '"),
        pytest.param(_text("~", "^", "_"), id="element ~, component ^, terminator _"),
        pytest.param(_text("\x1d", "\x1f", "\x1c"), id="control characters"),
        pytest.param(_text("|", ":", "~"), id="element |"),
        pytest.param("\ufeff" + _text(), id="byte order mark"),
        pytest.param("Sent by your clearing house\r\nVISA* and more\n\n" + _text(), id="text before"),
        pytest.param(_text() + "\r\n\x1a", id="Ctrl-Z at the end"),
        pytest.param(_text().rstrip("~"), id="no terminator at the end"),
        pytest.param(ISA.replace(" ", "") + _text()[106:], id="header with trimmed elements"),
        pytest.param(_text().replace("*T*:~", "*T*~"), id="ISA16 left empty"),
        pytest.param(_text(after="\n").replace("*T*:~", "*T*~"), id="ISA16 left empty, line breaks"),
    ],
)
def test_the_same_segments_come_out(text: str) -> None:
    segments = Segments(text.encode())
    found = list(segments)
    assert [s.name for s in found] == EXPECTED
    assert [s.number for s in found] == [1, 2, 3, 4, 5, 6, 7]
    assert segments.count == 7
    assert found[3].get(1).startswith("AD")
    assert found[3].get(2) == "850"
    assert found[3].get(99) == ""
    if "T*~" not in text:  # without a component separator nothing is taken apart
        assert found[3].parts(1) == ["AD", "D0371"]
    assert not any(f.is_fault for f in segments.findings)


def test_lines_wrapped_at_80_characters_are_joined() -> None:
    text = _text()
    wrapped = "\r\n".join(text[i : i + 80] for i in range(0, len(text), 80))
    assert [s.elements[1:] for s in Segments(wrapped.encode())][1:] == [
        s.elements[1:] for s in Segments(text.encode())
    ][1:]


def test_every_interchange_has_separators_of_its_own() -> None:
    text = _text() + "\n" + _text("|", ">", "\n") + _text("+", ":", "!")
    segments = Segments(text.encode())
    assert [s.name for s in segments] == EXPECTED * 3
    assert [s.parts(1) for s in segments if s.name == "SVC"] == [["AD", "D0371"]] * 3
    assert [s.number for s in segments] == list(range(1, 22))
    assert segments.findings == []


def test_an_interchange_without_an_end_does_not_swallow_the_next() -> None:
    cut = _text()[:-18]
    assert _names(cut + _text()) == [*EXPECTED[:-1], *EXPECTED]
    assert _names(cut + _text("|", ">", "\n")) == [*EXPECTED[:-1], *EXPECTED]
    assert _names(_text()[:-16] + _text()) == [*EXPECTED[:-1], *EXPECTED]
    lost = _text().replace("SE*3*0001~", "SE*3*0001") + _text()
    assert _names(lost)[-7:] == EXPECTED


def test_a_name_that_ends_like_a_header_is_none() -> None:
    lisa = "NM1*QC*1*DOE*LISA****MI*W1~SVC*AD:D0371*850*0**1~DTM*472*20261105~CAS*CO*252*850~REF*6R*1-1~"
    text = _text().replace("ST*835*0001~", "ST*835*0001~" + lisa * 3)
    assert _names(text) == [*EXPECTED[:3], *["NM1", "SVC", "DTM", "CAS", "REF"] * 3, *EXPECTED[3:]]


def test_a_header_that_cannot_be_read_is_told_and_the_rest_stands() -> None:
    damaged = _text().replace("*ZZ*", " ZZ ")
    segments = Segments((_text() + damaged + _text()).encode())
    assert [s.name for s in segments] == EXPECTED * 2
    assert [f.segment for f in segments.findings] == [7]
    assert "skipped" in segments.findings[0].message

    segments = Segments((_text()[:-16] + damaged).encode())
    assert [s.name for s in segments] == EXPECTED[:-1]
    assert "skipped" in segments.findings[0].message


@pytest.mark.parametrize(
    "data",
    [b"", b"   \n", b"%PDF-1.7", b"ISA", b"ISA*00*", ISA[:-1].encode(), b"ISA" * 500, b"ISA*" * 500, b"\x00" * 90],
)
def test_what_is_no_x12_gives_no_segment_and_says_so(data: bytes) -> None:
    segments = Segments(data)
    assert list(segments) == []
    assert len(segments.findings) == 1
    assert segments.findings[0].is_fault
    assert "no X12 file" in segments.findings[0].message


def test_text_is_utf_8_or_utf_16_or_windows_1252() -> None:
    assert decode("Núñez".encode()) == "Núñez"
    assert decode("Núñez".encode("utf-8-sig")) == "Núñez"
    assert decode("Núñez’s".encode("cp1252")) == "Núñez’s"
    assert decode("Núñez".encode("utf-16")) == "Núñez"
    assert decode(b"\x81\xff") == "\ufffdÿ"
    assert decode(b"\xff\xfea") == "\ufffd"


def test_a_finding_says_where() -> None:
    assert str(Finding(4, 2, "Odd.")) == "Segment 4, element 2: Odd."
    assert str(Finding(4, 0, "Odd.")) == "Segment 4: Odd."
    assert str(Finding(0, 0, "Odd.")) == "File: Odd."
    assert Finding(4, 2, "Odd.", is_fault=False).as_json() == {
        "segment": 4,
        "element": 2,
        "message": "Odd.",
        "is_fault": False,
    }


def test_pieces_of_a_file_are_shown_short_and_clean() -> None:
    assert shown("") == shown("\x00\u202e") == "nothing"
    assert shown("a\r\nb") == "“a b”"
    assert shown("x" * 40) == "“" + "x" * 30 + "…”"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("850", 85000),
        ("850.00", 85000),
        ("850.5", 85050),
        ("-1.27", -127),
        (".5", 50),
        ("5.", 500),
        ("0", 0),
        ("-0", 0),
        ("00012.30", 1230),
        ("1.2300", 123),
        ("99999999.99", 10**10 - 1),
        ("100000000", None),
        ("9999999999.99", None),
        ("10000000000", None),
        ("1.234", None),
        ("", None),
        (".", None),
        ("-", None),
        ("+1", None),
        ("1,000", None),
        ("1e3", None),
        (" 1", None),
        ("١٢", None),
        ("9" * 500, None),
        ("NaN", None),
    ],
)
def test_amounts_are_read_to_the_cent_or_not_at_all(text: str, expected: int | None) -> None:
    assert cents(text) == expected


def test_dates_quantities_and_counts_are_strict() -> None:
    assert day("20261105") is not None
    assert [day(t) for t in ("20261305", "20260230", "261105", "00000101", "2026110١", "")] == [None] * 6
    assert str(quantity("1.5")) == "1.5"
    assert [quantity(t) for t in ("", "x", "1e5", "NaN", "9" * 40)] == [None] * 5
    assert count("007") == 7
    assert [count(t) for t in ("", "-1", "٣", "9" * 11)] == [None] * 4


def test_plain_text_is_clean_text() -> None:
    assert plain(" DOE  JR ") == "DOE JR"
    assert plain("DOE") == "DOE"
    assert plain("N\u0303") == "Ñ"
    assert plain("\u200b\x00") == ""


_WORDS = st.text(st.characters(codec="ascii", exclude_characters="*:~^|>\r\n\t\x00", min_codepoint=32), max_size=12)


@given(
    st.lists(st.tuples(st.sampled_from(["BPR", "N1", "CLP"]), st.lists(_WORDS, max_size=4)), max_size=8),
    st.sampled_from("*|^"),
    st.sampled_from(["~", "\n", "\r\n", "~\n", "~\r\n"]),
)
def test_what_was_joined_comes_apart_again(rows: list[tuple[str, list[str]]], element: str, end: str) -> None:
    expected = [[name, *values] for name, values in rows]
    text = ISA[:-1].replace("^", "U").replace("*", element)
    text += end + "".join(element.join(row) + end for row in expected) + f"IEA{element}1{element}000005001{end}"
    found = [s.elements for s in Segments(text.encode())]
    assert [[v.strip() for v in row] for row in found[1:-1]] == [[v.strip() for v in row] for row in expected]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    list(Segments(data))
    list(Segments(ISA.encode() + data))
    find_header(decode(data), 0)
