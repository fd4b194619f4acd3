"""Patients: registered, corrected, found; two people who correct at once."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Patient
from documentation.queries.patients import look_alikes, search
from documentation.services import patients
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"birth_date": date(2026, 11, 7)}, "birth_date"),
        ({"birth_date": date(1890, 1, 1)}, "birth_date"),
        ({"phone": "12345"}, "phone"),
        ({"zip": "981"}, "zip"),
        ({"state": "ZZ"}, "state"),
        ({"sex": "X"}, "sex"),
        ({"email": "alex@"}, "email"),
        ({"last_name": "x" * 61}, "last_name"),
        ({"last_name": "\u200b"}, "__all__"),
    ],
)
def test_a_bad_answer_is_named_and_nobody_is_registered(values: dict, field: str) -> None:
    with pytest.raises(ValidationError) as error:
        f.patient(**values)
    assert list(error.value.message_dict) == [field]
    assert not Patient.objects.exists()


def test_a_chart_number_is_given_once() -> None:
    f.patient(chart_number="P-1")
    with pytest.raises(ValidationError) as error:
        f.patient(chart_number=" P-1 ")
    assert list(error.value.message_dict) == ["chart_number"]


def test_a_correction_names_its_fields_in_the_trail_and_not_their_values() -> None:
    person, by = f.patient(), f.user(role=Role.ASSISTANT)
    patients.correct(person, {"city": "Tacoma", "state": "WA"}, by=by, at=f.AT, today=f.TODAY, seen=1)
    event = AuditEvent.objects.last()
    assert (event.action, event.detail) == ("patient.correct", '{"fields":["city"]}')


def test_of_two_corrections_the_second_is_told() -> None:
    person, by = f.patient(), f.user(role=Role.ASSISTANT)
    patients.correct(person, {"city": "Tacoma"}, by=by, at=f.AT, today=f.TODAY, seen=person.revision)
    with pytest.raises(NotPossible, match="Somebody else"):
        patients.correct(person, {"city": "Olympia"}, by=by, at=f.AT, today=f.TODAY, seen=person.revision)
    assert Patient.objects.get().city == "Tacoma"


@pytest.mark.parametrize(
    "words", ["lukasz", "ŁUKASZ", "o'neil", "neil luk", "1981-03-14", "03/14/1981", "p-77", "Jose"]
)
def test_a_person_is_found_however_the_name_is_typed(words: str) -> None:
    person = f.patient(first_name="Łukasz", middle_name="José", last_name="O'Neil", chart_number="P-77")
    f.patient(first_name="Robin", last_name="Roe", birth_date=date(1970, 1, 1))
    assert list(search(words)) == [person]


@pytest.mark.parametrize("words", ["%", "_", "\x00", "\\", "'; --", "nobody"])
def test_signs_are_searched_for_and_mean_nothing_else(words: str) -> None:
    f.patient()
    assert list(search(words)) in ([], list(Patient.objects.all()) if words == "\x00" else [])


def test_somebody_who_may_be_the_same_person_is_found() -> None:
    person = f.patient(first_name="Alex", last_name="Doe")
    assert list(look_alikes("Doe", person.birth_date)) == [person]
    assert list(look_alikes("Doe", person.birth_date, besides=person.pk)) == []
    assert list(look_alikes("Doe", date(1950, 1, 1))) == []
    assert list(look_alikes("Doe", None)) == []
