"""What the reviewer's eye keeps and loses, on pictures whose answer is known."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFilter
from pypdfium2 import raw

from claims.channels import apart
from claims.channels.eye import BY_KEY, EYES, MARK_SEEN, TEXT_SEEN, mark_scores, seen, shown, text_score
from documentation.facts import AnnotationFacts
from documentation.figures import PACKET, convert

SIZE = (1280, 960)
INCHES = 3.2


def tissue(red: int = 150, green: int = 80, blue: int = 70, spread: int = 30) -> Image.Image:
    """Something like the wall of a duct: soft shades around one color, always the same."""
    chance = np.random.default_rng(7)
    coarse = chance.normal(0, spread, (24, 32, 1))
    shades = np.clip(np.array([red, green, blue]) + coarse, 0, 255).astype(np.uint8)
    return Image.fromarray(shades).resize(SIZE, Image.Resampling.BICUBIC)


def arrow(picture: Image.Image, color: tuple[int, int, int], width: int = 14) -> Image.Image:
    copy = picture.copy()
    pen = ImageDraw.Draw(copy)
    pen.line((300, 300, 700, 560), fill=color, width=width)
    pen.line((700, 560, 610, 560), fill=color, width=width)
    pen.line((700, 560, 690, 470), fill=color, width=width)
    return copy


FLAT = tissue(spread=0)
VISIBLE = [
    ("white, broad, fax", "fax", tissue(), (255, 255, 255), 14),
    ("yellow, fax", "fax", tissue(), (255, 230, 0), 14),
    ("black on bright, fax", "fax", tissue(220, 200, 190), (0, 0, 0), 14),
    ("white, print", "print", tissue(), (255, 255, 255), 10),
    ("white, broad, thumbnail", "thumbnail", tissue(), (255, 255, 255), 30),
]
GREY = sum(c * w for c, w in zip((150, 80, 70), (0.299, 0.587, 0.114), strict=True))
SAME_GREY = (0, 130, round((GREY - 0.587 * 130) / 0.114))  # green and blue, as dark as the tissue
INVISIBLE = [
    ("as dark as the tissue, print", "print", FLAT, SAME_GREY, 14),
    ("as dark as the tissue, fax", "fax", tissue(spread=4), SAME_GREY, 14),
    ("a hair, fax", "fax", tissue(), (200, 120, 110), 2),
    ("a hair, thumbnail", "thumbnail", tissue(), (255, 255, 255), 2),
]


@pytest.mark.parametrize("name, eye, picture, color, width", VISIBLE, ids=[v[0] for v in VISIBLE])
def test_an_arrow_that_stands_out_is_seen(
    name: str, eye: str, picture: Image.Image, color: tuple[int, int, int], width: int
) -> None:
    (score,) = mark_scores(picture, arrow(picture, color, width), BY_KEY[eye], INCHES)
    assert score >= MARK_SEEN * 1.5, name


@pytest.mark.parametrize("name, eye, picture, color, width", INVISIBLE, ids=[v[0] for v in INVISIBLE])
def test_an_arrow_that_vanishes_is_told(
    name: str, eye: str, picture: Image.Image, color: tuple[int, int, int], width: int
) -> None:
    scores = mark_scores(picture, arrow(picture, color, width), BY_KEY[eye], INCHES)
    assert all(score < MARK_SEEN for score in scores), (name, scores)


def test_the_weakest_of_several_marks_comes_first() -> None:
    picture = tissue(spread=4)
    both = arrow(picture, (255, 255, 255))
    ImageDraw.Draw(both).ellipse((900, 100, 1100, 300), outline=SAME_GREY, width=14)
    weak, strong = mark_scores(picture, both, BY_KEY["fax"], INCHES)
    assert weak < MARK_SEEN < strong


def test_no_marks_no_scores() -> None:
    assert mark_scores(FLAT, FLAT, BY_KEY["fax"], INCHES) == ()


@pytest.mark.parametrize("eye", [e.key for e in EYES])
def test_the_marks_of_the_program_itself_are_seen_by_every_eye(eye: str) -> None:
    buffer = io.BytesIO()
    tissue().save(buffer, "JPEG", quality=92)
    marks = [AnnotationFacts("a1", "arrow", 3000, 3000, 5500, 5000, ink="white")]
    drawn = Image.open(io.BytesIO(convert(buffer.getvalue(), PACKET, marks)))
    assert min(mark_scores(Image.open(buffer), drawn, BY_KEY[eye], INCHES)) >= MARK_SEEN


@pytest.mark.parametrize("eye", [e.key for e in EYES])
def test_a_mark_never_stands_out_more_for_being_blurred(eye: str) -> None:
    picture = tissue(spread=10)
    drawn = arrow(picture, (255, 255, 255))
    scores = []
    for blur in (0, 2, 4, 8, 16, 32, 64):
        pair = (p.filter(ImageFilter.GaussianBlur(blur)) for p in (picture, drawn))
        scores.append(min(mark_scores(*pair, BY_KEY[eye], INCHES), default=0.0))
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > MARK_SEEN > scores[-1]


# --- Text ---------------------------------------------------------------------------------------------------------


def line_of(points: float, shade: int = 0) -> Image.Image:
    """A line of real letters as the packet draws them, at 200 dots to the inch."""
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(300, points * 1.2 + 4)
    text = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", points)
    words = "The duct was entered and a stone was seen".encode("utf-16-le") + b"\x00\x00"
    buffer = (raw.FPDF_WCHAR * (len(words) // 2)).from_buffer_copy(words)
    raw.FPDFText_SetText(text, buffer)
    raw.FPDFPageObj_SetFillColor(text, shade, shade, shade, 255)
    raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, 4, 2 + points * 0.25)
    raw.FPDFPage_InsertObject(page.raw, text)
    raw.FPDFPage_GenerateContent(page.raw)
    return page.render(scale=200 / 72).to_pil().convert("RGB")


@pytest.mark.parametrize(
    "points, shade, eye, is_kept",
    [
        (10, 0, "fax", True), (8, 0, "fax", True), (7, 60, "fax", True), (6, 0, "fax", True), (4, 0, "fax", False),
        (8, 215, "fax", False), (10, 0, "print", True), (8, 90, "print", True), (4, 0, "print", False),
        (8, 0, "thumbnail", False), (14, 0, "thumbnail", False), (36, 0, "thumbnail", True),
    ],
)  # fmt: skip
def test_lines_of_text_are_kept_or_lost(points: float, shade: int, eye: str, is_kept: bool) -> None:
    score = text_score(line_of(points, shade), BY_KEY[eye], 200)
    assert (score >= TEXT_SEEN) is is_kept, score


@pytest.mark.parametrize("eye", ["fax", "print"])
def test_text_never_reads_better_for_being_smaller_or_paler(eye: str) -> None:
    sizes = [text_score(line_of(points), BY_KEY[eye], 200) for points in (12, 8, 5, 3)]
    assert sizes == sorted(sizes, reverse=True)


def test_an_empty_place_loses_nothing() -> None:
    assert text_score(Image.new("RGB", (80, 20), "white"), BY_KEY["fax"], 200) == 1.0


# --- Renderings ---------------------------------------------------------------------------------------------------


def test_the_three_renderings_are_what_they_say() -> None:
    page = Image.new("RGB", (1700, 2200), (200, 40, 40))
    fax, thumbnail, print_ = (seen(page, BY_KEY[k], 200) for k in ("fax", "thumbnail", "print"))
    assert (fax.mode, fax.size) == ("1", (1734, 2156))
    assert shown(fax, BY_KEY["fax"]).size == (1734, 2244)
    assert (thumbnail.mode, thumbnail.size) == ("RGB", (340, 440))
    assert (print_.mode, print_.size) == ("L", (1275, 1650))


def test_damaged_bytes_are_refused_in_a_sentence() -> None:
    with pytest.raises(apart.ChannelRefused, match="could not be opened for the channel"):
        apart.draw(b"no pdf", 1, "fax")
