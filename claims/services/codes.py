"""Verbs on codes: load the practice's licensed wording, and write down which medical codes its payers take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.codes.licensed import read_table
from claims.models import CodeMapping, CodeText
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record


@dataclass(frozen=True)
class LoadedTexts:
    """How many rows were added, changed, and known before."""

    added: int
    changed: int
    same: int

    def __str__(self) -> str:
        return f"{self.added:,} added, {self.changed:,} changed, {self.same:,} known before"


def load_texts(content: bytes, *, by: User, at: datetime) -> LoadedTexts:
    """Take in a licensed list of CDT or CPT, whole or not at all; the same list again changes nothing.

    A row with the code and first day of a known one takes its place. Raises TableError with every faulty row.
    """
    if not by.may(Permission.CODES_LOAD):
        raise NotPermitted("Your role does not allow you to load code lists.")
    rows = read_table(content)
    with transaction.atomic():
        known = {(t.code, t.effective_on): t for t in CodeText.objects.select_for_update()}
        new, changed = [], []
        for row in rows:
            text = known.get((row.code, row.effective_on))
            if text is None:
                values = {"text": row.text, "effective_on": row.effective_on, "ended_on": row.ended_on}
                new.append(CodeText(code=row.code, loaded_at=at, loaded_by=by, **values))
            elif (text.text, text.ended_on) != (row.text, row.ended_on):
                text.text, text.ended_on, text.loaded_at, text.loaded_by = row.text, row.ended_on, at, by
                changed.append(text)
        CodeText.objects.bulk_create(new, batch_size=500)
        CodeText.objects.bulk_update(changed, ["text", "ended_on", "loaded_at", "loaded_by"], batch_size=500)
        loaded = LoadedTexts(len(new), len(changed), len(rows) - len(new) - len(changed))
        record("codes.load", by=by, at=at, subject="code list", added=loaded.added, changed=loaded.changed)
    return loaded


def save_mapping(
    mapping: CodeMapping | None, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None
) -> CodeMapping:
    """Write down a medical code for a dental one, or correct a row that was seen at revision `seen`."""
    if not by.may(Permission.PAYER_EDIT):
        raise NotPermitted("Your role does not allow you to change what is known of payers.")
    with transaction.atomic():
        row = CodeMapping.objects.select_for_update().get(pk=mapping.pk) if mapping else CodeMapping()
        if mapping and seen is not None and row.revision != seen:
            raise NotPossible(
                "Somebody else changed this row meanwhile. Compare with the values shown now, then save again."
            )
        changed = sorted(k for k, v in values.items() if getattr(row, k) != v)
        for key, value in values.items():
            setattr(row, key, value)
        if mapping and not changed:
            return row
        row.recorded_at, row.recorded_by = at, by
        row.full_clean()
        _agree(row)
        row.revision += 1 if mapping else 0
        row.save()
        subject = f"code mapping {row.cdt} to {row.code}"
        record("codes.map" if mapping is None else "codes.map_change", by=by, at=at, subject=subject, fields=changed)
    return row


def _agree(row: CodeMapping) -> None:
    problems = {}
    if row.payer and row.payer.line != "medical":
        problems["payer"] = "This payer pays as dental. Medical codes go to medical payers."
    if row.ended_on and row.ended_on < row.effective_on:
        problems["ended_on"] = "The last day lies before the first one. Look at the two days."
    if problems:
        raise ValidationError(problems)
