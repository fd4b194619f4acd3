"""Which of a patient's plans a payer means that names another one: by its number, else by its name, word for word.

Names are written in many ways: 'SPECIMEN HEALTH INC' is Specimen Health. A short one may fit several, though: 'SUMMIT'
is no name of one payer. What fits several, or one only loosely, is left to a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_FORMS = frozenset(
    "a and assurance benefit benefits co company corp corporation dhmo dppo group hmo inc incorporated ins insurance"
    " llc ltd network of plan plans ppo program service services the".split()
)
"""Words that tell no payer from another."""
_LINES = frozenset("dental health healthcare medical vision".split())
"""Words that tell a payer's lines of business apart, and alone name none: 'Dental' is no payer."""
_SAME, _WIDER, _LOOSE = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Carrier:
    """A payer as the practice knows it: its key, its name, and the number that it is known by."""

    key: int
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Meant:
    """The payers that may be meant, by their keys. Sure where it is one, and a person chooses otherwise."""

    keys: tuple[int, ...] = ()
    is_sure: bool = False


def meant(name: str, number: str, plans: Sequence[Carrier], known: Collection[Carrier] = ()) -> Meant:
    """Which payers of a patient's plans an answer means by a name and a number. `known` are all payers of the practice:
    what is the number of another one, or fits its name as well, is not taken for the patient's. Under a number that is
    nobody's only the same name is sure: 'BLUE CROSS' with a number of its own may be any of those that are called so.
    """
    mine = tuple(dict.fromkeys(plan.key for plan in plans))
    every = {c.key: c for c in (*plans, *known)}
    numbered = {key for key, c in every.items() if number and _plain(c.number) == _plain(number)}
    named = _named(name, every, mine, _SAME if number else _WIDER)
    if len(numbered) == 1:
        (key,) = numbered
        if key in mine:
            return Meant((key,), is_sure=True)
        return Meant(named.keys)  # the number of another one: where the name is one of these, somebody must ask
    if numbered:
        of_both = tuple(key for key in named.keys if key in numbered)
        if len(of_both) == 1:
            return Meant(of_both, is_sure=True)
        return Meant(of_both or tuple(key for key in mine if key in numbered))
    return named


def _named(name: str, every: dict[int, Carrier], mine: Collection[int], sure_from: int) -> Meant:
    ranks = {key: rank for key, c in every.items() if (rank := likeness(name, c.name))[0]}
    if not ranks:
        return Meant()
    top = max(ranks.values())
    # One word that tells stands in several names as well, whatever else they say.
    best = [key for key, rank in ranks.items() if rank == top or top[1] == 1]
    fits = tuple(key for key in mine if key in best)
    # The same name is the patient's plan rather than one that the patient does not have.
    is_alone = len(best) == 1 or top[0] == _SAME
    return Meant(fits, is_sure=len(fits) == 1 and is_alone and top[0] >= sure_from)


def likeness(one: str, other: str) -> tuple[int, int]:
    """How two names of payers are alike, the more the higher: 3 the same name but for words that tell nothing, 2 all of
    one name and something more ('of Ohio'), 1 a single word of one that stands in the other, 0 not; then how many words
    they share. Words count whole.
    """
    first, second = _words(one), _words(other)
    if first and first == second:
        return _SAME, len(first) + 1
    ours, theirs = first - _FORMS, second - _FORMS
    lines = ours & _LINES, theirs & _LINES
    if all(lines) and not lines[0] & lines[1]:  # Example Dental is not Example Health
        return 0, 0
    telling = ours - _LINES, theirs - _LINES
    shared = len(ours & theirs)
    if not all(telling):
        return 0, 0
    if telling[0] == telling[1]:
        return _SAME, shared
    if telling[0] <= telling[1] or telling[1] <= telling[0]:
        return (_WIDER if shared > 1 else _LOOSE), shared
    return 0, 0


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", name.casefold().replace("'", "").replace("’", "")))


def _plain(number: str) -> str:
    return number.strip().casefold()
