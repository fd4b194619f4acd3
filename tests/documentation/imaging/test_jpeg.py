"""Clean copies of JPEG: the same pixels, and nothing else."""

import random
import struct

import pytest
from PIL import Image

from documentation.imaging import Limits, Refusal
from documentation.imaging.jpeg import clean
from documentation.imaging.results import RefusalError

LIMITS = Limits()
TRACES = (b"DOE^", b"Invented Scopes", b"GPS", b"xmpmeta", b"Photoshop", b"http://", b"PK\x03\x04", b"MPF\x00", b"JFXX")


def loaded(saved, exif, segment, photo, **options) -> bytes:
    """A JPEG with every kind of metadata that people were found in."""
    plain = saved(photo, exif=exif(), comment=b"DOE^JANE", **options)
    extra = (
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>DOE^ALEX</x:xmpmeta>")
        + segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x08DOE^ALEX")
        + segment(0xE2, b"MPF\x00MM\x00*DOE^")
        + segment(0xE0, b"JFXX\x00\x10DOE^")
        + segment(0xEF, b"DOE^")
    )
    return plain[:2] + extra + plain[2:] + saved(photo.resize((80, 60)), comment=b"DOE^") + b"PK\x03\x04DOE^"


def refused(data: bytes, limits: Limits = LIMITS):
    with pytest.raises(RefusalError) as caught:
        clean(data, limits)
    return caught.value.refused


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 90},
        {"quality": 75, "progressive": True},
        {"quality": 75, "optimize": True, "subsampling": 0},
        {"quality": 75, "restart_marker_blocks": 3},
        {"quality": 75, "restart_marker_rows": 1, "progressive": True},
        {"quality": 90, "keep_rgb": True},
    ],
    ids=str,
)
def test_pixels_stay_and_metadata_goes(options, saved, opened, exif, segment, photo):
    original = loaded(saved, exif, segment, photo, **options)

    cleaned = clean(original, LIMITS)

    assert opened(cleaned.data).tobytes() == opened(original).tobytes()
    assert [trace for trace in TRACES if trace in cleaned.data] == []
    assert cleaned.data.endswith(b"\xff\xd9")
    assert "comment" not in opened(cleaned.data).info
    assert (cleaned.width, cleaned.height, cleaned.orientation) == (800, 600, 1)
    assert cleaned.notes == (
        "The place where the picture was taken and other camera data were removed.",
        "Data hidden behind the end of the picture was removed.",
    )


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_pixels_stay_in_other_color_modes(mode, saved, opened, photo):
    original = saved(photo.convert(mode), comment=b"DOE^JANE")

    cleaned = clean(original, LIMITS)

    copy = opened(cleaned.data)
    assert copy.mode == mode
    assert copy.tobytes() == opened(original).tobytes()
    assert b"DOE^" not in cleaned.data


def test_nothing_is_said_of_a_jpeg_that_had_nothing_to_lose(saved, photo):
    assert clean(saved(photo), LIMITS).notes == ()


def test_cleaning_twice_changes_nothing_more(saved, exif, segment, photo, srgb):
    once = clean(loaded(saved, exif, segment, photo, icc_profile=srgb), LIMITS)

    assert clean(once.data, LIMITS).data == once.data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_all_that_stays_of_the_exif(orientation, saved, opened, exif, photo):
    cleaned = clean(saved(photo, exif=exif(orientation)), LIMITS)

    assert cleaned.orientation == orientation
    assert dict(opened(cleaned.data).getexif()) == ({} if orientation == 1 else {0x0112: orientation})


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"MM",
        b"MM\x00*\xff\xff\xff\xff",
        b"MM\x00*\x00\x00\x00\x08\xff\xff\x01\x12",
        b"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x63\x00\x00\x00",
        b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x02\x00\x00\x00\x17\x00\x00\x00\x1a<?php phpinfo(); ?>",
    ],
)
def test_senseless_exif_counts_as_upright(block, saved, segment, photo):
    plain = saved(photo)

    cleaned = clean(plain[:2] + segment(0xE1, b"Exif\x00\x00" + block) + plain[2:], LIMITS)

    assert cleaned.orientation == 1
    assert b"Exif" not in cleaned.data


def test_the_color_profile_stays_even_in_several_parts_and_out_of_order(saved, opened, segment, srgb, photo):
    large = struct.pack(">I", 100_000) + srgb[4:] + bytes(100_000 - len(srgb))
    parts = [segment(0xE2, b"ICC_PROFILE\x00" + bytes([n + 1, 2]) + large[n * 65_000 :][:65_000]) for n in (1, 0)]
    plain = saved(photo)

    cleaned = clean(plain[:2] + b"".join(parts) + plain[2:], LIMITS)

    assert opened(cleaned.data).info["icc_profile"] == large


def test_what_only_claims_to_be_a_color_profile_goes(saved, segment, photo):
    plain = saved(photo)
    claimed = segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + b"DOE^ALEX" * 40)

    assert clean(plain[:2] + claimed + plain[2:], LIMITS).data == clean(plain, LIMITS).data


def test_fill_bytes_between_segments_are_skipped(saved, opened, photo):
    plain = saved(photo)
    end = len(plain) - 2
    filled = plain[:2] + b"\xff\xff\xff" + plain[2:end] + b"\xff\xff" + plain[end:]

    assert opened(clean(filled, LIMITS).data).tobytes() == opened(plain).tobytes()


def test_metadata_between_the_scans_of_a_progressive_jpeg_goes(saved, opened, segment, photo):
    plain = saved(photo, progressive=True)
    scan = plain.rindex(b"\xff\xda")
    laced = plain[:scan] + segment(0xFE, b"DOE^JANE") + segment(0xE1, b"DOE^JANE") + plain[scan:]

    cleaned = clean(laced, LIMITS)

    assert b"DOE^" not in cleaned.data
    assert opened(cleaned.data).tobytes() == opened(plain).tobytes()


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_anywhere_is_damaged_and_says_where(progressive, saved, photo):
    whole = saved(photo, progressive=progressive)
    for length in [3, 4, 21, 100, 300, 600, len(whole) // 2, len(whole) - 100, len(whole) - 2, len(whole) - 1]:
        answer = refused(whole[:length])
        assert answer.code == Refusal.DAMAGED
        assert answer.position is not None
        assert 0 < answer.position <= length
        assert f"at byte {answer.position:,}" in answer.sentence


def test_missing_layers_of_a_progressive_jpeg_are_damage(saved, photo):
    whole = saved(photo, progressive=True)

    answer = refused(whole[: whole.rindex(b"\xff\xda")] + b"\xff\xd9")

    assert answer.code == Refusal.DAMAGED
    assert "layers of the picture are missing" in answer.sentence


def test_missing_or_exchanged_restart_intervals_are_damage(saved, photo):
    whole = saved(photo, restart_marker_rows=1)
    begin, following = whole.index(b"\xff\xd3"), whole.index(b"\xff\xd4")

    assert "missing or out of order" in refused(whole[:begin] + whole[following:]).sentence
    last = whole.rindex(b"\xff" + bytes([0xD0 + (600 // 16 - 1) % 8]))
    assert "missing" in refused(whole[:last] + b"\xff\xd9").sentence


def test_a_restart_marker_behind_the_last_interval_is_left_out(saved, opened, photo):
    whole = saved(photo, restart_marker_rows=1)

    cleaned = clean(whole[:-2] + b"\xff\xd5\xff\xd9", LIMITS)

    assert cleaned.data == clean(whole, LIMITS).data


def test_more_scans_than_any_camera_makes_are_refused(saved, photo):
    whole = saved(photo, progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]

    assert refused(whole[:-2] + scan * 100 + b"\xff\xd9").code == Refusal.DAMAGED


def test_a_declared_size_above_the_limit_is_refused_before_decoding(saved, photo):
    whole = saved(photo)
    frame = whole.index(b"\xff\xc0")
    bomb = whole[: frame + 5] + struct.pack(">HH", 64_250, 64_250) + whole[frame + 9 :]

    answer = refused(bomb)

    assert answer.code == Refusal.TOO_MANY_PIXELS
    assert "64,250 × 64,250 pixels; 60 megapixels is the most" in answer.sentence


@pytest.mark.parametrize(("marker", "word"), [(0xC3, "lossless"), (0xC9, "arithmetic-coded"), (0xC5, "hierarchical")])
def test_codings_that_viewers_cannot_open_are_refused_by_name(marker, word, saved, photo):
    whole = saved(photo)
    frame = whole.index(b"\xff\xc0")

    answer = refused(whole[: frame + 1] + bytes([marker]) + whole[frame + 2 :])

    assert answer.code == Refusal.KIND_NOT_TAKEN
    assert word in answer.sentence


def test_no_mangled_jpeg_raises_anything_but_a_refusal(saved, exif, photo):
    """Random damage to the structure: each either still reads or is refused, and nothing runs away."""
    small = photo.resize((64, 48), Image.Resampling.BOX)
    chance = random.Random(371)
    for progressive in (False, True):
        whole = saved(small, exif=exif(6), progressive=progressive, restart_marker_blocks=2)
        outcomes = set()
        for _ in range(1500):
            mangled = bytearray(whole)
            for _ in range(chance.randint(1, 3)):
                mangled[chance.randrange(2, len(mangled))] = chance.choice([0, 1, 0x7F, 0xD8, 0xDA, 0xFF])
            try:
                outcomes.add(clean(bytes(mangled), LIMITS).media_type)
            except RefusalError as error:
                outcomes.add(error.refused.code)
        assert {"image/jpeg", Refusal.DAMAGED} <= outcomes
