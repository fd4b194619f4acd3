"""Keeping bytes: content-addressed, private, never half-written. One way in, one way out, whatever the place is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.db import connection, transaction

from documentation.models import StoredFile
from documentation.services import places
from documentation.services.places import Unreachable

__all__ = ["DamagedFile", "MissingFile", "Unreachable", "keep", "nobody_keeps", "path_of", "pieces", "read"]

_KEEPING = 0x0D0372
"""Key of the advisory locks that keep the sweep away from a file while it is being kept."""


def path_of(sha256: str) -> str:
    """Where bytes lie that have this sum."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def keep(data: bytes, *, media_type: str, at: datetime) -> StoredFile:
    """Store bytes under their SHA-256 and return the row; there is one file and one row for the same bytes.

    The bytes are in place before the row exists, so a row never points to nothing. Bytes whose transaction is
    rolled back, or whose process died, remain without a row; `manage.py sweep_media` removes them. They are written
    even where they lie already: a file that storage lost or damaged comes back this way, and it is as young as its
    last upload, which the sweep goes by. Raises `Unreachable`.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(sha256)
    with transaction.atomic():
        _hold(sha256)
        places.here().put(path, data)
        row, _ = StoredFile.objects.get_or_create(
            sha256=sha256, defaults={"path": path, "size": len(data), "media_type": media_type, "stored_at": at}
        )
    return row


def _hold(sha256: str) -> None:
    """Keep the sweep away from these bytes until the transaction ends. On SQLite a transaction is alone anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [_KEEPING, _key(sha256)])


def nobody_keeps(sha256: str) -> bool:
    """Whether no transaction is keeping these bytes at this moment; if so, none begins before this one ends."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_KEEPING, _key(sha256)])
        return bool(cursor.fetchone()[0])


def _key(sha256: str) -> int:
    return int.from_bytes(bytes.fromhex(sha256[:8]), signed=True)


def read(file: StoredFile) -> bytes:
    """The bytes. Raises `MissingFile`, `DamagedFile`, or `Unreachable`."""
    return b"".join(pieces(file))


def pieces(file: StoredFile, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes, or a part of them, piece by piece. Nothing is held in memory but a piece or two.

    What can be seen at once is raised at once: `MissingFile`, `DamagedFile` (another size), `Unreachable`. Of a whole
    file the last piece comes only when the sum is right; else `DamagedFile` takes its place, and who reads has no
    whole file. The sum of a part cannot be known.
    """
    try:
        opened = places.here().open(file.path, start, length)
    except FileNotFoundError as e:
        raise MissingFile(f"The file {file} is missing from storage. Restore it from the backup.") from e
    if opened.size != file.size:
        raise _damaged(file)
    is_part = start > 0 or (length is not None and length < file.size)
    return opened if is_part else _proven(file, opened)


def _proven(file: StoredFile, stream: Iterator[bytes]) -> Iterator[bytes]:
    total, held = hashlib.sha256(), b""
    for piece in stream:
        if held:
            yield held
        total.update(piece)
        held = piece
    if total.hexdigest() != file.sha256:
        raise _damaged(file)
    yield held


def _damaged(file: StoredFile) -> DamagedFile:
    return DamagedFile(f"The file {file} was changed in storage. Restore it from the backup.")


class MissingFile(Exception):
    """Storage does not have the file."""


class DamagedFile(Exception):
    """Storage has other bytes under the file's name."""
