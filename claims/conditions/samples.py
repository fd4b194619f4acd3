"""Values that stand for all values of a property: those at which one of its clauses could come out otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import chain, combinations, permutations
from typing import Any

from claims.conditions.condition import Clause
from claims.conditions.kinds import Kind
from claims.conditions.property import Property

_HAIR = Decimal("0.0001")
"""The finest step in which numbers are compared."""
_MANY = 8
"""Of more words than these not every selection is tried, only those that clauses name together."""
_OTHER = "¤"
"""A word that no clause names."""


def samples(about: Property, clauses: Iterable[Clause]) -> list[Any]:
    """Known values of a property that bring out every difference between its clauses."""
    given = [tuple(_flat(c.compared)) for c in clauses]
    named = list(dict.fromkeys(chain.from_iterable(given)))
    match about.kind:
        case Kind.NUMBER:
            return sorted(set(_numbers(about, [Decimal(v) for v in named])))
        case Kind.MONEY:
            cents = {v + step for v in (*named, 0) for step in (-1, 0, 1)}
            return sorted(v for v in cents if about.low is None or v >= about.low)
        case Kind.DAY:
            near = {v.toordinal() + n for v in named or [date(2026, 1, 1)] for n in (-1, 0, 1)}
            return [date.fromordinal(n) for n in sorted(near) if 1 <= n <= date.max.toordinal()]
        case Kind.YES_NO:
            return [True, False]
        case Kind.CHOICE:
            return list(about.choices)
        case Kind.TEXT:
            return _texts(named)
    return _lists(about, named, given)


def _flat(compared: Any) -> tuple[Any, ...]:
    return () if compared is None else compared if isinstance(compared, tuple) else (compared,)


def _numbers(about: Property, named: list[Decimal]) -> Iterator[Decimal]:
    ends = [Decimal(v) for v in (about.low, about.high) if v is not None]
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
            if (about.low is None or near >= about.low) and (about.high is None or near <= about.high):
                yield near


def _texts(named: list[Any]) -> list[Any]:
    words = [w for w in named if isinstance(w, str)]
    lengths = [int(n) for n in named if not isinstance(n, str)]
    joined = ["".join(order) for n in (2, 3) for order in permutations(words[:5], n)]
    found = [*words, *joined, *(w + _OTHER for w in words), _OTHER]
    return found + [_OTHER * max(1, n + step) for n in lengths for step in (-1, 0)]


def _lists(about: Property, named: list[Any], given: list[tuple[Any, ...]]) -> list[Any]:
    words = [str(w).casefold() for w in named]
    other = next((t for t in about.choices if t.casefold() not in words), "") if about.choices else _OTHER
    blocks: list[tuple[str, ...]] = [(w,) for w in words]
    if len(words) > _MANY:
        blocks = [tuple(str(w).casefold() for w in words_of) for words_of in given][:_MANY]
    blocks += [(other,)] if other else []
    selections = chain.from_iterable(combinations(blocks, n) for n in range(len(blocks) + 1))
    found = {tuple(dict.fromkeys(chain.from_iterable(s))) for s in selections}
    return [words_of for words_of in found if words_of or about.is_always_known]
