"""Which column of a file is which field: guessed from the headings, and said how surely."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

_NEARLY = 0.79
"""How alike two headings are at least, from 0 to 1, to be taken for the same with a mistyped letter."""


@dataclass(frozen=True)
class Target:
    """A field that a column can fill."""

    key: str
    label: str
    help: str
    heads: tuple[str, ...]
    """Headings under which other programs export it, in small letters with single blanks."""
    read: Callable[[str], Any]
    """The value of a cell that says something. Raises Unreadable with a sentence."""
    is_needed: bool = False


@dataclass(frozen=True)
class Guess:
    column: int
    is_sure: bool
    """Whether the heading is one that is known, rather than one that is like it."""


def guess(targets: Sequence[Target], heads: Sequence[str]) -> dict[str, Guess]:
    """The likely column of each field, no column twice; what is sure comes first."""
    plain = [plain_head(head) for head in heads]
    found: dict[str, Guess] = {}
    taken: set[int] = set()
    for target in targets:
        column = next(
            (n for name in target.heads for n, head in enumerate(plain) if head == name and n not in taken), None
        )
        if column is not None:
            found[target.key] = Guess(column, is_sure=True)
            taken.add(column)
    for target in targets:
        if target.key not in found:
            likely = [(_likeness(head, target), -n) for n, head in enumerate(plain) if head and n not in taken]
            likeness, place = max(likely, default=(0.0, 0))
            if likeness >= _NEARLY:
                found[target.key] = Guess(-place, is_sure=False)
                taken.add(-place)
    return found


def plain_head(head: str) -> str:
    """`PatFirstName`, `Pat_First_Name` and `pat. first name` alike: small letters, single blanks."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", head)
    return " ".join(re.findall(r"[^\W_]+", apart.casefold()))


def _likeness(head: str, target: Target) -> float:
    return max((_alike(head, name) for name in target.heads), default=0.0)


def _alike(head: str, name: str) -> float:
    if set(name.split()) <= set(head.split()) and len(name) > 3:
        return 0.9
    return SequenceMatcher(None, head, name).ratio()
