"""What a cell says: days, names and identifiers in the shapes in which other programs write them.

Each takes a cell that is not empty and raises Unreadable with a sentence for a person.
"""

from __future__ import annotations

import re
from datetime import date

from documentation.tables.table import Unreadable

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_US = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAMED = re.compile(r"([a-z]{3,9})\.? (\d{1,2}),? (\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
_AT_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?(Z| ?AM)?$|[ T]12:00(:00)? ?AM$", re.IGNORECASE)


def text(said: str) -> str:
    return said


def day(said: str) -> date:
    """2026-11-05, 11/5/2026, 20261105, Nov 5, 2026; a time of midnight behind it is left out."""
    bare = _AT_MIDNIGHT.sub("", said).strip()
    if _SHORT_YEAR.fullmatch(bare):
        raise Unreadable(f"The year of “{said}” has two digits. Write it with four, so that no century is guessed.")
    if found := _ISO.fullmatch(bare) or _COMPACT.fullmatch(bare):
        year, month, number = map(int, found.groups())
    elif found := _US.fullmatch(bare):
        month, number, year = map(int, found.groups())
    elif (found := _NAMED.fullmatch(bare.lower())) and found[1][:3] in _MONTHS:
        month, number, year = _MONTHS.index(found[1][:3]) + 1, int(found[2]), int(found[3])
    else:
        raise Unreadable(f"“{said}” is not read as a date. Write it like 03/14/1962 or 1962-03-14.")
    try:
        return date(year, month, number)
    except ValueError as e:
        raise Unreadable(
            f"There is no day “{said}”. With slashes the month comes first: 03/14/1962 is March 14."
        ) from e


def digits(said: str) -> str:
    """A number without the marks between its digits."""
    return re.sub(r"[\s().+/-]", "", said)


def phone(said: str) -> str:
    """Ten digits; the 1 of the country is left out."""
    bare = digits(said)
    return bare[1:] if len(bare) == 11 and bare.startswith("1") else bare


def zip_code(said: str) -> str:
    bare = digits(said)
    if re.fullmatch(r"\d{3,4}", bare):
        raise Unreadable(
            f"The ZIP code “{said}” has {len(bare)} digits; spreadsheets drop zeros at the front. Write {bare:0>5}."
        )
    return bare


def state(said: str) -> str:
    return said.replace(".", "").upper()


_SEX = {"f": "F", "female": "F", "w": "F", "woman": "F", "m": "M", "male": "M", "man": "M"} | dict.fromkeys(
    ("u", "unknown", "not stated", "unspecified", "x", "o", "other", "nonbinary", "non binary"), "U"
)


def sex(said: str) -> str:
    found = _SEX.get(" ".join(re.findall(r"[a-z]+", said.lower())))
    if found is None:
        raise Unreadable(f"“{said}” is not read as a sex. Write F, M or U, as the plan has it.")
    return found


_RELATIONSHIPS = {
    **dict.fromkeys(("self", "18", "subscriber", "insured", "same"), "self"),
    **dict.fromkeys(("spouse", "01", "1", "husband", "wife", "domestic partner", "partner"), "spouse"),
    **dict.fromkeys(("child", "19", "son", "daughter"), "child"),
    **dict.fromkeys(("other", "g8", "dependent", "other dependent"), "other"),
}


def relationship(said: str) -> str:
    found = _RELATIONSHIPS.get(" ".join(re.findall(r"[a-z0-9]+", said.lower())))
    if found is None:
        raise Unreadable(f"“{said}” is not read as a relationship. Write self, spouse, child or other.")
    return found


_PLACES = {"1": 1, "primary": 1, "pri": 1, "p": 1, "2": 2, "secondary": 2, "sec": 2, "s": 2, "3": 3, "tertiary": 3}


def place(said: str) -> int:
    """In which order a plan pays, from 1."""
    found = _PLACES.get(said.strip().lower()) or (int(said) if re.fullmatch("[1-9]", said.strip()) else None)
    if found is None:
        raise Unreadable(f"“{said}” is no place in the order of plans. Write 1 or primary, 2 or secondary.")
    return found


def member_id(said: str) -> str:
    return "".join(said.upper().split())


def line(said: str) -> str:
    """Which kind of insurance a payer is."""
    found = {"dental": "dental", "d": "dental", "medical": "medical", "m": "medical", "health": "medical"}.get(
        said.lower()
    )
    if found is None:
        raise Unreadable(f"“{said}” is neither dental nor medical. Write one of the two.")
    return found


def yes(said: str) -> bool:
    word = said.lower()
    if word in ("yes", "y", "true", "t", "1", "x"):
        return True
    if word in ("no", "n", "false", "f", "0"):
        return False
    raise Unreadable(f"“{said}” is neither yes nor no. Write one of the two.")


def whole_name(said: str) -> tuple[str, str, str]:
    """First, middle and last name of `Last, First Middle`."""
    last, comma, rest = said.partition(",")
    given = rest.split()
    if not comma or not last.strip() or not given or "," in rest:
        raise Unreadable(f"“{said}” is not read as a name. Write it as Last, First Middle, or in columns of their own.")
    return given[0], " ".join(given[1:]), last.strip()
