"""Writing down what the server did by itself, so that whoever runs it can see when and with what outcome."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from documentation.models import UpkeepStep
from documentation.services.audit import record

BACKUP = "backup"
_LONGEST = 500


def note(name: str, outcome: UpkeepStep.Outcome, said: str, *, began: datetime, ended: datetime) -> UpkeepStep:
    """Keep what became of a step. A sentence that is too long is cut: the first of several says the most."""
    return UpkeepStep.objects.create(
        name=name, outcome=outcome, said=_cut(said), began_at=began, ended_at=max(began, ended)
    )


def note_backup(said: str, *, lost: int, size: int, sha256: str, began: datetime, ended: datetime) -> None:
    """A backup was written: all patients' data left the database, which the audit trail has to tell."""
    outcome = UpkeepStep.Outcome.FOUND if lost else UpkeepStep.Outcome.DONE
    with transaction.atomic():
        record("backup.write", by=None, at=ended, subject=sha256[:12], size=size, lost=lost)
        note(BACKUP, outcome, said, began=began, ended=ended)


def note_removed(names: list[str], *, at: datetime) -> None:
    """Older backups were removed to make room for one."""
    with transaction.atomic():
        record("backup.remove", by=None, at=at, subject="backups", names=names)


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
