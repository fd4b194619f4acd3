"""The drawing as data: shapes, words, findings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from documentation.ductmap.geometry import Scale, place
from documentation.ductmap.labels import BADGE, EM
from documentation.facts import FindingFacts
from documentation.kernel.vocabulary import DUCT, DUCTS_OF_GLAND, FINDING, GLAND, SEGMENT, SIDE

FONT = 11.5
"""Size of the words at findings, in units of the drawing."""
SMALL = 10.0

Reach = tuple[tuple[float, str], ...]
"""Segments in order, each with the millimetres from the papilla at which it begins."""


@dataclass(frozen=True)
class Shape:
    """A path. `role` decides how it looks."""

    role: str
    d: str


@dataclass(frozen=True)
class Word:
    """A line of text with its baseline at x, y; `anchor` is start, middle or end."""

    role: str
    text: str
    x: float
    y: float
    anchor: str = "middle"
    size: float = SMALL

    @property
    def x_text(self) -> str:
        return f"{self.x:.1f}"

    @property
    def y_text(self) -> str:
        return f"{self.y:.1f}"

    @property
    def size_text(self) -> str:
        return f"{self.size:g}"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the room that the text takes at most."""
        width = len(self.text) * self.size * EM
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return left, self.y - self.size * 0.8, left + width, self.y + self.size * 0.25


@dataclass(frozen=True)
class Located:
    """A finding with its number and its place in millimetres."""

    number: int
    finding: FindingFacts
    mm: float
    is_measured: bool


@dataclass(frozen=True)
class Marker:
    """A finding on the duct: its sign where it lies, and its numbered label with a leader to it."""

    number: int
    key: str
    type: str
    tone: str
    """abnormal, normal, or open as long as nobody has said what it is"""
    x: float
    y: float
    mm: float
    is_measured: bool
    signs: tuple[Shape, ...]
    leader: str
    badge_x: float
    badge_y: float
    words: tuple[Word, ...]
    sentence: str
    reach: Reach
    """The segments as they would be without this finding: where it comes to lie when it is moved."""

    @property
    def reach_text(self) -> str:
        return reach_text(self.reach)

    @property
    def x_text(self) -> str:
        return f"{self.x:.1f}"

    @property
    def y_text(self) -> str:
        return f"{self.y:.1f}"

    @property
    def mm_text(self) -> str:
        return number_text(self.mm)

    @property
    def badge(self) -> Word:
        """The number inside of its disc."""
        return Word("number", str(self.number), self.badge_x, self.badge_y + 3.4, "middle", 9.5)

    @property
    def badge_y_text(self) -> str:
        return f"{self.badge_y:.1f}"

    @property
    def badge_r(self) -> str:
        return f"{BADGE:g}"


@dataclass(frozen=True)
class Ghost:
    """A finding of an earlier visit, shown faint."""

    x_text: str
    y_text: str
    signs: tuple[Shape, ...]
    sentence: str


@dataclass(frozen=True)
class DuctMap:
    """Everything that is drawn of one gland. `viewbox` are x, y, width and height."""

    gland: str
    side: str
    title: str
    description: str
    viewbox: tuple[float, float, float, float]
    scale: Scale
    ground: tuple[Shape, ...]
    ruler: tuple[Shape, ...]
    words: tuple[Word, ...]
    markers: tuple[Marker, ...]
    unplaced: tuple[tuple[int, FindingFacts], ...]
    """Findings whose place is not recorded, with their numbers: they can only be listed."""
    main_d: str
    """The middle line of the duct from papilla to hilum, for a pointer to run along."""
    inner_d: str
    reach: Reach
    """The segments of the duct with the millimetres at which they begin."""
    ghosts: tuple[Ghost, ...] = ()

    @property
    def duct_name(self) -> str:
        """`left Wharton's duct`."""
        return f"{SIDE.label(self.side).lower()} {DUCT.label(DUCTS_OF_GLAND[self.gland][0])}".strip()

    @property
    def reach_text(self) -> str:
        return reach_text(self.reach)

    @property
    def places_text(self) -> str:
        """The place of each whole millimetre from the papilla to the last branch drawn, as `x,y x,y …`."""
        spots = (place(self.gland, self.side, mm, self.scale) for mm in range(int(self.scale.end_mm) + 1))
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in spots)

    @property
    def id(self) -> str:
        return f"ductmap-{self.gland}-{self.side}"

    @property
    def hilum_text(self) -> str:
        return number_text(self.scale.hilum_mm)

    @property
    def end_text(self) -> str:
        return number_text(self.scale.end_mm)

    @property
    def viewbox_text(self) -> str:
        return " ".join(f"{v:g}" for v in self.viewbox)

    @property
    def texts(self) -> tuple[Word, ...]:
        return self.words + tuple(w for m in self.markers for w in m.words)


def number_text(value: float | Decimal) -> str:
    """`12` or `12.5`."""
    return f"{float(value):.1f}".removesuffix(".0")


def reach_text(reach: Reach) -> str:
    """`0:papilla 1.5:distal …`"""
    return " ".join(f"{round(begin, 3):g}:{segment}" for begin, segment in reach)


def gland_title(gland: str, side: str) -> str:
    """`Left submandibular gland`."""
    name = GLAND.label(gland) if gland != "minor" else "Minor salivary"
    return f"{SIDE.label(side)} {name.lower()} gland" if side else f"{name} gland"


def finding_line(finding: FindingFacts) -> str:
    """`Stenosis, 12 mm from the papilla`, as the description and the label of a marker say it."""
    where = ""
    if finding.distance_from_papilla_mm is not None:
        where = f"{number_text(finding.distance_from_papilla_mm)} mm from the papilla"
    elif finding.segment:
        where = SEGMENT.label(finding.segment).lower()
    return ", ".join(p for p in (FINDING.label(finding.type) or "Finding", where) if p)
