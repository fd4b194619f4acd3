"""Pages of a sealed PDF as pictures for the screen: the browser needs no plug-in, and the strict page policy stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from claims.models import Packet
from documentation.services import files

WIDTH = 1240
"""Pixels: US Letter on a sharp screen, about 146 dots an inch."""
TIME_LIMIT = 20.0

_CHILD = Path(__file__).with_name("sheet_child.py")


class SheetFailed(Exception):
    """The page could not be drawn; the PDF itself can still be downloaded."""


def sheet(packet: Packet, number: int) -> bytes:
    """Page `number`, from 1, as PNG. Raises MissingFile, DamagedFile, or SheetFailed.

    Drawn in a process of its own that ends with the page: neither its memory nor its faults stay with the server.
    """
    pdf = files.read(packet.pdf)
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
        raise SheetFailed("This page cannot be drawn here. Download the PDF instead.")
    return done.stdout
