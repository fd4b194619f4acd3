"""Finding patients."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from documentation.kernel.text import clean_text
from documentation.models import Patient
from documentation.models.patients import plain

MOST = 50


def search(words: str) -> QuerySet[Patient]:
    """Patients whose name, chart number, birth date or number holds every word typed; at most 50, by name."""
    found = Patient.objects.all()
    for word in plain(clean_text(words)).split():
        found = found.filter(search_text__contains=word)
    return found[:MOST]


def look_alikes(last_name: str, birth_date: date | None, *, besides: int | None = None) -> QuerySet[Patient]:
    """Patients who may be the same person: same birth date and the same or nearly the same last name."""
    if not birth_date:
        return Patient.objects.none()
    start = plain(last_name)[:3]
    found = Patient.objects.filter(birth_date=birth_date).filter(Q(search_text__contains=start))
    return found.exclude(pk=besides) if besides else found
