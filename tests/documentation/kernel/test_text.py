"""Text from outside: whatever comes in, what is kept can be stored, hashed and shown."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documentation.kernel.text import UnusableText, clean_text, is_visible

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "strings"
SHARED = [s for path in sorted(CORPUS.glob("*.json")) for s in json.loads(path.read_text("utf-8"))]

OUR_OWN = [
    "Robert'); DROP TABLE patients;--",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% debug %}",
    "O'Neil-Łukasz de la Cruz, Jr.",
    "José",
    "עברית ואנגלית",
    "الاسم ‏123",
    "田中さん",
    "👩🏽‍⚕️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "a\x00b",
    "a\r\nb\rc\nd",
    "\ud800 alone",
    "‮txt.exe",
    "\x1b[31mred",
    "=cmd|' /C calc'!A0",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "x" * 30_000,
]


def assert_keepable(text: str) -> None:
    assert text.encode("utf-8").decode("utf-8") == text
    assert unicodedata.is_normalized("NFC", text)
    assert text == text.strip()
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
    assert text == "" or is_visible(text)


@pytest.mark.parametrize("multiline", [False, True])
@pytest.mark.parametrize("text", OUR_OWN, ids=lambda t: repr(t[:20]))
def test_nasty_text_is_made_keepable(text: str, multiline: bool) -> None:
    assert_keepable(clean_text(text, multiline=multiline))


def test_every_string_of_the_shared_corpus_is_made_keepable() -> None:
    """The shared corpus where present; without it the strings above stand for it."""
    for text in SHARED:
        for multiline in (False, True):
            assert_keepable(clean_text(text, multiline=multiline))


@given(st.text(st.characters(codec=None)), st.booleans())
def test_any_text_is_made_keepable_and_cleaning_again_changes_nothing(text: str, multiline: bool) -> None:
    cleaned = clean_text(text, multiline=multiline)
    assert_keepable(cleaned)
    assert clean_text(cleaned, multiline=multiline) == cleaned
    if not multiline:
        assert "\n" not in cleaned
        assert "\t" not in cleaned


@given(st.text(st.characters(whitelist_categories=("Lu", "Ll", "Nd", "Po", "Sm")), min_size=1))
def test_ordinary_writing_comes_through_as_typed(text: str) -> None:
    assert clean_text(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("  Alex \t  Doe  ", "Alex Doe"),
        ("Alex\nDoe", "Alex Doe"),
        ("Alex\x00Doe", "AlexDoe"),
        ("e\u0301", "\u00e9"),
        ("e\u00ad\u0301", "\u00e9"),
        ("\u202eexe.txt", "exe.txt"),
        ("abc\u200f", "abc\u200f"),
        ("\u200b\u2060", ""),
        ("\u3164", ""),
        ("\u0301", ""),
        ("👩‍⚕️", "👩‍⚕️"),
        ("", ""),
    ],
)
def test_one_line(given_text: str, kept: str) -> None:
    assert clean_text(given_text) == kept


def test_lines_are_kept_where_there_may_be_several() -> None:
    assert clean_text("  one  \r\n\r\n two\tthree \r", multiline=True) == "one\n\n two\tthree"


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["a"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(UnusableText, match="not text"):
        clean_text(value)  # type: ignore[arg-type]
