"""Decode a clean copy whole, with an ear for what decoders usually keep to themselves. Runs in the child process only.

libjpeg paints over damage in the middle of a JPEG and goes on. It counts a warning for each place, and Pillow drops
them; simplejpeg hands them on. A single changed bit can still pass, when it happens to say another valid picture.
"""

import io
import re
from dataclasses import replace

import numpy as np
import simplejpeg
from PIL import Image

from .results import AGAIN, Cleaned, Refusal, RefusalError

_LEFT_OVER = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_MOST_LEFT_OVER = 16
"""Bytes that some cameras leave between a whole picture and its end marker; more of them are a picture out of step."""
_MODES = {"Gray": ("GRAY", "L"), "CMYK": ("CMYK", "CMYK"), "YCCK": ("CMYK", "CMYK")}


def decode(cleaned: Cleaned, wanted: tuple[int, int]) -> tuple[Cleaned, Image.Image]:
    """All of the data decoded: a clean copy without anything left over, and its picture.

    A JPEG comes at the smallest of its own scales (1/8 to 1/1) that is not below `wanted`, which saves pixels and no
    check of data. Raises `RefusalError` when the data is damaged; `MemoryError` passes through.
    """
    if cleaned.image is not None:
        return cleaned, cleaned.image
    try:
        return _jpeg(cleaned, wanted) if cleaned.decoder == "JPEG" else (cleaned, _png(cleaned))
    except (MemoryError, RefusalError):
        raise
    except Exception:  # Decoders of hostile files raise everything: OSError, SyntaxError, ValueError, TypeError, ...
        raise undecodable(cleaned.decoder, "its picture cannot be decoded") from None


def undecodable(kind: str, what: str) -> RefusalError:
    """The error for a file that only its decoder found to be damaged, and so without a position."""
    return RefusalError(Refusal.DAMAGED, f"This {kind} is damaged: {what}. {AGAIN}")


def _png(cleaned: Cleaned) -> Image.Image:
    image = Image.open(io.BytesIO(cleaned.data), formats=[cleaned.decoder])
    if image.size != (cleaned.width, cleaned.height):
        raise ValueError("the decoder sees another size than the reader")
    image.load()
    return image


def _jpeg(cleaned: Cleaned, wanted: tuple[int, int]) -> tuple[Cleaned, Image.Image]:
    try:
        return cleaned, _strict(cleaned, wanted)
    except ValueError as warning:
        said = str(warning)
    if "memory" in said:
        raise MemoryError
    left_over = _LEFT_OVER.search(said)
    if left_over and int(left_over[1]) <= _MOST_LEFT_OVER:
        shorter = replace(cleaned, data=cleaned.data[: -2 - int(left_over[1])] + b"\xff\xd9")
        return shorter, _strict(shorter, wanted)
    if "premature end" in said:
        raise undecodable("JPEG", "a part of the picture is missing")
    raise undecodable("JPEG", "a part of the picture does not fit the rest")


def _strict(cleaned: Cleaned, wanted: tuple[int, int]) -> Image.Image:
    """The picture of a JPEG. Raises ValueError with the first warning of the decoder."""
    profile = Image.open(io.BytesIO(cleaned.data), formats=["JPEG"]).info.get("icc_profile")
    height, width, space, _ = simplejpeg.decode_jpeg_header(cleaned.data)
    if (width, height) != (cleaned.width, cleaned.height):
        raise ValueError("the decoder sees another size than the reader")
    colors, mode = _MODES.get(space, ("RGB", "RGB"))
    pixels = simplejpeg.decode_jpeg(
        cleaned.data, colors, min_width=wanted[0], min_height=wanted[1], min_factor=1, strict=True
    )
    if mode == "CMYK":
        np.subtract(255, pixels, out=pixels)  # Printing programs store ink the other way round, all of them.
    image = Image.frombuffer(mode, (pixels.shape[1], pixels.shape[0]), pixels, "raw", mode, 0, 1)
    image.info = {"icc_profile": profile} if profile else {}
    return image
