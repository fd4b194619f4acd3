"""Bring a practice back from a backup, into an empty place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from claims.services.integrity import damages
from documentation.kernel.machine import NotPossible
from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.management.progress import progress_to
from documentation.services import backups
from documentation.services.audit import first_bad_event


class Command(Base):
    help = "Prove a backup, and bring it into an empty database and storage, whichever engine and place they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a file that `backup` wrote")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        path = Path(file).absolute()
        key = backups.key_of(settings.BACKUP_KEY, settings.BACKUP_PASSPHRASE)
        try:
            stream = path.open("rb")
        except OSError as e:
            raise NotPossible(f"{path} cannot be read: {e.strerror}.") from e
        with stream:
            done = backups.restore(stream, key, at=timezone.now(), tell=progress_to(self.stderr))
        events, first_bad = done.events, first_bad_event()
        found = [f"The audit trail is broken at event {first_bad}."] if first_bad else []
        found += list(damages())
        made_at = str(done.checked.about["made_at"])
        self.tell(
            {
                "file": str(path),
                "made_at": made_at,
                "program": done.checked.about["program"],
                "rows": done.checked.rows,
                "files": done.checked.files,
                "events": events,
                "first_bad": first_bad,
                "damages": len(found),
            },
            f"Everything stands as on {made_at[:16]}Z: {done.checked.rows:,} rows and {done.checked.files:,} files; all"
            f" locks are up, {events:,} events in the audit trail. Everybody signs in again; accounts are as they were"
            " then, so shut again whoever left since. Where claims were sent electronically after that, set"
            " EDI_NUMBERS_FROM above the last file before the next is written.",
        )
        if found:
            raise Refused(
                one_line(
                    "Everything in the backup is back, but some of it was damaged before it was backed up.",
                    *found[:5],
                    *([f"And {len(found) - 5:,} more."] if len(found) > 5 else []),
                )
            )
