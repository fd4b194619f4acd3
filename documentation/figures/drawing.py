"""The drawing as data: where each stroke and each word of the marks lies, in pixels of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot

from documentation.facts import AnnotationFacts
from documentation.figures.words import FULL, Size, sentence, value_words

LINE_LETTERS = 24
"""Letters of a label on one line: at the size of the words, this fits into every picture."""


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def d(self) -> str:
        return f"M{self.x1:.1f} {self.y1:.1f}L{self.x2:.1f} {self.y2:.1f}"


@dataclass(frozen=True)
class Ring:
    """An ellipse by its middle and its two radii."""

    x: float
    y: float
    rx: float
    ry: float

    @property
    def d(self) -> str:
        turn = f"a{self.rx:.1f} {self.ry:.1f} 0 1 0"
        return f"M{self.x - self.rx:.1f} {self.y:.1f}{turn} {2 * self.rx:.1f} 0{turn} {-2 * self.rx:.1f} 0"


@dataclass(frozen=True)
class Wedge:
    """The filled head of an arrow."""

    points: tuple[tuple[float, float], ...]

    @property
    def d(self) -> str:
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.points) + "Z"


@dataclass(frozen=True)
class Word:
    """A line of text with its baseline at x, y; `anchor` is start, middle or end."""

    text: str
    x: float
    y: float
    anchor: str

    @property
    def x_text(self) -> str:
        return f"{self.x:.1f}"

    @property
    def y_text(self) -> str:
        return f"{self.y:.1f}"


@dataclass(frozen=True)
class Mark:
    """One annotation as it is drawn; `sentence` says it to those who do not see it."""

    facts: AnnotationFacts
    strokes: tuple[Line | Ring, ...]
    heads: tuple[Wedge, ...]
    words: tuple[Word, ...]
    sentence: str


@dataclass(frozen=True)
class Drawing:
    """All marks of one picture. Widths and sizes are pixels of the picture."""

    width: int
    height: int
    marks: tuple[Mark, ...]

    @property
    def unit(self) -> float:
        """What all widths are counted in: a two-hundredth of the shorter side."""
        return min(self.width, self.height) / 200

    @property
    def stroke(self) -> float:
        return 1.1 * self.unit

    @property
    def halo(self) -> float:
        """The width of a stroke with its dark edge."""
        return 2.5 * self.unit

    @property
    def letter(self) -> float:
        """The size of the words."""
        return 8 * self.unit

    @property
    def letter_halo(self) -> float:
        """How far the dark edge reaches around letters, on both sides together."""
        return 1.8 * self.unit

    @property
    def attributes(self) -> dict[str, str]:
        """The same as the page's SVG takes them."""
        return {n: f"{getattr(self, n):.2f}" for n in ("stroke", "halo", "letter", "letter_halo")}


def layout(marks: Sequence[AnnotationFacts], size: Size) -> Drawing:
    """The drawing of these marks on a picture of this size in pixels, as displayed."""
    width, height = max(1, size[0]), max(1, size[1])
    pen = _Pen(Drawing(width, height, ()), marks)
    return Drawing(width, height, tuple(pen.mark(m) for m in marks))


class _Pen:
    """Lays out one mark after the other on an empty drawing."""

    def __init__(self, on: Drawing, marks: Sequence[AnnotationFacts]) -> None:
        self.on = on
        self.all = marks

    def mark(self, m: AnnotationFacts) -> Mark:
        first = (m.x1 * self.on.width / FULL, m.y1 * self.on.height / FULL)
        second = (m.x2 * self.on.width / FULL, m.y2 * self.on.height / FULL)
        size = (self.on.width, self.on.height)
        lines = [t for t in (value_words(m, self.all, size), *_wrapped(m.label)) if t]
        draw = {"arrow": self._arrow, "ellipse": self._ellipse, "text": self._text}.get(m.kind, self._measure)
        strokes, heads, words = draw(first, second, lines)
        return Mark(m, strokes, heads, words, sentence(m, self.all, size))

    def _arrow(self, tail: Point, tip: Point, lines: list[str]) -> Drawn:
        length = max(hypot(tip[0] - tail[0], tip[1] - tail[1]), 1e-6)
        dx, dy = (tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length
        head, half = min(6 * self.on.unit, length), 2.6 * self.on.unit
        base = (tip[0] - dx * head, tip[1] - dy * head)
        wedge = Wedge((tip, (base[0] - dy * half, base[1] + dx * half), (base[0] + dy * half, base[1] - dx * half)))
        away = -1 if tail[1] <= tip[1] else 1
        words = self._words(lines, (tail[0], tail[0]), tail[1] + away * self._room(lines))
        return (Line(*tail, *base),), (wedge,), words

    def _ellipse(self, a: Point, b: Point, lines: list[str]) -> Drawn:
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        ring = Ring(*middle, abs(b[0] - a[0]) / 2, abs(b[1] - a[1]) / 2)
        below = middle[1] + ring.ry + self._room(lines)
        fits = below + self._room(lines) <= self.on.height
        height = below if fits else middle[1] - ring.ry - self._room(lines)
        return (ring,), (), self._words(lines, (middle[0] - ring.rx, middle[0] + ring.rx), height)

    def _text(self, at: Point, _: Point, lines: list[str]) -> Drawn:
        return (), (), self._words(lines, (at[0], at[0]), at[1])

    def _measure(self, a: Point, b: Point, lines: list[str]) -> Drawn:
        length = max(hypot(b[0] - a[0], b[1] - a[1]), 1e-6)
        dx, dy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
        half = 3 * self.on.unit
        ends = tuple(Line(x - dy * half, y + dx * half, x + dy * half, y - dx * half) for x, y in (a, b))
        left, right, y = min(a[0], b[0]), max(a[0], b[0]), (a[1] + b[1]) / 2
        if abs(dx) >= abs(dy):
            above = y - self._room(lines) - half
            height = above if above > self._room(lines) else y + self._room(lines) + half
            words = self._words(lines, (left, right), height)
        else:
            words = self._words(lines, (right + half + self.on.unit, left - half - self.on.unit), y, beside=True)
        return (Line(*a, *b), *ends), (), words

    def _room(self, lines: list[str]) -> float:
        """From an edge to the middle of the words beside it."""
        return (len(lines) * 1.15 * self.on.letter) / 2 + 2 * self.on.unit

    def _words(
        self, lines: list[str], reach: tuple[float, float], middle: float, *, beside: bool = False
    ) -> tuple[Word, ...]:
        """Lines of text around a height, all of them inside of the picture.

        Their left end lies at the first place of `reach`, their right end at the second, or they stand between the two:
        whichever leads away from the nearer edge of the picture. `beside` something, they never stand between.
        """
        third = self.on.width / 3
        x = sum(reach) / 2
        anchor = "start" if x < third or (beside and x < 2 * third) else "end" if x > 2 * third else "middle"
        x = {"start": reach[0], "middle": x, "end": reach[1]}[anchor]
        step = 1.15 * self.on.letter
        lowest = self.on.height - 2 * self.on.unit - (len(lines) - 1) * step
        top = min(max(middle - (len(lines) - 1) * step / 2 + 0.35 * self.on.letter, self.on.letter), lowest)
        edge = 2 * self.on.unit
        x = min(max(x, edge), self.on.width - edge)
        return tuple(Word(text, x, top + n * step, anchor) for n, text in enumerate(lines))


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > LINE_LETTERS:
            yield line
            line = ""
        line = f"{line} {word}" if line else word
        while len(line) > LINE_LETTERS:
            yield line[:LINE_LETTERS]
            line = line[LINE_LETTERS:]
    if line:
        yield line


Point = tuple[float, float]
Drawn = tuple[tuple[Line | Ring, ...], tuple[Wedge, ...], tuple[Word, ...]]
