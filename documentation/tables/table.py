"""What every file is read into."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(ValueError):
    """A file, or a cell, that cannot be read; the message is a sentence for the person."""


@dataclass(frozen=True)
class Line:
    """One row below the headings. `number` counts as a spreadsheet does: the first row of the file is 1."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""
    """Why the row as a whole cannot be taken, such as more cells than headings."""


@dataclass(frozen=True)
class Table:
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    how: str
    """How it was read, for the person who knows the file: 'CSV, UTF-8, separated by commas'."""
