"""Verbs on patients: register and correct."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Patient, User
from documentation.services.audit import record


def register(values: dict[str, Any], *, by: User, at: datetime, today: date) -> Patient:
    """A new patient. Raises ValidationError with a sentence for each field that cannot be taken."""
    _require(by)
    patient = Patient(created_at=at, **values)
    _check(patient, today)
    with transaction.atomic():
        patient.save()
        patient.search_text = patient.make_search_text()
        patient.save(update_fields=["search_text"])
        record("patient.register", by=by, at=at, subject=patient, patient=patient)
    return patient


def correct(patient: Patient, values: dict[str, Any], *, by: User, at: datetime, today: date, seen: int) -> Patient:
    """Correct demographics. `seen` is the revision that the person looked at.

    Signed records keep what they said. Raises NotPossible when somebody saved in between.
    """
    _require(by)
    with transaction.atomic():
        row = Patient.objects.select_for_update().get(pk=patient.pk)
        if row.revision != seen:
            raise NotPossible(
                "Somebody else corrected this patient meanwhile. Compare with the values shown now, then save again."
            )
        changed = sorted(k for k, v in values.items() if getattr(row, k) != v)
        for key, value in values.items():
            setattr(row, key, value)
        _check(row, today)
        row.search_text = row.make_search_text()
        row.revision += 1
        row.save()
        if changed:
            record("patient.correct", by=by, at=at, subject=row, patient=row, fields=changed)
    return row


def _require(by: User) -> None:
    if not by.may(Permission.PATIENT_EDIT):
        raise NotPermitted("Your role does not allow you to change patients.")


def _check(patient: Patient, today: date) -> None:
    patient.full_clean()
    if patient.birth_date > today:
        raise ValidationError({"birth_date": "The birth date lies in the future. Check the year."})
    if patient.birth_date.year < today.year - 130:
        raise ValidationError({"birth_date": "The birth date lies more than 130 years back. Check the year."})
