"""Verbs on the shelf of a visit: documents that come before there is a claim, or are for all of them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import FROM_PAYER, VisitDocument
from claims.queries.enclosed import KINDS
from claims.services.evidence import known_again, read_document, refuse_of_others, type_of
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, User
from documentation.services import files
from documentation.services.audit import record


def lay_down(
    encounter: Encounter, values: dict[str, Any], data: bytes, *, by: User, at: datetime
) -> tuple[VisitDocument, tuple[str, ...]]:
    """Put a document on the shelf of a visit; gives it with sentences on what was left out of its clean copy.

    `values`: kind, title, dated_on, came_from. Raises ValidationError with a sentence by field, as for a file that
    tells of another patient, and for what came from a payer, which lies with its claim.
    """
    _require(by)
    if values["kind"] in FROM_PAYER:
        raise ValidationError({"kind": "What a payer sent is kept with its claim. Choose a kind to send."})
    if values["dated_on"] > encounter.location.today(at):
        raise ValidationError({"dated_on": "This day lies in the future. Give the day that stands on the document."})
    document = known_again(read_document(data), data)
    with transaction.atomic():
        visit = Encounter.objects.select_for_update().get(pk=encounter.visit_key)
        kept = files.keep(document.clean, media_type=document.media_type, at=at)
        if lies := visit.documents.filter(file=kept, removed_at=None).first():
            raise ValidationError({"file": f"This document lies here already, as “{lies.title}”. Choose another file."})
        refuse_of_others(visit.patient_id, {kept.sha256, hashlib.sha256(data).hexdigest()})
        row = VisitDocument(
            encounter=visit, kind=values["kind"], title=values.get("title") or KINDS[values["kind"]],
            came_from=values.get("came_from") or "", dated_on=values["dated_on"], pages=len(document.pages), file=kept,
            original=files.keep(data, media_type=type_of(data), at=at), added_at=at, added_by=by,
        )  # fmt: skip
        row.full_clean()
        row.save()
        _told(row, "visit.document_add", by=by, at=at)
    return row, document.notes


def take_off(document: VisitDocument, *, by: User, at: datetime) -> None:
    """Take a document off the shelf of a visit. Copies on the shelves of its claims stay."""
    _set(document, "visit.document_remove", at, by, at)


def put_back(document: VisitDocument, *, by: User, at: datetime) -> None:
    """Put a document back that was taken off by a slip.

    Raises NotPossible where the same one was added again meanwhile, or lies with another patient by now.
    """
    _set(document, "visit.document_restore", None, by, at)


def _set(document: VisitDocument, action: str, removed_at: datetime | None, by: User, at: datetime) -> None:
    _require(by)
    with transaction.atomic():
        visit = Encounter.objects.select_for_update().get(pk=document.encounter_id)
        row = visit.documents.select_for_update().get(pk=document.pk)
        if bool(row.removed_at) == bool(removed_at):
            return
        if not removed_at:
            _require_free(visit, row)
        row.removed_at, row.removed_by = removed_at, by if removed_at else None
        row.save(update_fields=["removed_at", "removed_by"])
        _told(row, action, by=by, at=at)


def _require_free(visit: Encounter, row: VisitDocument) -> None:
    """Refuse to put back what lies here again, or lies with somebody else."""
    if visit.documents.filter(file=row.file, removed_at=None).exists():
        raise NotPossible("The same document was added again meanwhile, so there is nothing to put back.")
    try:
        refuse_of_others(visit.patient_id, {row.file.sha256, row.original.sha256})
    except ValidationError as e:
        raise NotPossible(*e.messages) from e


def _require(by: User) -> None:
    if not by.may(Permission.CLAIM_PREPARE):
        raise NotPermitted("Your role does not allow you to prepare claims.")


def _told(row: VisitDocument, action: str, *, by: User, at: datetime) -> None:
    patient = row.encounter.patient
    record(action, by=by, at=at, subject=row.encounter, patient=patient, document=row.pk, sha256=row.file.sha256)
