"""Verbs on phrases: the practice's own wording, and each person's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Phrase, User
from documentation.rules.prompts import FIELDS
from documentation.services.audit import record

KNOWN = frozenset(field for _, field, _, _ in FIELDS)


def save(phrase: Phrase | None, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None) -> Phrase:
    """Add a phrase or change one. `values` are field, title, body and `shared`: for everybody, which clinicians decide.

    Raises ValidationError with a sentence for each field, NotPermitted, or NotPossible when somebody changed the
    phrase after revision `seen`.
    """
    owner = None if values["shared"] else by
    with transaction.atomic():
        row = Phrase.objects.select_for_update().get(pk=phrase.pk) if phrase else Phrase(owner=owner)
        _require(row, by)
        if phrase and seen is not None and row.revision != seen:
            raise NotPossible("Somebody else changed this phrase meanwhile. Look at it again, then save.")
        row.field, row.title, row.body, row.owner = values["field"], values["title"], values["body"], owner
        _require(row, by)
        _check(row)
        row.revision += 1 if phrase else 0
        row.save()
        record("phrase.save", by=by, at=at, subject=f"phrase {row.pk}", field=row.field, shared=owner is None)
    return row


def remove(phrase: Phrase, *, by: User, at: datetime) -> None:
    """Take a phrase away. Notes in which it was used keep their words."""
    _require(phrase, by)
    with transaction.atomic():
        record("phrase.remove", by=by, at=at, subject=f"phrase {phrase.pk}", field=phrase.field)
        phrase.delete()


def _require(phrase: Phrase, by: User) -> None:
    if not by.may(Permission.ENCOUNTER_EDIT) or (phrase.owner_id is not None and phrase.owner_id != by.pk):
        raise NotPermitted("This phrase is somebody else's. Only they can change it.")
    if phrase.owner_id is None and not by.may(Permission.ENCOUNTER_SIGN):
        raise NotPermitted("Phrases for everybody are kept by clinicians. Keep this one as your own.")


def _check(row: Phrase) -> None:
    problems = {}
    if row.field not in KNOWN:
        problems["field"] = "Choose the field for which this phrase is."
    if not row.title.strip():
        problems["title"] = "Give the phrase a short name by which you find it."
    if not row.body.strip():
        problems["body"] = "The phrase is empty. Write the words that it puts in."
    if not problems:
        # A null owner is never equal to another for the database, so the practice's titles are compared here.
        same = Phrase.objects.filter(field=row.field, title=row.title, owner=row.owner).exclude(pk=row.pk)
        if same.exists():
            problems["title"] = "There is a phrase of this name for this field already. Choose another name."
    if problems:
        raise ValidationError(problems)
    row.full_clean(validate_unique=False, validate_constraints=False)
