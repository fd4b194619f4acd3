"""DICOM: what the header says is checked here before a pixel is touched; `dicom_pixels` makes the pictures.

pydicom reads what it is given: it unpacks a deflated bomb without a limit, takes any number of frames, and ignores the
128 bytes in front, which may be a program. So transfer syntax, kind and sizes are looked at first.
"""

import io
import struct
import warnings
import zlib
from datetime import datetime, timedelta
from typing import Any

from .dicom_kinds import COMPRESSED, DEFLATED, EXPLICIT, JPEG, NO_PICTURE, PLAIN, kind_of_object, syntax_name
from .results import AGAIN, Cleaned, Identity, Limits, Refusal, RefusalError, check_size, damaged
from .tiff import too_many

_PIECE = 1024 * 1024
_PREAMBLE = 128
HEAD = _PREAMBLE + 4
"""Bytes by which a DICOM file is told."""
_LONG_FORM = {b"OB", b"OW", b"OF", b"SQ", b"UT", b"UN", b"OD", b"OL", b"UC", b"UR", b"OV", b"SV", b"UV"}
_COLORS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "PALETTE COLOR")
_GREYS = ("MONOCHROME1", "MONOCHROME2")
_READ = """SOPClassUID Modality PatientName PatientID PatientBirthDate StudyDate AcquisitionDateTime AcquisitionDate
    AcquisitionTime ContentDate ContentTime FrameTime FrameTimeVector BurnedInAnnotation SamplesPerPixel
    PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows Columns BitsAllocated BitsStored HighBit
    PixelRepresentation PixelPaddingValue RescaleSlope RescaleIntercept ModalityLUTSequence WindowCenter WindowWidth
    VOILUTFunction VOILUTSequence PresentationLUTShape ICCProfile RedPaletteColorLookupTableDescriptor
    GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor RedPaletteColorLookupTableData
    GreenPaletteColorLookupTableData BluePaletteColorLookupTableData SegmentedRedPaletteColorLookupTableData
    SegmentedGreenPaletteColorLookupTableData SegmentedBluePaletteColorLookupTableData PixelData FloatPixelData
    DoubleFloatPixelData EncapsulatedDocument ExtendedOffsetTable ExtendedOffsetTableLengths""".split()
_INSTEAD = "Export the picture as uncompressed or JPEG baseline DICOM, as JPEG or as PNG, then add that file."


def sniff(data: bytes) -> bool:
    return data.startswith(b"DICM", _PREAMBLE)


class Dicom:
    """A DICOM image whose header makes sense, and whose pixel data has the size that it declares."""

    def __init__(self, dataset: Any, syntax: str, limits: Limits) -> None:
        self.dataset = dataset
        self.syntax = syntax
        self.limits = limits
        self.frames = _number(dataset, "NumberOfFrames", 1)
        self.colors = str(dataset.PhotometricInterpretation).strip()
        self.identity = _identity(dataset)

    def clean(self, frame: int) -> Cleaned:
        from .dicom_pixels import clean

        return clean(self, frame)

    def glance(self, frame: int, side: int) -> Any:
        from .dicom_pixels import glance

        return glance(self, frame, side)

    def taken(self, frame: int) -> str:
        """When this frame was taken, where the file says when the first one was."""
        try:
            began = _moment(self.dataset)
            steps = self.dataset.get("FrameTimeVector")
            if isinstance(steps, (int, float)) or steps is None:
                passed = float(self.dataset.get("FrameTime") or 0) * (frame - 1)
            else:
                passed = float(sum(steps[:frame]))
            return (began + timedelta(milliseconds=passed)).isoformat(timespec="seconds") if began else ""
        except (ValueError, TypeError, OverflowError):
            return ""


def open_file(data: bytes, limits: Limits) -> Dicom:
    """Raises `RefusalError` for what is damaged, no picture, too large, or packed in a way that cannot be unpacked."""
    syntax, object_kind, start = _meta(data)
    if object_kind in NO_PICTURE or object_kind.startswith(tuple(k for k in NO_PICTURE if k.endswith("."))):
        raise _no_picture(kind_of_object(object_kind))
    if syntax == DEFLATED:
        data, syntax = _inflated(data, start, limits), EXPLICIT
    elif syntax not in PLAIN | JPEG | COMPRESSED:
        raise _syntax_not_taken(syntax)
    dataset = _read(data)
    _check_object(dataset)
    _check_shape(dataset, syntax, limits)
    return Dicom(dataset, syntax, limits)


def _meta(data: bytes) -> tuple[str, str, int]:
    """Transfer syntax, kind of object, and where the data set begins; from the group of elements in front of it."""
    found = {0x0002: "", 0x0010: ""}
    position = _PREAMBLE + 4
    try:
        while data[position : position + 2] == b"\x02\x00":
            element, form = struct.unpack_from("<H2s", data, position + 2)
            if form in _LONG_FORM:
                (length,), start = struct.unpack_from("<I", data, position + 8), position + 12
            else:
                (length,), start = struct.unpack_from("<H", data, position + 6), position + 8
            if element in found:
                found[element] = data[start : start + length].decode("ascii", "replace").strip("\x00 ")
            position = start + length
    except struct.error:
        position = len(data) + 1
    if position > len(data):
        raise damaged("DICOM file", "it ends in the middle of its header", len(data))
    if not found[0x0010]:
        raise damaged("DICOM file", "it does not say how its picture is packed", position)
    return found[0x0010], found[0x0002], position


def _inflated(data: bytes, start: int, limits: Limits) -> bytes:
    """The same file unpacked, up to a limit."""
    most = 4 * limits.file_bytes
    counter, unpacker = zlib.decompressobj(-zlib.MAX_WBITS), zlib.decompressobj(-zlib.MAX_WBITS)
    packed, left = data[start:], most
    try:
        # Counted piece by piece first, with nothing kept: a bomb never stands in memory whole.
        while packed and left > 0:
            left -= len(counter.decompress(packed, _PIECE))
            packed = counter.unconsumed_tail
        unpacked = unpacker.decompress(data[start:], most) if left > 0 else b""
    except zlib.error:
        raise damaged("DICOM file", "its packed data cannot be unpacked", start) from None
    if left <= 0:
        raise RefusalError(
            Refusal.TOO_LARGE,
            f"Unpacked, this DICOM file is larger than {most // (1 << 20)} MB, which no picture needs. {_INSTEAD}",
        )
    if not unpacker.eof:
        raise damaged("DICOM file", "its packed data ends too early", len(data))
    form = struct.pack("<HH2sH", 2, 0x10, b"UI", 20) + EXPLICIT.encode().ljust(20, b"\x00")
    return bytes(_PREAMBLE) + b"DICM" + form + unpacked


def _read(data: bytes) -> Any:
    import pydicom  # Loaded for its own files only.

    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Sloppy headers are common; what matters is checked below.
            dataset = pydicom.dcmread(io.BytesIO(data), specific_tags=list(_READ))
            dataset.decode()
            for element in dataset:  # Values are converted on first use, so that is now.
                str(element.VM)
        return dataset
    except MemoryError:
        raise
    except Exception:  # A parser of hostile files raises everything.
        raise RefusalError(
            Refusal.DAMAGED, f"This DICOM file is damaged: its header cannot be read to the end. {AGAIN}"
        ) from None


def _check_object(dataset: Any) -> None:
    if "EncapsulatedDocument" in dataset:
        raise _no_picture("a document")
    if "PixelData" not in dataset:
        kind = str(dataset.get("SOPClassUID", ""))
        grid = "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset
        raise _no_picture("a grid of measured numbers" if grid else kind_of_object(kind))


def _check_shape(dataset: Any, syntax: str, limits: Limits) -> None:
    rows, columns = _number(dataset, "Rows"), _number(dataset, "Columns")
    check_size("DICOM file", columns, rows, limits, 0)
    frames, samples = _number(dataset, "NumberOfFrames", 1), _number(dataset, "SamplesPerPixel", 1)
    allocated = _number(dataset, "BitsAllocated")
    stored = _number(dataset, "BitsStored", allocated)
    colors = str(dataset.get("PhotometricInterpretation", "")).strip()
    if frames < 1 or not 1 <= stored <= allocated:
        raise _senseless()
    if frames > limits.frames:
        raise too_many("DICOM file", f"{frames:,}", limits)
    if colors not in (*_GREYS, *_COLORS):
        raise RefusalError(
            Refusal.KIND_NOT_TAKEN,
            "This DICOM file describes its colors in a way that was given up long ago or is not for pictures. "
            + _INSTEAD,
        )
    if samples != (1 if colors in (*_GREYS, "PALETTE COLOR") else 3):
        raise _senseless()
    if allocated not in (1, 8, 16) or (allocated == 1 and samples != 1):
        raise RefusalError(
            Refusal.KIND_NOT_TAKEN,
            f"This DICOM file has {allocated} bits for each color, which is for measured numbers, not for pictures. "
            + _INSTEAD,
        )
    if syntax in PLAIN:
        per_pixel = 2 if colors == "YBR_FULL_422" else samples
        expected = -(-rows * columns * per_pixel * allocated * frames // 8)
        if len(dataset.PixelData) < expected:
            raise RefusalError(
                Refusal.DAMAGED,
                f"This DICOM file is damaged: it declares {expected:,} bytes of picture data and holds "
                f"{len(dataset.PixelData):,}. {AGAIN}",
            )


def _number(dataset: Any, name: str, missing: int | None = None) -> int:
    value = dataset.get(name)
    if value is None or value == "":
        value = missing
    try:
        return int(value)
    except (ValueError, TypeError, OverflowError):
        raise _senseless() from None


def _identity(dataset: Any) -> Identity:
    return Identity(
        name=_text(dataset, "PatientName"),
        number=_text(dataset, "PatientID"),
        birth_date=_date(_text(dataset, "PatientBirthDate")),
        study_date=_date(_text(dataset, "StudyDate") or _text(dataset, "AcquisitionDate")),
    )


def _text(dataset: Any, name: str) -> str:
    return str(dataset.get(name) or "").strip("\x00 ")[:200]


def _date(value: str) -> str:
    """A date as DICOM writes it (YYYYMMDD, once YYYY.MM.DD), as ISO; anything else as it stands."""
    digits = value.replace(".", "").replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) == 8 and digits.isdecimal() else value


def _moment(dataset: Any) -> datetime | None:
    both = _text(dataset, "AcquisitionDateTime")
    if not both:
        for part in ("Acquisition", "Content"):
            day, time = _text(dataset, f"{part}Date"), _text(dataset, f"{part}Time")
            if day and time:
                both = day + time
                break
    digits = both[:14]
    whole = len(digits) == 14 and digits.isdecimal()
    return datetime.strptime(digits, "%Y%m%d%H%M%S") if whole else None  # noqa: DTZ007 - the scope's local time


def _senseless() -> RefusalError:
    return RefusalError(Refusal.DAMAGED, f"This DICOM file is damaged: its sizes contradict each other. {AGAIN}")


def _no_picture(what: str) -> RefusalError:
    return RefusalError(
        Refusal.NOT_AN_IMAGE,
        f"This DICOM file holds {what}; needed is a picture of a scope or a camera. "
        "Choose the image itself in the program that exported it, then add that file.",
    )


def _syntax_not_taken(syntax: str) -> RefusalError:
    return RefusalError(
        Refusal.KIND_NOT_TAKEN,
        f"The picture in this DICOM file is packed as {syntax_name(syntax)}, which is not taken. " + _INSTEAD,
    )
