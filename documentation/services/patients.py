"""Verbs on patients: register and correct."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Patient, PatientWord, User
from documentation.models.among import among
from documentation.models.patients import words_of
from documentation.queries.patients import birth_problem, heir_of, merged_into
from documentation.services.audit import record

AT_ONCE = 2_000
"""Patients whose words are compared together."""


def register(values: dict[str, Any], *, by: User, at: datetime, today: date) -> Patient:
    """A new patient. Raises ValidationError with a sentence for each field that cannot be taken."""
    _require(by)
    patient = Patient(created_at=at, **values)
    _check(patient, today)
    with transaction.atomic():
        patient.save()
        patient.search_text = patient.make_search_text()
        patient.save(update_fields=["search_text"])
        keep_words(patient)
        record("patient.register", by=by, at=at, subject=patient, patient=patient)
    return patient


def correct(patient: Patient, values: dict[str, Any], *, by: User, at: datetime, today: date, seen: int) -> Patient:
    """Correct demographics. `seen` is the revision that the person looked at.

    Signed records keep what they said. Raises NotPossible when somebody saved in between.
    """
    _require(by)
    with transaction.atomic():
        row = Patient.objects.select_for_update().get(pk=patient.pk)
        refuse_merged(row)
        if row.revision != seen:
            raise NotPossible(
                "Somebody else corrected this patient meanwhile. Compare with the values shown now, then save again."
            )
        changed = sorted(k for k, v in values.items() if getattr(row, k) != v)
        for key, value in values.items():
            setattr(row, key, value)
        _check(row, today)
        row.search_text = row.make_search_text(merged_into(row))
        row.revision += 1
        row.save()
        keep_words(row)
        if changed:
            record("patient.correct", by=by, at=at, subject=row, patient=row, fields=changed)
    return row


def standing(patient: Patient) -> Patient:
    """The patient, held until the transaction ends, so that nothing new hangs on one who is being merged away.

    Raises NotPossible for one who was merged already.
    """
    row = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    refuse_merged(row)
    return row


def refuse_merged(patient: Patient) -> None:
    if patient.merged_into_id:
        heir = heir_of(patient)
        raise NotPossible(
            f"{patient.number} was merged into {heir.number}: they are the same person."
            f" Open {heir.number} and do it there."
        )


def keep_words(patient: Patient) -> None:
    """Write by which words a patient is found."""
    wanted, kept = set(words_of(patient.search_text)), dict(patient.words.values_list("word", "pk"))
    patient.words.filter(pk__in=[key for word, key in kept.items() if word not in wanted]).delete()
    PatientWord.objects.bulk_create(PatientWord(patient=patient, word=word) for word in sorted(wanted - kept.keys()))


def wrong_words() -> set[int]:
    """The patients who are found by other words than their search text has."""
    wrong: set[int] = set()
    texts = Patient.objects.order_by("pk").values_list("pk", "search_text").iterator(chunk_size=AT_ONCE)
    while some := dict(islice(texts, AT_ONCE)):
        kept: dict[int, list[str]] = {key: [] for key in some}
        rows = PatientWord.objects.filter(patient__gte=min(some), patient__lte=max(some))
        for key, word in rows.values_list("patient_id", "word"):
            kept.setdefault(key, []).append(word)
        wrong |= {key for key, text in some.items() if sorted(kept[key]) != sorted(words_of(text))}
    return wrong


def rebuild_words() -> None:
    """Write the words of patients that `wrong_words` finds."""
    for patient in Patient.objects.filter(among("pk", wrong_words())):
        patient.words.all().delete()
        keep_words(patient)


def _require(by: User) -> None:
    if not by.may(Permission.PATIENT_EDIT):
        raise NotPermitted("Your role does not allow you to change patients.")


def _check(patient: Patient, today: date) -> None:
    patient.full_clean()
    if said := birth_problem(patient.birth_date, today):
        raise ValidationError({"birth_date": said})
