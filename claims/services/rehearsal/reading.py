"""Reading the practice at one moment and telling it, masked, line by line. Nothing is written anywhere here."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Max

from claims.services.rehearsal.left_out import LEFT_OUT
from claims.services.rehearsal.makers import TABLES, masked
from claims.services.rehearsal.masks import Masks
from claims.services.rehearsal.setting_back import SetBack, as_then, set_back
from documentation.kernel.machine import NotPossible
from documentation.models import EncounterImage, Organization, Rehearsal
from documentation.services.backups import rows
from documentation.services.backups.checking import Progress
from documentation.services.onemoment import one_moment

FORMAT = "ductus rehearsal 1"
SET_BACK = 20
"""Decided claims that are set back, where nobody says how many."""


def told(
    *, set_back_claims: int, today: date, at: datetime, tell: Progress, key: bytes = b""
) -> Generator[bytes, None, None]:
    """Lines: an object names what follows, a list is a row of it. The last object says that all was told.

    Everything stood so at one moment, and the database is asked to refuse whatever would write. Raises NotPossible
    where there is no practice, or this is a rehearsal itself.
    """
    with one_moment(), _only_read():
        if Rehearsal.objects.exists():
            raise NotPossible("This is a rehearsal itself. Make one from the practice's own database.")
        if not Organization.objects.exists():
            raise NotPossible("There is no practice in this database yet, so there is nothing to rehearse.")
        masks, back = Masks(today=today, key=key), set_back(set_back_claims)
        yield _line({"format": FORMAT, "made_at": at.isoformat(), "pictures": _pictures()})
        models = [m for m in rows.tables(rows.here()) if str(m._meta.label_lower) not in LEFT_OUT]
        total, done = sum(m._base_manager.count() for m in models), 0
        for model in models:
            label = str(model._meta.label_lower)
            if label not in TABLES:  # A test sees to it that this cannot be.
                raise NotPossible(f"It is not said what becomes of {label} in a rehearsal, so none was made.")
            yield _line({"table": label, "fields": rows.names(model)})
            for some in _pieces(model, back):
                masks.ask(label, some)
                yield from (rows.line(masked(masks, model, row)) for row in some)
                done += len(some)
                tell("rows", done, total)
        items = [(masks.number("claims.claim", i.claim), i.became.value, str(i.amount), i.days) for i in back.items]
        yield _line({"items": len(items)})
        yield from map(_line, items)
        yield _line({"end": True})


def _pieces(model: rows.Model, back: SetBack) -> Iterator[list[dict[str, Any]]]:
    label = str(model._meta.label_lower)
    found = model._base_manager.order_by("pk").values(*rows.names(model)).iterator(chunk_size=rows.AT_ONCE)
    while some := list(islice(found, rows.AT_ONCE)):
        yield [then for row in some if (then := as_then(label, row, back)) is not None]


def _pictures() -> int:
    """How many pictures a visit has at most: so many are drawn."""
    return EncounterImage.objects.aggregate(most=Max("position"))["most"] or 0


class _only_read:  # noqa: N801 - reads as a word
    """On SQLite, too, whatever would write is refused meanwhile."""

    def __enter__(self) -> None:
        self._set("ON")

    def __exit__(self, *raised: object) -> None:
        self._set("OFF")

    def _set(self, value: str) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA query_only = {value}")


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
