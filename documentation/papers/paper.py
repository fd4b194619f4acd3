"""The side that the web process calls. It never looks into a PDF itself."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from documentation.kernel.deadline import Late, run

MOST_PAGES = 40
"""Of one PDF to be sent: a report of a few pages proves more than a whole chart."""
MOST_SCANNED = 200
"""Of one scan of what a payer sent: an EOB on paper tells of many claims, and goes to nobody whole."""
TIME_LIMIT = 40.0
"""Seconds for one PDF, until its process is killed."""
AGAIN = "Print it into a new PDF or scan it again, then add that."

_CHILD = Path(__file__).with_name("child.py")
_SENTENCES = {
    "empty": f"This file is empty. {AGAIN}",
    "none": f"This file is no PDF, whatever its name says. {AGAIN}",
    "locked": "This PDF is locked with a password, so nobody can read it. Save it without a password, then add that.",
    "damaged": f"This PDF is damaged, and parts of it may be missing. {AGAIN}",
    "blank": f"This PDF has no pages. {AGAIN}",
    "pages": "This PDF has {detail} pages; {most} is the most. Add only the pages that prove something.",
    "scanned": "This PDF has {detail} pages; {most} is the most of one scan. Save the pages that tell of this claim"
    " as a PDF of their own, then add that.",
    "late": "{detail}",
    "slow": f"Reading this PDF took too long and was given up. {AGAIN}",
    "large": f"Drawing the pages of this PDF takes more memory than one file may use. {AGAIN}",
}
_LEFT_OUT = {
    "damage": "The file was slightly damaged and was repaired: look whether each of its pages is there. What came"
    " is kept, too.",
    "scripts": "Scripts and actions in it were left out.",
    "files": "Files attached to it were left out: add what is needed by itself.",
    "forms": "Its form fields were made part of the page.",
    "hidden": "Its pages are kept as pictures of what they show: what lay beside a crop, below notes and boxes, or on"
    " hidden layers was left out, and its text cannot be searched.",
    "lock": "Its restrictions on printing and copying were left out.",
}


class PaperRefused(Exception):
    """A PDF that was not taken. `code` is one of _SENTENCES; the message says what happened, why and what to do."""

    def __init__(self, code: str, detail: object = "", most: int = MOST_PAGES) -> None:
        self.code, self.detail = code, detail
        super().__init__(_SENTENCES[code].format(detail=detail, most=most))


@dataclass(frozen=True)
class Paper:
    """A sound PDF, cleaned."""

    clean: bytes
    """Its pages alone: no scripts, actions, attachments, form fields, metadata or password."""
    pages: int
    notes: tuple[str, ...]
    """Sentences on what was left out."""


def examine(data: bytes, *, is_scan: bool = False) -> Paper:
    """Open, clean and draw a PDF whole, in a process of its own. The same input gives the same bytes.

    `is_scan`: it is kept and not sent as it is, so that it may have MOST_SCANNED pages.

    Raises PaperRefused with a sentence: empty, damaged, locked, no PDF, too many pages, too slow, too large.
    """
    if not data:
        raise PaperRefused("empty")
    most = MOST_SCANNED if is_scan else MOST_PAGES
    try:
        head, (clean,) = _asked("clean", data, most)
    except PaperRefused as e:
        if is_scan and e.code == "pages":
            raise PaperRefused("scanned", e.detail, most) from e
        raise
    return Paper(clean, head["pages"], tuple(_LEFT_OUT[token] for token in head["left_out"]))


def drawn(clean: bytes) -> tuple[bytes, ...]:
    """Each page of a PDF that was examined as a JPEG of 200 dots an inch, at most 4 megapixels. Raises PaperRefused."""
    return tuple(_asked("draw", clean)[1])


def _asked(what: str, data: bytes, most: int = MOST_PAGES) -> tuple[dict[str, Any], list[bytes]]:
    try:
        done = run(
            [sys.executable, "-I", str(_CHILD), what, str(most)], input=data, capture_output=True,
            env={}, cwd="/", limit=TIME_LIMIT,
        )  # fmt: skip
    except Late as e:
        raise PaperRefused("late", e.reasons[0]) from e
    except subprocess.TimeoutExpired as e:
        raise PaperRefused("slow") from e
    line, _, rest = done.stdout.partition(b"\n")
    try:
        head = json.loads(line)
    except ValueError as e:  # It was killed, or fell over this file.
        raise PaperRefused("damaged") from e
    if code := head.get("refused"):
        raise PaperRefused(code, head.get("detail", ""))
    blobs = []
    for size in head["sizes"]:
        blobs.append(rest[:size])
        rest = rest[size:]
    return head, blobs
