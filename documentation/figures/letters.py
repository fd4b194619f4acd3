"""The letters that are drawn into pictures: Inter, as on the pages and in the packet, whatever the machine has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import fontpkg_inter
from PIL import ImageFont

_FILE = Path(fontpkg_inter.__file__).parent / "files" / "Inter[opsz,wght].ttf"
_OPTICAL_SIZE, _WEIGHT = 14, 650
_NO_LETTER = "\uffff"


@cache
def inter(size: int) -> ImageFont.FreeTypeFont:
    """Inter, semibold, at a size in pixels. Pillow's own layout is used: it is the same on every machine."""
    font = ImageFont.truetype(str(_FILE), max(1, size), layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([_OPTICAL_SIZE, _WEIGHT])
    return font


def unprintable_in(text: str) -> str:
    """The first character that the font cannot draw; empty when it can draw them all."""
    return next((c for c in text if not c.isspace() and not _is_drawn(c)), "")


@cache
def _is_drawn(character: str) -> bool:
    font = inter(32)
    return bytes(font.getmask(character)) != bytes(font.getmask(_NO_LETTER))
