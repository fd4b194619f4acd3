"""A ZIP that is written step by step, and knows the sums of what is in it."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo


class Archive:
    """A ZIP to add to. Each entry carries its SHA-256 as its comment, so that the ZIP itself knows what is in it."""

    def __init__(self, path: Path, mode: Any, at: datetime) -> None:
        self._path, self._zip, self.at, self._is_broken = path, ZipFile(path, mode), at, False
        path.chmod(0o600)
        self._when = at.astimezone(UTC).timetuple()[:6]

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *raised: object) -> None:
        self._zip.close()
        if self._is_broken:  # An entry that was cut short cannot be taken out again.
            self._path.unlink(missing_ok=True)
            return
        with self._path.open("rb") as stream:
            os.fsync(stream.fileno())

    def write(self, name: str, pieces: Iterable[bytes], *, is_packed: bool = True) -> str:
        """Add an entry, unless a step that was broken off added it. Returns its SHA-256."""
        try:
            return self._zip.getinfo(name).comment.decode()
        except KeyError:
            pass
        entry, found = ZipInfo(name, cast(Any, self._when)), hashlib.sha256()
        entry.compress_type, entry.external_attr = ZIP_DEFLATED if is_packed else ZIP_STORED, 0o600 << 16
        self._is_broken = True
        with self._zip.open(entry, "w", force_zip64=True) as stream:
            for piece in pieces:
                found.update(piece)
                stream.write(piece)
        self._is_broken = False
        entry.comment = found.hexdigest().encode()
        return found.hexdigest()

    def size_of(self, name: str) -> int:
        return self._zip.getinfo(name).file_size

    def entries(self) -> dict[str, dict[str, Any]]:
        return {e.filename: {"bytes": e.file_size, "sha256": e.comment.decode()} for e in self._zip.infolist()}


def lines_of(*parts: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """CSV with the mark by which spreadsheets take it for UTF-8."""
    yield "\ufeff".encode()
    for part in parts:
        for row in part:
            text = io.StringIO()
            csv.writer(text).writerow(row)
            yield text.getvalue().encode()
