"""A clean copy of a JPEG by rewriting its segments: compressed pixels are copied byte for byte, never encoded again.

Kept: quantization and Huffman tables, frame, scans, restart interval, the color transform (JFIF and Adobe markers
written anew, since decoders derive the color space from them), the ICC profile, and an EXIF block with nothing but
the orientation. Everything else is dropped: EXIF, GPS, XMP, IPTC, comments, previews, further pictures, trailing bytes.

ITU-T T.81 (09/92), annex B, describes the markers.
"""

import re
import struct
from dataclasses import dataclass, field

from .metadata import UPRIGHT, minimal_exif, notes, read_exif, sound_profile
from .results import Cleaned, Limits, Refusal, RefusalError, check_size, damaged

_SOI, _EOI, _SOS, _DQT, _DHT, _DRI, _COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xFE
_JFIF, _EXIF, _ICC, _ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
_APPS = range(0xE0, 0xF0)
_FRAMES = {0xC0, 0xC1, 0xC2}
_PROGRESSIVE = 0xC2
_RARE_FRAMES = {
    0xC3: "lossless",
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical"),
    **dict.fromkeys((0xC9, 0xCA, 0xCB), "arithmetic-coded"),
}
_MAX_SCANS = 100
"""Ten are usual. A small file with thousands of scans is an attack on the processor."""

_ICC_SIGNATURE = b"ICC_PROFILE\x00"
_EXIF_SIGNATURE = b"Exif\x00"
_MAX_PAYLOAD = 65_533
# In compressed data 0xFF is followed by zero (a stuffed byte) or by a restart marker; anything else is the next marker.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")


def sniff(data: bytes) -> bool:
    """Whether the content begins as a JPEG does."""
    return data.startswith(b"\xff\xd8\xff")


def clean(data: bytes, limits: Limits, *, colors: str = "", profile: bytes | None = None) -> Cleaned:
    """Rewrite a JPEG.

    `colors` (RGB or YBR) and `profile` (ICC) are what a file around the JPEG says of it; its own markers win.
    Raises `RefusalError` with the byte position when it is truncated or damaged, and without one when it declares too
    many pixels or uses a coding that ordinary viewers cannot open.
    """
    walk = _Walk(data, limits)
    walk.colors_outside, walk.profile_outside = colors, profile
    return walk.run()


@dataclass(slots=True)
class _Frame:
    progressive: bool
    width: int
    height: int
    sampling: dict[int, tuple[int, int]]
    """Component identifier to its horizontal and vertical sampling factors."""
    precision: dict[int, list[int]] = field(init=False)
    """Component identifier to the lowest bit still unknown of each of its 64 coefficients; 0 is complete, 16 unseen."""

    def __post_init__(self) -> None:
        self.precision = {component: [16] * 64 for component in self.sampling}

    def units(self, components: bytes) -> int:
        """Number of coded units (MCU) in a scan of these components: what restart intervals count."""
        widest = max(h for h, _ in self.sampling.values())
        tallest = max(v for _, v in self.sampling.values())
        h, v = self.sampling[components[0]] if len(components) == 1 else (1, 1)
        return -(-self.width * h // (8 * widest)) * -(-self.height * v // (8 * tallest))


class _Walk:
    """One pass over the markers of a file, collecting what the clean copy keeps."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.data = data
        self.view = memoryview(data)
        self.limits = limits
        self.kept: list[bytes | memoryview] = []
        self.frame: _Frame | None = None
        self.interval = 0
        self.scans = 0
        self.jfif = False
        self.adobe_transform: int | None = None
        self.exif: bytes | None = None
        self.icc: dict[int, bytes] = {}
        self.icc_count = 0
        self.metadata = False
        self.colors_outside = ""
        self.profile_outside: bytes | None = None

    def run(self) -> Cleaned:
        position = 2
        while True:
            marker, start = self.marker_at(position)
            if marker == _EOI:
                return self.finished(start)
            payload = self.payload_at(start)
            position = start + 2 + len(payload)
            whole = self.view[start - 2 : position]
            if marker in _FRAMES:
                self.read_frame(marker, payload, start)
                self.kept.append(whole)
            elif marker == _SOS:
                end, following = self.scan_end(position)
                self.check_scan(payload, start, position, end)
                self.kept.extend((whole, self.view[position:end]))
                position = following
            elif marker in (_DQT, _DHT):
                self.kept.append(whole)
            elif marker == _DRI:
                if len(payload) != 2:
                    raise self.damage("its restart interval has the wrong length", start)
                (self.interval,) = struct.unpack(">H", payload)
                self.kept.append(whole)
            elif marker in _APPS or marker == _COM:
                self.read_application_data(marker, payload)
            elif marker in _RARE_FRAMES:
                raise RefusalError(
                    Refusal.KIND_NOT_TAKEN,
                    f"This is a {_RARE_FRAMES[marker]} JPEG, which ordinary viewers and payers cannot open. "
                    "Open it in the program that made it and export it as an ordinary JPEG or as PNG.",
                )
            else:
                raise self.damage("it has a marker that no JPEG has", start)

    def damage(self, what: str, position: int) -> RefusalError:
        return damaged("JPEG", what, position)

    def marker_at(self, position: int) -> tuple[int, int]:
        """The marker code at a position, fill bytes skipped, and where its payload length begins."""
        data, begin = self.data, position
        while position < len(data) and data[position] == 0xFF:
            position += 1
        if position >= len(data):
            raise self.damage("it ends before the picture does", len(data))
        if position == begin:
            raise self.damage("something else stands where a marker has to be", position)
        return data[position], position + 1

    def payload_at(self, start: int) -> bytes:
        if start + 2 > len(self.data):
            raise self.damage("it ends in the middle of its header", len(self.data))
        (length,) = struct.unpack_from(">H", self.data, start)
        if length < 2:
            raise self.damage("a segment of its header has no length", start)
        if start + length > len(self.data):
            raise self.damage("it ends in the middle of its header", len(self.data))
        return self.data[start + 2 : start + length]

    def read_frame(self, marker: int, payload: bytes, start: int) -> None:
        if self.frame is not None:
            raise self.damage("it declares its size twice", start)
        if len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:
            raise self.damage("the declaration of its size has the wrong length", start)
        bits, height, width, _ = struct.unpack_from(">BHHB", payload)
        check_size("JPEG", width, height, self.limits, start)
        if bits != 8:
            raise RefusalError(
                Refusal.KIND_NOT_TAKEN,
                f"This JPEG has {bits} bits per color, which ordinary viewers cannot open. "
                "Open it in the program that made it and export it as an ordinary JPEG or as PNG.",
            )
        sampling = {payload[at]: (payload[at + 1] >> 4, payload[at + 1] & 15) for at in range(6, len(payload), 3)}
        sound = all(1 <= factor <= 4 for factors in sampling.values() for factor in factors)
        if len(sampling) != payload[5] or len(sampling) not in (1, 3, 4) or not sound:
            raise self.damage("its color components make no sense", start)
        self.frame = _Frame(marker == _PROGRESSIVE, width, height, sampling)

    def scan_end(self, start: int) -> tuple[int, int]:
        """Where the compressed data that begins at `start` ends, and where the next marker stands."""
        found = _MARKER.search(self.data, start)
        if found is None:
            raise self.damage("it ends in the middle of the picture", len(self.data))
        end = found.start()
        while end > start and self.data[end - 1] == 0xFF:
            end -= 1
        # A restart marker after the last unit is allowed and carries nothing.
        while end - 2 >= start and self.data[end - 2] == 0xFF and self.data[end - 1] in range(0xD0, 0xD8):
            end -= 2
        return end, found.start()

    def check_scan(self, payload: bytes, header: int, start: int, end: int) -> None:
        """Check what no lenient decoder checks: restart markers in order and complete, coefficients accounted for."""
        frame = self.frame
        if frame is None:
            raise self.damage("its picture begins before its size is declared", header)
        components = payload[1:-3:2]
        if len(payload) < 6 or len(payload) != 4 + 2 * payload[0] or not set(components) <= frame.sampling.keys():
            raise self.damage("the header of its picture data makes no sense", header)
        self.scans += 1
        if self.scans > _MAX_SCANS:
            raise self.damage("its picture is cut into more layers than any camera makes", header)
        first, last, bits = (payload[-3], payload[-2], payload[-1] & 15) if frame.progressive else (0, 63, 0)
        if last > 63:
            raise self.damage("the header of its picture data makes no sense", header)
        for component in components:
            for coefficient in range(first, last + 1):
                frame.precision[component][coefficient] = bits

        expected = -(-frame.units(components) // self.interval) - 1 if self.interval else 0
        number = 0
        for number, restart in enumerate(_RESTART.finditer(self.data, start, end), 1):
            if restart[1][0] != 0xD0 + (number - 1) % 8 or number > expected:
                raise self.damage("parts of the picture are missing or out of order", restart.start())
        if number != expected:
            raise self.damage("parts of the picture are missing", end)

    def read_application_data(self, marker: int, payload: bytes) -> None:
        if self.scans:
            self.metadata = True  # Decoders take no notice of it here either.
        elif marker == _JFIF and payload.startswith(b"JFIF\x00"):
            self.jfif = True
        elif marker == _ADOBE and payload.startswith(b"Adobe") and len(payload) >= 12:
            self.adobe_transform = payload[11]
        elif marker == _ICC and payload.startswith(_ICC_SIGNATURE) and len(payload) > 14:
            self.icc[payload[12]] = payload[14:]
            self.icc_count = payload[13]
        else:
            self.metadata = True
            if marker == _EXIF and self.exif is None and payload.startswith(_EXIF_SIGNATURE):
                self.exif = payload[6:]

    def profile(self) -> bytes | None:
        if not self.icc_count or sorted(self.icc) != list(range(1, self.icc_count + 1)):
            return sound_profile(self.profile_outside) if self.profile_outside else None
        return sound_profile(b"".join(self.icc[number] for number in sorted(self.icc)))

    def transform(self, frame: _Frame) -> int | None:
        """The color transform for an Adobe marker: its own, or what is said outside, unless the file contradicts it."""
        if self.adobe_transform is not None or not self.colors_outside or len(frame.sampling) != 3:
            return self.adobe_transform
        # Nobody stores red at another size than green, and JFIF knows no RGB.
        is_ybr = self.colors_outside == "YBR" or self.jfif or len(set(frame.sampling.values())) > 1
        return 1 if is_ybr else 0

    def finished(self, end: int) -> Cleaned:
        frame = self.frame
        if frame is None or not self.scans:
            raise self.damage("it holds no picture", end)
        if any(any(unknown) for unknown in frame.precision.values()):
            raise self.damage("layers of the picture are missing", end)
        orientation, located = read_exif(self.exif) if self.exif else (UPRIGHT, False)

        head = [b"\xff\xd8"]
        if self.jfif:
            head.append(_segment(_JFIF, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
        if orientation != UPRIGHT:
            head.append(_segment(_EXIF, b"Exif\x00\x00" + minimal_exif(orientation)))
        head.extend(_profile_segments(self.profile()))
        if (transform := self.transform(frame)) is not None:
            head.append(_segment(_ADOBE, b"Adobe\x00\x64\x00\x00\x00\x00" + bytes([transform])))
        return Cleaned(
            data=b"".join([*head, *self.kept, b"\xff\xd9"]),
            decoder="JPEG",
            media_type="image/jpeg",
            extension="jpg",
            width=frame.width,
            height=frame.height,
            orientation=orientation,
            notes=notes(metadata=self.metadata, located=located, trailing=end < len(self.data)),
        )


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _profile_segments(profile: bytes | None) -> list[bytes]:
    if profile is None:
        return []
    room = _MAX_PAYLOAD - len(_ICC_SIGNATURE) - 2
    parts = [profile[at : at + room] for at in range(0, len(profile), room)]
    return [_segment(_ICC, _ICC_SIGNATURE + bytes([number, len(parts)]) + part) for number, part in enumerate(parts, 1)]
