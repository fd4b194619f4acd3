"""Frozen facts to plain JSON data and back, without loss.

Dates, times and amounts become ISO texts; the target's type hints bring them back.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def to_data(value: Any) -> Any:
    """Plain data for JSON: dictionaries, lists, texts, numbers, booleans, None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [to_data(v) for v in value]
    if isinstance(value, dict):
        return {str(k): to_data(v) for k, v in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def from_data(cls: type[T], data: Any) -> T:
    """The dataclass that `to_data` came from. Keys that are missing take their defaults: older data stays readable."""
    hint: Any = cls
    return typing.cast(T, None if data is None else _reader(hint)(data))


Reader = Callable[[Any], Any]


@cache
def _reader(hint: Any) -> Reader:
    """How data of a type hint are read that are there; worked out once, as thousands of records are read by it."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = [a for a in typing.get_args(hint) if a is not type(None)]
        if len(kinds) == 1:
            return _reader(kinds[0])
        # Of several, JSON itself tells which: a list is the tuple among them, the rest stands as it is.
        as_tuple = _reader(next(k for k in kinds if typing.get_origin(k) is tuple))
        return lambda data: as_tuple(data) if isinstance(data, list) else data
    if origin is tuple:
        inner = typing.get_args(hint)[0]
        item = _reader(inner)
        return tuple if inner in _PLAIN else lambda data: tuple([None if d is None else item(d) for d in data])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _reader_of_fields(hint)
    if hint in (datetime, date, time):
        return typing.cast(Reader, hint.fromisoformat)
    if hint is Decimal or (isinstance(hint, type) and issubclass(hint, Enum)):
        return typing.cast(Reader, hint)
    return lambda data: data


def _reader_of_fields(cls: type) -> Reader:
    hints = typing.get_type_hints(cls)
    # Most fields are plain: JSON keeps them as they are, and nothing is called for them.
    readers = {name: None if _is_plain(hint) else _reader(hint) for name, hint in hints.items()}

    def read(data: Any) -> Any:
        known = {}
        for name, value in data.items():
            if name in readers:
                reader = readers[name]
                known[name] = value if value is None or reader is None else reader(value)
        return cls(**known)

    return read


def _is_plain(hint: Any) -> bool:
    kinds = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return all(k in _PLAIN or k is type(None) for k in kinds)


_PLAIN = (str, int, float, bool)
"""What JSON keeps as it is."""
