"""Writing a backup while the practice works: what stood at one moment, read piece by piece, sealed, and read back."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from documentation.kernel.machine import NotPossible, Refused
from documentation.services import places
from documentation.services.backups import rows
from documentation.services.backups.checking import ABOUT, FILES, MANIFEST, ROWS, Progress, check
from documentation.services.backups.vault import Key, Sealing
from documentation.services.onemoment import one_moment
from documentation.services.sweeping import with_use

DRAFT = ".backup-draft-"
_OURS = re.compile(r"ductus-[0-9]{8}T[0-9]{6}Z\.backup", re.ASCII)


@dataclass(frozen=True)
class Made:
    """A backup as it was written."""

    path: Path
    size: int
    sha256: str
    rows: int
    files: int
    lost: list[str]
    """Files that storage no longer has as they were kept: they are not in the backup."""


def name_at(at: datetime) -> str:
    """What a backup in a folder is called: it sorts by time, and says nothing of whom it is."""
    return f"ductus-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"


def make(path: Path, key: Key, *, program: str, at: datetime, tell: Progress) -> Made:
    """Write a backup, read the whole of it back, and only then give it its name. A database that was not brought up to
    date yet is written as it stands, for the version that it belongs to.

    The name stands on a whole backup or on none, whenever the power goes; what a broken-off one left behind is removed
    by the next in the same folder. Raises NotPossible where there is no place for it, Refused where the disk is full,
    and Unreachable where the storage of the files does not answer.
    """
    _refuse_a_taken_name(path)
    if not path.parent.is_dir():
        raise NotPossible(f"There is no folder {path.parent}. Make it, readable by nobody else, and try again.")
    draft: Path | None = None
    try:
        _remove_broken_off(path.parent)
        descriptor, name = tempfile.mkstemp(prefix=DRAFT, dir=path.parent)  # readable by its owner alone
        draft = Path(name)
        with os.fdopen(descriptor, "r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if not os.fstat(descriptor).st_nlink:
                raise NotPossible("Another backup that began at this moment took this one for broken off. Try again.")
            lost = _write(stream, key, program, at, tell)
            stream.flush()
            os.fsync(stream.fileno())
            stream.seek(0)
            checked = check(stream, key, tell=tell)
            stream.seek(0)
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
        _name(draft, path)
    except OSError as e:
        raise Refused(f"The backup could not be written ({e.strerror}), and nothing of it was kept: {path}.") from e
    finally:
        if draft:
            draft.unlink(missing_ok=True)
    return Made(path, size, sha256, checked.rows, checked.files, lost)


def _refuse_a_taken_name(path: Path) -> None:
    if path.exists():
        raise _taken(path)


def _taken(path: Path) -> NotPossible:
    return NotPossible(f"{path} exists already, and no backup is written over. Choose another name.")


def _name(draft: Path, path: Path) -> None:
    """Give a whole backup its name. A link is never put over another file, whoever made that one meanwhile."""
    try:
        os.link(draft, path)
    except FileExistsError as e:
        raise _taken(path) from e
    except OSError as e:
        if e.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        _refuse_a_taken_name(path)  # FAT and some shares know no links: there a moment lies between look and name
        draft.rename(path)
    _settle(path.parent)


def make_room(made: Path, keep: int) -> list[Path]:
    """Remove the oldest backups beside one that was just made, so that `keep` are left with it. Returns what went.

    Only those go that bear a name of `name_at`, by its time. The one just made stays, whatever its name says: the clock
    may have been ahead once. Raises Refused where one cannot be removed.
    """
    try:
        names = sorted(p.name for p in made.parent.iterdir() if _OURS.fullmatch(p.name) and p != made)
        gone = [made.with_name(name) for name in names[: max(0, len(names) - (keep - 1))]]
        for path in gone:
            path.unlink(missing_ok=True)
    except OSError as e:
        raise Refused(f"The backup {made} is whole, but older ones could not be removed ({e.strerror}).") from e
    return gone


def _remove_broken_off(folder: Path) -> None:
    """Drafts that nobody holds any more: whoever wrote them was killed."""
    for draft in folder.glob(f"{DRAFT}*"):
        with draft.open("rb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            draft.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- What is in it ---------------------------------------------------------------------------------------------------


def _write(stream: BinaryIO, key: Key, program: str, at: datetime, tell: Progress) -> list[str]:
    sealing = Sealing(stream, key)
    with tarfile.open(fileobj=sealing, mode="w|", bufsize=64 * 1024, format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
        with one_moment():
            registry = rows.here()
            about = _about(registry, program, at)
            _add(tar, ABOUT, json.dumps(about, indent=1).encode())
            sums = _write_rows(tar, registry, about["tables"], tell)
            stored = with_use(registry.get_model("documentation.StoredFile").objects.order_by("pk"))
            wanted = list(stored.values_list("sha256", "path", "size", "is_used"))
            events = registry.get_model("documentation.AuditEvent").objects
            chain = events.order_by("-seq").values_list("seq", "hash").first()
            last = rows.last_numbers(rows.tables(registry))
        # Files never change, so what is read of them later is what stood at that moment.
        lost, absent, size = _write_files(tar, wanted, tell)
        manifest = {
            "tables": sums,
            "files": {"count": len(wanted) - len(absent), "bytes": size, "absent": absent, "changed": lost},
            "last_numbers": last,
            "chain": {"events": chain[0] if chain else 0, "head": chain[1] if chain else ""},
        }
        _add(tar, MANIFEST, json.dumps(manifest, indent=1).encode())
    sealing.close()
    used = {sha256 for sha256, _, _, is_used in wanted if is_used}
    return sorted((set(lost) | set(absent)) & used)


def _about(registry: Any, program: str, at: datetime) -> dict[str, Any]:
    schema: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        schema.setdefault(app, []).append(name)
    return {
        "format": 1,
        "program": program,
        "made_at": at.astimezone(UTC).isoformat(),
        "engine": connection.vendor,
        "schema": schema,
        "tables": {
            str(m._meta.label_lower): {"fields": rows.names(m), "rows": m._base_manager.count()}
            for m in rows.tables(registry)
        },
    }


def _write_rows(
    tar: tarfile.TarFile, registry: Any, tables: dict[str, Any], tell: Progress
) -> dict[str, dict[str, Any]]:
    sums, done, total = {}, 0, sum(table["rows"] for table in tables.values())
    for label in tables:
        found = rows.Sum()
        for number, lines in enumerate(rows.pieces(registry.get_model(label))):
            found.add(lines)
            _add(tar, f"{ROWS}{label}/{number:06d}.jsonl.z", zlib.compress(lines, 6))
            done += lines.count(b"\n")
            tell("rows", done, total)
        sums[label] = {"rows": found.rows, "sha256": found.sha256}
    return sums


def _write_files(
    tar: tarfile.TarFile, wanted: list[tuple[str, str, int, bool]], tell: Progress
) -> tuple[list[str], list[str], int]:
    """What storage has otherwise than it was kept, what it has not at all, and the bytes that were written."""
    changed, absent, written = [], [], 0
    for number, (sha256, path, size, _) in enumerate(wanted, start=1):
        try:
            opened = places.here().open(path)
        except FileNotFoundError:
            absent.append(sha256)
            continue
        with_sum = _Summed(opened)
        entry = tarfile.TarInfo(FILES + sha256)
        entry.size = opened.size
        tar.addfile(entry, with_sum)
        written += opened.size
        if opened.size != size or with_sum.hexdigest != sha256:
            changed.append(sha256)
        tell("files", number, len(wanted))
    return changed, absent, written


class _Summed(io.RawIOBase):
    """Pieces as a stream, with their sum."""

    def __init__(self, pieces: places.Opened) -> None:
        self._pieces, self._held, self._hash = pieces, b"", hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        while len(self._held) < size and (piece := next(self._pieces, b"")):
            self._held += piece
        found, self._held = self._held[:size], self._held[size:]
        self._hash.update(found)
        return found

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))
