"""Whether a file names the patient and the day of the visit that it is added to.

What a file does not say cannot contradict. Scopes write names in every order and cut them short, so a name agrees when
all that it says is found in the chart, or all of the chart's first and last name in it.
"""

import re
import unicodedata
from dataclasses import dataclass

from .results import Identity

LABELS = {
    "name": "Name",
    "number": "Patient number",
    "birth_date": "Birth date",
    "study_date": "Date of the examination",
}
"""What can differ, as pages call it, in the order in which it is shown."""

_NOBODY = {"", "anonymous", "anonymized", "anonymised", "unknown", "none", "na", "n a", "no name", "noname"}
_SPELLED = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "'": "", "’": ""})
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Chart:
    """What the record says of the patient and the visit."""

    first_name: str
    middle_name: str
    last_name: str
    numbers: tuple[str, ...]
    """All numbers by which the practice knows the patient."""
    birth_date: str
    """YYYY-MM-DD"""
    visit_date: str
    """YYYY-MM-DD"""


def differences(identity: Identity | None, chart: Chart) -> tuple[str, ...]:
    """Keys of LABELS for what a file says otherwise than the chart; empty where nothing contradicts."""
    if identity is None:
        return ()
    agrees = {
        "name": _same_name(identity.name, chart),
        "number": _same_number(identity.number, chart.numbers),
        "birth_date": identity.birth_date in ("", chart.birth_date),
        "study_date": identity.study_date in ("", chart.visit_date),
    }
    return tuple(key for key in LABELS if not agrees[key])


def _same_name(name: str, chart: Chart) -> bool:
    # A name in letters comes first; the same in other scripts follows behind an equals sign.
    said = _words(name.split("=")[0])
    if " ".join(said) in _NOBODY:
        return True
    needed = _words(f"{chart.last_name} {_first(chart.first_name)}")
    known = _words(f"{chart.last_name} {chart.first_name} {chart.middle_name}")
    return set(needed) <= set(said) or all(_is_among(word, known) for word in said)


def _first(names: str) -> str:
    return (names.split() or [""])[0]


def _is_among(word: str, known: list[str]) -> bool:
    return any(word == other or (len(word) == 1 and other.startswith(word)) for other in known)


def _words(value: str) -> list[str]:
    letters = (c for c in unicodedata.normalize("NFKD", value.translate(_SPELLED)) if not unicodedata.combining(c))
    return [word.casefold() for word in _WORD.findall("".join(letters))]


def _same_number(number: str, known: tuple[str, ...]) -> bool:
    said = _plain_number(number)
    return said in _NOBODY or said in {_plain_number(each) for each in known}


def _plain_number(value: str) -> str:
    return "".join(_WORD.findall(value)).casefold().lstrip("0")
