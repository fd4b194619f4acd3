"""The shape of what is filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Filling:
    """Values of one section by field, and rows of its lists by list, as the section's save takes them."""

    section: str
    values: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)


def taken(facts: object, names: str) -> dict[str, Any]:
    """Fields of facts as values of a row: a tuple becomes a list, as rows keep it."""
    values = {n: getattr(facts, n) for n in names.split()}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}


def row_of(facts: Any) -> dict[str, Any]:
    """All fields of facts as a row."""
    return taken(facts, " ".join(f.name for f in fields(facts)))
