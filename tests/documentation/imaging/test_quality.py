"""Advice on quality, with pictures for both sides of every threshold: silence on sound ones, a word on poor ones."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from claims.demo.pictures import draw
from documentation.imaging import Accepted, examine
from documentation.imaging.quality import flaws
from documentation.kernel import vocabulary as v
from documentation.rules.examples import with_image
from documentation.rules.images import RULES
from tests import factories as f

SCENES = ("open", "stenosis", "stone", "plug", "branching")
EXTREMES = ("stone", "plug")
"""The one with the hardest edges, and the one with the softest."""
Change = Callable[[Image.Image], Image.Image]


def scene(name: str) -> Image.Image:
    return Image.open(io.BytesIO(draw(name, 0))).convert("RGB")


def told(image: Image.Image) -> tuple[str, ...]:
    return flaws(image.size, image)


def out_of_focus(pixels: float) -> Change:
    """The tissue blurred, and the edge of the round window as sharp as electronics draw it."""

    def change(image: Image.Image) -> Image.Image:
        window = image.convert("L").point(lambda v: 255 if v >= 14 else 0)
        return Image.composite(image.filter(ImageFilter.GaussianBlur(pixels)), image, window)

    return change


def light(factor: float) -> Change:
    return lambda image: ImageEnhance.Brightness(image).enhance(factor)


def contrast(factor: float) -> Change:
    return lambda image: ImageEnhance.Contrast(image).enhance(factor)


def through_a_fibre_scope(image: Image.Image) -> Image.Image:
    """As little as 300 lines, enlarged by the camera to its own size."""
    return image.resize((400, 300), Image.Resampling.LANCZOS).resize(image.size, Image.Resampling.BICUBIC)


def of_paper(image: Image.Image) -> Image.Image:
    """A scan of a page: white, with some lines of print."""
    page = Image.new("L", image.size, 252)
    for y in range(100, 900, 40):
        for x in range(100, 1100, 24):
            page.paste(40, (x, y, x + 14, y + 18))
    return page.convert("RGB")


@pytest.mark.parametrize("name", SCENES)
def test_no_figure_of_the_demo_practice_is_blamed(name: str) -> None:
    assert told(scene(name)) == ()


@pytest.mark.parametrize("number", range(4))
def test_no_figure_of_the_reference_case_is_blamed(number: int) -> None:
    answer = examine(f.pictures()[number].data)
    assert isinstance(answer, Accepted)
    assert answer.advice == ()


SOUND: dict[str, Change] = {
    "a little soft": out_of_focus(2),
    "half the light": light(0.55),
    "twice the light": light(2),
    "little contrast": contrast(0.4),
    "a fibre scope": through_a_fibre_scope,
    "compressed hard": lambda image: Image.open(io.BytesIO(jpeg(image, 30))),
    "without color": lambda image: image.convert("L"),
}
POOR: dict[str, tuple[Change, str]] = {
    "out of focus": (out_of_focus(8), "blurred"),
    "far out of focus": (out_of_focus(20), "blurred"),
    "all of it blurred": (lambda image: image.filter(ImageFilter.GaussianBlur(8)), "blurred"),
    "out of focus and compressed": (lambda image: Image.open(io.BytesIO(jpeg(out_of_focus(9)(image), 80))), "blurred"),
    "hardly any light": (light(0.3), "dark"),
    "no light": (light(0.1), "black"),
    "far too much light": (light(5), "overexposed"),
    "nothing but light": (lambda image: Image.new("RGB", image.size, (255, 250, 250)), "white"),
    "fog": (contrast(0.12), "fax"),
}


def jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("how", SOUND)
def test_what_can_still_be_read_is_not_blamed(how: str, name: str) -> None:
    assert told(SOUND[how](scene(name))) == ()


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("how", POOR)
def test_what_cannot_be_read_is_told(how: str, name: str) -> None:
    change, flaw = POOR[how]
    assert told(change(scene(name))) == (flaw,)


@pytest.mark.parametrize("size,found", [((639, 480), ("small",)), ((640, 480), ()), ((320, 640), ())])
def test_size_is_that_of_the_original(size: tuple[int, int], found: tuple[str, ...]) -> None:
    assert flaws(size, scene("stone")) == found


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (7, 3), (16, 16)])
def test_next_to_nothing_is_small_and_breaks_nothing(size: tuple[int, int]) -> None:
    assert "small" in flaws((10, 10), Image.new("RGB", size, "maroon"))


def test_every_flaw_has_its_sentence_and_is_one_of_those_that_are_told() -> None:
    assert {flaw for _, flaw in POOR.values()} | {"small", "name"} == set(v.IMAGE_FLAW) == set(v.FLAW_IN_SHORT)


@pytest.mark.parametrize(
    "kind,told",
    [
        ("endoscopic_still", ("overexposed", "blurred", "fax")),
        ("document", ("fax",)),
        ("ultrasound", ("fax",)),
    ],
)
def test_a_scan_is_not_judged_as_a_look_into_a_duct(kind: str, told: tuple[str, ...]) -> None:
    assert v.flaws_to_tell(kind, ["overexposed", "blurred", "fax", "given up long ago"]) == told


def test_a_page_of_print_is_nobody_s_fault() -> None:
    assert v.flaws_to_tell("document", told(of_paper(scene("open")))) == ()


def test_the_report_advises_by_figure_and_stops_nobody() -> None:
    (rule,) = [r for r in RULES if r.id == "IMG-320"]
    record: Any = with_image(flaws=("blurred", "fax"))
    assert rule.severity == "advice"
    assert not rule.passes(record)
    assert rule.tell is not None
    assert rule.tell(record) == "Figure 1: blurred, too faint for a fax."
    assert rule.passes(with_image(kind="document", flaws=("blurred",)))
