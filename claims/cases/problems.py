"""What is wrong with a case: where, what stands there, and what may stand there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from documentation.kernel.machine import Refusal

MISSING = object()
"""Stands for the value of a key that is not there."""
NOTED = object()
"""Stands for a value that need not be shown; `allowed` is then a sentence of its own."""
MOST_TOLD = 8
"""Problems that one sentence tells; a file with more has a common reason."""


@dataclass(frozen=True)
class Problem:
    """`path` leads to the key (`encounter.findings[1].gland`); `allowed` says what may stand there."""

    path: str
    value: Any
    allowed: str

    def __str__(self) -> str:
        if self.value is MISSING:
            return f"{self.path} is missing; needed: {self.allowed}"
        if self.value is NOTED:
            return f"{self.path}: {self.allowed}"
        return f"{self.path} is {show(self.value)}; allowed: {self.allowed}"


class CaseError(Refusal):
    """A case that cannot be taken in. `problems` holds them all; the message is one line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        told = [str(p) for p in self.problems[:MOST_TOLD]]
        left = len(self.problems) - len(told)
        super().__init__("; ".join([*told, *([f"and {left} more"] if left else [])]) + ".")


def show(value: Any) -> str:
    """A value as the reader of an error sees it: short, on one line, without what a terminal could mistake."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, Decimal):
        return _clip(str(value))
    return _clip(json.dumps(value, ensure_ascii=False, default=str))


def _clip(text: str, most: int = 60) -> str:
    printable = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: most + 1])
    return printable if len(text) <= most else f"{printable[:most]}…"
