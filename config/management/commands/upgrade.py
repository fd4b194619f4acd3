"""Bring a practice to this version: a backup as it stands, the database, a look at everything; and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from claims.services.condition import State, look
from config.management.commands.serve import refuse_a_newer_schema
from config.schema import AWAY, is_away
from documentation.kernel.machine import NotPossible
from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.management.progress import progress_to
from documentation.services import backups
from documentation.services.audit import first_bad_event
from documentation.services.backups.making import name_at
from documentation.services.upkeep import note_backup

LASTING = (
    *("documentation_patient", "documentation_encounter", "documentation_signature", "documentation_auditevent"),
    *("documentation_storedfile", "claims_claim", "claims_packet", "claims_remittance"),
)
"""Tables of which no version takes a row away."""


class Command(Base):
    help = "Back up, bring the database to this version, and look whether all is well; it says the way back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", help="where the backup goes: a folder that is there already")

    def handle(self, *args: Any, folder: str, **options: Any) -> None:
        if is_away():
            raise Refused(AWAY)
        executor = MigrationExecutor(connection)
        refuse_a_newer_schema(executor)
        if ("documentation", "0001_initial") not in executor.loader.applied_migrations:
            raise NotPossible(
                "This database is empty: nothing is to be upgraded. `manage.py migrate` makes its tables."
            )
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        before, made = _counts(), None
        if waiting:
            made = self._back_up(Path(folder).absolute())
            self._migrate(made)
        lost = [f"{table} lost {n - after:,} of {n:,} rows" for table, n, after in _fewer(before, _counts())]
        first_bad = first_bad_event()
        seen = [one for one in look(timezone.now()) if one.state is State.BAD]
        self.tell(
            {
                "version": settings.VERSION,
                "steps": len(waiting),
                "backup": str(made.path) if made else "",
                "sha256": made.sha256 if made else "",
                "rows": sum(_counts().values()),
                "first_bad": first_bad,
                "bad": [one.name for one in seen],
            },
            _done(len(waiting), made),
        )
        wrong = [*lost, *([f"the audit trail is broken at event {first_bad}"] if first_bad else [])]
        wrong += [f"{one.label}: {one.said} {one.todo}".strip() for one in seen]
        if wrong:
            raise Refused(
                one_line(
                    "The database is of this version, but not all is well:",
                    "; ".join(wrong).rstrip(".") + ".",
                    _way_back(made) if made and (lost or first_bad) else "See `manage.py doctor`.",
                )
            )

    def _back_up(self, folder: Path) -> backups.Made:
        """The practice as it stands, of the version that wrote it. Without it nothing is begun."""
        if not folder.is_dir():
            raise NotPossible(f"There is no folder {folder} for the backup. Make it, readable by nobody else.")
        key = backups.key_of(settings.BACKUP_KEY, settings.BACKUP_PASSPHRASE)
        began = timezone.now()
        made = backups.make(
            folder / name_at(began), key, program=settings.VERSION, at=began, tell=progress_to(self.stderr)
        )
        self.stderr.write(f"Backed up, and read back: {made.path}")
        self._began, self._said = began, f"Before an upgrade: {made.rows:,} rows and {made.files:,} files."
        return made

    def _migrate(self, made: backups.Made) -> None:
        try:
            call_command("migrate", verbosity=0, interactive=False)
            if not settings.REDIS_URL:
                call_command("createcachetable", verbosity=0)
        except Exception as e:  # Told by its kind alone: what it says may be a patient's.
            name = type(e).__name__
            raise Refused(
                one_line(
                    f"The database could not be brought to this version ({name}); the step that failed was taken back.",
                    "Where this is not the owner of the tables, run it as the owner (docs/deployment.md).",
                    _way_back(made),
                )
            ) from e
        # Written down only now: the tables of an older version may not know of it.
        note_backup(
            self._said, lost=len(made.lost), size=made.size, sha256=made.sha256, began=self._began, ended=timezone.now()
        )


def _done(steps: int, made: backups.Made | None) -> str:
    if made is None:
        return f"This database is of version {settings.VERSION} already; nothing was changed."
    lost = f" Of {len(made.lost)} files storage had lost the contents before." if made.lost else ""
    return f"The database is of version {settings.VERSION} now, by {steps} steps.{lost} {_way_back(made)}"


def _way_back(made: backups.Made) -> str:
    return (
        f"The way back: stop Ductus, put the version that ran before in its place, and with it restore {made.path} into"
        " an empty database (docs/deployment.md, A new version)."
    )


def _counts() -> dict[str, int]:
    there = set(connection.introspection.table_names())
    counts = {}
    with connection.cursor() as cursor:
        for table in LASTING:
            if table in there:
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - names of our own
                counts[table] = cursor.fetchone()[0]
    return counts


def _fewer(before: dict[str, int], after: dict[str, int]) -> list[tuple[str, int, int]]:
    return [(table, n, after.get(table, 0)) for table, n in before.items() if after.get(table, 0) < n]
