"""Scans of what payers sent: examined, kept clean and as they came; and a better one in the place of a bad one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import FormerScan, Remittance
from claims.services.evidence import is_paper, read_picture, type_of
from documentation import papers
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import StoredFile, User
from documentation.services import files
from documentation.services.audit import record


@dataclass(frozen=True)
class Scan:
    """A scan that was examined: its clean bytes, what they are, the bytes that came, and what was left out of them."""

    clean: bytes
    media_type: str
    came: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptScan:
    """The two files that are kept of a scan: the clean copy is shown and sent, what came is given as a download."""

    file: StoredFile
    original: StoredFile


def read_scan(data: bytes) -> Scan:
    """Examine a PDF of many pages, or a picture. Raises ValidationError on `file` with a sentence."""
    if not is_paper(data):
        picture = read_picture(data)
        return Scan(picture.clean, picture.media_type, data, picture.notes)
    try:
        paper = papers.examine(data, is_scan=True)
    except papers.PaperRefused as e:
        raise ValidationError({"file": str(e)}) from e
    return Scan(paper.clean, "application/pdf", data, paper.notes)


def keep(scan: Scan, *, at: datetime) -> KeptScan:
    """Keep both files of a scan."""
    original = files.keep(scan.came, media_type=type_of(scan.came), at=at)
    return KeptScan(files.keep(scan.clean, media_type=scan.media_type, at=at), original)


def replace_scan(remittance: Remittance, scan: KeptScan, reason: str, *, by: User, at: datetime) -> Remittance:
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
        # A clean copy that somebody downloaded is the same scan, too.
        if {scan.file, scan.original} & ({row.scan, row.original} - {None}):
            raise ValidationError({"scan": "This is the scan that is kept already. Choose another file."})
        if row.scan_id and not reason.strip():
            raise ValidationError({"reason": "Say what is wrong with the scan that is there."})
        if row.scan_id:
            before = FormerScan(
                remittance=row, file_id=row.scan_id, original_id=row.original_id, reason=reason, replaced_at=at,
                replaced_by=by,
            )  # fmt: skip
            before.full_clean()
            before.save()
        row.scan, row.original = scan.file, scan.original
        row.save(update_fields=["scan", "original"])
        (answer,) = row.answers.select_related("claim__encounter__patient")
        patient = answer.claim.encounter.patient if answer.claim else None
        record("remittance.replace_scan", by=by, at=at, subject=f"check {row.pk}", patient=patient, reason=reason[:300])
    return row
