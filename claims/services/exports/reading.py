"""Reading a full export: every sum compared, nothing changed."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, cast

from claims.services.exports.contents import FORMAT, MANIFEST
from documentation.kernel.machine import NotPossible
from documentation.services.backups import rows
from documentation.services.backups.checking import Checked, Progress, Taker

_PIECE = 1024 * 1024
_LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one row: more than any has."""
_LARGEST_MANIFEST = 512 * 1024 * 1024
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, TypeError, AttributeError),
    *(RuntimeError, NotImplementedError, RecursionError),
)
"""What reading a strange file may raise."""


def check(path: Path, *, tell: Progress = lambda *_: None, taker: Taker | None = None) -> Checked:
    """Read an export to its end and compare it with its own manifest. Raises NotPossible with what is wrong."""
    # What a taker raises is its own, and no word on the file: that was checked before.
    with nullcontext() if taker else _sentences(path), zipfile.ZipFile(path) as archive:
        return _checked(archive, tell, taker or Taker())


def _checked(archive: zipfile.ZipFile, tell: Progress, take: Taker) -> Checked:
    told = _manifest(archive)
    found = Checked(what="export", about=told, manifest=told)
    there = [name for name in archive.namelist() if name != MANIFEST]
    if sorted(there) != sorted(told["entries"]):
        raise _damaged("what is in it is not what its manifest names")
    take.about(told)
    files = {path: sha256 for sha256, path in told["files"]["where"].items()}
    found.sums = set(files.values())
    differing = set()
    for number, name in enumerate(there, start=1):
        size, sha256 = told["entries"][name]["bytes"], told["entries"][name]["sha256"]
        if archive.getinfo(name).file_size != size:
            raise _damaged(f"{name} is longer or shorter than it was")
        with archive.open(name) as raw:
            stream = _Summed(raw)
            if name.startswith("rows/"):
                _take_rows(stream, name, told, found, take.rows)
            elif name in files:
                if take.file(files[name], cast(IO[bytes], stream), size) != files[name]:
                    differing.add(files[name])
                found.files, found.bytes = found.files + 1, found.bytes + size
            stream.drain()
        if stream.sha256 != sha256:
            raise _damaged(f"{name} was changed")
        tell("files of the export", number, len(there))
    if differing != set(told["files"]["changed"]) or found.files != len(files):
        raise _damaged("its files are not those that its manifest names")
    return found


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    if MANIFEST not in archive.namelist() or archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
        raise NotPossible("This file is no export of Ductus: it has no manifest.json.")
    told: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if told.get("format") != FORMAT:
        raise NotPossible("This export cannot be read: another program or a newer version of Ductus wrote it.")
    return told


def _take_rows(
    stream: _Summed, name: str, told: dict[str, Any], found: Checked, take: Callable[[str, bytes], None]
) -> None:
    label, total = name.removeprefix("rows/").removesuffix(".jsonl"), rows.Sum()
    for lines in _by_thousands(stream):
        total.add(lines)
        take(label, lines)
    if {"rows": total.rows, "sha256": total.sha256} != {k: told["tables"][label][k] for k in ("rows", "sha256")}:
        raise _damaged(f"{name} was changed")
    found.rows += total.rows


def _by_thousands(stream: _Summed) -> Iterator[bytes]:
    lines: list[bytes] = []
    while line := stream.readline():
        lines.append(line)
        if len(lines) == rows.AT_ONCE:
            yield b"".join(lines)
            lines = []
    if lines:
        yield b"".join(lines)


class _Summed:
    """An entry as it is read, with its sum."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._hash = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        return data

    def readline(self) -> bytes:
        line = self._stream.readline(_LONGEST_LINE)
        self._hash.update(line)
        return line

    def drain(self) -> None:
        while self.read(_PIECE):
            pass

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Whatever a strange file makes the libraries raise is one sentence."""
    try:
        yield
    except FileNotFoundError as e:
        raise NotPossible(f"There is no file {path}.") from e
    except _BROKEN as e:
        raise _damaged("it cannot be read to its end") from e


def _damaged(what: str) -> NotPossible:
    return NotPossible(f"This is no whole export of Ductus: {what}. None of it was used. Take another copy.")
