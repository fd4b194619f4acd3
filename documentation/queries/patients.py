"""Finding patients."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from documentation.kernel.text import clean_text
from documentation.models import Patient, PatientWord
from documentation.models.among import among
from documentation.models.beginning import ByLetters
from documentation.models.patients import plain, typed_words

MOST = 50
LOOKED_AT = 2 * MOST
"""Of the words that begin so, those whose people are shown, by their letters: who has more types another word."""


def search(words: str) -> QuerySet[Patient]:
    """Patients of whom each word typed begins a name, a later part of it, the chart number, the birth date or the
    number; at most 50, by name. One query, and a part of another one where it is made part of it.
    """
    given = clean_text(words)
    typed = sorted(typed_words(given), key=_tells)[:8]
    if not typed:  # signs alone are nobody's
        return Patient.objects.none() if given else Patient.objects.filter(merged_into=None)[:MOST]
    found = PatientWord.objects.filter(word__begins=typed[0][:120])
    for word in typed[1:]:
        found = found.filter(Exists(PatientWord.objects.filter(patient=OuterRef("patient"), word__begins=word[:120])))
    keys = found.order_by(ByLetters("word"), "patient_id").values("patient_id")[:LOOKED_AT]
    return Patient.objects.filter(pk__in=keys)[:MOST]


def _tells(word: str) -> tuple[bool, int]:
    """What tells most comes first: numbers, then long words."""
    return not any(c.isdigit() for c in word), -len(word)


def look_alikes(last_name: str, birth_date: date | None, *, besides: int | None = None) -> QuerySet[Patient]:
    """Patients who may be the same person: same birth date and the same or nearly the same last name."""
    if not birth_date:
        return Patient.objects.none()
    start = plain(last_name)[:3]
    found = Patient.objects.filter(birth_date=birth_date, search_text__contains=start, merged_into=None)
    return found.exclude(pk=besides) if besides else found


def birth_problem(born: date, today: date) -> str:
    """Why nobody treated today was born on that day; empty where somebody may have been."""
    if born > today:
        return "The birth date lies in the future. Check the year."
    if born.year < today.year - 130:
        return "The birth date lies more than 130 years back. Check the year."
    return ""


def heir_of(patient: Patient) -> Patient:
    """The patient who stays where this one was merged into another, also by way of others; else the patient."""
    while patient.merged_into_id:
        patient = Patient.objects.get(pk=patient.merged_into_id)
    return patient


def merged_into(patient: Patient) -> list[Patient]:
    """Everybody who was merged into this patient, also by way of others."""
    found: list[Patient] = []
    last = [patient.pk]
    while more := list(Patient.objects.filter(merged_into__in=last).order_by("pk")):
        found += more
        last = [p.pk for p in more]
    return found


def with_merged(patients: Collection[int]) -> set[int]:
    """These patients, by key, and everybody who was merged into one of them, also by way of others."""
    found = last = set(patients)
    while last:
        last = set(Patient.objects.filter(among("merged_into", last)).values_list("pk", flat=True))
        found = found | last
    return found


def of_chart(chart_number: str) -> Patient | None:
    """The patient who is known by this chart number, be it the one of an earlier registration."""
    found = Patient.objects.filter(chart_number=chart_number).first()
    return heir_of(found) if found else None
