"""The words of the field and what they mean here, read from the one page that names them: docs/glossary.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
_ROW = re.compile(r"^\| (.+?) \| (.*?) ?\|(?: (.*?) ?\|)?$")
_MARKS = re.compile(r"[*`]")


@dataclass(frozen=True)
class Term:
    """One row: words that belong together, what they mean, and what is not said instead."""

    words: tuple[str, ...]
    means: str
    instead: str

    @property
    def title(self) -> str:
        return ", ".join(self.words)

    @property
    def anchor(self) -> str:
        """Where it stands on the page of all words."""
        return re.sub(r"[^a-z0-9]+", "-", self.words[0].lower()).strip("-")


@cache
def terms() -> tuple[Term, ...]:
    """All of them by their first words."""
    rows = (_ROW.match(line) for line in PAGE.read_text(encoding="utf-8").splitlines())
    found = [Term(tuple(_plain(r[1]).split(", ")), _plain(r[2]), _plain(r[3] or "")) for r in rows if r]
    known = [t for t in found if t.means and t.words != ("Word",)]
    return tuple(sorted(known, key=lambda t: t.title.casefold()))


def term(word: str) -> Term:
    """What explains a word. Raises KeyError where the page does not name it."""
    return _by_word()[word.casefold()]


def beginning(typed: list[str]) -> list[Term]:
    """The terms of which each word typed, in small letters, begins a word."""
    if not typed:
        return []
    return [t for t in terms() if all(any(w.startswith(b) for w in _words(t)) for b in typed)]


@cache
def _by_word() -> dict[str, Term]:
    return {word.casefold(): t for t in terms() for word in t.words}


def _words(one: Term) -> list[str]:
    return re.findall(r"[^\W_]+", one.title.casefold())


def _plain(text: str) -> str:
    return _MARKS.sub("", text).strip()
