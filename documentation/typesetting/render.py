"""A document as PDF: Typst in a child process of its own, with a fresh folder that holds only what the page needs.

The child is killed at its time limit, and limits its own memory. Fonts come from an installed package and from Typst
itself, so that the same input gives the same bytes on every machine. A character that the fonts lack stops the build:
nothing leaves with a hole in it.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import fontpkg_inter

from documentation.kernel.deadline import Late, run
from documentation.kernel.machine import Refused
from documentation.typesetting.leftovers import folder_name, sweep

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "print"
STANDARDS = ("a-3a", "ua-1")
"""Archivable, with the structure that screen readers need."""
TIME_LIMIT = 60.0
"""Seconds for one document. A packet of a dozen pages takes well under one."""
MEMORY = 1024 * 1024 * 1024
"""Bytes of address space for one document. A packet of a dozen pages takes a fourth, most of that for programs."""

_SENTENCES = {
    "disk": "The document could not be made because the disk of the server is full or cannot be written. Nothing was"
    " kept: make room or tell whoever runs Ductus, then try again.",
    "fonts": "The document could not be made because the fonts of Ductus are missing on the server. Nothing was kept:"
    " whoever runs Ductus has to install it again (the package fontpkg-inter), then try again.",
    "slow": "The document was not finished within {seconds:.0f} seconds and was given up. Try again;"
    " if it happens twice, leave out some of the images.",
    "memory": "The document takes more memory than one document may use, so nothing was made. Leave out some of the"
    " images or documents, or add smaller ones, then try again.",
    "killed": "The document could not be made because its process ended early. Try again; if it happens twice, the"
    " server has too little memory free: tell whoever runs Ductus.",
    "ended": "The document could not be made because its process ended early. Try again; if it happens twice, tell"
    " whoever runs Ductus.",
    "picture": "One of the images could not be read, so nothing was made. Upload it again and retry.",
    "document": "The document could not be made from this record. Nothing was changed; tell your administrator.",
}
_FEW_THREADS = {"RAYON_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "2"}
"""Each thread takes address space of its own: on a server of many processors they alone would pass the limit."""
_NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
"""Typst would fetch a package that a page asks for. None does, and one that did finds nobody there."""
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
    smaller: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Width and height in pixels of the pictures that were made smaller for their place on the page, by file."""


def render(
    main: str, data: Mapping[str, Any], files: Mapping[str, bytes], *, time_limit: float = TIME_LIMIT
) -> Rendered:
    """Set `templates/print/<main>` with the data and files. Raises RenderRefused with a sentence."""
    try:
        return _rendered(main, data, files, time_limit)
    except OSError as error:
        raise RenderRefused(_SENTENCES["disk"]) from error


def _rendered(main: str, data: Mapping[str, Any], files: Mapping[str, bytes], time_limit: float) -> Rendered:
    if not any(_FONTS.rglob("*.ttf")):
        raise RenderRefused(_SENTENCES["fonts"])
    with tempfile.TemporaryDirectory(prefix=folder_name()) as folder:
        sweep(Path(folder))
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
            "output": str(output), "memory": MEMORY, "seconds": ceil(TIME_LIMIT),
        }  # fmt: skip
        answer = _run(job, Path(folder), time_limit)
        if "stopped" in answer:
            raise _refusal(answer["stopped"], answer["error"])
        return Rendered(output.read_bytes(), _pairs(answer["pages"]), _pairs(answer["smaller"]))


def _pairs(found: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    return {key: (int(a), int(b)) for key, (a, b) in found.items()}


def _run(job: Mapping[str, Any], folder: Path, time_limit: float) -> dict[str, Any]:
    try:
        done = run(
            [sys.executable, "-I", str(_CHILD)], input=json.dumps(job, ensure_ascii=True).encode(), capture_output=True,
            cwd=folder, limit=time_limit,
            env={"HOME": str(folder), "TMPDIR": str(folder), **_FEW_THREADS, **_NO_NETWORK},
        )  # fmt: skip
    except Late as late:
        raise RenderRefused(late.reasons[0]) from late
    except subprocess.TimeoutExpired as error:
        raise RenderRefused(_SENTENCES["slow"].format(seconds=time_limit)) from error
    if done.returncode != 0:
        raise RenderRefused(_ended(done.returncode, done.stderr))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _ended(code: int, said: bytes) -> str:
    """Why the process ended before its document, as far as its end tells."""
    if code == -signal.SIGXCPU:
        return _SENTENCES["slow"].format(seconds=TIME_LIMIT)
    # Where no memory is left, libraries may abort before anything can be said.
    if code == -signal.SIGABRT or b"memory allocation" in said or b"MemoryError" in said:
        return _SENTENCES["memory"]
    return _SENTENCES["killed" if code == -signal.SIGKILL else "ended"]


def _refusal(why: str, error: str) -> RenderRefused:
    """What stopped the build, in words. `why` is as the child says it."""
    found = _NO_GLYPH.search(error)
    if found:
        text = found["text"]
        return Unprintable(next((c for c in text if ord(c) > 0x7F), text[:1]), error)
    return RenderRefused(_SENTENCES[why], error)
