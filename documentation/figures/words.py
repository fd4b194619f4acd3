"""What a mark says in words: to screen readers, beneath the picture, and where nobody sees the picture."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import hypot

from documentation.facts import AnnotationFacts
from documentation.kernel.vocabulary import ANNOTATION

FULL = 10_000
"""The width, and the height, of a picture in the units of its marks."""
Size = tuple[int, int]
"""Width and height of the picture in pixels, as displayed."""


def span(mark: AnnotationFacts, size: Size) -> float:
    """How far the second place of a mark lies from the first, in pixels."""
    return hypot((mark.x2 - mark.x1) * size[0], (mark.y2 - mark.y1) * size[1]) / FULL


def length_mm(mark: AnnotationFacts, marks: Sequence[AnnotationFacts], size: Size) -> Decimal | None:
    """The length of a measurement by the scale among the marks, to a tenth of a millimeter; None without a scale."""
    scale = next((m for m in marks if m.kind == "scale" and m.length_mm is not None), None)
    if scale is None or scale.length_mm is None or not span(scale, size):
        return None
    value = scale.length_mm * Decimal(span(mark, size) / span(scale, size))
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def value_words(mark: AnnotationFacts, marks: Sequence[AnnotationFacts], size: Size) -> str:
    """`≈ 0.6 mm`, `1.10 mm`; empty for a mark that has no length."""
    if mark.kind == "scale":
        return f"{mark.length_mm} mm"
    if mark.kind != "measurement":
        return ""
    value = length_mm(mark, marks, size)
    return "no scale" if value is None else f"≈ {value} mm"


def place_words(mark: AnnotationFacts) -> str:
    """Where a mark points to or lies: `upper left`, `center`, `lower middle`."""
    if mark.kind == "arrow":
        x, y = mark.x2, mark.y2
    else:
        x, y = (mark.x1 + mark.x2) // 2, (mark.y1 + mark.y2) // 2
    third = FULL / 3
    column = "left" if x < third else "right" if x > 2 * third else ""
    line = "upper" if y < third else "lower" if y > 2 * third else ""
    return f"{line} {column or 'middle'}" if line else column or "center"


def sentence(mark: AnnotationFacts, marks: Sequence[AnnotationFacts], size: Size) -> str:
    """`Arrow to the center: membrane`, `Measurement at the upper left: ≈ 0.6 mm, lumen`."""
    head = f"{ANNOTATION.label(mark.kind)} {'to' if mark.kind == 'arrow' else 'at'} the {place_words(mark)}"
    said = ", ".join(x for x in (value_words(mark, marks, size), mark.label) if x)
    return f"{head}: {said}" if said else head


def legend(marks: Sequence[AnnotationFacts], size: Size) -> str:
    """All marks in one line for beneath the picture: `Arrow: membrane. Measurement: ≈ 0.6 mm. Scale: 1.10 mm.`"""
    told = []
    for mark in marks:
        said = ", ".join(x for x in (value_words(mark, marks, size), mark.label) if x)
        told.append(f"{ANNOTATION.label(mark.kind)}{': ' if said else ''}{said}".rstrip(" ."))
    return " ".join(f"{t}." for t in told)


def authors(marks: Sequence[AnnotationFacts]) -> tuple[str, ...]:
    """Who drew them, each once, in the order of their first mark."""
    return tuple(dict.fromkeys(m.author for m in marks if m.author))
