"""What a file is, by its content; a name or a declared type is never looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from . import bmp, dicom, heic, jpeg, png, tiff, webp
from .decoding import decode
from .results import Cleaned, Identity, Limits, Opened, Refusal, RefusalError

NAMES = "JPEG, PNG, TIFF, WebP, HEIC, BMP or DICOM"
"""The kinds that are taken, as pages name them."""
ACCEPT = (
    "image/jpeg,image/png,image/tiff,image/webp,image/heic,image/heif,image/bmp,application/dicom,"
    ".jpg,.jpeg,.png,.tif,.tiff,.webp,.heic,.heif,.bmp,.dcm"
)
"""What a file dialog offers first. Many systems know no type for DICOM and HEIC, so endings are named, too."""
TAKEN = "JPEG, PNG, TIFF, WebP, HEIC, BMP and DICOM images are taken."
_AS_PNG = "Open it in a picture program and save it as PNG or JPEG, then add that file."
_EXPORT = "Export the picture from the program that shows it as JPEG or PNG, then add that file."
_UNPACK = "Unpack it and add the pictures themselves."


class Single:
    """A file of one picture whose reader only rewrites it, as JPEG and PNG."""

    frames = 1
    identity: Identity | None = None

    def __init__(self, clean: Callable[[bytes, Limits], Cleaned], data: bytes, limits: Limits) -> None:
        self._clean = lambda: clean(data, limits)

    def clean(self, frame: int) -> Cleaned:
        return self._clean()

    def glance(self, frame: int, side: int) -> Image.Image:
        return decode(self._clean(), (side, side))[1]


@dataclass(frozen=True, slots=True)
class Reader:
    """One kind of image that is taken. A further kind is one more module with `sniff` and `open_file`, in READERS."""

    name: str
    media_type: str
    sniff: Callable[[bytes], bool]
    open: Callable[[bytes, Limits], Opened]


READERS = (
    Reader("JPEG", "image/jpeg", jpeg.sniff, lambda data, limits: Single(jpeg.clean, data, limits)),
    Reader("PNG", "image/png", png.sniff, lambda data, limits: Single(png.clean, data, limits)),
    Reader("DICOM", "application/dicom", dicom.sniff, dicom.open_file),
    Reader("TIFF", "image/tiff", tiff.sniff, tiff.open_file),
    Reader("WebP", "image/webp", webp.sniff, webp.open_file),
    Reader("HEIC", "image/heic", heic.sniff, heic.open_file),
    Reader("BMP", "image/bmp", bmp.sniff, bmp.open_file),
)

_IMAGE, _OTHER = Refusal.KIND_NOT_TAKEN, Refusal.NOT_AN_IMAGE
# Group 2 or 8, a low element, and the form of its value; other files hardly begin so.
_BARE_DICOM = (
    b"\x02\x00\x00\x00UL",
    *(b"\x08\x00" + element + form for element in (b"\x05\x00", b"\x08\x00", b"\x16\x00") for form in (b"CS", b"UI")),
    *(b"\x08\x00" + element for element in (b"\x00\x00\x04\x00", b"\x05\x00\x0a\x00", b"\x16\x00\x1a\x00")),
)
# Offset, bytes, what it is, what to do, code. The first that matches names the file.
_SIGNATURES: tuple[tuple[int, bytes, str, str, Refusal], ...] = (
    (0, b"GIF87a", "a GIF image", _AS_PNG, _IMAGE),
    (0, b"GIF89a", "a GIF image", _AS_PNG, _IMAGE),
    (4, b"ftypavif", "an AVIF image", _AS_PNG, _IMAGE),
    (0, b"8BPS", "a Photoshop file", _AS_PNG, _IMAGE),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image", _AS_PNG, _IMAGE),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 image", _AS_PNG, _IMAGE),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL image", _AS_PNG, _IMAGE),
    (0, b"\xff\x0a", "a JPEG XL image", _AS_PNG, _IMAGE),
    (0, b"\x00\x00\x01\x00", "an icon file", _AS_PNG, _IMAGE),
    *((0, begin, "a DICOM data set without its file header", _EXPORT, _IMAGE) for begin in _BARE_DICOM),
    (4, b"ftyp", "a video", "Freeze the picture you need and export it as JPEG or PNG.", _OTHER),
    (8, b"AVI ", "a video", "Freeze the picture you need and export it as JPEG or PNG.", _OTHER),
    (0, b"\x1aE\xdf\xa3", "a video", "Freeze the picture you need and export it as JPEG or PNG.", _OTHER),
    (0, b"%PDF-", "a PDF document", _EXPORT, _OTHER),
    (0, b"PK\x03\x04", "a ZIP archive or an Office document", _UNPACK, _OTHER),
    (0, b"PK\x05\x06", "an empty ZIP archive", _UNPACK, _OTHER),
    (0, b"Rar!", "a RAR archive", _UNPACK, _OTHER),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK, _OTHER),
    (0, b"\x1f\x8b", "a gzip archive", _UNPACK, _OTHER),
    (0, b"\xd0\xcf\x11\xe0", "an Office document", _EXPORT, _OTHER),
    (0, b"MZ", "a Windows program", "Ask your IT contact where it came from.", _OTHER),
    (0, b"\x7fELF", "a program", "Ask your IT contact where it came from.", _OTHER),
)
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe")
_TEXT = frozenset(b"\t\n\r\f" + bytes(range(32, 127)))


def reader_of(data: bytes) -> Reader:
    """The reader for this content. Raises `RefusalError` naming what it is and which kinds are taken."""
    for reader in READERS:
        if reader.sniff(data):
            return reader
    what, advice, code = _named(data)
    raise RefusalError(code, f"This file is {what}, whatever its name says. {TAKEN} {advice}")


def _named(data: bytes) -> tuple[str, str, Refusal]:
    for offset, magic, what, advice, code in _SIGNATURES:
        if data.startswith(magic, offset):
            return what, advice, code
    beginning = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in beginning and beginning.startswith(b"<"):
        return "an SVG drawing", _AS_PNG, _IMAGE
    if beginning.startswith(_MARKUP):
        return "a web page", "Save the picture on it as a file of its own, then add that file.", _OTHER
    if beginning and _TEXT.issuperset(beginning):
        return "text", _EXPORT, _OTHER
    return "no image that we know", _EXPORT, _OTHER
