"""DICOM: every way to store a color, frames to choose from, whose it is, and what is no picture or no sound file."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate

from documentation.imaging import Accepted, Limits, Refusal, Refused, Several, examine
from tests.dicoms import dicom, gradient

PATIENT = {"PatientName": "Doe^Alex^Q", "PatientID": "A-17", "PatientBirthDate": "19800229", "StudyDate": "20260114"}


def picture(data: bytes, frame: int | None = None) -> np.ndarray:
    answer = examine(data, frame=frame)
    assert isinstance(answer, Accepted), answer
    return np.asarray(Image.open(io.BytesIO(answer.clean)).convert("RGB")).astype(int)


def refused(data: bytes, limits: Limits | None = None, **options) -> Refused:
    answer = examine(data, limits, **options)
    assert isinstance(answer, Refused), answer
    return answer


def apart(one, other) -> float:
    """Mean difference of the worst channel, 0-255."""
    return float(np.abs(np.asarray(one, int) - np.asarray(other, int)).mean(axis=(0, 1)).max())


def ybr(rgb) -> np.ndarray:
    return np.asarray(Image.fromarray(rgb).convert("YCbCr"))


@pytest.mark.parametrize("packed", ["", "rle"])
@pytest.mark.parametrize("colors", ["RGB", "YBR_FULL"])
def test_colors_come_out_as_they_went_in(colors, packed):
    rgb = gradient()

    assert apart(picture(dicom(rgb if colors == "RGB" else ybr(rgb), colors, packed=packed)), rgb) < 2


def test_half_as_many_colors_across_are_spread():
    rgb = gradient(48, 256)
    full = ybr(rgb)
    halved = np.stack(
        [full[:, 0::2, 0], full[:, 1::2, 0], full[:, 0::2, 1], full[:, 0::2, 2]], axis=-1
    )  # Two shades, then the colors that they share.
    data = dicom(full, "YBR_FULL_422", PixelData=halved.tobytes())

    assert apart(picture(data), rgb) < 2


@pytest.mark.parametrize("colors", ["YBR_FULL_422", "YBR_FULL"])
def test_a_jpeg_inside_keeps_its_compressed_data(colors):
    rgb = gradient()
    data = dicom(rgb, colors, packed="jpeg", **PATIENT)

    answer = examine(data)

    assert answer.media_type == "image/jpeg"
    scan = data[data.index(b"\xff\xda") : data.index(b"\xff\xd9")]
    assert scan in answer.clean
    assert b"Doe" not in answer.clean
    assert apart(picture(data), rgb) < 2


def test_a_jpeg_inside_that_holds_plain_red_green_and_blue_is_not_turned():
    rgb = gradient()
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=95, keep_rgb=True)
    jpeg = stream.getvalue()
    adobe = jpeg.index(b"\xff\xee")
    # Without the marker, and with the usual numbers for the colors, only the DICOM header says what they are.
    bare = jpeg[:adobe] + jpeg[adobe + 2 + struct.unpack_from(">H", jpeg, adobe + 2)[0] :]
    bare = bare.replace(b"\x03R\x11", b"\x03\x01\x11").replace(b"\x00G\x11", b"\x00\x02\x11")
    bare = bare.replace(b"\x00B\x11", b"\x00\x03\x11").replace(b"\x03R\x00G\x00B\x00", b"\x03\x01\x00\x02\x00\x03\x00")
    data = dicom(rgb, "RGB", packed="jpeg")
    file = dcmread(io.BytesIO(data))
    file.PixelData = encapsulate([bare])
    stream = io.BytesIO()
    file.save_as(stream)

    assert apart(picture(stream.getvalue()), rgb) < 2


def test_a_palette_becomes_its_colors():
    places = (np.arange(48 * 64) % 256).reshape(48, 64).astype(np.uint8)
    red, green, blue = (np.arange(256) * 257, np.arange(256)[::-1] * 257, np.full(256, 0x4000))
    tables = {}
    for name, values in (("Red", red), ("Green", green), ("Blue", blue)):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        tables[f"{name}PaletteColorLookupTableData"] = values.astype("<u2").tobytes()

    shown = picture(dicom(places, "PALETTE COLOR", **tables))

    assert apart(shown, np.stack([places, 255 - places, np.full_like(places, 0x40)], axis=-1)) < 1


@pytest.mark.parametrize("packed", ["", "rle", "jpeg"])
@pytest.mark.parametrize("colors", ["MONOCHROME1", "MONOCHROME2"])
def test_greys_are_dark_where_they_are_meant_to_be(colors, packed):
    greys = gradient()[..., 0]

    shown = picture(dicom(greys, colors, packed=packed))[..., 0]

    assert np.abs(shown - (255 - greys.astype(int) if colors == "MONOCHROME1" else greys)).mean() < 1


def test_many_shades_are_shown_through_the_window_of_the_file():
    deep = (np.arange(48 * 64).reshape(48, 64) * 20).astype(np.uint16)

    window = {"WindowCenter": "20000", "WindowWidth": "10000", "RescaleSlope": "1", "RescaleIntercept": "-1000"}

    shown = picture(dicom(deep, "MONOCHROME2", **window))[..., 0]

    meant = np.clip((deep.astype(float) - 1000 - 19999.5) / 9999 + 0.5, 0, 1) * 255
    assert np.abs(shown - meant).mean() < 1


def test_many_shades_without_a_window_are_shown_from_darkest_to_lightest():
    deep = (1000 + np.arange(48 * 64).reshape(48, 64)).astype(np.uint16)

    answer = examine(dicom(deep, "MONOCHROME2"))
    shown = picture(dicom(deep, "MONOCHROME2"))[..., 0]

    assert (shown.min(), shown.max()) == (0, 255)
    assert any("shades of grey" in note for note in answer.notes)


def test_of_several_frames_one_is_chosen():
    frames = np.stack([gradient(), gradient()[::-1], 255 - gradient()])
    data = dicom(frames, AcquisitionDateTime="20260114101500", FrameTime="2000", **PATIENT)

    choice = examine(data)

    assert isinstance(choice, Several)
    assert (choice.kind, choice.frames, choice.identity.name) == ("DICOM", 3, "Doe^Alex^Q")
    sheet = np.asarray(Image.open(io.BytesIO(choice.sheet)).convert("RGB"))
    assert sheet.shape == (choice.tile[1], choice.tile[0] * choice.columns, 3)
    for number, frame in enumerate(frames, start=1):
        answer = examine(data, frame=number)
        assert (answer.frame, answer.frames) == (number, 3)
        assert apart(picture(data, number), frame) < 1
        assert answer.taken == f"2026-01-14T10:15:0{2 * (number - 1)}"
        left = (number - 1) * choice.tile[0] + (choice.tile[0] - 64) // 2
        top = (choice.tile[1] - 48) // 2
        assert apart(sheet[top : top + 48, left : left + 64], frame) < 6
    assert refused(data, frame=4).code == Refusal.NO_SUCH_FRAME
    assert refused(data, frame=0).code == Refusal.NO_SUCH_FRAME


def test_the_file_says_whose_it_is_and_its_picture_does_not():
    answer = examine(dicom(gradient(), **PATIENT, OtherPatientIDs="A-18", InstitutionName="Invented Clinic"))

    assert (answer.identity.name, answer.identity.number) == ("Doe^Alex^Q", "A-17")
    assert (answer.identity.birth_date, answer.identity.study_date) == ("1980-02-29", "2026-01-14")
    for trace in (b"Doe", b"A-17", b"A-18", b"1980", b"Invented"):
        assert trace not in answer.clean + answer.thumbnail + answer.screen


def test_a_name_burned_into_the_picture_is_warned_of():
    assert "name" in examine(dicom(gradient(), BurnedInAnnotation="YES")).advice
    assert "name" not in examine(dicom(gradient(), BurnedInAnnotation="NO")).advice


def test_a_program_in_front_of_the_picture_does_not_come_along():
    data = dicom(gradient())

    answer = examine(b"MZ\x90\x00" + data[4:])

    assert isinstance(answer, Accepted)
    assert answer.clean.startswith(b"\x89PNG")


def test_a_deflated_file_is_unpacked_and_a_deflated_bomb_is_not():
    def deflated(body: bytes) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        form = struct.pack("<HH2sH", 2, 0x10, b"UI", 22) + b"1.2.840.10008.1.2.1.99"
        return bytes(128) + b"DICM" + form + packer.compress(body) + packer.flush()

    whole = dicom(gradient())
    body = whole[whole.index(b"\x08\x00\x16\x00UI") :]

    assert apart(picture(deflated(body)), gradient()) < 1
    assert refused(deflated(bytes(300_000_000))).code == Refusal.TOO_LARGE
    assert refused(deflated(body)[:-40]).code == Refusal.DAMAGED


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("1.2.840.10008.5.1.4.1.1.481.2", "radiation doses"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "radiation therapy"),
        ("1.2.840.10008.5.1.4.1.1.88.11", "a report"),
        ("1.2.840.10008.1.3.10", "DICOMDIR"),
        ("1.2.840.10008.5.1.4.1.1.104.1", "a document"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_kind(kind, words):
    answer = refused(dicom(gradient(), kind=kind))

    assert answer.code == Refusal.NOT_AN_IMAGE
    assert words in answer.sentence


def test_a_packing_that_cannot_be_unpacked_is_named():
    data = dicom(gradient())
    for syntax, words in ((b"1.2.840.10008.1.2.4.70", "JPEG lossless"), (b"1.2.840.10008.1.2.4.103", "video")):
        form = struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax) + len(syntax) % 2) + syntax.ljust(
            len(syntax) + len(syntax) % 2, b"\x00"
        )
        answer = refused(bytes(128) + b"DICM" + form + data[data.index(b"\x08\x00\x16\x00UI") :])
        assert answer.code == Refusal.KIND_NOT_TAKEN
        assert words in answer.sentence
        assert "JPEG baseline" in answer.sentence


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"Rows": 65535, "Columns": 65535}, Refusal.TOO_MANY_PIXELS),
        ({"NumberOfFrames": "2000000000"}, Refusal.TOO_MANY_FRAMES),
        ({"NumberOfFrames": "40"}, Refusal.DAMAGED),
        ({"NumberOfFrames": "-1"}, Refusal.DAMAGED),
        ({"Rows": 0}, Refusal.DAMAGED),
        ({"Rows": 49}, Refusal.DAMAGED),
        ({"BitsAllocated": 64}, Refusal.KIND_NOT_TAKEN),
        ({"BitsStored": 12}, Refusal.DAMAGED),
        ({"SamplesPerPixel": 1}, Refusal.DAMAGED),
        ({"PhotometricInterpretation": "HSV"}, Refusal.KIND_NOT_TAKEN),
    ],
    ids=str,
)
def test_a_header_that_claims_too_much_or_contradicts_itself_is_refused(header, code):
    assert refused(dicom(gradient(), **header)).code == code


def test_a_file_cut_anywhere_is_refused():
    for data in (dicom(gradient()), dicom(gradient(), packed="rle"), dicom(gradient(), packed="jpeg")):
        for share in (0.05, 0.3, 0.6, 0.9, 0.98):
            assert refused(data[: max(140, int(len(data) * share))]).code in (Refusal.DAMAGED, Refusal.NOT_AN_IMAGE)


def test_a_file_damaged_anywhere_gives_an_answer():
    chance = random.Random(371)
    whole = dicom(gradient(), packed="rle", **PATIENT)
    for _ in range(40):
        mangled = bytearray(whole)
        for _ in range(6):
            mangled[chance.randrange(132, len(mangled))] = chance.randrange(256)
        assert isinstance(examine(bytes(mangled), screen=False), Accepted | Refused | Several)
