"""WebP. An animation opens its canvas before anything can be asked of it, so its size is read here first."""

import struct

from .pages import Pages
from .results import Limits, check_size, damaged

_HEAD = 12


def sniff(data: bytes) -> bool:
    return data.startswith(b"RIFF") and data.startswith(b"WEBP", 8)


def open_file(data: bytes, limits: Limits) -> Pages:
    """Raises `RefusalError` where a chunk is cut off, or where the header declares too much."""
    (length,) = struct.unpack_from("<I", data, 4)
    end = 8 + length
    if end > len(data):
        raise damaged("WebP", "it ends in the middle of the picture", len(data))
    sized, frames, position = False, 0, _HEAD
    while position + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, position)
        start = position + 8
        if start + size > end:
            raise damaged("WebP", "one of its parts is longer than the file", position)
        if name in _SIZES:
            check_size("WebP", *_size(name, data, start), limits, position)
            sized = True
        frames += name == b"ANMF"
        position = start + size + (size & 1)
    if not sized:
        raise damaged("WebP", "it holds no picture", _HEAD)
    # Bytes behind the declared end are no part of the picture; a decoder never sees them.
    return Pages("WebP", "WEBP", data[:end], limits, range(max(1, frames)), trailing=end < len(data))


def _size(name: bytes, data: bytes, start: int) -> tuple[int, int]:
    head = data[start : start + 10].ljust(10, b"\x00")
    if name == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if name == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", head, 6)
    return width & 0x3FFF, height & 0x3FFF


_SIZES = {b"VP8 ", b"VP8L", b"VP8X"}
