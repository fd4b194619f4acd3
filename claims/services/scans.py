"""The verb that puts a better scan in the place of the one that came with a typed EOB."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import FormerScan, Remittance
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import StoredFile, User
from documentation.services.audit import record


def replace_scan(remittance: Remittance, file: StoredFile, reason: str, *, by: User, at: datetime) -> Remittance:
    """Keep another scan with an EOB that waits to be posted; the one that was there stays, with the reason.

    Raises NotPossible for a check that came as a file, and once it is posted: what was posted rests on its scan.
    """
    if not by.may(Permission.REMITTANCE_POST):
        raise NotPermitted("Your role does not allow you to work on remittances.")
    with transaction.atomic():
        row = Remittance.objects.select_for_update().get(pk=remittance.pk)
        if row.source != "eob":
            raise NotPossible("This check came as a file and has no scan. Download the file instead.")
        if row.posted_at:
            raise NotPossible("This EOB is posted. What was posted rests on its scan, so the scan stays as it was.")
        if row.scan_id == file.pk:
            raise ValidationError({"scan": "This is the scan that is kept already. Choose another file."})
        if row.scan_id and not reason.strip():
            raise ValidationError({"reason": "Say what is wrong with the scan that is there."})
        if row.scan_id:
            before = FormerScan(remittance=row, file_id=row.scan_id, reason=reason, replaced_at=at, replaced_by=by)
            before.full_clean()
            before.save()
        row.scan = file
        row.save(update_fields=["scan"])
        (answer,) = row.answers.select_related("claim__encounter__patient")
        patient = answer.claim.encounter.patient if answer.claim else None
        record("remittance.scan", by=by, at=at, subject=f"check {row.pk}", patient=patient, reason=reason[:300])
    return row
