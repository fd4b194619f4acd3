"""Verbs of full exports that an administrator asks for: accepted, written beside the pages, removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.models import FullExport
from claims.services.exports import Draft, Made
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record
from documentation.services.jobs import Stand, ask, drives

JOB = "full_export"
KEPT = timedelta(days=7)
"""How long the ZIP of an export lies here: it is not encrypted, so it goes as soon as it was fetched."""


def begin(why: str, *, by: User, at: datetime) -> FullExport:
    """Accept the wish for an export. Raises NotPossible while another one is being written."""
    _may(by)
    row = FullExport(why=why, asked_at=at, asked_by=by)
    row.full_clean(validate_constraints=False)
    if not row.why:
        raise ValidationError({"why": "Say what it is for: the audit trail keeps it."})
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as e:
            raise NotPossible("An export is being written already. Let that end, or give it up, then begin.") from e
        record("export.begin", by=by, at=at, subject=row)
        ask(JOB, row.pk, by=by, at=at)
    return row


@drives(JOB)
def _step(key: int, by: User, at: datetime) -> Stand:
    _may(by)
    row = FullExport.objects.get(pk=key)
    if not row.is_running:
        return Stand(1, 1, is_over=True)
    draft = Draft(_draft_of(row), program=settings.VERSION)
    stand = draft.go_on(at)
    if stand.is_over:
        _end(row, draft.finish(path_of(row)), by=by, at=at)
    return stand


def _end(row: FullExport, made: Made, *, by: User, at: datetime) -> None:
    values = {"sha256": made.sha256, "size": made.size, "rows": made.rows, "files": made.files, "lost": made.lost}
    with transaction.atomic():
        if FullExport.objects.filter(pk=row.pk, is_running=True).update(**values, is_running=False, ended_at=at):
            record("export.end", by=by, at=at, subject=row, sha256=made.sha256, rows=made.rows, files=made.files)
            return
    path_of(row).unlink(missing_ok=True)  # Somebody gave it up while it was being read back.


def remove(row: FullExport, *, by: User | None, at: datetime) -> None:
    """Remove the ZIP of an export, or give up one that is being written. `by` is None for the night.

    Raises NotPossible where it is gone already, Refused where the disk does not let it go.
    """
    if by:
        _may(by)
    with transaction.atomic():
        there = FullExport.objects.filter(pk=row.pk, removed_at=None)
        if not there.update(removed_at=at, removed_by=by, is_running=False):
            raise NotPossible("This export was removed already.")
        record("export.remove", by=by, at=at, subject=row)
        try:
            path_of(row).unlink(missing_ok=True)
            Draft(_draft_of(row), program=settings.VERSION).drop()
        except OSError as e:
            raise Refused(f"The file could not be removed ({e.strerror}).") from e


def remove_old(*, at: datetime) -> int:
    """Remove what lies here for longer than it should. Returns how many went."""
    old = list(FullExport.objects.filter(removed_at=None, is_running=False, ended_at__lt=at - KEPT))
    for row in old:
        remove(row, by=None, at=at)
    return len(old)


def path_of(row: FullExport) -> Path:
    """Where the ZIP of an export lies, in a folder that nobody else opens."""
    root: Path = settings.EXPORT_ROOT
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root / row.name


def _draft_of(row: FullExport) -> Path:
    return path_of(row).with_name(f".draft-{row.pk}")


def _may(by: User) -> None:
    if not by.may(Permission.EXPORT_ALL):
        raise NotPermitted("Your role does not allow you to export everything.")
