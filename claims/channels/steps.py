"""What a compiled plan is made of: steps with their names, files to make, pieces that stay, reasons against it."""

from __future__ import annotations

from dataclasses import dataclass, field

FAX = (204, 196)
"""Dots to the inch of a fax in fine mode: across and down (ITU-T T.4)."""


@dataclass(frozen=True)
class Step:
    """One thing that is done to the packet for this channel. `name` is its token, `text` the sentence."""

    name: str
    text: str


@dataclass(frozen=True)
class LeftOut:
    """A piece that stays in the practice, with the reason."""

    title: str
    reason: str


@dataclass(frozen=True)
class Make:
    """How one outgoing file comes to be. `source` is a file of the packet."""

    how: str
    """keep, picture, pages_jpg, pages_png, pages_pdf, pages_fax"""
    source: str
    title: str
    reason: str
    slug: str
    type: str
    pages: tuple[int, ...] = ()
    flat: tuple[int, ...] = ()
    """Pages of a PDF that become pictures of themselves."""
    dpi: tuple[int, ...] = ()
    budget: int | None = None
    """Bytes at most."""
    side: int | None = None
    """Pixels of the longer side at most."""
    grey: bool = False
    name: str = ""
    """As it leaves."""


@dataclass(frozen=True)
class Made:
    """A file that was made. `dpi` and `quality` say how, where pages or pictures were drawn anew; `side` in pixels."""

    name: str
    content: bytes
    dpi: int = 0
    quality: int = 0
    side: int = 0


@dataclass(frozen=True)
class Plan:
    """What would be done. `problems` say why it cannot go this way; then nothing is made."""

    makes: tuple[Make, ...] = ()
    steps: tuple[Step, ...] = ()
    left: tuple[LeftOut, ...] = ()
    note: str = ""
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass
class Draft:
    """A plan while it is compiled."""

    makes: list[Make] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    left: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def step(self, name: str, text: str) -> None:
        self.steps.append(Step(name, text))
