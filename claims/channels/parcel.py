"""What a built packet holds, as the compiler of a channel sees it: pieces, their sizes, pages and kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MEDIA = {"pdf": "pdf", "jpg": "jpg", "jpeg": "jpg", "png": "png", "tif": "tif", "tiff": "tif"}


@dataclass(frozen=True)
class Item:
    """One piece of the packet. `name` is its file in the packet."""

    name: str
    kind: str
    """document, figure (clean), annotated, enclosure"""
    title: str
    size: int
    """Bytes."""
    figure: int = 0
    is_key: bool = False
    page: int | None = None
    """The page of the document on which it is shown."""
    pages: int = 1
    """Of a PDF."""
    documents: tuple[str, ...] = ()
    """What it is among the documents that a payer may want, as in the payer playbook."""

    @property
    def type(self) -> str:
        """pdf, jpg, png, tif; empty for what is none of these."""
        return MEDIA.get(self.name.rpartition(".")[2].lower(), "")


@dataclass(frozen=True)
class Section:
    """A part of the document with its first and last page."""

    key: str
    title: str
    first: int
    last: int


@dataclass(frozen=True)
class Measured:
    """What was measured on one page of a document."""

    size: int
    """Bytes of the page as a PDF by itself: more than its share of the whole."""
    smallest_text: float
    """Points of the smallest letters of its text, the few in drawings aside; 0 where there are none."""
    height: float = 792.0
    """Points."""


@dataclass(frozen=True)
class Parcel:
    """All of a packet. `measured` holds the pages of each PDF by its file name."""

    claim: str
    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    measured: dict[str, tuple[Measured, ...]]
    notes: tuple[str, ...] = ()
    """The narrative in several lengths, all from the same facts."""

    @property
    def document(self) -> Item:
        return next(i for i in self.items if i.kind == "document")

    def sections_of(self, item: Item) -> Sequence[Section]:
        """The parts of a PDF; an enclosure is one part."""
        if item.kind == "document" and self.sections:
            return self.sections
        key = "document" if item.kind == "document" else item.name.rpartition(".")[0]
        return (Section(key, item.title, 1, item.pages),)
