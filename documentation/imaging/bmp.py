"""BMP, the bitmaps of Windows and of many capture programs."""

import struct

from .pages import Pages
from .results import Limits, check_size, damaged

_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_OLD = 12


def sniff(data: bytes) -> bool:
    return data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _HEADERS


def open_file(data: bytes, limits: Limits) -> Pages:
    """Raises `RefusalError` where the header is cut or declares too much."""
    old = data[14] == _OLD
    if len(data) < (22 if old else 26):
        raise damaged("BMP", "it ends in the middle of its header", len(data))
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    check_size("BMP", width, abs(height), limits, 18)
    return Pages("BMP", "BMP", data, limits)
