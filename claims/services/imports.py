"""Verbs on lists from other programs: read, match, bring in step by step, take back.

A step brings some rows in and writes down what became of them in the same transaction, so that whoever goes on finds
each row done or not begun. While rows are waiting the whole can be taken back as well as afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Import, ImportRow
from claims.queries.incoming import look
from claims.queries.incoming_row import Found
from claims.services.coverage import save_coverage
from claims.services.payers import save_payer
from claims.services.taking_back import take_back_coverages, take_back_payers
from claims.targets import KINDS
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import Location, User
from documentation.models.among import among
from documentation.services.audit import record
from documentation.services.bulk import insert
from documentation.services.jobs import Stand, ask, drives
from documentation.services.registering import register_many, take_back_patients
from documentation.tables import Unreadable, read

JOB = "import"
AT_ONCE = {"patients": 500, "payers": 100, "coverages": 100}
"""Rows of one step, by kind: patients are written together, the others one by one with what follows from each."""
State, Outcome = Import.State, ImportRow.Outcome


def take_in(kind: str, name: str, data: bytes, *, by: User, at: datetime) -> Import:
    """Read a file; nothing comes in yet. Raises ValidationError with a sentence for one that cannot be read."""
    _require(by)
    try:
        table = read(data)
    except Unreadable as e:
        raise ValidationError({"file": str(e)}) from e
    if kind not in KINDS:
        raise ValidationError({"kind": "Say what the rows of this file are."})
    with transaction.atomic():
        row = Import.objects.create(
            kind=kind,
            file_name=clean_text(PurePosixPath(name.replace("\\", "/")).name)[-120:],
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            how=table.how[:160],
            heads=list(table.heads),
            total=len(table.lines),
            read_at=at,
            read_by=by,
        )
        lines = [(row.pk, line.number, list(line.cells), line.problem[:300]) for line in table.lines]
        insert(ImportRow, ("of", "number", "cells", "problem"), lines)
        record("import.read", by=by, at=at, subject=row, kind=kind, rows=row.total)
    return row


def match(imported: Import, columns: Mapping[str, int], *, by: User, at: datetime) -> None:
    """Say which column fills which field, by its place from 0. Raises ValidationError by field."""
    _require(by)
    wrong: dict[str, str] = {}
    targets = imported.what.targets
    used: dict[int, str] = {}
    for target in targets:
        place = columns.get(target.key)
        if place is None:
            if target.is_needed:
                wrong[target.key] = "Without this column no row can be brought in. Choose it."
        elif not 0 <= place < len(imported.heads):
            wrong[target.key] = "There is no such column. Choose another one."
        elif place in used:
            wrong[target.key] = f"This column fills “{used[place]}” already. Choose another one for one of the two."
        else:
            used[place] = target.label
    if imported.kind == "patients" and not wrong and "last_name" not in columns and "whole_name" not in columns:
        wrong["last_name"] = "Choose the column with the last name, or the one with the whole name."
    if imported.kind == "coverages" and not wrong and "payer_id" not in columns and "payer_name" not in columns:
        wrong["payer_id"] = "Choose the column with the payer ID, or the one with the payer's name."
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic():
        row = _held(imported, State.READ, "This list is being brought in already, or was. Look at its page.")
        row.columns = {target.key: columns[target.key] for target in targets if target.key in columns}
        row.save(update_fields=["columns"])
        record("import.match", by=by, at=at, subject=row, fields=sorted(row.columns))


def begin(imported: Import, *, with_alike: bool = False, by: User, at: datetime) -> None:
    """Bring the good rows in, beside the pages; with those that may be here already where somebody says so."""
    _require(by)
    with transaction.atomic():
        row = _held(imported, State.READ, "This list is being brought in already, or was. Look at its page.")
        if not row.columns:
            raise NotPossible("Say first which column is which.")
        row.state, row.with_alike, row.begun_at, row.begun_by = State.BRINGING, with_alike, at, by
        row.save(update_fields=["state", "with_alike", "begun_at", "begun_by"])
        record("import.begin", by=by, at=at, subject=row, rows=row.total, with_alike=with_alike)
        ask(JOB, row.pk, total=row.total, by=by, at=at)


def go_on(imported: Import, *, by: User, at: datetime, rows: int = 0) -> Import:
    """Bring the next rows in. It may have been left anywhere, by anybody; one that was ended or taken back stays so."""
    _require(by)
    today = at.astimezone(Location.zone_of_practice()).date()
    most = rows or AT_ONCE[imported.kind]
    waiting = ImportRow.objects.filter(of=imported, outcome="").order_by("number")
    if imported.kind == "patients":
        with transaction.atomic():
            row = _bringing(imported)
            if row and (some := list(look(row, waiting[:most], today=today))):
                _bring_patients(row, some, by=by, at=at, today=today)
    else:
        for key in list(waiting.values_list("pk", flat=True)[:most]):
            with transaction.atomic():
                row = _bringing(imported)
                if row is None:
                    break
                for found in look(row, waiting.filter(pk=key), today=today):
                    _bring_one(row, found, by=by, at=at)
    with transaction.atomic():
        row = _bringing(imported)
        if row and not waiting.exists():
            row.state, row.ended_at = State.DONE, at
            row.save(update_fields=["state", "ended_at"])
            brought = row.rows.filter(outcome=Outcome.BROUGHT).count()
            record("import.end", by=by, at=at, subject=row, rows=row.total, brought=brought)
    imported.refresh_from_db()
    return imported


@drives(JOB)
def _step(key: int, by: User, at: datetime) -> Stand:
    imported = go_on(Import.objects.get(pk=key), by=by, at=at)
    left = imported.rows.filter(outcome="").count()
    return Stand(imported.total - left, imported.total, is_over=imported.state != State.BRINGING)


def undo(imported: Import, *, by: User, at: datetime) -> int:
    """Take back all that came with a list and upon which nothing builds; the others stay, and each says why. One
    transaction: no part of it is taken back alone. Returns how many were.
    """
    _require(by)
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=imported.pk)
        brought = dict(row.rows.filter(outcome=Outcome.BROUGHT).values_list("became", "pk"))
        if row.state == State.READ or (row.state == State.UNDONE and not brought):
            raise NotPossible("Nothing of this list is here that could be taken back.")
        stays = _TAKE_BACK[row.kind](brought.keys(), of=row, by=by, at=at)
        gone = [key for became, key in brought.items() if became not in stays]
        ImportRow.objects.filter(among("pk", gone)).update(outcome=Outcome.TAKEN_BACK, said=[])
        for became, sentence in stays.items():
            ImportRow.objects.filter(pk=brought[became]).update(said=[["", sentence]])
        row.state, row.undone_at, row.undone_by = State.UNDONE, at, by
        row.save(update_fields=["state", "undone_at", "undone_by"])
        record("import.undo", by=by, at=at, subject=row, taken_back=len(gone), stay=len(stays))
    imported.refresh_from_db()
    return len(gone)


def discard(imported: Import, *, by: User, at: datetime) -> None:
    """Forget a file of which nothing was brought in, with its rows."""
    _require(by)
    with transaction.atomic():
        row = _held(imported, State.READ, "Rows of this list were brought in. Take them back instead.")
        record("import.discard", by=by, at=at, subject=row)
        row.delete()


def _bring_patients(row: Import, some: list[Found], *, by: User, at: datetime, today: date) -> None:
    taken = [found for found in some if _is_taken(row, found)]
    keys = register_many([found.values for found in taken], of=row, by=by, at=at, today=today) if taken else []
    for found, key in zip(taken, keys, strict=True):
        _became(found, key)
    for found in some:
        _settle(found)
    ImportRow.objects.bulk_update([f.row for f in some], ["outcome", "said", "became", "cells"], batch_size=250)


def _bring_one(row: Import, found: Found, *, by: User, at: datetime) -> None:
    """Payers and coverages go through the verbs that add one by hand: what follows from each follows here, too."""
    if _is_taken(row, found):
        values = dict(found.values)
        try:
            with transaction.atomic():
                if row.kind == "payers":
                    made: Any = save_payer(None, values, by=by, at=at)
                else:
                    made = save_coverage(values.pop("patient"), None, values, by=by, at=at)
            _became(found, made.pk)
        except ValidationError as e:
            found.refuse("", " ".join(e.messages))
        except Refusal as e:
            found.refuse("", " ".join(e.reasons))
    _settle(found)
    found.row.save(update_fields=["outcome", "said", "became", "cells"])


def _is_taken(row: Import, found: Found) -> bool:
    return found.is_good or (found.outcome == Outcome.ALIKE and row.with_alike)


def _became(found: Found, key: int) -> None:
    found.outcome, found.said = Outcome.BROUGHT, []
    found.row.became = key


def _settle(found: Found) -> None:
    found.row.outcome, found.row.said = found.outcome, [list(pair) for pair in found.said]
    if found.outcome in (Outcome.BROUGHT, Outcome.KNOWN):
        found.row.cells = []  # from now on the record alone holds what the row said


def _held(imported: Import, state: str, otherwise: str) -> Import:
    row = Import.objects.select_for_update().filter(pk=imported.pk).first()
    if row is None or row.state != state:
        raise NotPossible(otherwise)
    return row


def _bringing(imported: Import) -> Import | None:
    """The row, held, while it is being brought in: nobody takes it back or goes on beside until this step is done."""
    return Import.objects.select_for_update().filter(pk=imported.pk, state=State.BRINGING).first()


def _require(by: User) -> None:
    if not by.may(Permission.DATA_IMPORT):
        raise NotPermitted("Your role does not allow you to bring in lists.")


_TAKE_BACK: Mapping[str, Callable[..., dict[int, str]]] = {
    "patients": take_back_patients,
    "payers": take_back_payers,
    "coverages": take_back_coverages,
}
