"""Millimetres to places on the drawing, and back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import hypot

from documentation.ductmap.anatomy import ANATOMY, WIDTH, Point
from documentation.facts import FindingFacts

MAX_MM = 90.0
_STEPS = 48
_INNER_SEGMENTS = frozenset({"second_order", "third_order", "parenchyma"})
_SHARE_OF_MAIN = {"papilla": 0.0, "distal": 0.22, "masseteric_bend": 0.3, "middle": 0.52, "knee": 0.86, "hilum": 1.0}
_SHARE_OF_INNER = {"second_order": 0.35, "third_order": 0.7, "parenchyma": 0.95}
_MAIN_BEGINS = {
    "submandibular": (("papilla", 0.0), ("distal", 0.03), ("middle", 0.36), ("knee", 0.72)),
    "parotid": (("papilla", 0.0), ("distal", 0.03), ("masseteric_bend", 0.26), ("middle", 0.36)),
    "accessory_parotid": (("papilla", 0.0), ("distal", 0.03), ("masseteric_bend", 0.26), ("middle", 0.36)),
}
_ANY_MAIN_BEGINS = (("papilla", 0.0), ("distal", 0.03), ("middle", 0.36))
_INNER_BEGINS = (("third_order", 0.5), ("parenchyma", 0.85))
_ABOUT = 0.04
"""Up to this share of the duct before and behind its hilum, a place is still called the hilum."""
_EXACT = 1e-9
"""Millimetres by which fractions may be off."""


@dataclass(frozen=True)
class Scale:
    """How millimetres lie along the drawing: the hilum at `hilum_mm`, the last branch drawn at `end_mm`."""

    hilum_mm: float
    end_mm: float


@dataclass(frozen=True)
class Curve:
    """A line of many short pieces with the length run at each of its points."""

    points: tuple[Point, ...]
    runs: tuple[float, ...]

    @property
    def length(self) -> float:
        return self.runs[-1]

    def at(self, run: float) -> Point:
        """The point at a length from the start; lengths outside of the curve end at its ends."""
        run = min(max(run, 0.0), self.length)
        i = max(1, bisect_left(self.runs, run))
        (x0, y0), (x1, y1) = self.points[i - 1], self.points[i]
        t = (run - self.runs[i - 1]) / (self.runs[i] - self.runs[i - 1])
        return x0 + (x1 - x0) * t, y0 + (y1 - y0) * t

    def normal(self, run: float) -> Point:
        """The unit vector across the curve, pointing to the upper side for a curve that runs to the right."""
        (x0, y0), (x1, y1) = self.at(run - 2), self.at(run + 2)
        size = hypot(x1 - x0, y1 - y0) or 1.0
        return (y1 - y0) / size, -(x1 - x0) / size

    def nearest(self, x: float, y: float) -> float:
        """The length at which the curve comes nearest to a point."""
        best, found = float("inf"), 0.0
        for ((x0, y0), (x1, y1)), (r0, r1) in zip(pairwise(self.points), pairwise(self.runs), strict=True):
            dx, dy = x1 - x0, y1 - y0
            t = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)))
            away = hypot(x0 + t * dx - x, y0 + t * dy - y)
            if away < best - 1e-9:
                best, found = away, r0 + t * (r1 - r0)
        return found


def trace(chain: tuple[Point, ...]) -> Curve:
    """A chain of Béziers as a curve."""
    points = [chain[0]]
    for i in range(0, len(chain) - 1, 3):
        p0, p1, p2, p3 = chain[i : i + 4]
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            points.append(
                (a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0], a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1])
            )
    runs = [0.0]
    for (x0, y0), (x1, y1) in pairwise(points):
        runs.append(runs[-1] + hypot(x1 - x0, y1 - y0))
    return Curve(tuple(points), tuple(runs))


@cache
def course(gland: str) -> tuple[Curve, float]:
    """The whole way from the papilla into the gland, and the length at which the hilum lies."""
    anatomy = ANATOMY[gland]
    return trace(anatomy.main + anatomy.inner[1:]), trace(anatomy.main).length


def mirrored(side: str, x: float) -> float:
    """The right side is the mirror image of the left; what lies in the midline is drawn as the left."""
    return WIDTH - x if side == "R" else x


def scale_for(gland: str, findings: Iterable[FindingFacts] = ()) -> Scale:
    """The scale that takes in every finding: a longer duct is drawn with more millimetres, never cut off."""
    anatomy = ANATOMY[gland]
    about = anatomy.length_mm * _ABOUT + _EXACT
    measured = [(f, float(f.distance_from_papilla_mm)) for f in findings if f.distance_from_papilla_mm is not None]
    # A hilum recorded about where it usually lies changes nothing; elsewhere it tells how long this duct is.
    usual = {id(f) for f, mm in measured if f.segment == "hilum" and abs(mm - anatomy.length_mm) <= about}
    at_hilum = [mm for f, mm in measured if f.segment == "hilum" and id(f) not in usual]
    in_duct = [mm for f, mm in measured if f.segment not in _INNER_SEGMENTS and id(f) not in usual]
    hilum = max(at_hilum, default=anatomy.length_mm) or anatomy.length_mm
    hilum = max([hilum, *in_duct])
    inside = [mm for f, mm in measured if f.segment in _INNER_SEGMENTS]
    return Scale(hilum, max([hilum + anatomy.inner_mm, *inside]))


def run_of(gland: str, mm: float, scale: Scale) -> float:
    """Millimetres from the papilla as a length along the drawing."""
    curve, hilum = course(gland)
    if mm <= scale.hilum_mm:
        return max(0.0, mm) / scale.hilum_mm * hilum
    return hilum + (mm - scale.hilum_mm) / (scale.end_mm - scale.hilum_mm) * (curve.length - hilum)


def place(gland: str, side: str, mm: float, scale: Scale | None = None) -> Point:
    """Where a distance from the papilla lies on the drawing."""
    x, y = course(gland)[0].at(run_of(gland, float(mm), scale or scale_for(gland)))
    return mirrored(side, x), y


def nearest_mm(gland: str, side: str, x: float, y: float, scale: Scale | None = None) -> float:
    """The distance from the papilla, in millimetres, of the place on the duct nearest to a point of the drawing."""
    scale = scale or scale_for(gland)
    curve, hilum = course(gland)
    run = curve.nearest(mirrored(side, x), y)
    if run <= hilum:
        return run / hilum * scale.hilum_mm
    return scale.hilum_mm + (run - hilum) / (curve.length - hilum) * (scale.end_mm - scale.hilum_mm)


def segments(gland: str, scale: Scale) -> tuple[tuple[float, str], ...]:
    """The segments of a duct in order, each with the distance from the papilla, in millimetres, at which it begins."""
    hilum, inner = scale.hilum_mm, scale.end_mm - scale.hilum_mm
    main = _MAIN_BEGINS.get(gland, _ANY_MAIN_BEGINS)
    return (
        *((share * hilum, segment) for segment, share in main),
        (hilum * (1 - _ABOUT), "hilum"),
        (hilum * (1 + _ABOUT), "second_order"),
        *((hilum + share * inner, segment) for segment, share in _INNER_BEGINS),
    )


def segment_at(gland: str, mm: float, scale: Scale | None = None) -> str:
    """The segment in which a distance from the papilla lies. What lies beyond the drawing lies in the parenchyma."""
    begun = [segment for begin, segment in segments(gland, scale or scale_for(gland)) if mm >= begin - 1e-6]
    return begun[-1] if begun else "papilla"


def mm_of(finding: FindingFacts, scale: Scale) -> tuple[float, bool] | None:
    """Where a finding lies, and whether that was measured. Its segment stands in for a missing distance."""
    if finding.distance_from_papilla_mm is not None:
        return float(finding.distance_from_papilla_mm), True
    if finding.segment in _SHARE_OF_MAIN:
        return _SHARE_OF_MAIN[finding.segment] * scale.hilum_mm, False
    if finding.segment in _SHARE_OF_INNER:
        return scale.hilum_mm + _SHARE_OF_INNER[finding.segment] * (scale.end_mm - scale.hilum_mm), False
    return None
