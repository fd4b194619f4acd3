"""What stands in a rehearsal where the practice has files: drawings, and a page that says what it is."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from claims.demo.pictures import draw
from documentation import typesetting
from documentation.imaging import Accepted, examine_many
from documentation.kernel.machine import NotPossible
from documentation.services import files

SCENES = ("open", "stenosis", "stone", "plug", "branching")
MANIFEST = '{"parts": []}'
_PAGE = b"""#set document(title: "Rehearsal", date: datetime(year: 2026, month: 1, day: 1))
#set page(paper: "us-letter", footer: [page 1 of 1])
#set text(font: "Inter", lang: "en", region: "US")
= Rehearsal
A sealed packet of the practice stood here. It is not carried into a rehearsal. Nothing here is real, nothing is sent.
#metadata((:)) <pages>
"""


@dataclass(frozen=True)
class Drawn:
    """A picture as it is kept: keys of its files."""

    original: int
    clean: int
    screen: int
    thumbnail: int
    width: int
    height: int
    frame: int


def drawn(many: int, *, at: datetime) -> list[Drawn]:
    """So many pictures, no two alike, made by a program and taken in as any other."""
    bytes_ = [draw(SCENES[n % len(SCENES)], n // len(SCENES)) for n in range(many)]
    found = []
    for data, answer in zip(bytes_, examine_many(bytes_), strict=True):
        if not isinstance(answer, Accepted):
            raise NotPossible("A drawn picture cannot be decoded here. Run manage.py doctor.")
        found.append(
            Drawn(
                original=files.keep(data, media_type=answer.original_type, at=at).pk,
                clean=files.keep(answer.clean, media_type=answer.media_type, at=at).pk,
                screen=files.keep(answer.screen, media_type="image/jpeg", at=at).pk,
                thumbnail=files.keep(answer.thumbnail, media_type="image/jpeg", at=at).pk,
                width=answer.width,
                height=answer.height,
                frame=answer.frame,
            )
        )
    return found


def papers(*, at: datetime) -> dict[str, Any]:
    """The page in place of sealed packets, alone and as a ZIP, by their keys; and what the ZIP's list says."""
    pdf = typesetting.render("rehearsal.typ", {}, {"rehearsal.typ": _PAGE}).pdf
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("manifest.json"), MANIFEST)
    return {
        "pdf": files.keep(pdf, media_type="application/pdf", at=at).pk,
        "zip": files.keep(packed.getvalue(), media_type="application/zip", at=at).pk,
        "manifest": MANIFEST,
    }
