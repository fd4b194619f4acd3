"""Where bytes lie: a folder of this machine, or a bucket of an object storage. What they mean is told elsewhere.

Both places are private, keep a file whole or not at all, and hand it out piece by piece.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from django.core.files.storage import FileSystemStorage, default_storage

from documentation.kernel.machine import Refusal

DRAFT = ".draft-"
"""How the name of a file begins that is being written; one that stays so was broken off."""
PIECE = 256 * 1024
"""Bytes that are in memory at once while a file is read."""


class Unreachable(Refusal):
    """The place does not answer, is not there, or is full."""

    def __init__(self) -> None:
        super().__init__(
            "The storage for files cannot be reached just now, or is full. Nothing was changed: try again in a minute, "
            "and if it stays so, tell whoever runs Ductus."
        )


@dataclass(frozen=True)
class Found:
    """A file as its place lists it."""

    path: str
    size: int
    """Bytes."""
    modified_at: datetime
    """When these bytes were put there."""


class Opened:
    """A file, or a part of one, that is being read: yields its pieces, and is closed behind the last."""

    def __init__(self, size: int, stream: Any, length: int | None, *problems: type[Exception]) -> None:
        self.size = size
        """Bytes of the whole file."""
        self._stream = stream
        self._left = size if length is None else length
        self._problems = problems

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with _answering(*self._problems):
            piece: bytes = self._stream.read(min(PIECE, self._left)) if self._left > 0 else b""
        if not piece:
            self.close()
            raise StopIteration
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._stream.close()

    def __del__(self) -> None:
        self.close()  # Whoever asked may be gone before the first piece.


class Place(Protocol):
    """Paths are relative, with slashes. All of it raises `Unreachable`, and `open` also `FileNotFoundError`."""

    def put(self, path: str, data: bytes) -> None:
        """Put bytes under a path, in the place of those that are there."""

    def open(self, path: str, start: int = 0, length: int | None = None) -> Opened:
        """Open a file from a byte on, for a number of bytes or to its end."""

    def listing(self, folder: str = "") -> Iterator[Found]:
        """Everything in a folder (`ab/cd/`) and below it, drafts that were broken off included."""

    def remove(self, path: str) -> None:
        """Remove a file; one that is gone already is no error."""


def here() -> Place:
    """The place that the settings name."""
    if isinstance(default_storage, FileSystemStorage):
        return Folder(Path(default_storage.location))
    return Bucket(default_storage)


@contextmanager
def _answering(*problems: type[Exception]) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except problems as e:
        raise Unreachable from e


class Folder:
    """A folder on a disk of this machine, or mounted on it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, data: bytes) -> None:
        # Under its name a file is whole, or not there, whenever the power goes: written aside, flushed, then moved.
        place = self.root / path
        with _answering(OSError):
            _make(place.parent)
            descriptor, draft = tempfile.mkstemp(dir=place.parent, prefix=DRAFT)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                Path(draft).replace(place)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
            _settle(place.parent)

    def open(self, path: str, start: int = 0, length: int | None = None) -> Opened:
        with _answering(OSError):
            stream = (self.root / path).open("rb", buffering=0)
            stream.seek(start)
            return Opened(os.fstat(stream.fileno()).st_size, stream, length, OSError)

    def listing(self, folder: str = "") -> Iterator[Found]:
        # A disk that is not mounted must not look like one that lost everything.
        if not self.root.is_dir():
            raise Unreachable
        with _answering(OSError):
            for place in (self.root / folder).rglob("*"):
                try:
                    now = place.stat()
                except FileNotFoundError:
                    continue  # A draft that got its name meanwhile.
                if stat.S_ISREG(now.st_mode):
                    modified_at = datetime.fromtimestamp(now.st_mtime, UTC)
                    yield Found(place.relative_to(self.root).as_posix(), now.st_size, modified_at)

    def remove(self, path: str) -> None:
        with _answering(OSError):
            (self.root / path).unlink(missing_ok=True)


def _make(folder: Path) -> None:
    """Make a folder for us alone, and those above it, so that they survive a power loss."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _settle(folder.parent)


def _settle(folder: Path) -> None:
    """Have the disk remember which files a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Bucket:
    """A bucket of an object storage that speaks S3, by way of django-storages."""

    def __init__(self, storage: Any) -> None:
        # Installed where a bucket is named, and nowhere else.
        from botocore.exceptions import BotoCoreError, ClientError

        self._storage = storage
        self._refused = ClientError
        self._problems: tuple[type[Exception], ...] = (BotoCoreError, ClientError)

    def put(self, path: str, data: bytes) -> None:
        # One request: the storage has the whole under its name, or nothing. The signature covers the sum of the body.
        with _answering(*self._problems):
            self._object(path).put(Body=data, **self._storage.get_object_parameters(path))

    def open(self, path: str, start: int = 0, length: int | None = None) -> Opened:
        wanted = f"bytes={start}-{'' if length is None else start + length - 1}"
        with _answering(*self._problems):
            try:
                answer = self._object(path).get(**({"Range": wanted} if start or length is not None else {}))
            except self._refused as e:
                if e.response["Error"]["Code"] == "NoSuchKey":
                    raise FileNotFoundError(path) from e
                raise
        # A part is sent as `bytes 0-99/1234`.
        size = int(answer.get("ContentRange", f"/{answer['ContentLength']}").rpartition("/")[2])
        return Opened(size, answer["Body"], length, *self._problems)

    def listing(self, folder: str = "") -> Iterator[Found]:
        with _answering(*self._problems):
            for each in self._storage.bucket.objects.filter(Prefix=f"{self._prefix}{folder}"):
                yield Found(each.key.removeprefix(self._prefix), each.size, each.last_modified)

    def remove(self, path: str) -> None:
        with _answering(*self._problems):
            self._object(path).delete()

    @property
    def _prefix(self) -> str:
        location: str = self._storage.location.strip("/")
        return f"{location}/" if location else ""

    def _object(self, path: str) -> Any:
        return self._storage.bucket.Object(f"{self._prefix}{path}")
