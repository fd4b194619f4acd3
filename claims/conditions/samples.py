"""Values that stand for all values of a property: those at which one of its clauses could come out otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import chain, combinations, product
from math import prod
from typing import Any

from claims.conditions.condition import Clause
from claims.conditions.kinds import Kind
from claims.conditions.property import Property

_HAIR = Decimal("0.0001")
"""The finest step in which numbers are compared."""
_MANY = 1_000
"""More texts or lists than these are not tried."""
_MOST_WORDS = 200
"""Nor are those of more words than these."""
_OTHER = "¤"
"""A word that no clause names."""


def samples(about: Property, clauses: Iterable[Clause]) -> list[Any] | None:
    """Known values of a property that bring out every way in which its clauses come out together.

    None where these are too many: some of them alone would prove nothing.
    """
    asked = list(clauses)
    named = list(dict.fromkeys(chain.from_iterable(_flat(c.compared) for c in asked)))
    match about.kind:
        case Kind.NUMBER:
            return sorted(set(_numbers(about, [Decimal(v) for v in named])))
        case Kind.MONEY:
            cents = {v + step for v in (*named, 0, *_ends(about)) for step in (-1, 0, 1)}
            return sorted(v for v in cents if _lies(about, v))
        case Kind.DAY:
            near = {v.toordinal() + n for v in (*named, *_ends(about)) for n in (-1, 0, 1)}
            days = (date.fromordinal(n) for n in sorted(near) if 1 <= n <= date.max.toordinal())
            return [day for day in days if _lies(about, day)]
        case Kind.YES_NO:
            return [True, False]
        case Kind.CHOICE:
            return list(about.choices)
        case Kind.TEXT:
            return _texts(asked)
    return _lists(about, asked)


def _ends(about: Property) -> list[Any]:
    return [end for end in (about.low, about.high) if end is not None]


def _lies(about: Property, value: Any) -> bool:
    """Whether a value lies within the ends."""
    return (about.low is None or value >= about.low) and (about.high is None or value <= about.high)


def _flat(compared: Any) -> tuple[Any, ...]:
    return () if compared is None else compared if isinstance(compared, tuple) else (compared,)


def _numbers(about: Property, named: list[Decimal]) -> Iterator[Decimal]:
    ends = [Decimal(v) for v in _ends(about)]
    step = Decimal(1) if about.is_whole else _HAIR
    for value in (*named, *ends, Decimal(0)):
        whole = {value.to_integral_value(ROUND_FLOOR), value.to_integral_value(ROUND_CEILING)}
        for near in {
            v + n * step
            for v in ({value} if value == value.to_integral_value() else {value, *whole})
            for n in (-1, 0, 1)
        }:
            if about.is_whole and near != near.to_integral_value():
                continue
            if _lies(about, near):
                yield near


def _texts(clauses: list[Clause]) -> list[Any] | None:
    """Every word by itself; then every start, none too, before every selection of the parts that may stand in a text.

    A word that no clause names stands between, lest what is joined makes another word. Where lengths are asked for, how
    two words may overlap matters as well, so with more than one nothing is claimed.
    """
    words = _words(clauses)
    starts, parts = _words(clauses, "begins"), _words(clauses, "contains", "lacks")
    lengths = [int(n) for c in clauses if c.operator == "shorter" for n in _flat(c.compared)]
    if len(words) > _MOST_WORDS or 2 ** len(parts) * (len(starts) + 1) > _MANY:
        return None
    if lengths and len({*starts, *parts}) > 1:
        return None
    chosen = chain.from_iterable(combinations(parts, n) for n in range(len(parts) + 1))
    found = [_OTHER.join((start, *within, "")) or _OTHER for within in chosen for start in ("", *starts)]
    return words + found + [text.ljust(n, _OTHER) for text in found for length in lengths for n in (length - 1, length)]


def _words(clauses: Iterable[Clause], *operators: str) -> list[str]:
    """The words that clauses of these operators name, of all without any."""
    asked = chain.from_iterable(_flat(c.compared) for c in clauses if not operators or c.operator in operators)
    return list(dict.fromkeys(w.casefold().strip() for w in asked if isinstance(w, str)))


def _lists(about: Property, clauses: list[Clause]) -> list[Any] | None:
    """Words that the same clauses name are as good as each other: of each such block none, one and all are tried."""
    starts = _words(clauses, "any_begins")
    named = _words(c for c in clauses if c.operator != "any_begins")
    other = next((t for t in about.choices if t.casefold() not in named), None) if about.choices else _OTHER
    if len(named) > _MOST_WORDS:
        return None
    among = [set(_words([c])) for c in clauses if c.operator != "any_begins"]
    blocks: dict[tuple[bool, ...], list[str]] = {}
    for word in dict.fromkeys([*named, *(start + _OTHER for start in starts), *filter(None, [other])]):
        alike = (*(word in words for words in among), *map(word.startswith, starts))
        blocks.setdefault(alike, []).append(word)
    ways = [list(dict.fromkeys(((), (words[0],), tuple(words)))) for words in blocks.values()]
    if prod(map(len, ways)) > _MANY:
        return None
    found = [tuple(chain.from_iterable(selection)) for selection in product(*ways)]
    return [words for words in found if words or about.is_always_known]
