"""How each kind of finding looks on the duct: told apart by form, so that the drawing reads in black and white."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, exp, pi, sin

from documentation.ductmap.geometry import Scale, course, mirrored
from documentation.facts import FindingFacts


class Form(StrEnum):
    TICK = "tick"
    NARROW = "narrow"
    STONE = "stone"
    WIDE = "wide"
    PLUG = "plug"
    PATCH = "patch"
    MASS = "mass"
    BREAK = "break"


FORM_OF = {
    "normal": Form.TICK,
    "stone": Form.STONE,
    "foreign_body": Form.STONE,
    "stenosis": Form.NARROW,
    "synechia": Form.NARROW,
    "web": Form.NARROW,
    "kink": Form.NARROW,
    "ductal_collapse": Form.NARROW,
    "extrinsic_compression": Form.NARROW,
    "ectasia": Form.WIDE,
    "diverticulum": Form.WIDE,
    "mucus_plug": Form.PLUG,
    "fibrinous_plaque": Form.PLUG,
    "purulence": Form.PLUG,
    "sialodochitis": Form.PATCH,
    "erythema": Form.PATCH,
    "bleeding": Form.PATCH,
    "avascular_wall": Form.PATCH,
    "polyp": Form.MASS,
    "mass": Form.MASS,
    "perforation": Form.BREAK,
}

Frame = Callable[[float, float], str]
"""A place along and across the duct, seen from a point on it, as `x y`."""


@dataclass(frozen=True)
class Sign:
    """A finding on its duct. Lengths are in units of the drawing; `half` is half the calibre there."""

    form: Form
    run: float
    reach: float
    """Half its length along the duct."""
    half: float

    def narrowing(self, run: float) -> float:
        """The factor by which the duct is narrower or wider here because of this finding."""
        away = (run - self.run) / max(self.reach, 5.0)
        bump = exp(-away * away)
        if self.form is Form.NARROW:
            return 1 - (1 - self.half) * bump
        if self.form in (Form.WIDE, Form.STONE, Form.PLUG, Form.MASS):
            return 1 + (self.half - 1) * bump
        return 1.0


def sign_of(finding: FindingFacts, gland: str, run: float, scale: Scale) -> Sign:
    """The sign of a finding that lies at a length along the drawing."""
    curve, hilum = course(gland)
    unit = hilum / scale.hilum_mm
    form = FORM_OF.get(finding.type, Form.PATCH) if finding.type else Form.TICK
    length = float(finding.length_mm or finding.size_mm or 0)
    reach = min(max(length * unit / 2, 4.0), 60.0)
    half = {Form.NARROW: 0.34, Form.WIDE: 2.1, Form.STONE: 1.25, Form.PLUG: 1.15, Form.MASS: 1.2}.get(form, 1.0)
    if form is Form.NARROW and finding.lumen_percent is not None:
        half = max(0.08, 1 - finding.lumen_percent / 100)
    return Sign(form, min(run, curve.length), reach, half)


def calibre(base: tuple[float, float, float], run: float, hilum: float, end: float, signs: Sequence[Sign]) -> float:
    """Half the width of the tube at a length along the drawing."""
    papilla, middle, wide = base
    t = run / hilum
    if t < 0.12:
        half = papilla + (middle - papilla) * t / 0.12
    elif t <= 1:
        half = middle + (wide - middle) * (t - 0.12) / 0.88
    else:
        half = wide + (1.2 - wide) * ((run - hilum) / (end - hilum)) ** 0.8
    for sign in signs:
        half *= sign.narrowing(run)
    return max(half, 0.5)


def frame(gland: str, side: str, run: float) -> Frame:
    curve, _ = course(gland)
    (x, y), (nx, ny) = curve.at(run), curve.normal(run)

    def at(along: float, across: float) -> str:
        return f"{mirrored(side, x - ny * along + nx * across):.1f} {y + nx * along + ny * across:.1f}"

    return at


def draw(sign: Sign, gland: str, side: str, half_at: Callable[[float], float]) -> tuple[tuple[str, str], ...]:
    """The strokes and dots of a sign: pairs of role and path data. `half_at` gives half the width of the tube."""
    at, half = frame(gland, side, sign.run), half_at(sign.run)
    if sign.form is Form.NARROW:
        return (
            ("narrow", _walls(sign, gland, side, half_at)),
            *(("arrow", _arrow(at, half + 3.2, s)) for s in (1, -1)),
        )
    if sign.form is Form.STONE:
        return (("stone", _oval(at, max(sign.reach, 3.6), max(half - 0.8, 3.0))),)
    if sign.form is Form.PLUG:
        return (("plug", _oval(at, max(sign.reach, 5.0), max(half - 0.8, 2.6))),)
    if sign.form is Form.MASS:
        return (("mass", _oval(frame_up(at, half * 0.5), max(sign.reach, 4.0), 3.4)),)
    if sign.form is Form.WIDE:
        return (("narrow", _walls(sign, gland, side, half_at)),)
    if sign.form is Form.PATCH:
        b = max(sign.reach, 9.0)
        dashes = "".join(
            f"M{at(-b + i * b / 2, s * (half - 1.6))}L{at(-b + i * b / 2, s * (half + 2.2))}"
            for i in range(5)
            for s in (1, -1)
        )
        return (("patch", dashes),)
    if sign.form is Form.BREAK:
        return (("narrow", f"M{at(-5, -half - 5)}L{at(5, half + 5)}M{at(5, -half - 5)}L{at(-5, half + 5)}"),)
    return (("tick", f"M{at(0, half + 4)}L{at(0, -half - 4)}"),)


def _walls(sign: Sign, gland: str, side: str, half_at: Callable[[float], float]) -> str:
    """Both walls of the tube along a narrow or wide place."""
    reach = max(sign.reach, 5.0) * 1.5
    runs = [sign.run - reach + reach * i / 8 for i in range(17)]
    return "".join("M" + "L".join(frame(gland, side, r)(0, s * half_at(r)) for r in runs) for s in (1, -1))


def _arrow(at: Frame, tip: float, s: int) -> str:
    """A small wedge that points at the wall from outside."""
    return f"M{at(0, s * tip)}L{at(-3.4, s * (tip + 7))}L{at(3.4, s * (tip + 7))}Z"


def frame_up(at: Frame, by: float) -> Frame:
    """The same frame, moved across the duct."""
    return lambda along, across: at(along, across + by)


def _oval(at: Frame, rx: float, ry: float) -> str:
    points = (at(rx * cos(i * pi / 12), ry * sin(i * pi / 12)) for i in range(24))
    return "M" + "L".join(points) + "Z"
