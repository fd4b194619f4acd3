"""What a file says of one claim, segment by segment as it came, for the receipt of a denial."""

from __future__ import annotations

from dataclasses import dataclass

from claims.edi.x12 import Segments

SHOWN = frozenset({"CLP", "CAS", "SVC", "DTM", "REF", "AMT", "MOA", "MIA", "LQ", "QTY"})
"""What tells of money and reasons. Names and addresses stand on the page already."""
SAYS_WHY = frozenset({"CAS", "MOA", "MIA", "LQ"})
MOST = 120
"""Segments of a claim that are shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """A segment as it came, with `*` between its elements, and its number in the file."""

    number: int
    text: str
    says_why: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The segments of one claim. `is_whole` is false where there were more."""

    segments: tuple[Said, ...]
    is_whole: bool


def excerpt_of(data: bytes, segment: int) -> Excerpt | None:
    """The claim (CLP) that begins at a segment; None where the file has no claim there."""
    found: list[Said] = []
    for s in Segments(data):
        if s.number < segment:
            continue
        if s.number == segment and s.name != "CLP":
            return None
        if s.number > segment and s.name in {"CLP", "PLB", "SE", "LX", "ISA", "IEA"}:
            break
        if s.name in SHOWN:
            if len(found) == MOST:
                return Excerpt(tuple(found), is_whole=False)
            found.append(Said(s.number, "*".join(s.elements), s.name in SAYS_WHY))
    return Excerpt(tuple(found), is_whole=True) if found else None
