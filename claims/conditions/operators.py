"""The comparisons of which conditions are made.

None of them holds on what is not known, but the one that asks for that: a rule holds a claim for what is seen,
and says by itself where it means a gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from claims.conditions.kinds import Kind

_ORDERED = frozenset({Kind.NUMBER, Kind.MONEY})
_WORDS = frozenset({Kind.TEXT, Kind.CHOICE})
_SINGLE = _ORDERED | _WORDS | {Kind.DAY, Kind.YES_NO}
_ALL = frozenset(Kind)

NONE, ONE, TWO, SEVERAL = 0, 1, 2, 9
"""How many values an operator compares with."""


@dataclass(frozen=True)
class Operator:
    """One comparison. `words` stand between property and value in a sentence; `holds` gets the property's value,
    which is known, and what it is compared with: one value, or a tuple where it takes two or several.
    """

    key: str
    words: str
    description: str
    kinds: frozenset[Kind]
    takes: int
    holds: Callable[[Any, Any], bool]
    on_unknown: bool = False
    """Whether it holds on what is not known."""
    compares: Kind | None = None
    """The kind of the value that it takes, where it is another than the property's."""
    singly: str = ""
    """Its words where one of several possible values is given."""


def _fold(text: str) -> str:
    return text.casefold().strip()


def _folded(values: Any) -> set[str]:
    return {_fold(v) for v in values}


def _same(value: Any, other: Any) -> bool:
    return _fold(value) == _fold(other) if isinstance(value, str) and isinstance(other, str) else bool(value == other)


OPERATORS: tuple[Operator, ...] = (
    Operator("is", "is", "The value is exactly this; capitals do not matter.", _SINGLE, ONE, _same),
    Operator(
        "is_not", "is not", "The value is known and another one.", _SINGLE - {Kind.YES_NO}, ONE,
        lambda value, other: not _same(value, other),
    ),
    Operator("less", "is less than", "The number is smaller.", _ORDERED, ONE, lambda value, other: value < other),
    Operator(
        "at_most", "is at most", "The number is this or smaller.", _ORDERED, ONE, lambda value, other: value <= other,
    ),
    Operator("more", "is more than", "The number is greater.", _ORDERED, ONE, lambda value, other: value > other),
    Operator(
        "at_least", "is at least", "The number is this or greater.", _ORDERED, ONE, lambda value, other: value >= other,
    ),
    Operator(
        "between", "is between", "The value lies in a range, both ends included.", _ORDERED | {Kind.DAY}, TWO,
        lambda value, ends: ends[0] <= value <= ends[1],
    ),
    Operator(
        "outside", "is outside of", "The value is known and lies below or above a range.", _ORDERED | {Kind.DAY}, TWO,
        lambda value, ends: not ends[0] <= value <= ends[1],
    ),
    Operator(
        "before", "is before", "The day is an earlier one.", frozenset({Kind.DAY}), ONE, lambda value, day: value < day,
    ),
    Operator(
        "after", "is after", "The day is a later one.", frozenset({Kind.DAY}), ONE, lambda value, day: value > day,
    ),
    Operator(
        "one_of", "is one of", "The value is among these.", _WORDS, SEVERAL,
        lambda value, others: _fold(value) in _folded(others), singly="is",
    ),
    Operator(
        "none_of", "is none of", "The value is known and not among these.", _WORDS, SEVERAL,
        lambda value, others: _fold(value) not in _folded(others), singly="is not",
    ),
    Operator(
        "contains", "contains", "The text has these letters in it, wherever they stand.", frozenset({Kind.TEXT}), ONE,
        lambda value, part: _fold(part) in _fold(value),
    ),
    Operator(
        "lacks", "does not contain", "The text is known and has these letters nowhere.", frozenset({Kind.TEXT}), ONE,
        lambda value, part: _fold(part) not in _fold(value),
    ),
    Operator(
        "begins", "begins with", "The text starts with these letters.", frozenset({Kind.TEXT}), ONE,
        lambda value, start: _fold(value).startswith(_fold(start)),
    ),
    Operator(
        "shorter", "is shorter than", "The text has fewer characters than this.", frozenset({Kind.TEXT}), ONE,
        lambda value, length: len(value) < length, compares=Kind.NUMBER,
    ),
    Operator(
        "any_of", "includes any of", "At least one of these is on the list.", frozenset({Kind.LIST}), SEVERAL,
        lambda value, others: bool(_folded(value) & _folded(others)), singly="includes",
    ),
    Operator(
        "all_of", "includes all of", "Each of these is on the list.", frozenset({Kind.LIST}), SEVERAL,
        lambda value, others: _folded(others) <= _folded(value), singly="includes",
    ),
    Operator(
        "not_any_of", "includes none of", "The list is known and has none of these.", frozenset({Kind.LIST}), SEVERAL,
        lambda value, others: not _folded(value) & _folded(others), singly="does not include",
    ),
    Operator(
        "only", "includes nothing but", "Whatever is on the list is one of these.", frozenset({Kind.LIST}), SEVERAL,
        lambda value, others: _folded(value) <= _folded(others),
    ),
    Operator(
        "any_begins", "has one that begins with", "One entry of the list starts with these letters, such as K11.",
        frozenset({Kind.LIST}), ONE, lambda value, start: any(v.startswith(_fold(start)) for v in _folded(value)),
        compares=Kind.TEXT,
    ),
    Operator("known", "is known", "Something is recorded, whatever it says.", _ALL, NONE, lambda value, _: True),
    Operator(
        "unknown", "is not known", "Nothing is recorded. It is the one comparison that holds on a gap.", _ALL, NONE,
        lambda value, _: False, on_unknown=True,
    ),
)  # fmt: skip

BY_KEY = {operator.key: operator for operator in OPERATORS}


def for_kind(kind: Kind, *, has_choices: bool = False) -> tuple[Operator, ...]:
    """The comparisons that make sense for values of a kind; where the words are given, none of their letters."""
    return tuple(o for o in OPERATORS if kind in o.kinds and not (has_choices and o.compares is Kind.TEXT))
