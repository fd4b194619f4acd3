"""The logo of a practice on its letterhead: the file that a page needs, and how large it stands there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from documentation.typesetting.render import RenderRefused

HIGHEST, WIDEST = 34.0, 150.0
"""Points that a logo takes at most: a line of head and no more, whatever its shape."""
_ENDINGS = {b"\xff\xd8\xff": "jpg", b"\x89PN": "png"}


@dataclass(frozen=True)
class Placed:
    """A logo as data of a template and as files beside it; without one both are empty."""

    data: Mapping[str, Any] | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


def place_logo(digest: str, pictures: Mapping[str, bytes], whose: str) -> Placed:
    """The logo with this SHA-256, nothing for an empty one. `pictures` are bytes by their sums; `whose` is read out
    where nobody sees it.

    Raises RenderRefused where its bytes are not at hand or not those that were kept.
    """
    if not digest:
        return Placed()
    content = pictures.get(digest, b"")
    ending = next((e for start, e in _ENDINGS.items() if content.startswith(start)), "")
    if sha256(content).hexdigest() != digest or not ending:
        raise RenderRefused("The logo of the letterhead is damaged. Add it again under Practice, then build again.")
    width, height = _size(content)
    scale = min(HIGHEST / height, WIDEST / width)
    name = f"logo.{ending}"
    data = {
        "file": name,
        "alt": f"Logo of {whose}" if whose else "Logo of the practice",
        "width": round(width * scale, 2),
        "height": round(height * scale, 2),
    }
    return Placed(data, {name: content})


def _size(content: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as seen:
        width, height = seen.size
        return (height, width) if seen.getexif().get(0x0112, 1) >= 5 else (width, height)
