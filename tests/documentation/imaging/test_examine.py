"""The door itself: whatever comes in, an answer comes out, from a process of its own."""

import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from documentation.imaging import Accepted, Limits, Refusal, Refused, examine, examine_many

TRACES = (b"DOE^", b"Invented Scopes", b"GPS", b"xmpmeta", b"Photoshop", b"PK\x03\x04")


def accepted(data: bytes, **options) -> Accepted:
    answer = examine(data, **options)
    assert isinstance(answer, Accepted), answer
    return answer


def refused(data: bytes, limits: Limits | None = None) -> Refused:
    answer = examine(data, limits)
    assert isinstance(answer, Refused)
    return answer


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of a channel, 0-255, at a common small size."""
    small = [image.convert("RGB").resize((32, 32), Image.Resampling.BOX) for image in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


def test_a_jpeg_comes_out_clean_with_its_pictures(saved, opened, exif, photo):
    original = saved(photo, exif=exif(), comment=b"DOE^JANE") + b"PK\x03\x04DOE^ALEX"

    image = accepted(original)

    assert (image.media_type, image.extension) == ("image/jpeg", "jpg")
    assert (image.width, image.height, image.frames) == (800, 600, 1)
    assert image.sha256 == hashlib.sha256(original).hexdigest()
    assert image.clean_sha256 == hashlib.sha256(image.clean).hexdigest()
    assert opened(image.clean).tobytes() == opened(original).tobytes()
    for data in (image.clean, image.thumbnail, image.screen):
        assert [trace for trace in TRACES if trace in data] == []
    assert opened(image.thumbnail).size == (360, 270)
    assert opened(image.screen).size == (800, 600)
    assert difference(opened(image.thumbnail), photo) < 3
    assert image.notes[0].startswith("The place where the picture was taken")
    assert image.advice == ()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_shows_the_same_upright_picture(kind, orientation, saved, opened, exif, photo):
    # Turn the pixels the other way round, so that the orientation sets them upright again.
    back = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    block = Image.Exif()
    block[0x0112] = back
    stored = photo.copy()
    stored.info["exif"] = block.tobytes()
    lying = ImageOps.exif_transpose(stored)

    image = accepted(saved(lying, kind, exif=exif(orientation)))

    assert (image.width, image.height) == (800, 600)
    assert opened(image.thumbnail).size == (360, 270)
    for picture in (image.thumbnail, image.screen):
        assert dict(opened(picture).getexif()) == {}
        assert difference(opened(picture), photo) < 3
    assert difference(ImageOps.exif_transpose(opened(image.clean)), photo) < 3


def test_pictures_keep_within_their_sizes(saved, opened):
    noise = Image.effect_noise((3000, 3000), 120).convert("RGB")

    image = accepted(saved(noise, quality=60))

    assert len(image.thumbnail) <= 40_000
    assert opened(image.thumbnail).size == (360, 360)
    width, height = opened(image.screen).size
    assert width == height
    assert 1_950_000 < width * height <= 2_000_000


def test_long_strips_and_single_pixels_work(saved, opened):
    strip = accepted(saved(Image.new("RGB", (9000, 3), "maroon"), "PNG"))
    assert opened(strip.screen).size == (1600, 1)
    assert opened(strip.thumbnail).size == (360, 1)
    assert opened(accepted(saved(Image.new("RGB", (1, 1), "maroon"))).thumbnail).size == (1, 1)


def test_without_a_screen_picture_the_rest_is_the_same(saved, photo):
    data = saved(photo)

    image = accepted(data, screen=False)

    assert image.screen == b""
    assert image.thumbnail
    assert image.clean == accepted(data).clean


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_printing_colors_become_what_a_browser_shows(mode, saved, opened, photo):
    image = accepted(saved(photo.convert(mode), quality=95))

    assert opened(image.screen).mode == "RGB"
    assert difference(opened(image.screen), photo.convert(mode)) < 4


def test_sixteen_bits_become_shades_not_white(saved, opened):
    ramp = Image.linear_gradient("L").resize((700, 256))

    image = accepted(saved(ramp.convert("I").point(lambda v: v * 257).convert("I;16"), "PNG"))

    assert difference(opened(image.screen), ramp) < 3


def test_transparency_stands_on_white(saved, opened, photo):
    see_through = photo.convert("RGBA")
    see_through.paste((0, 0, 0, 0), (400, 300, 800, 600))
    for data in (saved(see_through, "PNG"), saved(see_through.quantize(128), "PNG")):
        corner = opened(accepted(data).screen).getpixel((790, 590))
        assert min(corner) > 245


def test_a_color_profile_is_applied_to_the_pictures(saved, opened, srgb, photo):
    """The profile with red and green columns exchanged must exchange red and green on the screen."""
    tags = {srgb[at : at + 4]: at for at in range(132, 132 + 12 * struct.unpack_from(">I", srgb, 128)[0], 12)}
    exchanged = bytearray(srgb)
    for mine, other in ((b"rXYZ", b"gXYZ"), (b"gXYZ", b"rXYZ")):
        exchanged[tags[mine] + 4 : tags[mine] + 12] = srgb[tags[other] + 4 : tags[other] + 12]
    red, green, blue = photo.split()

    image = accepted(saved(photo, quality=95, icc_profile=bytes(exchanged)))

    assert difference(opened(image.screen), Image.merge("RGB", (green, red, blue))) < 6
    assert opened(image.clean).info["icc_profile"] == bytes(exchanged)
    assert "icc_profile" not in opened(image.screen).info


def test_a_color_profile_that_does_not_fit_is_not_applied(saved, opened, srgb, photo):
    image = accepted(saved(photo.convert("L"), icc_profile=srgb))

    assert difference(opened(image.screen), photo.convert("L")) < 3


def test_small_dark_and_blown_out_pictures_get_advice(saved):
    dark, bright = (accepted(saved(Image.new("RGB", (1000, 800), color))).advice for color in ("black", "white"))
    assert (dark, bright) == (("black",), ("white",))
    assert "small" in accepted(saved(Image.new("RGB", (200, 100), "maroon"))).advice


def zip_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("image.jpg", "DOE^ALEX")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", Refusal.EMPTY, "This file is empty."),
        (zip_archive(), Refusal.NOT_AN_IMAGE, "a ZIP archive or an Office document"),
        (b"GIF89a\x01\x00\x01\x00\x80\x00\x00", Refusal.KIND_NOT_TAKEN, "a GIF image"),
        (b"<!DOCTYPE html><script>alert(1)</script>", Refusal.NOT_AN_IMAGE, "a web page"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', Refusal.KIND_NOT_TAKEN, "an SVG drawing"),
        (b"%PDF-1.7\n", Refusal.NOT_AN_IMAGE, "a PDF document"),
        (b"\x00\x00\x00\x18ftypavif", Refusal.KIND_NOT_TAKEN, "an AVIF image"),
        (b"\x00\x00\x00\x18ftypmp42", Refusal.NOT_AN_IMAGE, "a video"),
        (b"\x08\x00\x16\x00UI\x1c\x00", Refusal.KIND_NOT_TAKEN, "a DICOM data set without its file header"),
        (b"MZ\x90\x00", Refusal.NOT_AN_IMAGE, "a Windows program"),
        (b"Alex Doe, 12 May", Refusal.NOT_AN_IMAGE, "text"),
        (bytes(range(200, 256)), Refusal.NOT_AN_IMAGE, "no image that we know"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_kinds_are_refused_by_what_they_are(data, code, words):
    answer = refused(data)

    assert answer.code == code
    assert words in answer.sentence
    assert code == Refusal.EMPTY or "JPEG, PNG, TIFF, WebP, HEIC, BMP and DICOM images are taken." in answer.sentence


def test_a_file_that_is_too_large_is_not_even_sent_to_the_decoder(saved, photo):
    answer = refused(saved(photo, "PNG"), Limits(file_bytes=100_000))

    assert answer.code == Refusal.TOO_LARGE
    assert "0.1 MB" in answer.sentence or "MB is the most" in answer.sentence


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_jpeg_with_an_end_put_on_again_is_damaged(share, saved, photo):
    """Decoders fill what is missing with grey and say nothing."""
    whole = saved(photo, quality=90)
    start = whole.index(b"\xff\xda")
    cut = whole[: start + int((len(whole) - start) * share)].rstrip(b"\xff")

    answer = refused(cut + b"\xff\xd9")

    assert answer.code == Refusal.DAMAGED
    assert "a part of the picture is missing" in answer.sentence


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_blocks": 20}], ids=str)
def test_a_jpeg_overwritten_in_its_middle_is_damaged(options, saved, photo):
    """Decoders paint over the place and go on. A sound file of the same kind passes."""
    whole = saved(photo, quality=90, **options)
    accepted(whole)
    middle = len(whole) // 2

    answer = refused(whole[:middle] + bytes(200) + whole[middle + 200 :])

    assert answer.code == Refusal.DAMAGED
    assert "part" in answer.sentence


def test_some_bytes_that_a_camera_leaves_before_the_end_are_cut_off(saved, opened, photo):
    whole = saved(photo)

    image = accepted(whole[:-2] + b"DOE^ALEX" + whole[-2:])

    assert b"DOE^" not in image.clean
    assert opened(image.clean).tobytes() == opened(whole).tobytes()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_picture_that_is_grey_by_nature_is_no_damage(mode, saved):
    accepted(saved(Image.new("RGB", (900, 700), (128, 128, 128)).convert(mode)))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_cut_picture_is_damaged_in_other_color_modes_too(mode, saved, photo):
    whole = saved(photo.convert(mode), quality=90)

    assert refused(whole[: len(whole) * 3 // 4].rstrip(b"\xff") + b"\xff\xd9").code == Refusal.DAMAGED


def test_a_png_with_a_filter_that_does_not_exist_is_damaged(png):
    answer = refused(png((3, 3, 8, 0, 0), zlib.compress(b"\x09\x10\x20\x30" * 3)))

    assert answer.code == Refusal.DAMAGED
    assert "cannot be decoded" in answer.sentence


def test_many_files_come_back_in_order_and_a_bad_one_hurts_no_other(saved, photo):
    good = saved(photo)
    files = [good, b"nonsense", saved(photo, "PNG"), good[:5000], b"", good] * 5

    answers = list(examine_many(iter(files)))

    kinds = [answer.extension if isinstance(answer, Accepted) else answer.code for answer in answers]
    assert kinds == ["jpg", Refusal.NOT_AN_IMAGE, "png", Refusal.DAMAGED, Refusal.EMPTY, "jpg"] * 5
    assert answers[0].sha256 == hashlib.sha256(good).hexdigest()
