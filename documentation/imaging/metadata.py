"""The two pieces of metadata that a clean copy keeps: orientation and color profile."""

import struct

UPRIGHT = 1
MAX_PROFILE_BYTES = 4 * 1024 * 1024

_ORIENTATION = 0x0112
_GPS = 0x8825
_SHORT = 3
_LONG = 4


def read_exif(tiff: bytes) -> tuple[int, bool]:
    """The orientation (1-8; 1 when absent or senseless) and whether a place is recorded.

    Never raises: EXIF is often broken, and no reason to refuse a sound picture.
    """
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return UPRIGHT, False
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    if directory + 2 > len(tiff):
        return UPRIGHT, False
    (count,) = struct.unpack_from(order + "H", tiff, directory)
    orientation, located = UPRIGHT, False
    for entry in range(directory + 2, min(directory + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", tiff, entry)
        located = located or tag == _GPS
        if tag == _ORIENTATION and number == 1 and kind in (_SHORT, _LONG):
            (value,) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), tiff, entry + 8)
            orientation = value if 1 <= value <= 8 else UPRIGHT
    return orientation, located


def minimal_exif(orientation: int) -> bytes:
    """An EXIF block (TIFF structure) that says the orientation and nothing else."""
    return b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, _SHORT, 1, orientation, 0, 0)


def sound_profile(profile: bytes) -> bytes | None:
    """The ICC profile cut to its declared length, or None when it is none."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    (length,) = struct.unpack_from(">I", profile)
    return profile[:length] if 132 <= length <= min(len(profile), MAX_PROFILE_BYTES) else None


def notes(*, metadata: bool, located: bool, trailing: bool) -> tuple[str, ...]:
    """Sentences for what a clean copy left out."""
    said = []
    if located:
        said.append("The place where the picture was taken and other camera data were removed.")
    elif metadata:
        said.append("Camera data and comments were removed.")
    if trailing:
        said.append("Data hidden behind the end of the picture was removed.")
    return tuple(said)
