"""Verbs on many patients at once: registered from a list, and taken back while nothing builds upon them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.machine import NotPermitted
from documentation.kernel.permissions import Permission
from documentation.models import Patient, PatientWord, User
from documentation.models.among import among
from documentation.models.patients import words_of
from documentation.queries.building import what_builds
from documentation.queries.patients import birth_problem
from documentation.services.audit import Told, record_many
from documentation.services.bulk import insert, reserve

_FIELDS = (
    *("id", "chart_number", "first_name", "middle_name", "last_name", "birth_date", "sex", "phone", "email"),
    *("line1", "line2", "city", "state", "zip", "search_text", "created_at"),
)


def register_many(listed: Sequence[dict[str, Any]], *, of: object, by: User, at: datetime, today: date) -> list[int]:
    """New patients, as `register` makes each, all or none. Returns their keys in the order of the values.

    `of` is what they came with, for the trail. Raises ValidationError for the first whose values cannot be taken.
    """
    _require(by)
    patients = [Patient(created_at=at, **values) for values in listed]
    for patient in patients:
        patient.clean_fields(exclude=["search_text"])
        if said := birth_problem(patient.birth_date, today):
            raise ValidationError({"birth_date": said})
    with transaction.atomic():
        for key, patient in zip(reserve(Patient, len(patients)), patients, strict=True):
            patient.pk = key
            patient.search_text = patient.make_search_text()
        insert(Patient, _FIELDS, [tuple(getattr(p, name) for name in _FIELDS) for p in patients])
        words = [(p.pk, word) for p in patients for word in sorted(set(words_of(p.search_text)))]
        insert(PatientWord, ("patient", "word"), words)
        came = [Told("patient.register", p.number, p.pk, {"with": str(of)}) for p in patients]
        record_many(came, by=by, at=at)
    return [p.pk for p in patients]


def take_back_patients(keys: Collection[int], *, of: object, by: User, at: datetime) -> dict[int, str]:
    """Remove patients upon whom nothing builds. Returns a sentence for each of the others, by key."""
    _require(by)
    with transaction.atomic():
        # Whoever plans a visit for one of them at this moment is through before, or finds the patient gone.
        rows = list(Patient.objects.select_for_update().filter(among("pk", keys)).order_by("pk"))
        builds = what_builds(Patient, [p.pk for p in rows], besides=(PatientWord,))
        stays = {
            key: f"P{key:06d} stays: there are {' and '.join(names)} of this patient." for key, names in builds.items()
        }
        for patient in rows:
            if patient.revision > 1:
                stays.setdefault(patient.pk, f"{patient.number} stays: somebody corrected this patient since.")
        gone = [p.pk for p in rows if p.pk not in stays]
        PatientWord.objects.filter(among("patient", gone)).delete()
        Patient.objects.filter(among("pk", gone)).delete()
        told = [Told("patient.take_back", f"P{key:06d}", key, {"with": str(of)}) for key in gone]
        record_many(told, by=by, at=at)
    return stays


def _require(by: User) -> None:
    if not by.may(Permission.PATIENT_EDIT):
        raise NotPermitted("Your role does not allow you to change patients.")
