"""Bring a full export into an empty place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from claims.services import exports
from claims.services.integrity import damages
from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.management.progress import progress_to
from documentation.services.audit import first_bad_event


class Command(Base):
    help = "Prove a full export, and bring it into an empty database and storage; --check only reads it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a ZIP that `export_all` or the page wrote")
        parser.add_argument("--check", action="store_true", help="read FILE to its end instead, and compare every sum")

    def handle(self, *args: Any, file: str, check: bool, **options: Any) -> None:
        path, tell = Path(file).absolute(), progress_to(self.stderr)
        if check:
            found = exports.check(path, tell=tell)
            self.tell(
                {"file": str(path), "whole": True, "rows": found.rows, "files": found.files},
                f"{path} is whole: {found.rows:,} rows and {found.files:,} files as they stood on"
                f" {found.about['made_at'][:16]}Z.",
            )
            return
        done = exports.load(path, at=timezone.now(), tell=tell)
        first_bad = first_bad_event()
        found_bad = [f"The audit trail is broken at event {first_bad}."] if first_bad else []
        found_bad += list(damages())
        self.tell(
            {
                "file": str(path),
                "made_at": str(done.checked.about["made_at"]),
                "rows": done.checked.rows,
                "files": done.checked.files,
                "events": done.events,
                "first_bad": first_bad,
                "damages": len(found_bad),
            },
            f"{done.checked.rows:,} rows and {done.checked.files:,} files are in, every sum is that of the export; all"
            f" locks are up, {done.events:,} events in the audit trail. Nobody has a password yet: let the first person"
            " in with invite. Where claims were sent electronically since, set EDI_NUMBERS_FROM above the last file.",
        )
        if found_bad:
            raise Refused(
                one_line("Everything in the export is in, but some was damaged before it was exported.", *found_bad[:5])
            )
