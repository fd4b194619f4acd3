"""Pages of a sealed PDF as pictures for the screen: the browser needs no plug-in, and the strict page policy stays."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from claims.models import Packet
from documentation.models import StoredFile
from documentation.services import files

WIDTH = 1240
"""Pixels: US Letter on a sharp screen, about 146 dots an inch."""
TIME_LIMIT = 20.0

_CHILD = Path(__file__).with_name("sheet_child.py")


class SheetFailed(Exception):
    """The page could not be drawn; the PDF itself can still be downloaded."""


def sheet(packet: Packet, number: int) -> bytes:
    """Page `number`, from 1, as PNG. Raises MissingFile, DamagedFile, or SheetFailed."""
    return sheet_of(files.read(packet.pdf), number)


def sheet_of(pdf: bytes, number: int) -> bytes:
    """A page of any PDF as PNG. Raises SheetFailed.

    Drawn in a process of its own that ends with the page: neither its memory nor its faults stay with the server.
    """
    return _run(pdf, number, "This page cannot be drawn here. Download the PDF instead.")


def count_of(pdf: bytes) -> int:
    """How many pages a PDF has. Raises SheetFailed for what cannot be opened."""
    return int(_run(pdf, 0, "This PDF cannot be opened here. Download it instead."))


MOST_PAGES = 30
"""Pages of a scan that are shown on a page; the others are in the file."""


@dataclass(frozen=True)
class Sheets:
    """Numbers of the pages that are shown of a scan, and how many more its file has."""

    numbers: range
    beyond: int = 0


def pages_of(scan: StoredFile | None) -> Sheets:
    """What can be shown of a scan; no page where it cannot be opened."""
    if scan is None:
        return Sheets(range(0))
    if scan.media_type != "application/pdf":
        return Sheets(range(1, 2))
    try:
        pages = count_of(files.read(scan))
    except (SheetFailed, files.MissingFile, files.DamagedFile):
        return Sheets(range(0))
    return Sheets(range(1, min(pages, MOST_PAGES) + 1), max(0, pages - MOST_PAGES))


def _run(pdf: bytes, number: int, sentence: str) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD), str(number), str(WIDTH)],
            input=pdf,
            capture_output=True,
            env={},
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as e:
        raise SheetFailed("Drawing this page took too long. Download the PDF instead.") from e
    if done.returncode:
        raise SheetFailed(sentence)
    return done.stdout
