"""A document as PDF: Typst in a child process of its own, with a fresh folder that holds only what the page needs.

The child is killed at its time limit. Fonts come from an installed package and from Typst itself, so that the same
input gives the same bytes on every machine. A character that the fonts lack stops the build: nothing leaves with a
hole in it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fontpkg_inter

from documentation.kernel.machine import Refused

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "print"
STANDARDS = ("a-3a", "ua-1")
"""Archivable, with the structure that screen readers need."""
TIME_LIMIT = 60.0
"""Seconds for one document. A packet of a dozen pages takes well under one."""

_CHILD = Path(__file__).with_name("typeset.py")
_FONTS = Path(fontpkg_inter.__file__).parent / "files"
_NO_GLYPH = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed', re.DOTALL)


class RenderRefused(Refused):
    """The document could not be made. The message is a sentence for the person.

    `detail` is what the typesetter said: for developers, and never for logs, since it may quote the record.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        self.sentence = sentence
        self.detail = detail
        super().__init__(sentence)


class Unprintable(RenderRefused):
    """A character that none of the fonts has."""

    def __init__(self, character: str, detail: str = "", where: str = "the record") -> None:
        self.character = character
        name = unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"
        super().__init__(
            f"The character “{character}” ({name}) in {where} cannot be printed with the fonts of this document."
            " Write it there in Latin, Greek, Cyrillic or Hebrew letters, then build again.",
            detail,
        )


@dataclass(frozen=True)
class Rendered:
    pdf: bytes
    pages: Mapping[str, tuple[int, int]]
    """First and last page by target, such as `part:note` or `figure:2`."""


def render(
    main: str, data: Mapping[str, Any], files: Mapping[str, bytes], *, time_limit: float = TIME_LIMIT
) -> Rendered:
    """Set `templates/print/<main>` with the data and files. Raises RenderRefused with a sentence."""
    try:
        return _rendered(main, data, files, time_limit)
    except OSError as error:
        raise RenderRefused(
            "The document could not be made because the disk of the server is full or cannot be written. Nothing was"
            " kept: make room or tell whoever runs Ductus, then try again."
        ) from error


def _rendered(main: str, data: Mapping[str, Any], files: Mapping[str, bytes], time_limit: float) -> Rendered:
    with tempfile.TemporaryDirectory(prefix="ductus-print-") as folder:
        root = Path(folder) / "root"
        for source in sorted(TEMPLATES.rglob("*.typ")):
            target = root / source.relative_to(TEMPLATES)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
        for name, content in files.items():
            (root / name).write_bytes(content)
        output = Path(folder) / "out.pdf"
        job = {
            "root": str(root), "main": main, "data": data, "fonts": [str(_FONTS)], "standards": STANDARDS,
            "output": str(output),
        }  # fmt: skip
        answer = _run(job, Path(folder), time_limit)
        if "error" in answer:
            raise _refusal(answer["error"])
        return Rendered(output.read_bytes(), {k: (int(v[0]), int(v[1])) for k, v in answer["pages"].items()})


def _run(job: Mapping[str, Any], folder: Path, time_limit: float) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)], input=json.dumps(job, ensure_ascii=True).encode(), capture_output=True,
            cwd=folder, env={"HOME": str(folder), "TMPDIR": str(folder)}, timeout=time_limit, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise RenderRefused(
            f"The document was not finished within {time_limit:.0f} seconds and was given up. Try again;"
            " if it happens twice, leave out some of the images."
        ) from error
    if done.returncode != 0:
        raise RenderRefused("The document could not be made because its process ended early. Try again.")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _refusal(error: str) -> RenderRefused:
    """What stopped the build, in words."""
    found = _NO_GLYPH.search(error)
    if found:
        text = found["text"]
        return Unprintable(next((c for c in text if ord(c) > 0x7F), text[:1]), error)
    if "image" in error.lower():
        return RenderRefused(
            "One of the images could not be read, so nothing was made. Upload it again and retry.", error
        )
    return RenderRefused(
        "The document could not be made from this record. Nothing was changed; tell your administrator.", error
    )
