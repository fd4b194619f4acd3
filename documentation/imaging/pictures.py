"""The pictures for the pages, made from a decoded clean copy. Runs in the child process only."""

import io
from functools import cache

from PIL import ExifTags, Image, ImageCms

from .metadata import UPRIGHT
from .quality import flaws
from .results import Cleaned

THUMBNAIL_SIDE = 360
THUMBNAIL_BYTES = 40_000
SCREEN_SIDE = 1600
SCREEN_PIXELS = 2_000_000
_SCREEN_QUALITY = 85
_NEAR = 0.8
"""A screen picture has at least this part of the side that it may have, where the original has more."""
_JUDGED_SIDE = 720
"""Pixels on the long side that are left, at least, to judge the quality by: more than a fax has across a figure."""
_THUMBNAIL_QUALITIES = (82, 70, 55, 40, 25, 10)

_UPRIGHTING = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def wanted(cleaned: Cleaned, *, screen: bool) -> tuple[int, int]:
    """The size that the largest picture for the pages needs, as the pixels are stored.

    A scale that the decoder gives for nothing and that comes near is taken as it is: shrinking by a few pixels more
    costs more than the whole decoding. What fits already keeps all its pixels.
    """
    stored = (cleaned.width, cleaned.height)
    if not screen:
        return _fit(stored, THUMBNAIL_SIDE)
    most = _fit(stored, SCREEN_SIDE, SCREEN_PIXELS)
    return most if most == stored else (int(most[0] * _NEAR), int(most[1] * _NEAR))


def render(cleaned: Cleaned, image: Image.Image, *, screen: bool) -> tuple[bytes, bytes, tuple[str, ...]]:
    """Thumbnail, screen picture (empty when not wanted) and what is wrong with the quality, from a decoded picture."""
    large = b""
    stored = (cleaned.width, cleaned.height)
    most = _fit(stored, SCREEN_SIDE, SCREEN_PIXELS) if screen else _fit(stored, THUMBNAIL_SIDE)
    image = _upright(_plain(_shrunk(image, most)), cleaned.orientation)
    if screen:
        large = jpeg_of(image, _SCREEN_QUALITY)
        # Halves, thirds ... are quick to make and leave the quality and the thumbnail more than they look at.
        image = image.reduce(max(1, max(image.size) // _JUDGED_SIDE))
    found = flaws(stored, image)
    return _thumbnail(_shrunk(image, _fit(image.size, THUMBNAIL_SIDE))), large, found


def tile(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture as 8-bit sRGB within a size."""
    return _plain(_shrunk(image, _within(image.size, size)))


def _fit(size: tuple[int, int], side: int, pixels: int | None = None) -> tuple[int, int]:
    """The size scaled down to a longest side, and to a number of pixels; never up."""
    width, height = size
    factor = min(1.0, side / max(size))
    if pixels is not None:
        factor = min(factor, (pixels / (width * height)) ** 0.5)
    return max(1, int(width * factor)), max(1, int(height * factor))


def _within(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    factor = min(1.0, room[0] / size[0], room[1] / size[1])
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.width <= size[0] and image.height <= size[1]:
        return image
    profile = image.info.get("icc_profile")
    smaller = _resizable(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    smaller.info = {"icc_profile": profile}
    return smaller


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be blended: no palette, no transparent colour, 8 bits."""
    if image.mode.startswith("I;16"):
        # Pillow's own conversion clips at 255: take the high bytes (`I;16` is little-endian everywhere).
        return Image.frombytes("L", image.size, image.tobytes("raw", "I;16")[1::2])
    if "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert({"1": "L", "P": "RGB", "PA": "RGBA", "I": "L"}.get(image.mode, image.mode))


def _plain(image: Image.Image) -> Image.Image:
    """The picture as 8-bit sRGB on white, without any metadata."""
    profile = image.info.get("icc_profile")
    image = _resizable(image)
    alpha = image.getchannel("A") if image.has_transparency_data else None
    if alpha is not None:
        image = image.convert("L" if image.mode == "LA" else "RGB")
    image = _srgb(image, profile)
    if alpha is not None:
        opaque = Image.new("RGB", image.size, "white")
        opaque.paste(image, mask=alpha)
        image = opaque
    image.info = {}
    return image


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _srgb_profile(), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # A profile that does not fit its picture is left out, as browsers do.
        if converted is not None:
            return converted
    return image.convert("RGB")


@cache
def _srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == UPRIGHT else image.transpose(_UPRIGHTING[orientation])


def _thumbnail(image: Image.Image) -> bytes:
    for quality in _THUMBNAIL_QUALITIES:
        encoded = jpeg_of(image, quality)
        if len(encoded) <= THUMBNAIL_BYTES:
            break
    return encoded


def jpeg_of(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def opened(clean: bytes, most_pixels: int) -> Image.Image:
    """A clean copy that was accepted before, as 8-bit sRGB on white, upright, at most so many pixels large."""
    image = Image.open(io.BytesIO(clean), formats=["JPEG", "PNG"])
    orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    wanted = _fit(image.size, max(image.size), most_pixels)
    image.draft(None, wanted)
    plain = _plain(_shrunk(image, wanted))
    return _upright(plain, orientation if orientation in _UPRIGHTING else UPRIGHT)
