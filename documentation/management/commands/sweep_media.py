"""Remove files that nothing points to, and name those that are missing."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.services.places import Found
from documentation.services.sweeping import Survey, survey, sweep

SAFE_HOURS = 48
"""Longer than any form stays open whose file waits for its row."""


class Command(Base):
    help = "Remove files that nothing points to from storage, once they are old enough, and name missing ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
        parser.add_argument(
            "--older-than",
            type=_hours,
            default=SAFE_HOURS,
            metavar="HOURS",
            help=f"leave what was put there later than this many hours ago; {SAFE_HOURS} by default, at least 1",
        )

    def handle(self, *args: Any, dry_run: bool, older_than: int, **options: Any) -> None:
        now = timezone.now()
        seen = survey(before=now - timedelta(hours=older_than))
        gone = seen.left_over if dry_run else list(sweep(seen, by=None, at=now))
        self.tell(
            {
                "dry_run": dry_run,
                "used": seen.used,
                "bytes": seen.size,
                "removed": [found.path for found in gone],
                "removed_bytes": sum(found.size for found in gone),
                "younger": seen.younger,
                "foreign": seen.foreign,
                "missing": [row.sha256 for row in seen.missing],
                "changed": [row.sha256 for row in seen.changed],
            },
            _summary(seen, gone, older_than, "would be removed" if dry_run else "removed"),
        )
        _refuse_where_files_are_lost(seen)


def _summary(seen: Survey, gone: list[Found], hours: int, done: str) -> str:
    said = [f"{_files(seen.used)} in use, {filesizeformat(seen.size)} in storage."]
    if gone:
        said.append(f"{_files(len(gone))} {done}, {filesizeformat(sum(found.size for found in gone))}.")
    else:
        said.append(f"Nothing {done}.")
    if seen.younger:
        said.append(f"{seen.younger:,} that nothing points to were left: they are younger than {hours} hours.")
    if seen.foreign:
        said.append(f"{seen.foreign:,} that Ductus never wrote were left alone.")
    return one_line(*said).replace("\xa0", " ")


def _files(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _refuse_where_files_are_lost(seen: Survey) -> None:
    said = [f"The file {row} is missing from storage." for row in seen.missing]
    said += [f"The file {row} was changed in storage." for row in seen.changed]
    if said:
        more = [f"And {len(said) - 5:,} more."] if len(said) > 5 else []
        raise Refused(one_line(*said[:5], *more, "Restore what is lost from the backup."))


def _hours(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 24 * 365):
        raise ArgumentTypeError(f"{text!r} is no number of hours; write 1 or more")
    return int(text)
