"""Text as X12 takes it: the basic character set in capitals, without the characters that cut a file.

One written rule, told in `docs/reference/x12.md`: letters with marks become plain ones (Łukasz, LUKASZ), typographic
signs become what a typewriter had, separators and whatever is left over become blanks. A name whose letters cannot be
told in plain Latin is refused, and so is an identifier that would have to change: a wrong number is worse than none.
What was changed is kept, so that a person sees it; capitals alone are not worth telling.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

SEPARATORS = "*~:^"
"""Between elements, segments, components and repetitions of what we write; never inside a value."""

_BASIC = re.compile(r"[A-Z0-9 !\"&'()+,\-./;?=]*")
_OTHERS = re.compile(r"[^A-Z0-9 !\"&'()+,\-./;?=]")
_IDENTIFIER = re.compile(r"[A-Z0-9 !\"&'()+,\-./;?=@#%$_]*")

LETTERS = str.maketrans(
    {
        "Ł": "L",
        "ł": "l",
        "Ø": "O",
        "ø": "o",
        "Đ": "D",
        "đ": "d",
        "Ð": "D",
        "ð": "d",
        "Ħ": "H",
        "ħ": "h",
        "Æ": "AE",
        "æ": "ae",
        "Œ": "OE",
        "œ": "oe",
        "ß": "ss",
        "ẞ": "SS",
        "Þ": "TH",
        "þ": "th",
        "ı": "i",
        "Ŧ": "T",
        "ŧ": "t",
        "Ŋ": "NG",
        "ŋ": "ng",
        "ĸ": "k",
        "ŀ": "l",
        "Ŀ": "L",
        **dict.fromkeys("‘’‚‛ʼʻ`´′", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
        "×": "x",
        "±": "+/-",
        "⁄": "/",
        "%": " percent",
        "µ": "micro",
        "μ": "micro",
        "°": " degrees",
        "≥": " at least ",
        "≤": " at most ",
        ">": " more than ",
        "<": " less than ",
        "@": " at ",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        "#": " no. ",
        "_": "-",
        "\\": "/",
        "|": " ",
    }
)
"""What decomposing does not bring to plain letters, and signs that mean a word."""


@dataclass(frozen=True)
class Change:
    """A value that goes out otherwise than it was recorded. `where` names it in words: `Patient's last name`."""

    where: str
    was: str
    became: str

    def __str__(self) -> str:
        return f"{self.where}: “{self.was}” is sent as “{self.became}”."


@lru_cache(maxsize=8192)
def basic(text: str) -> str:
    """Text of the basic character set, in capitals, without separators, accents and spare blanks."""
    if not _BASIC.fullmatch(text):
        plain = unicodedata.normalize("NFKD", text.translate(LETTERS)).translate(LETTERS)
        text = _OTHERS.sub(" ", "".join(c for c in plain if not unicodedata.combining(c)).upper())
    return " ".join(text.split())


@lru_cache(maxsize=8192)
def has_lost_letters(text: str) -> bool:
    """Whether the plain text lacks a letter or figure: it is written in an alphabet that has no plain form here."""
    return not basic(text) or any(not basic(c) for c in unicodedata.normalize("NFC", text) if c.isalnum())


def cut(text: str, longest: int) -> str:
    """The text, ended between words where it is too long; a single long word is cut inside."""
    if len(text) <= longest:
        return text
    whole = text[: longest + 1].rpartition(" ")[0]
    return whole.rstrip(" ,;-") or text[:longest]


def pieces(text: str, longest: int, most: int) -> tuple[str, ...]:
    """The text in at most `most` pieces of at most `longest` characters, cut between words; the rest is left out."""
    rest = text
    found: list[str] = []
    while rest and len(found) < most:
        piece = rest if len(rest) <= longest else rest[: longest + 1].rpartition(" ")[0].rstrip() or rest[:longest]
        found.append(piece)
        rest = rest[len(piece) :].lstrip()
    return tuple(found)


class Cleaner:
    """Cleans the values of one claim and keeps what it changed and what cannot be sent, in sentences."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.problems: list[str] = []
        self.assumed: list[str] = []
        """What nobody knows and is sent all the same, in sentences."""

    def text(self, where: str, value: str, longest: int) -> str:
        """Free text, cut between words where it is too long."""
        became = cut(basic(value), longest)
        self._tell(where, value, became)
        return became

    def name(self, where: str, value: str, longest: int, *, is_needed: bool = True) -> str:
        """A name: cleaned like text, but none of its letters may be lost."""
        if not value.strip():
            if is_needed:
                self.problems.append(f"{where} is missing.")
            return ""
        if has_lost_letters(value):
            self.problems.append(
                f"{where} has letters that cannot be sent. Write it in Latin letters, as on the plan's card."
            )
            return ""
        return self.text(where, value, longest)

    def identifier(self, where: str, value: str, longest: int, *, is_needed: bool = True) -> str:
        """A number that somebody gave: sent as it is, in capitals, or refused."""
        became = value.strip().upper()
        if not became:
            if is_needed:
                self.problems.append(f"{where} is missing.")
        elif len(became) > longest:
            self.problems.append(f"{where} has {len(became)} characters; an electronic claim takes {longest}.")
        elif not _IDENTIFIER.fullmatch(became):
            self.problems.append(f"{where} has a character that an electronic claim cannot hold. Check it.")
        return became

    def _tell(self, where: str, was: str, became: str) -> None:
        if became != was and became != " ".join(was.split()).upper():
            self.changes.append(Change(where, was, became))
