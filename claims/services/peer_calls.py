"""Peer-to-peer calls about a denial: one of our clinicians speaks with the payer's reviewer. They stop no clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Denial, PeerToPeer
from documentation.kernel.dates import long_date
from documentation.kernel.machine import NotPermitted
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record


def note_peer_call(denial: Denial, values: dict[str, Any], *, by: User, at: datetime) -> PeerToPeer:
    """Write down a call that was held, or was to be held. Rows stay; the denial and its last day stay as they are.

    `values`: held_on, clinician, reviewer, credential, specialty, outcome, reference, note. Raises ValidationError by
    field: a day to come or before the denial, a call without the reviewer's name, an outcome that there is not.
    """
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on denials.")
    row = PeerToPeer(denial=denial, recorded_at=at, recorded_by=by, **values)
    row.full_clean()
    errors: dict[str, str] = {}
    today: date = denial.claim.encounter.location.today(at)
    if row.held_on > today:
        errors["held_on"] = "This day lies in the future. Give the day of the call."
    elif row.held_on < denial.denied_on:
        errors["held_on"] = f"It was denied on {long_date(denial.denied_on)}; the call cannot have been before."
    if row.outcome != "not_held" and not row.reviewer:
        errors["reviewer"] = "Give the name of the reviewer: an appeal can name the person."
    if row.outcome == "not_held" and not row.note:
        errors["note"] = "Say why the call was not held."
    if errors:
        raise ValidationError(errors)
    with transaction.atomic():
        row.save()
        patient = denial.claim.encounter.patient
        record("denial.peer", by=by, at=at, subject=denial.claim, patient=patient, outcome=row.outcome)
    return row
