"""TIFF, WebP, HEIC and BMP: the same pixels in a clean PNG, pages to choose from, damage and claims without measure."""

import random
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from documentation.imaging import Accepted, Limits, Refusal, Refused, Several, examine

pillow_heif.register_heif_opener()

KINDS = ("TIFF", "WEBP", "BMP", "HEIF")
WITHOUT_LOSS = {"TIFF": {}, "WEBP": {"lossless": True}, "BMP": {}}
TRACES = (b"DOE^", b"Invented Scopes", b"GPS", b"xmpmeta", b"PK\x03\x04")


def accepted(data: bytes, **options) -> Accepted:
    answer = examine(data, **options)
    assert isinstance(answer, Accepted), answer
    return answer


def refused(data: bytes, limits: Limits | None = None) -> Refused:
    answer = examine(data, limits)
    assert isinstance(answer, Refused), answer
    return answer


def difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.fixture
def photo(photo: Image.Image) -> Image.Image:
    """Smaller than elsewhere: packing a HEIC takes long."""
    return photo.resize((320, 240))


@pytest.mark.parametrize("kind", WITHOUT_LOSS)
def test_pixels_stay_and_everything_else_goes(kind, saved, opened, exif, photo):
    more = {} if kind == "BMP" else {"exif": exif(1)}

    image = accepted(saved(photo, kind, **WITHOUT_LOSS[kind], **more) + b"PK\x03\x04DOE^ALEX")

    assert (image.media_type, image.extension) == ("image/png", "png")
    assert opened(image.clean).tobytes() == photo.tobytes()
    for data in (image.clean, image.thumbnail, image.screen):
        assert [trace for trace in TRACES if trace in data] == []
    if more:
        assert image.notes[0].startswith("The place where the picture was taken")


def test_a_picture_of_a_phone_comes_out_clean(saved, opened, exif, photo):
    image = accepted(saved(photo, "HEIF", quality=90, exif=exif(1)))

    assert difference(opened(image.clean), photo) < 6
    assert [trace for trace in TRACES if trace in image.clean] == []
    assert image.notes[0].startswith("The place where the picture was taken")


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "HEIF"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_a_picture_that_lies_is_set_upright(kind, orientation, saved, opened, exif, photo):
    block = Image.Exif()
    block[0x0112] = {6: 8}.get(orientation, orientation)
    stored = photo.copy()
    stored.info["exif"] = block.tobytes()

    image = accepted(saved(ImageOps.exif_transpose(stored), kind, exif=exif(orientation)))

    assert (image.width, image.height) == (320, 240)
    assert difference(opened(image.clean), photo) < 12
    assert difference(opened(image.screen), photo) < 12


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "HEIF"])
def test_the_color_profile_stays(kind, saved, opened, srgb, photo):
    assert opened(accepted(saved(photo, kind, icc_profile=srgb)).clean).info["icc_profile"] == srgb


@pytest.mark.parametrize("kind", ["TIFF", "WEBP"])
def test_what_is_transparent_stays_so_and_stands_on_white_in_the_pages(kind, saved, opened, photo):
    see_through = photo.convert("RGBA")
    see_through.paste((0, 0, 0, 0), (160, 120, 320, 240))

    image = accepted(saved(see_through, kind, **WITHOUT_LOSS[kind]))

    assert opened(image.clean).getpixel((310, 230))[3] == 0
    assert min(opened(image.screen).getpixel((310, 230))) > 245


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "LAB"])
def test_every_usual_color_of_a_tiff_is_read(mode, saved, opened, photo):
    if mode == "LAB":
        source = Image.merge("LAB", [Image.new("L", (90, 70), level) for level in (140, 150, 140)])
    else:
        source = photo.resize((90, 70)).convert(mode)

    image = accepted(saved(source, "TIFF", compression="tiff_lzw"))

    if mode != "LAB":
        assert difference(opened(image.clean), source) < 2
    assert opened(image.clean).mode in ("1", "L", "LA", "P", "RGB", "RGBA")


@pytest.mark.parametrize(("order", "white_is_zero"), [("<", False), (">", False), ("<", True)])
def test_sixteen_bits_of_a_tiff_stay_sixteen(order, white_is_zero, opened):
    ramp = np.linspace(0, 65535, 64 * 700).reshape(64, 700).astype(np.uint16)
    stored = 65535 - ramp if white_is_zero else ramp

    image = accepted(tiff(stored.astype(order + "u2"), order, photometric=0 if white_is_zero else 1))

    clean = opened(image.clean)
    assert clean.mode == "I;16"
    assert (np.asarray(clean) == ramp).all()
    assert difference(opened(image.screen), Image.fromarray((ramp >> 8).astype(np.uint8))) < 3


def tiff(pixels, order: str = "<", photometric: int = 1, following: int = 0) -> bytes:
    """One grey page without compression, written by hand."""
    rows, columns = pixels.shape
    values = [(256, columns), (257, rows), (258, 8 * pixels.dtype.itemsize), (259, 1), (262, photometric)]
    values += [(273, 8), (277, 1), (278, rows), (279, pixels.nbytes)]
    entries = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in values)
    directory = struct.pack(order + "H", len(values)) + entries + struct.pack(order + "I", following)
    magic = b"II*\x00" if order == "<" else b"MM\x00*"
    return magic + struct.pack(order + "I", 8 + pixels.nbytes) + pixels.tobytes() + directory


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "HEIF"])
def test_of_several_pages_one_is_chosen(kind, saved, opened, photo):
    pages = [photo, photo.transpose(Image.Transpose.ROTATE_180), ImageOps.invert(photo)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(pages[0], kind, save_all=True, append_images=pages[1:], **options)

    choice = examine(data)

    assert isinstance(choice, Several)
    assert choice.frames == 3
    for number, page in enumerate(pages, start=1):
        image = accepted(data, frame=number)
        assert (image.frame, image.frames) == (number, 3)
        assert difference(opened(image.clean), page) < 6


def test_a_preview_beside_a_page_is_no_page(saved, photo):
    data = saved(photo, "TIFF", save_all=True, append_images=[photo.resize((80, 60))])
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    (second,) = struct.unpack_from("<I", data, first + 2 + 12 * count)
    # The first element of the second page becomes 'new subfile type: a smaller copy'.
    marked = data[: second + 2] + struct.pack("<HHII", 254, 4, 1, 1) + data[second + 14 :]

    assert examine(marked).frames == 1


def test_measured_numbers_are_no_picture(saved):
    for mode in ("F", "I"):
        answer = refused(saved(Image.new(mode, (40, 30), 7), "TIFF"))
        assert answer.code == Refusal.KIND_NOT_TAKEN
        assert "32 bits" in answer.sentence


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
def test_a_file_cut_anywhere_is_damaged(kind, share, saved, photo):
    whole = saved(photo, kind)

    assert refused(whole[: int(len(whole) * share)]).code == Refusal.DAMAGED


@pytest.mark.parametrize("kind", KINDS)
def test_a_size_above_the_limit_is_refused_before_it_is_decoded(kind, saved, photo):
    answer = refused(saved(photo, kind), Limits(pixels=70_000))

    assert answer.code == Refusal.TOO_MANY_PIXELS
    assert "320 × 240" in answer.sentence


def test_pages_in_a_circle_or_without_end_are_refused(saved):
    one = tiff(np.zeros((4, 4), np.uint8))
    directory = struct.unpack_from("<I", one, 4)[0]
    circle = one[:-4] + struct.pack("<I", directory)
    assert "circle" in refused(circle).sentence

    entries = one[directory:-4]
    many = (
        one[:-4]
        + b"".join(struct.pack("<I", len(one) + at * (len(entries) + 4)) + entries for at in range(60_000))
        + bytes(4)
    )
    assert refused(many).code == Refusal.TOO_MANY_FRAMES


def test_a_bomb_that_claims_a_huge_canvas_is_not_opened():
    webp = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\xff\xff\x00" * 2
    assert refused(b"RIFF" + struct.pack("<I", len(webp)) + webp).code == Refusal.TOO_MANY_PIXELS
    bmp = b"BM" + struct.pack("<IIIIiiHHIIiiII", 0, 0, 54, 40, 60_000, -60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    assert refused(bmp).code == Refusal.TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_damaged_anywhere_gives_an_answer(kind, saved, photo):
    chance = random.Random(371)
    whole = saved(photo.resize((60, 40)), kind)
    for _ in range(25):
        mangled = bytearray(whole)
        for _ in range(5):
            mangled[chance.randrange(12, len(mangled))] = chance.randrange(256)
        assert isinstance(examine(bytes(mangled), screen=False), Accepted | Refused | Several)
