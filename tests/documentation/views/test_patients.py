"""Patients on screen: found without an address that tells who, registered with advice, corrected with care."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, Patient
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def client(log_in: LogIn) -> Client:
    f.location()
    return log_in(f.user(role=Role.ASSISTANT))


def typed(**values: str) -> dict[str, str]:
    known = {
        "first_name": "Alex",
        "last_name": "Doe",
        "birth_date": "1981-04-12",
        "chart_number": "N-1",
        "sex": "F",
        "once": str(uuid.uuid4()),
    }
    return {**known, **values}


def register(client: Client, **values: str) -> Any:
    return client.post(reverse("patient_new"), typed(**values))


def test_a_patient_is_registered_as_people_write(client: Client) -> None:
    response = register(client, phone="(206) 555-0142", zip="98101-0001", state="wa", birth_date="04/12/1981")
    patient = Patient.objects.get()
    assert response["Location"] == reverse("patient", args=[patient.pk])
    assert (patient.phone, patient.zip, patient.state) == ("2065550142", "981010001", "WA")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"last_name": ""}, "Please fill this in."),
        ({"birth_date": "2999-01-01"}, "cannot be right"),
        ({"birth_date": "2100-01-01"}, "The birth date lies in the future."),
        ({"birth_date": "yesterday"}, "This is not a date."),
        ({"phone": "12"}, "A phone number has ten digits"),
        ({"email": "nowhere"}, "This is not an e-mail address."),
        ({"last_name": "\u200b"}, "Please fill this in."),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_everything_stays(
    client: Client, values: dict[str, str], said: str
) -> None:
    response = register(client, **{"line1": "12 Kept Street", **values})
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "12 Kept Street" in page
    assert not Patient.objects.exists()


def test_a_chart_number_that_is_taken_is_refused_in_words(client: Client) -> None:
    register(client)
    response = register(client, first_name="Sam", last_name="Roe", birth_date="1990-01-01")
    assert response.status_code == 422
    assert 'href="#id_chart_number"' in response.content.decode()


def test_people_who_may_be_the_same_are_shown_and_stop_nobody(client: Client) -> None:
    register(client)
    response = register(client, chart_number="N-2", first_name="Alexa")
    page = response.content.decode()
    known = Patient.objects.get()
    assert response.status_code == 422
    assert reverse("patient", args=[known.pk]) in page
    assert register(client, chart_number="N-2", first_name="Alexa", not_alike=known.number).status_code == 302
    assert Patient.objects.count() == 2


def test_advice_comes_while_one_types(client: Client) -> None:
    register(client)
    data = {"last_name": "Doe", "birth_date": "1981-04-12"}
    page = client.post(reverse("patient_alike"), data, headers=SCRIPT).content.decode()
    assert "Is it one of these?" in page
    assert "Is it one of these?" not in client.post(reverse("patient_alike"), {"last_name": "Do"}).content.decode()


def test_a_double_click_registers_once(client: Client, key: str) -> None:
    answers = [register(client, once=key) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("words", ["doe", "DOE al", "N-1", "1981-04-12", "04/12/1981", "P00"])
def test_a_search_finds_without_an_address_that_tells(client: Client, words: str) -> None:
    register(client)
    response = client.post(reverse("patient_list"), {"q": words}, headers=SCRIPT)
    assert "Doe, Alex" in response.content.decode()
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]
    event = AuditEvent.objects.latest("seq")
    assert event.action == "patient.search"
    assert "doe" not in event.detail.lower()


def test_a_search_works_without_a_script_and_is_one_event(client: Client) -> None:
    register(client)
    before = AuditEvent.objects.count()
    page = client.post(reverse("patient_list"), {"q": "nobody"}).content.decode()
    assert "Nobody found" in page
    assert 'value="nobody"' in page
    assert AuditEvent.objects.count() == before + 1


@pytest.mark.parametrize("words", ["%", "'; DROP TABLE", "\u0000", "🦷", "a" * 5000, "\\"])
def test_a_search_for_anything_answers(client: Client, words: str) -> None:
    register(client)
    answer = client.post(reverse("patient_list"), {"q": words})
    assert answer.status_code == 200
    assert ("Only the first 200 characters were looked for." in answer.content.decode()) == (len(words) > 200)


def correct(client: Client, patient: Patient, **values: str) -> Any:
    data = typed(chart_number=patient.chart_number, **{"seen": str(patient.revision), **values})
    return client.post(reverse("patient_edit", args=[patient.pk]), data)


def test_a_correction_is_saved(client: Client) -> None:
    register(client)
    patient = Patient.objects.get()
    assert correct(client, patient, last_name='O\'Neil "Qu"').status_code == 302
    patient.refresh_from_db()
    assert patient.last_name == 'O\'Neil "Qu"'


def test_a_stale_correction_keeps_what_was_typed_and_shows_both(client: Client) -> None:
    register(client)
    patient = Patient.objects.get()
    correct(client, patient, city="Theirtown")
    response = correct(client, patient, city="Mytown")
    page = response.content.decode()
    assert response.status_code == 409
    assert page.count("Mytown") >= 2
    assert "Theirtown" in page
    patient.refresh_from_db()
    assert patient.city == "Theirtown"
    assert f'name="seen" value="{patient.revision}"' in page
    assert correct(client, patient, city="Mytown").status_code == 302


def test_a_visit_is_planned(client: Client, key: str) -> None:
    register(client)
    patient, clinician = Patient.objects.get(), f.clinician()
    page = client.get(reverse("visit_new", args=[patient.pk]))
    assert page.status_code == 200
    data = {
        "clinician": clinician.pk,
        "location": f.location().pk,
        "service_date": "2026-12-01",
        "start_time": "9:30 AM",
        "place_of_service": "11",
        "once": key,
    }
    answers = [client.post(reverse("visit_new", args=[patient.pk]), data) for _ in range(2)]
    encounter = Encounter.objects.get()
    assert {a["Location"] for a in answers} == {reverse("encounter", args=[encounter.pk])}
    assert (encounter.status, f"{encounter.start_time:%H:%M}") == ("planned", "09:30")


def test_a_visit_that_cannot_be_is_refused_at_its_field(client: Client) -> None:
    register(client)
    patient = Patient.objects.get()
    data = {"service_date": "1950-01-01", "place_of_service": "kitchen", "once": str(uuid.uuid4())}
    page = client.post(reverse("visit_new", args=[patient.pk]), data).content.decode()
    assert "Place of service is two digits" in page
    assert 'href="#id_clinician"' in page
    assert not Encounter.objects.exists()
    data |= {"clinician": str(f.clinician().pk), "location": str(f.location().pk), "place_of_service": "11"}
    response = client.post(reverse("visit_new", args=[patient.pk]), {**data, "once": str(uuid.uuid4())})
    assert response.status_code == 422
    assert "before the patient" in response.content.decode()
