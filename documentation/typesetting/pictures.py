"""The pictures of a record as files of a printed document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from documentation.facts import EncounterFacts
from documentation.figures import PACKET, convert
from documentation.typesetting.render import RenderRefused

EXTENSIONS = {b"\xff\xd8\xff": "jpg", b"\x89PN": "png"}
"""File endings by the first three bytes."""


def pictures_of(e: EncounterFacts, images: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
    """File name to SHA-256 and bytes, in figure order. `images` holds clean copies by their SHA-256.

    Figures without bytes are left out. Raises RenderRefused where bytes do not match their sum or cannot be printed.
    """
    pictures: dict[str, tuple[str, bytes]] = {}
    for image in e.images:
        content = images.get(image.clean_sha256)
        if content is None:
            continue
        if hashlib.sha256(content).hexdigest() != image.clean_sha256:
            raise RenderRefused(
                f"The stored picture of figure {image.figure} is damaged. Upload it again, then build again."
            )
        extension = next((ext for start, ext in EXTENSIONS.items() if content.startswith(start)), "")
        if not extension:
            raise RenderRefused(
                f"Figure {image.figure} is neither JPEG nor PNG and cannot be printed. Upload it again."
            )
        pictures[f"fig-{image.figure:02d}.{extension}"] = (image.clean_sha256, content)
    return pictures


def annotated_of(e: EncounterFacts, pictures: Mapping[str, tuple[str, bytes]]) -> dict[int, tuple[str, bytes]]:
    """Figure number to file name and bytes of the annotated copy, for each picture at hand that was drawn on.

    `pictures` as `pictures_of` gives them. Raises RenderRefused where a picture cannot be drawn on.
    """
    at_hand = {digest: (name, content) for name, (digest, content) in pictures.items()}
    copies = {}
    for image in e.images:
        if not image.annotations or image.clean_sha256 not in at_hand:
            continue
        name, content = at_hand[image.clean_sha256]
        try:
            copy = convert(content, PACKET, image.annotations)
        except (OSError, ValueError, SyntaxError) as error:
            raise RenderRefused(
                f"The marks could not be drawn into figure {image.figure}. Upload the picture again, then build again."
            ) from error
        copies[image.figure] = (f"{name.rpartition('.')[0]}-annotated.jpg", copy)
    return copies
