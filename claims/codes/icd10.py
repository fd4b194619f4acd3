"""ICD-10-CM from the public tabular list (April 2026), read from an installed package only when it is first needed.

Codes carry their dot. The list is large: `claims.codes.tabular` reads what is asked for, answers are remembered, and
what the record itself needs to know of diagnoses stands in a small table of `documentation.rules.diagnoses`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from claims.codes import tabular
from claims.codes.cdt import MEMORY, span_told
from documentation.kernel.dates import long_date
from documentation.kernel.identifiers import icd10_problem
from documentation.rules import diagnoses

SOURCE = "ICD-10-CM tabular list, April 2026"


@dataclass(frozen=True)
class Edition:
    """A release of the list and the days of service that it was made for. A new one comes each October and April."""

    name: str
    since: date
    until: date
    next_name: str
    source: str

    def told(self, day: date | None = None) -> str:
        """What the list at hand is good for, and that it is not the newest where the day lies behind it."""
        span = f"The list at hand is that of {self.name}, made for services {span_told(self.since, self.until)}."
        if day is None or day <= self.until:
            return span
        since = long_date(date.fromordinal(self.until.toordinal() + 1))
        return f"{span} {self.next_name} has been in force since {since}: its changes are not in it."


EDITION = Edition(
    "April 2026",
    date(2026, 4, 1),
    date(2026, 9, 30),
    "The list of fiscal year 2027",
    "public tables of ICD-10-CM, April 1, 2026, as the package simple-icd-10-cm 1.5.0 ships them",
)
START = date(2015, 10, 1)
"""The first day of service that is coded in ICD-10-CM."""


@dataclass(frozen=True)
class Dated:
    """First and last day of service of a code that did not stand in the list from the start; None where not set."""

    since: date | None = START
    until: date | None = None
    source: str = MEMORY
    label: str = ""
    """Our words for a code of a newer list, which the package does not have yet."""


CHANGES: dict[str, Dated] = {
    code: Dated(since=date(2021, 10, 1)) for code in "M35.05 M35.06 M35.07 M35.08 M35.0A M35.0B M35.0C".split()
}
"""Codes with days of their own. What a later release adds or takes away is written here until the package has it."""

_SIDES = {"right": "R", "left": "L", "bilateral": "both"}
_GLANDS = ("K11", "D11", "C07", "C08", "D37.03", "R22.0", "R22.1", "R68.2", "M35.0", "Q38.4")
"""What is looked for first on these pages."""


@dataclass(frozen=True)
class Found:
    """A code to bill that fits; `because` is the term below it that fitted where its own words did not."""

    code: str
    label: str
    because: str = ""


def dated(code: str) -> Dated:
    return CHANGES.get(code, Dated())


def is_in_force(code: str, day: date | None) -> bool:
    """Whether the code was valid on the day of service, as far as its days are known."""
    known = dated(code)
    return day is None or ((not known.since or known.since <= day) and (not known.until or day <= known.until))


def out_of_force(codes: Iterable[str], day: date | None) -> tuple[str, ...]:
    return tuple(c for c in codes if not is_in_force(c, day))


def in_force(code: str) -> str:
    """`from October 1, 2021`, in words."""
    return span_told(dated(code).since, dated(code).until)


def side(code: str) -> str:
    """`R`, `L` or `both` where the code carries a side; empty for the many that do not, all of K11 among them."""
    words = set(re.findall(r"[a-z]+", label(code).lower()))
    found = {sign for word, sign in _SIDES.items() if word in words}
    return found.pop() if len(found) == 1 else ""


def _plain(text: str) -> str:
    """Small letters without accents: nobody types the one of Sjögren."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


@cache
def _index() -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
    """Code, its letters alone, all words in lower case, and the terms below it; of the codes to bill."""
    return tuple(
        (e.code, e.code.replace(".", ""), _plain(" ".join((e.label, *e.terms))), e.terms)
        for e in tabular.entries()
        if not e.children
    )


def search(text: str, most: int = 20) -> tuple[Found, ...]:
    """Codes to bill by the beginning of the code or by words, those of the salivary glands first.

    Every word must occur, at the beginning of a word of the list: `stenosis duct` finds K11.8.
    """
    asked = text.strip().upper().replace(".", "").rstrip("-")
    if re.fullmatch(r"[A-Z]\d[A-Z\d]{0,5}", asked):
        rows = [row for row in _index() if row[1].startswith(asked)]
    else:
        words = [re.compile(rf"\b{re.escape(w)}") for w in re.findall(r"[a-z0-9']+", _plain(text))]
        rows = [row for row in _index() if all(w.search(row[2]) for w in words)] if words else []
    rows.sort(key=lambda row: (not row[0].startswith(_GLANDS), row[0]))
    return tuple(Found(row[0], label(row[0]), _because(row, text)) for row in rows[:most])


def _because(row: tuple[str, str, str, tuple[str, ...]], text: str) -> str:
    words = re.findall(r"[a-z0-9']+", _plain(text))
    if all(w in _plain(label(row[0])) for w in words):
        return ""
    fits = {term: sum(w in _plain(term) for w in words) for term in row[3]}
    best = max(fits, key=lambda term: fits[term], default="")
    return best if fits.get(best) else ""


_NOTE = re.compile(r"\(([^()]*)\)")
_CODE = re.compile(r"([A-Z]\d[\dA-Z](?:\.[\dA-Z]{1,4})?)-?(?:\s*-\s*([A-Z]\d[\dA-Z](?:\.[\dA-Z]{1,4})?))?")


@cache
def exists(code: str) -> bool:
    """Whether the list has this code, be it a heading or one to bill."""
    return bool(_newer(code)) or _entry(code) is not None


def _entry(code: str) -> tabular.Entry | None:
    return None if icd10_problem(code) else tabular.entry(code)


def _newer(code: str) -> str:
    return CHANGES[code].label if code in CHANGES else ""


@cache
def is_billable(code: str) -> bool:
    """Whether the code is one to bill: a leaf of the list, not the heading of a group."""
    found = _entry(code)
    return bool(_newer(code)) or (found is not None and not found.children)


@cache
def label(code: str) -> str:
    """The words of the public list, or an empty text."""
    found = _entry(code)
    return _newer(code) or (found.label if found else "")


@cache
def below(code: str) -> tuple[str, ...]:
    """The codes to bill under a heading."""
    return tuple(c for c in tabular.descendants(code) if is_billable(c))


@cache
def _excluded_by(code: str) -> tuple[tuple[str, str], ...]:
    """Ranges of beginnings of codes that an Excludes1 note forbids beside this one; notes hold for all codes below."""
    found = _entry(code)
    if found is None:
        return ()
    notes = [note for e in (found, *tabular.ancestors(code)) for note in e.excludes1]
    return tuple(
        (first, last or first)
        for note in (*notes, *tabular.notes_above(code))
        for inner in _NOTE.findall(note)
        for first, last in _CODE.findall(inner)
    )


def _forbids(code: str, other: str) -> bool:
    return any(first <= other[: len(first)] and other[: len(last)] <= last for first, last in _excluded_by(code))


def conflicts(codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The pairs among the codes that an Excludes1 note never allows together."""
    codes = tuple(dict.fromkeys(codes))
    found = {frozenset(pair): pair for pair in diagnoses.conflicts(codes)}
    for i, a in enumerate(codes):
        for b in codes[i + 1 :]:
            if _forbids(a, b) or _forbids(b, a):
                found.setdefault(frozenset((a, b)), (a, b))
    return tuple(found.values())
