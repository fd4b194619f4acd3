"""Make a rehearsal: a copy of the practice's queues with made-up people, in a database of its own.

Two processes share the work, so that none of them can mistake one database for the other: this one reads the practice
and cannot write, the one that it starts knows nothing but the new place, and hears only what was masked.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from argparse import SUPPRESS
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connection
from django.utils import timezone

from claims.services import rehearsal
from documentation.kernel.machine import NotPossible
from documentation.management.base import Command as Base
from documentation.management.base import Refused, one_line
from documentation.management.progress import progress_to
from documentation.models import Location

_OF_THE_PRACTICE = (
    "S3_BUCKET",
    "REDIS_URL",
    "EMAIL_URL",
    "AUDIT_ANCHOR",
    "EXPORT_ROOT",
    "CLEARINGHOUSE_FOLDER",
    "SFTP_HOST",
    "SFTP_PASSWORD",
    "SFTP_PASSWORD_FILE",
    "SFTP_KEY_FILE",
    "BACKUP_KEY",
    "BACKUP_KEY_FILE",
    "BACKUP_PASSPHRASE",
    "BACKUP_PASSPHRASE_FILE",
)
"""Variables of this process that are none of the new one's."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Command(Base):
    help = "Make a copy of the practice's queues with made-up people to train on, in an empty database of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--into", metavar="DATABASE_URL", help="the empty database that becomes the rehearsal")
        parser.add_argument("--media", metavar="FOLDER", help="an empty folder for its files")
        parser.add_argument(
            "--claims",
            type=int,
            default=rehearsal.SET_BACK,
            metavar="N",
            help=f"set so many decided denials back, the newest first (default: {rehearsal.SET_BACK})",
        )
        parser.add_argument("--take", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["take"]:
            self._take()
        else:
            self._make(options["into"], options["media"], options["claims"])

    # --- The process that knows the practice ----------------------------------------------------------------------

    def _make(self, into: str | None, media: str | None, claims: int) -> None:
        if not into:
            raise NotPossible("Name the empty database for the rehearsal: --into sqlite:////srv/rehearsal/db.sqlite3")
        if claims < 0:
            raise NotPossible("--claims is 0 or more: so many decided denials are set back.")
        folder = _folder(into, media)
        _require_elsewhere(into, folder)
        tell, now = progress_to(self.stderr), timezone.now()
        lines = rehearsal.told(set_back_claims=claims, today=_today(now), at=now, tell=tell)
        first = next(lines)  # Refused before anything is started.
        child = subprocess.Popen(
            [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "rehearsal", "--take", "--json"],
            cwd=settings.BASE_DIR,
            env=_surroundings(into, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        told, heard = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout)
        try:
            with suppress(BrokenPipeError):  # It ended, and says why.
                told.write(first)
                for line in lines:
                    told.write(line)
        finally:
            lines.close()  # the practice is let go
            with suppress(BrokenPipeError):
                told.close()
            answer = heard.read()
            code = child.wait()
        if code:
            raise Refused("The rehearsal was not made; the line above says why. The practice is as it was.")
        self._print(json.loads(answer), into, folder)

    def _print(self, made: dict[str, Any], into: str, folder: Path) -> None:
        people = [f"  {role:<15} {name:<15} {made['password']}" for name, role in made["users"]]
        self.tell(
            made | {"media": str(folder)},
            "\n".join(
                [
                    f"The rehearsal stands: {made['rows']:,} rows, {made['claims']:,} claims in its queues, of them"
                    f" {made['set_back']:,} set back to their denial. Nothing in it is real, and nothing leaves it.",
                    f"Start it with DATABASE_URL={_shown(into)} and MEDIA_ROOT={folder}, on a port of its own,"
                    " and without AUDIT_ANCHOR, REDIS_URL and EXPORT_ROOT of the practice.",
                    "The password below is shown this once. Log in as",
                    *people,
                ]
            ),
        )

    # --- The process that knows the rehearsal ---------------------------------------------------------------------

    def _take(self) -> None:
        password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
        made = rehearsal.take(_lines(), password=password, at=timezone.now(), tell=progress_to(self.stderr))
        self.tell(
            {
                "rows": made.rows,
                "claims": made.claims,
                "set_back": made.set_back,
                "users": made.people,
                "password": made.password,
            },
            one_line("The rehearsal stands."),
        )


def _lines() -> Iterator[bytes]:
    yield from sys.stdin.buffer


def _today(now: Any) -> Any:
    place = Location.objects.order_by(*Location.IN_ORDER).first() or Location()
    return place.today(now)


def _folder(into: str, media: str | None) -> Path:
    if media:
        return Path(media).absolute()
    parts = urlsplit(into)
    if parts.scheme != "sqlite":
        raise NotPossible("Name an empty folder for the files of the rehearsal: --media FOLDER.")
    return Path(f"{parts.path[1:]}-files").absolute()


def _require_elsewhere(into: str, folder: Path) -> None:
    """Raises NotPossible where what is named is the practice's own. An empty place is asked for besides."""
    parts, here = urlsplit(into), connection.settings_dict
    if parts.scheme not in ("sqlite", "postgres", "postgresql"):
        raise NotPossible("--into begins with sqlite:// or postgres://, as DATABASE_URL does.")
    name = parts.path[1:]
    if parts.scheme == "sqlite":
        is_same = connection.vendor == "sqlite" and Path(name).resolve() == Path(str(here["NAME"])).resolve()
    else:
        is_same = connection.vendor == "postgresql" and name == here["NAME"] and _server(parts) == _server_here(here)
    if is_same:
        raise NotPossible("--into names the practice's own database. A rehearsal goes into another, empty one.")
    own = Path(settings.MEDIA_ROOT).resolve()
    if own == folder.resolve() or own in folder.resolve().parents or folder.resolve() in own.parents:
        raise NotPossible("--media names the practice's own files. Name a folder outside of them, which is empty.")


def _server(parts: Any) -> tuple[str, int]:
    return parts.hostname or "", parts.port or 5432


def _server_here(here: dict[str, Any]) -> tuple[str, int]:
    return here["HOST"], int(here["PORT"] or 5432)


def _surroundings(into: str, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _OF_THE_PRACTICE}
    return kept | {"DATABASE_URL": into, "MEDIA_ROOT": str(folder), "NIGHTLY_AT": "off", "WORKER_BESIDE": "0"}


def _shown(into: str) -> str:
    """The address without its password."""
    parts = urlsplit(into)
    return into.replace(f":{parts.password}@", ":…@") if parts.password else into
