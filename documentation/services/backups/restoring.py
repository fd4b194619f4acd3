"""Bringing a practice back from a backup: into an empty place, of either engine, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Any, BinaryIO

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from documentation.kernel.machine import NotPossible
from documentation.locks import drop_locks, install_locks
from documentation.models import Night, UpkeepStep
from documentation.services import places
from documentation.services.audit import record
from documentation.services.backups import rows
from documentation.services.backups.checking import Checked, Progress, Taker, check
from documentation.services.backups.vault import Key
from documentation.services.files import path_of

Schema = set[tuple[str, str]]

_OF_THE_SERVER: set[rows.Model] = {Night, UpkeepStep}
"""What a server that nobody uses yet writes by itself: it makes no place full, and goes."""
_RESTORE_LOCK = 0x0D0372
"""Key of PostgreSQL's advisory lock that one restore holds."""


@dataclass(frozen=True)
class Restored:
    """What came back."""

    checked: Checked
    events: int
    absent: int
    """Files that the backup itself says it does not have."""


def restore(stream: BinaryIO, key: Key, *, at: datetime, tell: Progress) -> Restored:
    """Read the whole backup and prove it, then bring it into this empty place, and put every lock up again.

    Rows come back in one transaction, behind the files that they point to: whatever breaks it off leaves no row, and
    the same backup can be restored again. The schema of an older version is made as it was, filled, and brought up to
    date. Raises NotPossible before anything is changed: where the file is not whole, the place is not empty, or the
    backup is from a newer version.
    """

    def read(taker: Taker | None) -> Checked:
        stream.seek(0)
        return check(stream, key, tell=tell, taker=taker)

    return bring_in(read, action="backup.restore", at=at)


Read = Callable[[Taker | None], Checked]
"""Reads the whole file from its beginning: to prove it, or to hand its parts to a taker."""
Fill = Mapping[str, Mapping[str, Any]]
"""By table, what its rows get in fields that the file leaves out."""


def bring_in(read: Read, *, action: str, at: datetime, fill: Fill | None = None, is_compared: bool = False) -> Restored:
    """What `restore` does, of a file that `read` reads. With `is_compared`, what stands in the tables then is summed up
    again, and kept only where every sum is that of the file.
    """
    checked = read(None)
    schema = {(app, name) for app, names in checked.about["schema"].items() for name in names}
    refuse_rows()
    _refuse_files(checked)
    models = _models_at(schema, str(checked.about["program"]), checked.what)
    _refuse_tables(checked, models)
    with transaction.atomic():
        _alone()
        refuse_rows()  # Making the tables took its time, in which somebody else may have come.
        drop_locks(connection)
        _forget_what_migrating_made()
        read(_Into(models, fill or {}).taker())
        if is_compared:
            _compare(checked, models)
        rows.set_last_numbers(list(models.values()), checked.manifest["last_numbers"])
        connection.check_constraints()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # Nothing may wait for the commit where triggers are made.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        install_locks(connection)
    # Brings an older practice up to date; on one of today it only sees to what follows every migrate.
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        record(action, by=None, at=at, made_at=str(checked.about["made_at"]), rows=checked.rows)
    events, absent = checked.manifest["chain"]["events"], len(checked.manifest["files"]["absent"])
    return Restored(checked, events, absent)


class _Into:
    """Takes the parts of a backup into tables and storage."""

    def __init__(self, models: dict[str, rows.Model], fill: Fill) -> None:
        self._models, self._fill = models, fill
        self._writers: dict[str, rows.Writer] = {}

    def taker(self) -> Taker:
        return Taker(about=self._about, rows=self._rows, file=self._file)

    def _about(self, about: dict[str, Any]) -> None:
        for label, table in about["tables"].items():
            self._writers[label] = rows.Writer(self._models[label], table["fields"], self._fill.get(label))

    def _rows(self, label: str, lines: bytes) -> None:
        self._writers[label].write(lines)

    def _file(self, name: str, stream: IO[bytes], size: int) -> str:
        # One file was in memory as a whole when it was kept, too.
        data = stream.read(size)
        found = sha256(data).hexdigest()
        # Damaged before it was backed up: a whole one that lies there is worth more.
        if found == name or _sum_there(name) != name:
            places.here().put(path_of(name), data)
        return found


def _sum_there(name: str) -> str:
    found = sha256()
    try:
        for piece in places.here().open(path_of(name)):
            found.update(piece)
    except FileNotFoundError:
        return ""
    return found.hexdigest()


def _alone() -> None:
    """Another restore waits until this one has ended, and then finds the place full. On SQLite one writes at a time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RESTORE_LOCK])


def refuse_rows() -> None:
    """Raises NotPossible where anybody has begun to use this database."""
    there = set(connection.introspection.table_names())
    made = {m for m in rows.tables(apps) if m._meta.label_lower in rows.MADE_BY_MIGRATING}
    for model in rows.tables(apps):
        if model not in made | _OF_THE_SERVER and model._meta.db_table in there:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT 1 FROM "{model._meta.db_table}" LIMIT 1')  # noqa: S608 - our own tables
                if cursor.fetchone():
                    raise NotPossible(
                        "This database is not empty, and a restore takes nobody's place. Name an empty one in"
                        " DATABASE_URL, or put the old one aside, and restore again."
                    )


def _refuse_files(checked: Checked) -> None:
    # What this backup holds itself may lie there: a restore that was broken off left it, or the storage outlived its
    # database.
    theirs = {path_of(name) for name in checked.sums}
    for found in listed():
        if found.path not in theirs and places.DRAFT not in found.path and not found.path.startswith("."):
            raise NotPossible(
                f"The storage holds files that are not of this {checked.what}, and a restore mixes nothing. Name an"
                " empty folder in MEDIA_ROOT, or an empty bucket in S3_BUCKET, and restore again."
            )


def _refuse_tables(checked: Checked, models: dict[str, rows.Model]) -> None:
    """A list that was written by hand may name what its own schema does not have."""
    for label, table in checked.about["tables"].items():
        if label not in models or not set(table["fields"]) <= set(rows.names(models[label])):
            raise NotPossible(f"This {checked.what} names a table that its own version did not have, so none was used.")


def _compare(checked: Checked, models: dict[str, rows.Model]) -> None:
    """Read every table again as it stands now. Raises NotPossible where one is not what the file says."""
    for label, told in checked.manifest["tables"].items():
        found = rows.Sum()
        for lines in rows.pieces(models[label], told["fields"]):
            found.add(lines)
        if (found.rows, found.sha256) != (told["rows"], told["sha256"]):
            raise NotPossible(
                f"The rows of {label} came out otherwise than the {checked.what} says, so nothing was kept. Tell"
                " whoever looks after Ductus."
            )


def listed() -> Any:
    """What lies in the storage; nothing where its folder was not made yet."""
    try:
        yield from places.here().listing()
    except places.Unreachable:
        place = places.here()
        if isinstance(place, places.Folder) and not place.root.exists():
            return  # It is made when the first file comes.
        raise


def _models_at(schema: Schema, program: str, what: str) -> dict[str, rows.Model]:
    """Bring the empty database to the schema of a backup. Returns its models by label."""
    executor = MigrationExecutor(connection)
    if unknown := schema - set(executor.loader.disk_migrations):
        raise NotPossible(
            f"This {what} is from a newer version of Ductus ({program}; it knows {'.'.join(sorted(unknown)[0])})."
            " Install that version or a later one, and restore with it."
        )
    applied = set(executor.loader.applied_migrations)
    if applied - schema:
        raise NotPossible(
            f"This {what} is from an older version, and the empty database was brought up to date already. Name one"
            " without tables: they are made as they were then, filled, and brought up to date."
        )
    if applied != schema:
        executor.migrate(rows.last_of(executor.loader, schema))
    return {str(m._meta.label_lower): m for m in rows.tables(rows.here())}


def _forget_what_migrating_made() -> None:
    _empty("auth_permission", "django_content_type")
    forget_the_server()


def forget_the_server() -> None:
    """Remove what a server that nobody uses yet wrote by itself."""
    _empty(*sorted(model._meta.db_table for model in _OF_THE_SERVER))


def _empty(*tables: str) -> None:
    there = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            if table in there:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
