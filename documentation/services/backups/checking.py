"""Reading a backup: every frame proven, every sum compared, nothing changed."""

from __future__ import annotations

import hashlib
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO

from documentation.kernel.machine import NotPossible
from documentation.services.backups import rows
from documentation.services.backups.vault import FRAME, Key, Opening

ABOUT, MANIFEST, ROWS, FILES = "about.json", "manifest.json", "rows/", "files/"
_LONGEST_PIECE = 512 * 1024 * 1024
"""Bytes of a thousand rows, unpacked: more than any are."""

Progress = Callable[[str, int, int], None]
"""Told now and then: of what, how many were done, and of how many where that is known."""


@dataclass
class Checked:
    """A backup, or another file of all rows, that is whole."""

    what: str = "backup"
    about: dict[str, Any] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    files: int = 0
    bytes: int = 0
    sums: set[str] = field(default_factory=set)
    """SHA-256 of every file in it."""


@dataclass
class Taker:
    """What is done with the parts of a backup, in the order in which they come."""

    about: Callable[[dict[str, Any]], None] = lambda _: None
    rows: Callable[[str, bytes], None] = lambda *_: None
    file: Callable[[str, IO[bytes], int], str] = lambda _, stream, __: _sum(stream)
    """Reads the file and returns its SHA-256."""


def check(stream: BinaryIO, key: Key, *, tell: Progress, taker: Taker | None = None) -> Checked:
    """Read a backup to its end and compare it with its own list. Raises NotPossible with what is wrong."""
    found, sums, differing = Checked(), dict[str, rows.Sum](), set[str]()
    # What a taker raises is its own, and no word on the file: that was checked before.
    with nullcontext() if taker else _sentences():
        take = taker or Taker()
        opening = Opening(stream, key)
        with tarfile.open(fileobj=opening, mode="r|", bufsize=64 * 1024) as tar:  # type: ignore[call-overload]
            for entry in tar:
                part: Any = tar.extractfile(entry)
                if entry.name == ABOUT:
                    found.about = json.load(part)
                    if found.about.get("format") != 1:
                        raise _not_ours()
                    sums = {label: rows.Sum() for label in found.about["tables"]}
                    take.about(found.about)
                elif entry.name.startswith(ROWS):
                    label = entry.name.split("/")[1]
                    lines = _unpacked(part.read())
                    sums[label].add(lines)
                    take.rows(label, lines)
                    found.rows += lines.count(b"\n")
                    tell("rows of the backup", found.rows, sum(t["rows"] for t in found.about["tables"].values()))
                elif entry.name.startswith(FILES):
                    name = entry.name.removeprefix(FILES)
                    if take.file(name, part, entry.size) != name:
                        differing.add(name)
                    found.files, found.bytes = found.files + 1, found.bytes + entry.size
                    found.sums.add(name)
                    tell("files of the backup", found.files, 0)
                elif entry.name == MANIFEST:
                    found.manifest = json.load(part)
        opening.drain()
        _compare(found, sums, differing)
    return found


def _compare(found: Checked, sums: dict[str, rows.Sum], differing: set[str]) -> None:
    told = found.manifest["tables"]
    wrong = [k for k, s in sums.items() if told.get(k) != {"rows": s.rows, "sha256": s.sha256}]
    listed = found.manifest["files"]
    if wrong or set(told) != set(sums) or listed["count"] != found.files or differing != set(listed["changed"]):
        raise NotPossible("This backup does not hold what its own list names, so none of it was used. Take another.")


@contextmanager
def _sentences() -> Iterator[None]:
    """Whatever a strange file makes the libraries raise is one sentence."""
    try:
        yield
    except (tarfile.TarError, zlib.error, ValueError, KeyError, TypeError, AttributeError, EOFError) as e:
        raise _not_ours() from e


def _not_ours() -> NotPossible:
    return NotPossible("This backup cannot be read: a newer version of Ductus wrote it, or its list is damaged.")


def _unpacked(data: bytes) -> bytes:
    opened = zlib.decompressobj()
    found = opened.decompress(data, _LONGEST_PIECE)
    if not opened.eof:
        raise ValueError("too long")
    return found


def _sum(stream: IO[bytes]) -> str:
    found = hashlib.sha256()
    while piece := stream.read(FRAME):
        found.update(piece)
    return found.hexdigest()
