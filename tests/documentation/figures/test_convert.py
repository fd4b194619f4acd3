"""Pictures on their way out: the same bytes where nothing was drawn, else the marks, within a channel's limits."""

import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from documentation.facts import AnnotationFacts
from documentation.figures import FAX, PACKET, PORTAL, Profile, convert, layout
from documentation.figures.pixels import INKS
from documentation.imaging.metadata import minimal_exif
from tests import factories as f

CLEAN = f.pictures()[0].data
SIZE = (1280, 960)
RING = AnnotationFacts("a1", "ellipse", 2000, 2000, 8000, 8000, ink="blue")
ARROW = AnnotationFacts("a2", "arrow", 1000, 5000, 5000, 5000, ink="yellow")


def seen(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def far(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def jpeg(size: tuple[int, int], orientation: int = 1, color: str = "salmon") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, color).save(stream, "JPEG", exif=b"Exif\x00\x00" + minimal_exif(orientation))
    return stream.getvalue()


@pytest.mark.parametrize("profile", [PACKET, PORTAL], ids=lambda p: p.name)
def test_where_nothing_was_drawn_the_very_same_bytes_leave(profile: Profile) -> None:
    assert convert(CLEAN, profile) is CLEAN


@settings(max_examples=10)
@given(quality=st.integers(20, 95), width=st.integers(16, 200), progressive=st.booleans())
def test_any_jpeg_without_marks_passes_unchanged(quality: int, width: int, progressive: bool) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (width, 90), (200, 90, 80)).save(stream, "JPEG", quality=quality, progressive=progressive)
    assert convert(stream.getvalue(), PACKET) == stream.getvalue()


def test_marks_are_in_the_pixels_where_they_were_drawn_and_nowhere_else() -> None:
    burned, clean = seen(convert(CLEAN, PACKET, [RING, ARROW])), seen(CLEAN)
    assert burned.size == SIZE
    assert far(burned.getpixel((640, 192)), INKS["blue"]) < 40  # the top of the ellipse
    assert far(burned.getpixel((400, 480)), INKS["yellow"]) < 40  # the shaft of the arrow
    assert far(burned.getpixel((400, 484)), (8, 16, 20)) < 60  # its dark edge
    assert far(burned.getpixel((900, 800)), clean.getpixel((900, 800))) < 12


def test_the_same_marks_give_the_same_bytes_and_others_give_others() -> None:
    one = convert(CLEAN, PACKET, [RING])
    assert convert(CLEAN, PACKET, [RING]) == one
    assert convert(CLEAN, PACKET, [ARROW]) != one


def test_a_picture_that_lies_on_its_side_is_drawn_on_as_it_is_seen() -> None:
    lying = jpeg((900, 600), orientation=6)
    burned = seen(convert(lying, PACKET, [AnnotationFacts("a", "ellipse", 1000, 4000, 9000, 6000, ink="white")]))
    assert burned.size == (600, 900)
    assert not burned.getexif()
    assert far(burned.getpixel((60, 450)), INKS["white"]) < 60


def test_a_portal_gets_no_more_pixels_and_bytes_than_it_takes() -> None:
    small = Profile("small", "image/jpeg", ("image/jpeg",), most_pixels=120_000, most_bytes=9_000)
    made = convert(CLEAN, small)
    assert len(made) <= 9_000
    assert seen(made).format == "JPEG"
    assert seen(made).width * seen(made).height <= 120_000


def test_a_limit_that_no_picture_can_meet_is_said() -> None:
    with pytest.raises(ValueError, match="cannot be made small enough for nobody"):
        convert(CLEAN, Profile("nobody", "image/jpeg", (), most_pixels=100_000, most_bytes=10))


def test_a_png_is_kept_for_the_packet_and_becomes_a_jpeg_for_a_portal() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (40, 30), (200, 90, 80, 0)).save(stream, "PNG")
    assert convert(stream.getvalue(), PACKET) == stream.getvalue()
    assert seen(convert(stream.getvalue(), PORTAL)).getpixel((5, 5)) == (255, 255, 255)


def test_a_fax_is_black_and_white_at_its_own_dots_and_its_marks_are_white() -> None:
    fax = seen(convert(CLEAN, FAX, [RING]))
    assert (fax.mode, fax.format) == ("1", "TIFF")
    assert [round(float(d)) for d in fax.info["dpi"]] == [204, 196]
    assert fax.size == (1280, round(960 * 196 / 204))
    line = [fax.getpixel((256, y)) for y in range(455, 468)]
    assert line.count(255) >= 11
    wide = seen(convert(jpeg((3000, 300)), FAX))
    assert wide.width == 1728


def test_a_drawing_follows_the_size_of_its_picture() -> None:
    scale = AnnotationFacts("s", "scale", 0, 9000, 5000, 9000, length_mm=Decimal("1.10"))
    measured = AnnotationFacts("m", "measurement", 0, 5000, 2500, 5000)
    for size in (SIZE, (320, 240), (4000, 3000)):
        drawing = layout([scale, measured], size)
        assert drawing.marks[1].words[0].text == "≈ 0.6 mm"
        assert drawing.marks[1].strokes[0].x2 == size[0] / 4


def test_a_length_counts_pixels_not_shares_of_an_oblong_picture() -> None:
    scale = AnnotationFacts("s", "scale", 0, 0, 2500, 0, length_mm=Decimal("1.00"))
    upright = AnnotationFacts("m", "measurement", 0, 0, 0, 2500)
    assert layout([scale, upright], (1000, 500)).marks[1].words[0].text == "≈ 0.5 mm"
    assert layout([upright], (1000, 500)).marks[0].words[0].text == "no scale"


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["arrow", "ellipse", "text", "measurement"]),
    places=st.tuples(*[st.integers(0, 10_000)] * 4),
    size=st.tuples(st.integers(60, 3000), st.integers(60, 3000)),
    label=st.text("abcdefg ", min_size=1, max_size=48),
)
def test_words_never_stand_above_below_or_beside_the_picture(
    kind: str, places: tuple[int, int, int, int], size: tuple[int, int], label: str
) -> None:
    (mark,) = layout([AnnotationFacts("a", kind, *places, label=label)], size).marks
    for word in mark.words:
        assert 0 <= word.x <= size[0]
        assert word.y > 0
        if size[1] >= size[0] / 2:
            assert word.y <= size[1]
