"""Documents that go along with a packet: their pages as pictures in the PDF, the file itself beside it in the ZIP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.packet.seal import sha256
from documentation.kernel.dates import long_date

PARTS: Mapping[str, tuple[str, str]] = {
    "evidence": ("Enclosed documents", "show what others saw, tried or agreed"),
    "authorization": ("Authorization", "the permission that the payer gave"),
    "primary_eob": ("What the first plan answered (EOB)", "this payer wants the first plan's answer attached"),
}
"""Parts of a packet that are documents, in their order: title, and why it leaves."""


@dataclass(frozen=True)
class Enclosure:
    """One document. `name` is its file in the ZIP, such as `evidence-01.pdf`; `part` a key of PARTS."""

    part: str
    name: str
    title: str
    content: bytes
    pages: tuple[bytes, ...]
    """Its pages as JPEG or PNG, in order."""
    kind: str = ""
    """What it is in words; empty where the title says it."""
    dated_on: date | None = None

    @property
    def words(self) -> str:
        """Title, kind and day, as they are printed."""
        day = long_date(self.dated_on) if self.dated_on else ""
        kind = "" if self.kind.lower() == self.title.lower() else self.kind
        return " · ".join(x for x in (self.title, kind, day) if x)

    @property
    def sha256(self) -> str:
        return sha256(self.content)

    def page_files(self) -> dict[str, bytes]:
        """The pictures of its pages by the names under which they are set."""
        stem = self.name.rpartition(".")[0]
        kinds = ("png" if page.startswith(b"\x89PN") else "jpg" for page in self.pages)
        pages = enumerate(zip(self.pages, kinds, strict=True), start=1)
        return {f"{stem}-page-{n:02d}.{kind}": page for n, (page, kind) in pages}

    def as_json(self) -> dict[str, Any]:
        return {
            "part": self.part, "file": self.name, "title": self.title, "kind": self.kind,
            "date": self.dated_on.isoformat() if self.dated_on else None, "pages": len(self.pages),
        }  # fmt: skip


def in_order(enclosures: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """As they stand in the packet: by part, then by name."""
    keys = list(PARTS)
    return tuple(sorted(enclosures, key=lambda e: (keys.index(e.part), e.name)))


def printed(enclosures: Iterable[Enclosure]) -> Iterator[dict[str, Any]]:
    """What the template sets of each document."""
    for e in enclosures:
        files = e.page_files()
        yield {
            "part": e.part,
            "title": e.words,
            "name": e.name,
            "pages": [
                {"file": file, "alt": f"Page {n} of {len(files)} of {e.words}, as a picture. The file is {e.name}."}
                for n, file in enumerate(files, start=1)
            ],
        }
