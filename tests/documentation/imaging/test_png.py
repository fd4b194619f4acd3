"""Clean copies of PNG: the same pixels at any depth, and nothing else."""

import random
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from documentation.imaging import Limits, Refusal
from documentation.imaging.png import clean
from documentation.imaging.results import RefusalError

LIMITS = Limits()


def refused(data: bytes, limits: Limits = LIMITS):
    with pytest.raises(RefusalError) as caught:
        clean(data, limits)
    return caught.value.refused


def unpacked(data: bytes) -> bytes:
    """The picture data of a PNG before packing: equal bytes are equal pixels, at any depth."""
    position, packed = 8, b""
    while position < len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        packed += data[position + 8 : position + 8 + length] if name == b"IDAT" else b""
        position += 12 + length
    return zlib.decompress(packed)


def chunk_names(data: bytes) -> list[bytes]:
    position, names = 8, []
    while position < len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        names.append(name)
        position += 12 + length
    return names


def test_pixels_and_profile_stay_and_text_goes(saved, opened, exif, srgb, photo):
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", "DOE^ALEX")
    text.add_text("Comment", "DOE^ALEX " * 100, zip=True)
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>DOE^ALEX</x:xmpmeta>")
    original = saved(photo, "PNG", pnginfo=text, exif=exif(6), icc_profile=srgb, dpi=(300, 300)) + b"PK\x03\x04DOE^ALEX"

    cleaned = clean(original, LIMITS)

    copy = opened(cleaned.data)
    assert copy.tobytes() == opened(original).tobytes()
    assert copy.info.keys() <= {"icc_profile", "exif"}
    assert copy.info["icc_profile"] == srgb
    assert dict(copy.getexif()) == {0x0112: 6}
    assert chunk_names(cleaned.data) == [b"IHDR", b"iCCP", b"eXIf", b"IDAT", b"IEND"]
    assert cleaned.orientation == 6
    assert len(cleaned.notes) == 2


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "I;16"])
def test_every_mode_keeps_its_pixels(mode, saved, opened, photo):
    wide = photo.convert("I").point(lambda v: v * 251) if mode == "I;16" else photo
    original = saved(wide.convert(mode), "PNG")

    cleaned = clean(original, LIMITS)

    assert opened(cleaned.data).mode == opened(original).mode
    assert opened(cleaned.data).tobytes() == opened(original).tobytes()
    assert cleaned.notes == ()


def test_a_palette_keeps_its_transparency(saved, opened, photo):
    original = saved(photo.quantize(64), "PNG", transparency=bytes(range(0, 256, 4)))

    copy = opened(clean(original, LIMITS).data)

    assert copy.mode == "P"
    assert copy.convert("RGBA").tobytes() == opened(original).convert("RGBA").tobytes()


@pytest.mark.parametrize(("color", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_stay_where_pillow_itself_would_drop_half(color, channels, png):
    chance = random.Random(16)
    rows = b"".join(b"\x00" + chance.randbytes(20 * channels * 2) for _ in range(10))
    original = png((20, 10, 16, color, 0), zlib.compress(rows))

    assert unpacked(clean(original, LIMITS).data) == rows


def test_an_interlaced_png_keeps_its_pixels(png, opened):
    width, height = 13, 11
    pixel = [[(7 * x + 13 * y) % 256 for x in range(width)] for y in range(height)]
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(b"\x00" + bytes(pixel[y][x::dx]) for x, y0, dx, dy in passes for y in range(y0, height, dy))

    cleaned = clean(png((width, height, 8, 0, 1), zlib.compress(rows)), LIMITS)

    assert opened(cleaned.data).tobytes() == b"".join(map(bytes, pixel))


def test_bytes_hidden_behind_the_packed_picture_go(png):
    rows = b"\x00\x10\x20\x30" * 3
    original = png((3, 3, 8, 0, 0), zlib.compress(rows) + b"<script>DOE^ALEX</script>")

    cleaned = clean(original, LIMITS)

    assert b"DOE^" not in cleaned.data
    assert unpacked(cleaned.data) == rows


def test_an_animation_keeps_its_still_picture(saved, opened, photo):
    second = photo.point(lambda v: 255 - v)
    original = saved(photo, "PNG", save_all=True, append_images=[second])

    cleaned = clean(original, LIMITS)

    assert not {b"acTL", b"fcTL", b"fdAT"} & set(chunk_names(cleaned.data))
    assert opened(cleaned.data).tobytes() == photo.tobytes()
    assert cleaned.notes == ("This PNG holds an animation of 2 pictures; only its still picture was kept.",)


def test_a_wrong_checksum_is_damage_and_says_where(saved, photo):
    whole = bytearray(saved(photo, "PNG"))
    place = whole.index(b"IDAT") - 4
    whole[place + 100] ^= 1

    answer = refused(bytes(whole))

    assert (answer.code, answer.position) == (Refusal.DAMAGED, place)
    assert "a checksum does not match" in answer.sentence


def test_a_png_cut_anywhere_is_damaged_and_says_where(saved, photo):
    whole = saved(photo, "PNG")
    for length in [5, 8, 20, 33, 40, 1000, len(whole) // 2, len(whole) - 12, len(whole) - 1]:
        answer = refused(whole[:length])
        assert answer.code == Refusal.DAMAGED
        assert answer.position is not None
        assert 0 < answer.position <= length


def test_a_png_changed_in_a_text_transfer_is_damaged(saved, photo):
    assert "changed on the way" in refused(saved(photo, "PNG").replace(b"\r\n", b"\n")).sentence


def test_a_declared_size_above_the_limit_is_refused_before_unpacking(png):
    bomb = png((50_000, 50_000, 8, 2, 0), zlib.compress(bytes(1_000_000)))

    assert refused(bomb).code == Refusal.TOO_MANY_PIXELS


def test_a_small_picture_with_a_flood_of_data_is_refused(png):
    flood = png((8, 8, 8, 0, 0), zlib.compress(bytes(50_000_000)))

    assert "more picture data than it declares" in refused(flood).sentence


def test_a_picture_with_too_little_data_is_refused(png):
    assert "less picture data than it declares" in refused(png((8, 8, 8, 0, 0), zlib.compress(bytes(20)))).sentence


def test_packed_text_and_profiles_that_explode_are_not_unpacked(png):
    rows = zlib.compress(b"\x00\x10\x20\x30" * 3)
    flood = zlib.compress(bytes(200_000_000))
    original = png((3, 3, 8, 0, 0), rows, (b"iCCP", b"x\x00\x00" + flood), (b"zTXt", b"x\x00\x00" + flood))

    assert chunk_names(clean(original, LIMITS).data) == [b"IHDR", b"IDAT", b"IEND"]


@pytest.mark.parametrize(
    "header", [(8, 8, 3, 0, 0), (8, 8, 8, 7, 0), (8, 8, 16, 3, 0), (8, 8, 8, 0, 2), (0, 8, 8, 0, 0)]
)
def test_senseless_headers_are_damage(header, png):
    assert refused(png(header, zlib.compress(bytes(72)))).code == Refusal.DAMAGED


def test_no_mangled_png_raises_anything_but_a_refusal(saved, exif, srgb, photo):
    """Random damage with checksums made right again, so that it reaches what lies behind them."""
    small = photo.resize((40, 30), Image.Resampling.BOX).quantize(16)
    whole = saved(small, "PNG", exif=exif(8), icc_profile=srgb, transparency=3)
    chance = random.Random(371)
    outcomes = set()
    for _ in range(1500):
        position, mangled = 8, bytearray(whole)
        while position < len(mangled):
            (length,) = struct.unpack_from(">I", mangled, position)
            if chance.random() < 0.3:
                mangled[chance.randrange(position + 4, position + 8 + length)] = chance.randrange(256)
            end = position + 8 + length
            struct.pack_into(">I", mangled, end, zlib.crc32(mangled[position + 4 : end]))
            position = end + 4
        try:
            outcomes.add(clean(bytes(mangled), LIMITS).media_type)
        except RefusalError as error:
            outcomes.add(error.refused.code)
    assert {"image/png", Refusal.DAMAGED} <= outcomes
