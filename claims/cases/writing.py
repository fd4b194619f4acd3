"""The way back: a case as the plain data of its case.json, which `parse` reads into the same case."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def write(case: Any) -> dict[str, Any]:
    """The keys of a case, or of a part of one, in their order. What is as its default is left out."""
    return {
        f.metadata["name"] or f.name: _plain(value)
        for f in dataclasses.fields(case)
        if (value := getattr(case, f.name)) != f.default
    }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return write(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, time) and not isinstance(value, datetime):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value
