"""What sections are made of: items, groups of them, lists of rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Item:
    """One field. `when` names the words of the row's first field for which it makes sense; `wide` takes a line."""

    name: str
    help: str = ""
    unit: str = ""
    label: str = ""
    wide: bool = False
    when: frozenset[str] = frozenset()
    after: str = ""
    """The field of the row whose words `when` names, where it is not the first one: a branch of its answer."""
    model: Any = None
    suggest: tuple[tuple[str, str], ...] = ()
    """Values that one click puts in, each with its label."""


@dataclass(frozen=True)
class Group:
    """Fields that stand together. With `fold` they are put away under these words until asked for or filled."""

    items: tuple[Item, ...]
    title: str = ""
    note: str = ""
    fold: str = ""


@dataclass(frozen=True)
class Rows:
    """A list of rows of one kind. `one` is what a row is called; `folded` rows show as a sentence until opened."""

    name: str
    title: str
    one: str
    model: Any
    items: tuple[Item, ...]
    note: str = ""
    more: tuple[Item, ...] = ()
    folded: bool = False
    presets: tuple[tuple[str, str], ...] = ()
    """(word of the first field, label of the button): rows that one click adds, such as an explicit 'none'."""
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    key: str
    label: str
    part: str
    intro: str = ""
    model: Any = None
    body: tuple[Group | Rows, ...] = field(default=())

    @property
    def lists(self) -> tuple[Rows, ...]:
        return tuple(b for b in self.body if isinstance(b, Rows))

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(i for b in self.body if isinstance(b, Group) for i in b.items)
