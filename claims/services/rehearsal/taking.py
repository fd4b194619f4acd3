"""Making the rehearsal of what is told: in an empty place of its own, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from claims.services.recount import rebuild
from claims.services.rehearsal.own_rows import finish, people
from claims.services.rehearsal.pictures import Drawn, drawn, papers
from claims.services.rehearsal.reading import FORMAT
from documentation.kernel.machine import NotPossible
from documentation.locks import drop_locks, install_locks
from documentation.models import Rehearsal, RehearsalItem
from documentation.services import places
from documentation.services.audit import record
from documentation.services.backups import restoring, rows
from documentation.services.backups.checking import Progress

AT_ONCE = 1_000
Fill = Callable[[dict[str, Any]], None]
_BROKEN_OFF = (
    "What was told of the practice broke off, so nothing was kept. Empty the new database and folder, and retry."
)


@dataclass(frozen=True)
class Made:
    """What stands in the rehearsal."""

    rows: int
    claims: int
    set_back: int
    people: list[tuple[str, str]]
    """Of whoever may sign in the name and the role."""
    password: str


def take(lines: Iterable[bytes], *, password: str, at: datetime, tell: Progress) -> Made:
    """Bring the lines of `told` into this empty place, and put every lock up.

    Rows come in one transaction: whatever breaks it off leaves none. Raises NotPossible where the database or the
    folder of files is not empty, and where the lines do not come to their end.
    """
    told = iter(lines)
    head = _object(next(told, b""))
    if head.get("format") != FORMAT:
        raise NotPossible(_BROKEN_OFF)
    _require_empty()
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        restoring.refuse_rows()  # Somebody else may have come meanwhile.
        restoring.forget_the_server()
        drop_locks(connection)
        _say_it_is_one(head)
        made = _take_rows(told, Filling(drawn(head["pictures"], at=at), papers(at=at)))
        tell("rows taken", made["rows"], made["rows"])
        models = rows.tables(apps)
        rows.set_last_numbers(models, _largest(models))
        finish(password=password, at=at, tell=tell)
        connection.check_constraints()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # Nothing may wait for the commit where triggers are made.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        install_locks(connection)
        record("rehearsal.make", by=None, at=at, rows=made["rows"], items=made["items"])
    rebuild(compared=False)
    return Made(made["rows"], RehearsalItem.objects.count(), made["set_back"], people(), password)


def _require_empty() -> None:
    restoring.refuse_rows()
    if next(iter(restoring.listed()), None) is not None:
        raise NotPossible(
            "The folder for the files of the rehearsal is not empty. Name another one with --media: a rehearsal never"
            " lies among other files."
        )
    if not isinstance(places.here(), places.Folder):
        raise NotPossible("The files of a rehearsal go into a folder. Name one with --media.")


def _say_it_is_one(head: Mapping[str, Any]) -> None:
    Rehearsal.objects.create(pk=1, made_at=datetime.fromisoformat(head["made_at"]))


@dataclass
class Filling:
    """What stands in the columns that point to files."""

    pictures: list[Drawn]
    papers: dict[str, int]

    def of(self, label: str) -> Fill | None:
        if label == "documentation.encounterimage":
            return self._image
        if label == "claims.packet":
            return self._packet
        return None

    def _image(self, row: dict[str, Any]) -> None:
        one = self.pictures[row["position"] - 1]
        row |= {"original_id": one.original, "clean_copy_id": one.clean, "screen_id": one.screen}
        row |= {"thumbnail_id": one.thumbnail, "width": one.width, "height": one.height, "frame": one.frame}

    def _packet(self, row: dict[str, Any]) -> None:
        row |= {"pdf_id": self.papers["pdf"], "zip_id": self.papers["zip"], "pages": 1}
        row |= {"manifest": self.papers["manifest"], "facts": "{}", "report": "[]"}


def _take_rows(told: Iterable[bytes], filling: Filling) -> dict[str, int]:
    found = {"rows": 0, "items": 0, "set_back": 0}
    writer: Any = None
    held: list[bytes] = []

    def write() -> None:
        if held and writer is not None:
            writer(held)
            found["rows"] += len(held)
            held.clear()

    for line in told:
        if line.startswith(b"["):
            held.append(line)
            if len(held) >= AT_ONCE:
                write()
            continue
        write()
        what = _object(line)
        if what.get("end"):
            return found
        if "table" in what:
            writer = _Into(what["table"], what["fields"], filling)
        elif "items" in what:
            writer = _Items(found)
    raise NotPossible(_BROKEN_OFF)


class _Into:
    """Writes rows of one table."""

    def __init__(self, label: str, fields: list[str], filling: Filling) -> None:
        self._fields, self._fill = fields, filling.of(label)
        self._writer = rows.Writer(apps.get_model(label), fields)

    def __call__(self, lines: list[bytes]) -> None:
        fill = self._fill
        self._writer.write(b"".join([self._filled(line, fill) for line in lines] if fill else lines))

    def _filled(self, line: bytes, fill: Fill) -> bytes:
        row = dict(zip(self._fields, json.loads(line), strict=True))
        fill(row)
        return rows.line(row[name] for name in self._fields)


class _Items:
    """Writes what became of the real claims."""

    def __init__(self, found: dict[str, int]) -> None:
        self._found = found

    def __call__(self, lines: list[bytes]) -> None:
        items = [json.loads(line) for line in lines]
        self._found["items"] += len(items)
        self._found["set_back"] += sum(1 for item in items if item[1] != "open")
        RehearsalItem.objects.bulk_create(
            RehearsalItem(claim=claim, became=became, amount=Decimal(amount), days=days)
            for claim, became, amount, days in items
        )


def _largest(models: list[rows.Model]) -> dict[str, int]:
    found = {}
    for model in rows.numbered(models):
        last = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
        found[str(model._meta.label_lower)] = int(last or 0)
    return found


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
