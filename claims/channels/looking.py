"""Pages of a packet through the reviewer's eye, with what disappears on them. Runs in the child process only."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2
from PIL import Image

from claims.channels import eye as eyes
from claims.channels.making import page_drawn

DPI = 200
FIGURE_INCHES = 3.2
"""Width of a figure in the packet, where it stands beside its annotated copy."""
_MARGIN = 2.0
_GAP = 12.0
MOST_PAGES = 40
_MOST_LINES = 400


@dataclass(frozen=True)
class Looked:
    """What is lost on a page, as sentences; the mean score of its lines of text, 0 to 1."""

    page: int
    warnings: list[str]
    score: float


def draw(pdf: bytes, number: int, eye_key: str) -> bytes:
    """Page `number` from 1 as the eye sees it, as PNG."""
    eye = eyes.BY_KEY[eye_key]
    page = page_drawn(pypdfium2.PdfDocument(pdf), number, DPI)
    buffer = io.BytesIO()
    eyes.shown(eyes.seen(page, eye, DPI), eye).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def survey(
    pdf: bytes, eye_key: str, figures: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes]
) -> list[Looked]:
    """Each page, the first `MOST_PAGES`. `figures` that have marks: number, page, clean and annotated name."""
    eye = eyes.BY_KEY[eye_key]
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for number in range(1, min(len(document), MOST_PAGES) + 1):
        warnings = []
        for figure in (f for f in figures if f["page"] == number):
            warnings += _marks(figure, eye, pictures)
        page = page_drawn(document, number, DPI)
        scores = [
            eyes.text_score(page.crop(place), eye, DPI)
            for place in lines_of(document[number - 1], page.size)[:_MOST_LINES]
        ]
        broken = sum(1 for s in scores if s < eyes.TEXT_SEEN)
        if broken:
            lines = "1 line" if broken == 1 else f"{broken} of {len(scores)} lines"
            warnings.append(f"{lines} of text cannot be read for sure: the text {eye.lost}.")
        found.append(Looked(number, warnings, round(sum(scores) / len(scores), 3) if scores else 1.0))
    return found


def _marks(figure: Mapping[str, Any], eye: eyes.Eye, pictures: Mapping[str, bytes]) -> list[str]:
    clean, annotated = (Image.open(io.BytesIO(pictures[figure[k]])) for k in ("clean", "annotated"))
    marks = eyes.mark_scores(clean, annotated, eye, FIGURE_INCHES)
    gone = sum(1 for s in marks if s < eyes.MARK_SEEN)
    if not gone:
        return []
    which = "The mark" if len(marks) == 1 else "1 mark" if gone == 1 else f"{gone} of {len(marks)} marks"
    return [
        f"{which} on figure {figure['number']} can be lost: it {eye.lost}. Draw it broader, in white or yellow, in a"
        " new version of the record."
    ]


def lines_of(page: pypdfium2.PdfPage, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Places of the lines of text on a page that was drawn in this size, in pixels."""
    text = page.get_textpage()
    boxes = sorted((text.get_rect(i) for i in range(text.count_rects())), key=lambda box: (-round(box[1]), box[0]))
    lines: list[list[float]] = []
    for left, bottom, right, top in boxes:
        last = lines[-1] if lines else None
        if last and abs(last[1] - bottom) < 3 and -_GAP < left - last[2] < _GAP:
            last[:] = [min(last[0], left), min(last[1], bottom), max(last[2], right), max(last[3], top)]
        else:
            lines.append([left, bottom, right, top])
    width, height = page.get_size()
    x, y = size[0] / width, size[1] / height
    return [
        (
            max(0, int((left - _MARGIN) * x)), max(0, int((height - top - _MARGIN) * y)),
            min(size[0], int((right + _MARGIN) * x) + 1), min(size[1], int((height - bottom + _MARGIN) * y) + 1),
        )
        for left, bottom, right, top in lines
        if right - left > 4 and top - bottom > 1
    ]  # fmt: skip
