"""Writing a full export step by step, so that a worker may die anywhere and other work waits for none of it.

The first step reads every table at one moment. The steps after it add signed records, cases and files, which do not
change. The ZIP is whole after each step; one that was broken off within a step is begun anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, cast
from zipfile import BadZipFile, ZipFile

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from claims.cases import CaseError
from claims.queries.case_files import case_of, with_a_case
from claims.services.exports import contents
from claims.services.exports.archive import Archive, lines_of
from claims.services.exports.reading import check
from documentation.kernel.machine import NotPossible, Refused
from documentation.models import AuditEvent, Encounter, StoredFile
from documentation.queries.encounters import with_record
from documentation.services import places
from documentation.services.backups import rows
from documentation.services.backups.checking import Progress
from documentation.services.jobs import Stand
from documentation.services.onemoment import one_moment
from documentation.services.printing import print_note
from documentation.typesetting import RenderRefused

SECONDS = 10.0
"""How long one step adds to the ZIP."""
_ZIP, _STATE, _NEXT = "export.zip", "state.json", "state.next"
_ENDINGS = {"image/jpeg": "jpg", "image/tiff": "tif", "application/dicom": "dcm", "text/plain": "txt"}


@dataclass(frozen=True)
class Made:
    """A full export as it was written."""

    size: int
    sha256: str
    rows: int
    files: int
    lost: int
    """Files that storage no longer has as they were kept."""


class AtWork(Exception):
    """Another process writes this export at this moment."""


class Draft:
    """An export that is being written, in a folder of its own that nobody else opens."""

    def __init__(self, folder: Path, *, program: str) -> None:
        self.folder, self._program = folder, program

    def go_on(self, at: datetime) -> Stand:
        """One step. Raises Refused where the disk is full, Unreachable where the storage does not answer."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(self.folder):
                return self._step(at)
        except OSError as e:
            raise Refused(f"The export could not be written ({e.strerror}). Make room, then try again.") from e

    def finish(self, path: Path) -> Made:
        """Read the whole of it back, and give it its name. The name stands on a whole export or on none."""
        draft = self.folder / _ZIP
        with _alone(self.folder):
            checked = check(draft)
            with draft.open("rb") as stream:
                sha256, size = hashlib.file_digest(stream, "sha256").hexdigest(), draft.stat().st_size
            draft.replace(path)
            self.drop()
        lost = checked.manifest["files"]
        return Made(size, sha256, checked.rows, checked.files, len(lost["absent"]) + len(lost["changed"]))

    def drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _step(self, at: datetime) -> Stand:
        state = self._state()
        if state is None:
            (self.folder / _ZIP).unlink(missing_ok=True)
            with Archive(self.folder / _ZIP, "x", at) as archive:
                state = _begin(archive, self._program, at)
        else:
            with Archive(self.folder / _ZIP, "a", at) as archive:
                _add(archive, state, until=monotonic() + SECONDS)
        self._keep(state)
        return Stand(state["done"], len(state["pieces"]) + 1, is_over=state["is_whole"])

    def _state(self) -> dict[str, Any] | None:
        """How far it is; None where it begins, or begins anew because it was broken off within a step."""
        try:
            ZipFile(self.folder / _ZIP).close()
            return cast(dict[str, Any], json.loads((self.folder / _STATE).read_bytes()))
        except (BadZipFile, FileNotFoundError, ValueError):
            return None

    def _keep(self, state: dict[str, Any]) -> None:
        (self.folder / _NEXT).write_text(json.dumps(state), encoding="utf-8")
        (self.folder / _NEXT).replace(self.folder / _STATE)


def make(path: Path, *, program: str, at: datetime, tell: Progress) -> Made:
    """Write a full export in one go. Raises NotPossible where the name is taken or there is no folder for it."""
    if path.exists():
        raise NotPossible(f"{path} exists already, and nothing is written over. Choose another name.")
    if not path.parent.is_dir():
        raise NotPossible(f"There is no folder {path.parent}. Make it, readable by nobody else, and try again.")
    try:
        draft = Draft(Path(tempfile.mkdtemp(prefix=".export-draft-", dir=path.parent)), program=program)
    except OSError as e:
        raise Refused(f"The export could not be written ({e.strerror}), and nothing of it was kept: {path}.") from e
    try:
        while not (stand := draft.go_on(at)).is_over:
            tell("records, cases and files", stand.done, stand.total)
        return draft.finish(path)
    finally:
        draft.drop()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise AtWork from e
        yield


# --- The first step: what stood at one moment ------------------------------------------------------------------------


def _begin(archive: Archive, program: str, at: datetime) -> dict[str, Any]:
    with one_moment():
        told = {str(m._meta.label_lower): _write_table(archive, m) for m in contents.tables()}
        signed = Encounter.objects.filter(signature__isnull=False).order_by("pk").values_list("pk", flat=True)
        pieces: list[Any] = [["note", key] for key in signed]
        pieces += [["case", key] for key in with_a_case().values_list("pk", flat=True)]
        stored = StoredFile.objects.order_by("pk").values_list("sha256", "path", "size", "media_type")
        pieces += [["file", *row] for row in stored]
        chain = AuditEvent.objects.order_by("-seq").values_list("seq", "hash").first()
        manifest = {
            "format": contents.FORMAT,
            "program": program,
            "made_at": at.astimezone(UTC).isoformat(),
            "engine": connection.vendor,
            "schema": _schema(),
            "tables": told,
            "chain": {"events": chain[0] if chain else 0, "head": chain[1] if chain else ""},
            "retention": contents.retention(),
            "last_numbers": rows.last_numbers(rows.tables(apps)),
            "left_out": {
                "tables": dict(contents.TABLES_LEFT_OUT),
                "columns": {f"{t}.{c}": why for t, of in contents.COLUMNS_LEFT_OUT.items() for c, why in of.items()},
            },
        }
    archive.write(contents.COLUMNS, lines_of([contents.COLUMN_HEADS, *contents.columns()]))
    return {
        "manifest": manifest,
        "pieces": pieces,
        "done": 0,
        "is_whole": False,
        "where": {},
        "absent": [],
        "changed": [],
        "not_written": [],
    }


def _schema() -> dict[str, list[str]]:
    schema: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        schema.setdefault(app, []).append(name)
    return schema


def _write_table(archive: Archive, model: rows.Model) -> dict[str, Any]:
    """The rows as they are, and as a spreadsheet beside them."""
    label, fields, found = str(model._meta.label_lower), contents.fields_of(model), rows.Sum()

    def lines() -> Iterator[bytes]:
        for some in rows.pieces(model, fields):
            found.add(some)
            yield some

    archive.write(f"rows/{label}.jsonl", lines())
    again = (json.loads(line) for some in rows.pieces(model, fields) for line in some.splitlines())
    archive.write(f"tables/{label}.csv", lines_of([fields], (contents.cells(row) for row in again)))
    return {"fields": fields, "rows": found.rows, "sha256": found.sha256}


# --- The steps after it ----------------------------------------------------------------------------------------------


def _add(archive: Archive, state: dict[str, Any], *, until: float) -> None:
    pieces = state["pieces"]
    while state["done"] < len(pieces):
        kind, *rest = pieces[state["done"]]
        _WRITERS[kind](archive, state, *rest)
        state["done"] += 1
        if monotonic() > until:
            return
    manifest = state["manifest"] | {
        "files": {
            "count": len(state["where"]),
            "bytes": sum(archive.size_of(path) for path in state["where"].values()),
            **{name: state[name] for name in ("where", "absent", "changed")},
        },
        "not_written": state["not_written"],
    }
    archive.write(contents.STORED, lines_of(contents.stored_files(state["where"], state["absent"])))
    archive.write(contents.README, [contents.readme(manifest).encode()])
    manifest["entries"] = archive.entries()
    archive.write(contents.MANIFEST, [json.dumps(manifest, indent=1).encode()])
    state["done"], state["is_whole"] = len(pieces) + 1, True


def _note(archive: Archive, state: dict[str, Any], key: int) -> None:
    encounter = with_record().get(pk=key)
    name = f"records/{encounter.number}.pdf"
    try:
        archive.write(name, [print_note(encounter, at=archive.at)])
    except RenderRefused as e:
        _not_written(state, name, str(e))


def _case(archive: Archive, state: dict[str, Any], key: int) -> None:
    folder = f"cases/E{key:06d}"
    try:
        case = case_of(key)
    except CaseError as e:
        _not_written(state, folder, str(e))
        return
    archive.write(f"{folder}/case.json", [json.dumps(case.data, indent=1, ensure_ascii=False).encode()])
    for name, file in case.pictures.items():
        _stored(archive, state, file.sha256, file.path, f"{folder}/{name}", is_copied=True)


def _file(archive: Archive, state: dict[str, Any], sha256: str, path: str, size: int, media_type: str) -> None:
    ending = _ENDINGS.get(media_type, media_type.rpartition("/")[2].partition(";")[0][:8])
    _stored(archive, state, sha256, path, f"files/{sha256[:2]}/{sha256}.{ending if ending.isalnum() else 'bin'}")


_WRITERS: dict[str, Any] = {"note": _note, "case": _case, "file": _file}


def _stored(
    archive: Archive, state: dict[str, Any], sha256: str, path: str, name: str, *, is_copied: bool = False
) -> None:
    """A stored file, once: where it lies already it is written again only for a case that names it."""
    if sha256 in state["absent"] or (sha256 in state["where"] and not is_copied):
        return
    try:
        found = archive.write(name, places.here().open(path), is_packed=False)
    except FileNotFoundError:
        state["absent"].append(sha256)
        return
    if sha256 in state["where"]:
        return
    state["where"][sha256] = name
    if found != sha256:
        state["changed"].append(sha256)


def _not_written(state: dict[str, Any], what: str, why: str) -> None:
    state["not_written"].append({"what": what, "why": why})
