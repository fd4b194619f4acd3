"""The drawing burned into pixels. The same drawing on the same picture gives the same pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, floor

from PIL import Image, ImageDraw

from documentation.figures.drawing import Drawing, Line, Mark, Ring, Wedge
from documentation.figures.letters import inter

Color = tuple[int, int, int]
INKS: Mapping[str, Color] = {"yellow": (245, 225, 60), "blue": (96, 190, 245), "white": (255, 255, 255)}
"""The colors of `kernel.vocabulary.INK`; the page has the same in static/css/annotate.css."""
EDGE: Color = (8, 16, 20)
"""The dark edge around every stroke and letter: no tissue is too light for it."""
_FINE = 3
"""Strokes are painted this many times larger and brought down, which makes their edges smooth."""
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def burn(picture: Image.Image, drawing: Drawing) -> Image.Image:
    """A copy of an RGB picture with the marks in it. The drawing was laid out for the size of the picture."""
    copy = picture.copy()
    for mark in drawing.marks:
        _stamp(copy, mark, drawing, EDGE, drawing.halo)
        _stamp(copy, mark, drawing, INKS[mark.facts.ink], drawing.stroke)
    for mark in drawing.marks:
        _write(copy, mark, drawing)
    return copy


def _stamp(picture: Image.Image, mark: Mark, drawing: Drawing, color: Color, width: float) -> None:
    """Paint the strokes of a mark at one width: on a tile of its own, so that a small mark takes little memory."""
    shapes = (*mark.strokes, *mark.heads)
    if not shapes:
        return
    boxes = [_box(s) for s in shapes]
    left, top = (max(0, floor(min(b[n] for b in boxes) - width)) for n in (0, 1))
    right = min(picture.width, ceil(max(b[2] for b in boxes) + width) + 1)
    bottom = min(picture.height, ceil(max(b[3] for b in boxes) + width) + 1)
    if right <= left or bottom <= top:
        return
    mask = Image.new("L", ((right - left) * _FINE, (bottom - top) * _FINE), 0)
    pen = ImageDraw.Draw(mask)

    def at(x: float, y: float) -> tuple[float, float]:
        return (x - left) * _FINE, (y - top) * _FINE

    for shape in mark.strokes:
        _stroke(pen, shape, at, width * _FINE)
    for wedge in mark.heads:
        points = [at(*p) for p in wedge.points]
        pen.polygon(points, fill=255)
        grown = (width - drawing.stroke) * _FINE
        for a, b in zip(points, [*points[1:], points[0]], strict=True):
            _line(pen, a, b, grown)
    small = mask.resize((right - left, bottom - top), Image.Resampling.BOX)
    picture.paste(color, (left, top), small)


def _box(shape: Line | Ring | Wedge) -> tuple[float, float, float, float]:
    if isinstance(shape, Ring):
        return shape.x - shape.rx, shape.y - shape.ry, shape.x + shape.rx, shape.y + shape.ry
    points = shape.points if isinstance(shape, Wedge) else ((shape.x1, shape.y1), (shape.x2, shape.y2))
    return min(p[0] for p in points), min(p[1] for p in points), max(p[0] for p in points), max(p[1] for p in points)


def _stroke(
    pen: ImageDraw.ImageDraw, shape: Line | Ring, at: Callable[[float, float], tuple[float, float]], width: float
) -> None:
    if isinstance(shape, Line):
        _line(pen, at(shape.x1, shape.y1), at(shape.x2, shape.y2), width)
        return
    half = width / 2
    (left, top), (right, bottom) = (
        at(shape.x - shape.rx, shape.y - shape.ry),
        at(shape.x + shape.rx, shape.y + shape.ry),
    )
    pen.ellipse((left - half, top - half, right + half, bottom + half), outline=255, width=max(1, round(width)))


def _line(pen: ImageDraw.ImageDraw, a: tuple[float, float], b: tuple[float, float], width: float) -> None:
    """A line with round ends."""
    if width <= 0:
        return
    pen.line((a, b), fill=255, width=max(1, round(width)))
    for x, y in (a, b):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def _write(picture: Image.Image, mark: Mark, drawing: Drawing) -> None:
    font = inter(round(drawing.letter))
    pen = ImageDraw.Draw(picture)
    for word in mark.words:
        place = (round(word.x), round(word.y))
        pen.text(
            place, word.text, font=font, fill=INKS[mark.facts.ink], anchor=_ANCHORS[word.anchor],
            stroke_width=max(1, round(drawing.letter_halo / 2)), stroke_fill=EDGE,
        )  # fmt: skip
