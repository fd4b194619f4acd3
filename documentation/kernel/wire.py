"""Frozen facts to plain JSON data and back, without loss.

Dates, times and amounts become ISO texts; the target's type hints bring them back.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
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


def with_values(value: T, **values: Any) -> T:
    """A frozen dataclass with some fields anew, as `dataclasses.replace` makes it, without setting all the others."""
    made = _bare(type(value), value.__dict__)
    made.__dict__.update(values)
    return typing.cast(T, made)


def _bare(cls: type, values: Mapping[str, Any]) -> Any:
    """An instance that holds these values. `__init__` of a frozen dataclass takes most of the time of reading one."""
    made: Any = object.__new__(cls)
    made.__dict__.update(values)
    return made


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
    readers = {name: _reader(hint) for name, hint in hints.items() if not _is_plain(hint)}
    names = {f.name for f in dataclasses.fields(cls)}
    optional = {f.name: f.default for f in dataclasses.fields(cls) if f.default is not dataclasses.MISSING}

    def read(data: Any) -> Any:
        known = {**data}
        if known.keys() != names:  # written by a program that knew less or more
            known = {name: value for name, value in {**optional, **data}.items() if name in names}
        for name, reader in readers.items():
            if name in data and (value := data[name]) is not None:
                known[name] = reader(value)
        return _bare(cls, known) if len(known) == len(names) else cls(**known)

    return read


def _is_plain(hint: Any) -> bool:
    kinds = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return all(k in _PLAIN or k is type(None) for k in kinds)


_PLAIN = (str, int, float, bool)
"""What JSON keeps as it is."""
