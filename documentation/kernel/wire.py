"""Frozen facts to plain JSON data and back, without loss.

Dates, times and amounts become ISO texts; the target's type hints bring them back.
"""

from __future__ import annotations

import dataclasses
import types
import typing
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
    return typing.cast(T, _build(cls, data))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _build(hint: Any, data: Any) -> Any:
    if data is None:
        return None
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = [a for a in typing.get_args(hint) if a is not type(None)]
        if len(kinds) == 1:
            return _build(kinds[0], data)
        # Of several, JSON itself tells which: a list is the tuple among them, the rest stands as it is.
        if not isinstance(data, list):
            return data
        return next(_build(k, data) for k in kinds if typing.get_origin(k) is tuple)
    if origin is tuple:
        return tuple(_build(typing.get_args(hint)[0], item) for item in data)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        return hint(**{k: _build(hints[k], v) for k, v in data.items() if k in hints})
    if hint in (datetime, date, time):
        return hint.fromisoformat(data)
    if hint is Decimal:
        return Decimal(data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    return data
