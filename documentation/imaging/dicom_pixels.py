"""The pictures of a DICOM file: colors as they are meant, greys through the window that the file stores.

A frame in JPEG baseline becomes a JPEG with the same compressed data; everything else becomes a PNG. Runs in the child
process only.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import UID

from . import jpeg
from .decoding import decode, undecodable
from .dicom_greys import are_shown_as_stored, shades
from .dicom_kinds import JPEG, JPEG_2000_KINDS
from .results import Cleaned, RefusalError, check_size
from .writing import as_png

if TYPE_CHECKING:
    from .dicom import Dicom

_HEADER = "The names, numbers and dates in the DICOM header were left out."
_WINDOW = "Its shades of grey were brought to the 256 that screens show; the original file keeps them all."
_SHORTENED = "Colors of 16 bits were shortened to 8, which is what screens show; the original file keeps them."
_BURNED_IN = "name"
"""A token of `IMAGE_FLAW`."""

_T = TypeVar("_T")


def clean(file: Dicom, frame: int) -> Cleaned:
    """The clean copy of a frame, from 1. Raises `RefusalError`."""
    advice = (_BURNED_IN,) if _is_burned_in(file.dataset) else ()
    profile = file.dataset.get("ICCProfile")
    if _passes_through(file):
        copy = _guarded(lambda: _jpeg(file, frame, profile))
        return replace(copy, notes=(_HEADER,), advice=advice, taken=file.taken(frame))
    image, said = _guarded(lambda: _picture(file, frame))
    return as_png(
        image,
        kind="DICOM file",
        profile=profile,
        notes=(_HEADER, *said),
        advice=advice,
        taken=file.taken(frame),
    )


def glance(file: Dicom, frame: int, side: int) -> Image.Image:
    """The frame in small, about `side` pixels or larger. Raises `RefusalError`."""
    if _passes_through(file):
        return decode(_guarded(lambda: _jpeg(file, frame, None)), (side, side))[1]
    return _guarded(lambda: _picture(file, frame))[0]


def _guarded(work: Callable[[], _T]) -> _T:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Of header values out of their range, mostly.
            return work()
    except (MemoryError, RefusalError):
        raise
    except Exception:  # Decoders of hostile files raise everything.
        raise undecodable("DICOM file", "its picture cannot be decoded") from None


def _is_burned_in(dataset: Any) -> bool:
    return str(dataset.get("BurnedInAnnotation", "")).upper() == "YES" or str(dataset.get("Modality", "")) == "US"


def _passes_through(file: Dicom) -> bool:
    """Whether a frame is a JPEG that every viewer shows as it is meant."""
    if file.syntax not in JPEG:
        return False
    return file.colors.startswith(("RGB", "YBR")) or (
        file.colors == "MONOCHROME2" and are_shown_as_stored(file.dataset)
    )


def _jpeg(file: Dicom, frame: int, profile: bytes | None) -> Cleaned:
    """The JPEG of a frame, rewritten, with the color transform written into it, since DICOM says it elsewhere."""
    data = get_frame(file.dataset.PixelData, frame - 1, number_of_frames=file.frames, extended_offsets=_offsets(file))
    copy = jpeg.clean(data, file.limits, colors=file.colors[:3], profile=profile)
    if (copy.width, copy.height) != (int(file.dataset.Columns), int(file.dataset.Rows)):
        raise undecodable("DICOM file", "the picture in it has another size than its header says")
    return copy


def _offsets(file: Dicom) -> tuple[bytes, bytes] | None:
    offsets, lengths = (file.dataset.get(f"ExtendedOffsetTable{end}") for end in ("", "Lengths"))
    return (offsets, lengths) if offsets and lengths else None


def _picture(file: Dicom, frame: int) -> tuple[Image.Image, tuple[str, ...]]:
    """The frame decoded, and sentences on what it lost."""
    pixels, colors = _pixels(file, frame)
    deep = int(file.dataset.get("BitsStored", 8)) > 8
    if colors.startswith("MONOCHROME"):
        return Image.fromarray(shades(pixels, file.dataset, colors)), (_WINDOW,) if deep else ()
    if colors == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, file.dataset)[..., :3]
        if pixels.dtype.itemsize == 2:
            pixels = pixels >> 8
        return Image.fromarray(np.ascontiguousarray(pixels, "u1")), ()
    if deep:
        pixels = pixels >> (int(file.dataset.BitsStored) - 8)
    return Image.fromarray(np.ascontiguousarray(pixels, "u1")), (_SHORTENED,) if deep else ()


def _pixels(file: Dicom, frame: int) -> tuple[NDArray[Any], str]:
    """Rows of stored values, one or three to a pixel (YBR is RGB by then), and how they are to be read."""
    if file.syntax in JPEG:
        copy = _jpeg(file, frame, None)
        return np.asarray(decode(copy, (copy.width, copy.height))[1].convert("L")), file.colors
    if file.syntax in JPEG_2000_KINDS:
        _check_codestream(file, frame)
    decoder = get_decoder(UID(file.syntax))
    pixels, meta = decoder.as_array(file.dataset, index=frame - 1)
    if pixels.shape[:2] != (int(file.dataset.Rows), int(file.dataset.Columns)):
        raise undecodable("DICOM file", "the picture in it has another size than its header says")
    return pixels, str(meta["photometric_interpretation"])


def _check_codestream(file: Dicom, frame: int) -> None:
    """Raise `RefusalError` where a JPEG 2000 says another size than the header of its file: it is what gets unpacked.

    Its second marker, SIZ, holds width and height, four bytes each, after its length and capabilities (ISO/IEC 15444-1,
    A.5.1).
    """
    data = get_frame(file.dataset.PixelData, frame - 1, number_of_frames=file.frames, extended_offsets=_offsets(file))
    if data[:4] == b"\xff\x4f\xff\x51" and len(data) >= 16:
        width, height = struct.unpack(">II", data[8:16])
        check_size("DICOM file", width, height, file.limits, 0)
