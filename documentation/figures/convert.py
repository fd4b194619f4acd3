"""A picture as a channel takes it: `(image, profile) -> bytes`, with what was drawn on it burned in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageOps

from documentation.facts import AnnotationFacts
from documentation.figures.drawing import layout
from documentation.figures.pixels import burn
from documentation.imaging.pictures import opened

_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}
_QUALITIES = (92, 85, 75, 60, 45)
_SMALLEST = 64
"""Pixels of the longer side below which a picture shows nothing any more."""


@dataclass(frozen=True)
class Profile:
    """What a channel takes. A picture that fits already leaves with its bytes unchanged."""

    name: str
    media_type: str
    """Of pictures that have to be made: image/jpeg, or image/tiff for a fax."""
    takes: tuple[str, ...]
    """Media types that may pass as they are."""
    most_pixels: int
    most_bytes: int
    dots: tuple[int, int] | None = None
    """Of a fax: dots per inch across and down. Its pictures are black and white, and as wide as its page at most."""
    page_width: int = 0
    """Dots across the page of a fax."""


PACKET = Profile("packet", "image/jpeg", ("image/jpeg", "image/png"), 12_000_000, 12_000_000)
PORTAL = Profile("portal", "image/jpeg", ("image/jpeg",), 3_000_000, 1_000_000)
FAX = Profile("fax", "image/tiff", (), 4_000_000, 1_000_000, dots=(204, 196), page_width=1728)
"""Group 3 fine resolution: 1728 dots across a page, nearly as fine down as across."""


def convert(image: bytes, profile: Profile, marks: Sequence[AnnotationFacts] = ()) -> bytes:
    """A clean copy as the channel takes it, upright, with the marks in it and without any metadata.

    `image` is a JPEG or PNG that was examined. Where nothing was drawn and the profile takes the picture as it is, the
    very same bytes come back. The same input gives the same bytes. Raises ValueError where the picture cannot be
    brought below the profile's size, and whatever Pillow raises of bytes that are no picture.
    """
    if not marks and _fits(image, profile):
        return image
    picture = opened(image, profile.most_pixels)
    if profile.dots:
        marks = [replace(m, ink="white") for m in marks]  # a color would come out as dots
    if marks:
        picture = burn(picture, layout(marks, picture.size))
    while True:
        made = _fax(picture, profile) if profile.dots else _jpeg(picture, profile)
        if len(made) <= profile.most_bytes:
            return made
        if max(picture.size) < _SMALLEST:
            raise ValueError(f"the picture cannot be made small enough for {profile.name}")
        width, height = (max(1, side * 4 // 5) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)


def _fits(image: bytes, profile: Profile) -> bool:
    kind = _KINDS.get(image[:3], "")
    return kind in profile.takes and len(image) <= profile.most_bytes and _pixels(image) <= profile.most_pixels


def _pixels(image: bytes) -> int:
    with Image.open(io.BytesIO(image), formats=["JPEG", "PNG"]) as seen:
        return seen.width * seen.height


def _jpeg(picture: Image.Image, profile: Profile) -> bytes:
    """Colors at full resolution: thin colored strokes fray otherwise."""
    made = b""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, subsampling=0)
        made = buffer.getvalue()
        if len(made) <= profile.most_bytes:
            break
    return made


def _fax(picture: Image.Image, profile: Profile) -> bytes:
    """Black and white at the dots of a fax, with even contrast and the error of each dot handed on to the next."""
    across, down = profile.dots or (204, 196)
    width = min(profile.page_width, picture.width)
    height = max(1, round(picture.height * width / picture.width * down / across))
    grey = ImageOps.autocontrast(picture.convert("L").resize((width, height), Image.Resampling.LANCZOS), cutoff=1)
    buffer = io.BytesIO()
    grey.convert("1").save(buffer, "TIFF", compression="group4", dpi=(across, down))
    return buffer.getvalue()
