"""TIFF: scans, and the exports of older scopes. Its directories are walked here before Pillow reads one.

A chain of directories may run in a circle or be endless, and a preview or a mask is no page.
"""

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from .pages import Pages
from .results import Limits, Refusal, RefusalError, check_size, damaged

_MAGIC = {b"II*\x00": ("<", False), b"MM\x00*": (">", False), b"II+\x00": ("<", True), b"MM\x00+": (">", True)}
_SUBFILE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _SAMPLES = 254, 256, 257, 258, 262, 277
_REDUCED, _MASK = 1, 4
_WHITE_IS_ZERO = 0
_MOST_SAMPLES = 6
_VALUES = {1: "B", 3: "H", 4: "I", 16: "Q"}
_SHORTENED = "Colors of 16 bits were shortened to 8, which is what screens show; the original file keeps them."


def sniff(data: bytes) -> bool:
    return data[:4] in _MAGIC


def open_file(data: bytes, limits: Limits) -> Pages:
    """Raises `RefusalError` where a directory is cut off or repeats, and where one declares too much."""
    places = []
    for number, (position, tags) in enumerate(_directories(data)):
        if number > 2 * limits.frames:
            raise too_many("TIFF", "more", limits)
        if tags.get(_SUBFILE, 0) & (_REDUCED | _MASK):
            continue
        check_size("TIFF", tags.get(_WIDTH, 0), tags.get(_HEIGHT, 0), limits, position)
        if tags.get(_SAMPLES, 1) > _MOST_SAMPLES:
            raise damaged("TIFF", "it declares more colors than any picture has", position)
        places.append(number)
    if not places:
        raise damaged("TIFF", "it holds no picture", 4)
    if len(places) > limits.frames:
        raise too_many("TIFF", f"{len(places):,}", limits)
    return Pages("TIFF", "TIFF", data, limits, places, settle=_settled)


def too_many(kind: str, number: str, limits: Limits) -> RefusalError:
    """The error for a file with more pictures than people can choose from."""
    return RefusalError(
        Refusal.TOO_MANY_FRAMES,
        f"This {kind} holds {number} pictures; {limits.frames} is the most. "
        "Export the ones you need as files of their own, then add those.",
    )


def _directories(data: bytes) -> Iterator[tuple[int, dict[int, int]]]:
    """Position and first values of each directory in the chain."""
    order, big = _MAGIC[data[:4]]
    word, entry, counter = ("Q", 20, "Q") if big else ("I", 12, "H")
    count_size = struct.calcsize(order + counter)
    seen: set[int] = set()
    try:
        (position,) = struct.unpack_from(order + word, data, 8 if big else 4)
        while position:
            if position in seen:
                raise damaged("TIFF", "its pages follow each other in a circle", position)
            seen.add(position)
            (count,) = struct.unpack_from(order + counter, data, position)
            following = position + count_size + entry * count
            (behind,) = struct.unpack_from(order + word, data, following)
            yield position, dict(_values(data, order, big, position + count_size, count))
            position = behind
    except struct.error:
        raise damaged("TIFF", "it ends in the middle of a directory", len(data)) from None


def _values(data: bytes, order: str, big: bool, start: int, count: int) -> Iterator[tuple[int, int]]:
    size, place = (20, 12) if big else (12, 8)
    for at in range(start, start + size * count, size):
        tag, kind = struct.unpack_from(order + "HH", data, at)
        if kind in _VALUES and tag in (_SUBFILE, _WIDTH, _HEIGHT, _SAMPLES):
            yield tag, struct.unpack_from(order + _VALUES[kind], data, at + place)[0]


def _settled(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """Shades as they are meant: Pillow neither stretches 12 bits to 16 nor turns 16-bit white-is-zero round."""
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS, (8,))
    deepest = max(bits) if isinstance(bits, tuple) else bits
    if image.mode.startswith("I;16"):
        shades = np.frombuffer(image.tobytes(), ">u2" if image.mode.endswith("B") else "<u2")
        if deepest == 12:
            shades = shades << 4 | shades >> 8
        if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
            shades = 0xFFFF - shades
        return Image.frombytes("I;16", image.size, shades.astype("<u2").tobytes()), ()
    return image, (_SHORTENED,) if deepest > 8 and image.mode in ("RGB", "RGBA", "CMYK") else ()
