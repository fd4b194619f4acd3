"""Patients: registered, corrected, found; two people who correct at once."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Patient
from documentation.models.patients import words_of
from documentation.queries import patients as find
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


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("3456", {"chart_number": "12-3456"}),
        ("12-3456", {"chart_number": "12-3456"}),
        ("123456", {"chart_number": "12-3456"}),
        ("45", {"chart_number": "MRN-00456"}),
        ("00456", {"chart_number": "MRN00456"}),
        ("jones-lee", {"last_name": "Smith-Jones-Lee"}),
        ("Smith - Lee", {"last_name": "Smith-Jones-Lee"}),
        ("doe, alex", {"first_name": "Alex", "last_name": "Doe"}),
        ("Doe,Alex", {"first_name": "Alex", "last_name": "Doe"}),
        ("ONeil", {"last_name": "O'Neil"}),
        ("O’Neil", {"last_name": "O'Neil"}),
        ("o'neil", {"last_name": "O’Neil"}),
    ],
)
def test_what_people_type_of_a_name_or_number_finds_it(typed: str, values: dict) -> None:
    person = f.patient(**values)
    f.patient(first_name="Robin", last_name="Roe", birth_date=date(1970, 1, 1), chart_number="Z")
    assert list(search(typed)) == [person]


def test_a_person_is_found_by_the_number_without_its_zeros() -> None:
    text = Patient(pk=4711, birth_date=date(1970, 5, 5), last_name="Roe").make_search_text()
    assert {"p004711", "004711", "4711"} <= set(words_of(text))


def test_no_date_is_found_by_its_day() -> None:
    f.patient(birth_date=date(1981, 4, 12), chart_number="Z")
    assert not search("12")
    assert not search("04-12")


def test_of_very_many_the_first_by_name_are_shown_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the three has two words that begin so, and more words are there than are looked at."""
    monkeypatch.setattr(find, "LOOKED_AT", 5)
    people = [f.patient(first_name=first, last_name="Roe-Roe") for first in ("Robin", "Alex", "Kim")]
    assert [person.first_name for person in search("roe")] == ["Alex", "Kim", "Robin"]
    assert len(people) == 3


@pytest.mark.parametrize("words", ["%", "-", "_", "\x00", "\\", "'; --", "nobody"])
def test_signs_are_searched_for_and_mean_nothing_else(words: str) -> None:
    f.patient()
    assert list(search(words)) in ([], list(Patient.objects.all()) if words == "\x00" else [])


def test_somebody_who_may_be_the_same_person_is_found() -> None:
    person = f.patient(first_name="Alex", last_name="Doe")
    assert list(look_alikes("Doe", person.birth_date)) == [person]
    assert list(look_alikes("Doe", person.birth_date, besides=person.pk)) == []
    assert list(look_alikes("Doe", date(1950, 1, 1))) == []
    assert list(look_alikes("Doe", None)) == []
