"""Write everything into one encrypted file, while the practice works; or look whether such a file is whole."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from documentation.kernel.machine import NotPossible, Refusal
from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.management.progress import progress_to
from documentation.models import UpkeepStep
from documentation.services import backups
from documentation.services.backups.making import name_at
from documentation.services.upkeep import BACKUP, note, note_backup, note_removed


class Command(Base):
    help = "Write every row and every file into one encrypted file, and read it back; --check only reads one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file to write; in a folder it is named by its time")
        parser.add_argument("--check", action="store_true", help="read FILE to its end instead, and compare every sum")
        parser.add_argument(
            "--keep",
            type=_number,
            metavar="N",
            help="FILE is a folder: once the new backup is whole, keep the newest N",
        )

    def handle(self, *args: Any, file: str, check: bool, keep: int | None, **options: Any) -> None:
        path = Path(file).absolute()
        key = backups.key_of(settings.BACKUP_KEY, settings.BACKUP_PASSPHRASE)
        if check:
            if keep is not None:
                raise CommandError("--keep removes older backups, and --check changes nothing.", returncode=2)
            self._check(path, key)
            return
        if keep is not None and not path.is_dir():
            raise CommandError(f"--keep needs a folder that is there already, and {path} is none.", returncode=2)
        self._write(path, key, keep)

    def _check(self, path: Path, key: backups.Key) -> None:
        try:
            with path.open("rb") as stream:
                found = backups.check(stream, key, tell=progress_to(self.stderr))
        except OSError as e:
            raise NotPossible(f"{path} cannot be read: {e.strerror}.") from e
        about = {name: found.about[name] for name in ("made_at", "program", "engine")}
        self.tell(
            {"file": str(path), "whole": True, **about, "rows": found.rows, "files": found.files, "bytes": found.bytes},
            f"{path} is whole: {found.rows:,} rows and {found.files:,} files as they stood on {about['made_at'][:16]}Z,"
            f" from version {about['program']}.",
        )

    def _write(self, path: Path, key: backups.Key, keep: int | None) -> None:
        began = timezone.now()
        folder = path if path.is_dir() else None
        tell = progress_to(self.stderr)
        try:
            made = backups.make(
                folder / name_at(began) if folder else path, key, program=settings.VERSION, at=began, tell=tell
            )
        except Refusal as e:
            note(BACKUP, UpkeepStep.Outcome.FAILED, one_line(*e.reasons), began=began, ended=timezone.now())
            raise
        said = (
            f"{made.rows:,} rows and {made.files:,} files, {filesizeformat(made.size)}, written and read back."
        ).replace("\xa0", " ")
        note_backup(said, lost=len(made.lost), size=made.size, sha256=made.sha256, began=began, ended=timezone.now())
        # Where files are lost, an older backup may be the last to have them.
        makes_room = folder is not None and keep is not None and not made.lost
        gone = backups.make_room(made.path, keep) if makes_room and keep else []
        if gone:
            note_removed([p.name for p in gone], at=timezone.now())
        self.tell(
            {
                "file": str(made.path),
                "bytes": made.size,
                "sha256": made.sha256,
                "rows": made.rows,
                "files": made.files,
                "lost": made.lost,
                "removed": [p.name for p in gone],
            },
            f"{made.path}: {said}" + (f" {len(gone)} older ones were removed." if gone else ""),
        )
        if made.lost:
            raise Refused(
                f"The backup was written, but {len(made.lost)} of the files are not in storage as they were kept, such"
                f" as {made.lost[0][:12]}. Run sweep_media and verify_audit, and restore them from an older backup:"
                " none was removed."
            )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{text!r} is no number of backups; write 1 or more")
    return int(text)
