"""Made-up pictures of our own, so that a clean clone proves what the shared corpus proves."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, JpegImagePlugin


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", len(payload), name) + payload + struct.pack(">I", zlib.crc32(name + payload))


def _png(header: tuple[int, int, int, int, int], packed: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG from width, height, depth, color type, interlacing; packed picture data; chunks to stand before it."""
    width, height, depth, color, interlace = header
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)), *extra]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in [*chunks, (b"IDAT", packed), (b"IEND", b"")])


@pytest.fixture
def segment() -> Callable[[int, bytes], bytes]:
    return _segment


@pytest.fixture
def chunk() -> Callable[[bytes, bytes], bytes]:
    return _chunk


@pytest.fixture
def png() -> Callable[..., bytes]:
    return _png


@pytest.fixture
def photo() -> Image.Image:
    """800 × 600 in warm colors: four different corners, gradients, grain, nowhere the middle grey."""
    width, height = 800, 600
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    grain = Image.effect_noise((width, height), 20)
    red = Image.blend(across.point(lambda v: 120 + v // 2), grain, 0.1)
    green = Image.blend(down.point(lambda v: 20 + v // 3), grain, 0.1)
    blue = Image.blend(across.point(lambda v: 90 - v // 4), grain, 0.1)
    picture = Image.merge("RGB", (red, green, blue))
    picture.paste((250, 250, 40), (0, 0, 200, 150))
    return picture


@pytest.fixture
def saved() -> Callable[..., bytes]:
    """Bytes of a picture as Pillow writes it; format and options as for `Image.save`."""

    def save(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return save


@pytest.fixture
def opened() -> Callable[[bytes], Image.Image]:
    def load(data: bytes) -> Image.Image:
        # Not by way of Image.open for JPEG, which looks for further pictures and warns about them.
        jpeg = data.startswith(b"\xff\xd8")
        image = JpegImagePlugin.JpegImageFile(io.BytesIO(data)) if jpeg else Image.open(io.BytesIO(data))
        image.load()
        return image

    return load


@pytest.fixture
def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def exif() -> Callable[..., bytes]:
    """A camera's EXIF block (with its signature) with orientation, names and a place."""

    def build(orientation: int = 1) -> bytes:
        block = Image.Exif()
        block[0x0112] = orientation
        block[0x010F] = "Invented Scopes"
        block[0x0131] = "taken for DOE^ALEX"
        block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
        return block.tobytes()

    return build
