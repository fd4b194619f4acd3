"""Verbs of working together on claims: hand over, write a note, mend it, take it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim, ClaimNote
from claims.services.figures import refresh
from claims.services.holding import hold, holding
from claims.services.queues import place
from claims.services.telling import handed
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record

MENDED_FOR = timedelta(hours=24)
"""So long the author of a note may rewrite it or take it back; what is older others may have acted on."""


def assign(claim: Claim, to: User | None, note: str = "", *, by: User, at: datetime) -> Claim:
    """Give a claim to somebody, or to nobody, with a note for whoever comes next.

    Raises NotPossible where it is theirs already, or they could not work on it.
    """
    _require_work(by)
    with transaction.atomic():
        hold(claim.pk)
        row = Claim.objects.select_related("encounter__patient", "owner").get(pk=claim.pk)
        if to is None and row.owner is None:
            raise NotPossible(f"{row.number} belongs to nobody already.")
        if to is not None:
            if row.owner_id == to.pk:
                raise NotPossible(f"{row.number} is with {to.display_name} already.")
            if not to.may(Permission.CLAIM_PREPARE):
                raise NotPossible(f"{to.display_name} does not work on claims. Choose a biller or a manager.")
        was = row.owner_id
        Claim.objects.filter(pk=row.pk).update(owner=to)
        claim.owner = row.owner = to
        if note.strip():
            _write(ClaimNote(claim=row, text=note, handed_to=to, written_at=at, written_by=by))
        else:
            place(row.pk)
        handed(row, was, to.pk if to else None, by=by, at=at)
        name = to.username if to else ""
        record("claim.assign", by=by, at=at, subject=row, patient=row.encounter.patient, owner=name)
    return claim


def take(claim: Claim, seen: int | None, *, by: User, at: datetime) -> Claim:
    """Take a claim, or give one's own back. `seen` is whose it was on the page that the person looked at.

    Raises NotPossible where it is somebody else's by now: nobody takes a claim from a colleague without seeing it.
    """
    with holding(claim.pk):
        row = Claim.objects.select_related("owner").get(pk=claim.pk)
        if row.owner_id != seen:
            now = f"is with {row.owner.display_name}" if row.owner else "belongs to nobody"
            raise NotPossible(f"{row.number} {now} by now. Nothing was changed; look at the page again.")
        return assign(claim, None if seen == by.pk else by, by=by, at=at)


def write_note(claim: Claim, text: str, *, by: User, at: datetime) -> ClaimNote:
    """Write something down beside a claim, for everyone who works on it."""
    _require_work(by)
    with transaction.atomic():
        hold(claim.pk)
        note = _write(ClaimNote(claim=claim, text=text, written_at=at, written_by=by))
        record("claim.note", by=by, at=at, subject=claim, patient=claim.encounter.patient)
    return note


def rewrite_note(note: ClaimNote, text: str, *, by: User, at: datetime) -> ClaimNote:
    """Mend a note of one's own within a day; what it said before stays readable behind it."""
    with _own(note, by, at) as row:
        if row.text == text.strip():
            return row
        new = ClaimNote(claim=row.claim, text=text, handed_to=row.handed_to, replaces=row, written_at=at, written_by=by)
        _write(new)
        record("claim.note_rewrite", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient)
    return new


def take_back_note(note: ClaimNote, *, by: User, at: datetime) -> None:
    """Take a note of one's own back within a day. It stays, marked so."""
    with _own(note, by, at) as row:
        if row.withdrawn_at is None:
            ClaimNote.objects.filter(pk=row.pk).update(withdrawn_at=at)
            record("claim.note_withdraw", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient)


def put_back_note(note: ClaimNote, *, by: User, at: datetime) -> None:
    """Let a note count again that was taken back by a slip."""
    with _own(note, by, at) as row:
        if row.withdrawn_at is not None:
            ClaimNote.objects.filter(pk=row.pk).update(withdrawn_at=None)
            record("claim.note_restore", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient)


def may_mend(note: ClaimNote, *, by: User, at: datetime) -> bool:
    """Whether a person may still rewrite a note or take it back."""
    return note.written_by_id == by.pk and at - note.written_at <= MENDED_FOR


@contextmanager
def _own(note: ClaimNote, by: User, at: datetime) -> Iterator[ClaimNote]:
    """The note, held together with its claim; refused where it is somebody else's, too old or rewritten already."""
    _require_work(by)
    if note.written_by_id != by.pk:
        raise NotPermitted("Only its author mends a note. Write another one beside it.")
    if not may_mend(note, by=by, at=at):
        raise NotPossible("This note is older than a day, and others may have acted on it. Write another one.")
    with holding(note.claim_id):
        row = ClaimNote.objects.select_related("claim__encounter__patient", "handed_to").get(pk=note.pk)
        if ClaimNote.objects.filter(replaces=row).exists():
            raise NotPossible("This note was rewritten already. Look at the page again.")
        yield row


def _write(note: ClaimNote) -> ClaimNote:
    """Keep a note, and count its claim again: somebody did something about it."""
    note.full_clean(validate_constraints=False)
    if not note.text:
        raise ValidationError({"text": "Write what the next person should know."})
    note.save(force_insert=True)
    refresh(note.claim)
    return note


def _require_work(by: User) -> None:
    if not by.may(Permission.CLAIM_PREPARE):
        raise NotPermitted("Your role does not allow you to work on claims.")
