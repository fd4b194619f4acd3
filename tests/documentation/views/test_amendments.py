"""Requests to amend on screen: taken in on the patient's page, listed by their last day, answered, printed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from documentation.kernel.permissions import Role
from documentation.models import AmendmentRequest, AmendmentTime, AuditEvent
from documentation.services import signing
from tests import factories as f
from tests.documentation.services.test_amendments import do, taken_in
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: f.AT)


@pytest.fixture
def manager(log_in: LogIn) -> Client:
    return log_in(f.user(role=Role.MANAGER))


def send(client: Client, name: str, *args: Any, **values: Any) -> Any:
    return client.post(reverse(name, args=args), {"once": str(uuid.uuid4()), **values})


def test_an_assistant_takes_a_request_in_and_a_manager_denies_it(log_in: LogIn, manager: Client) -> None:
    encounter = f.signed_encounter()
    assistant = log_in(f.user(role=Role.ASSISTANT))
    asked = {"received_on": f"{f.TODAY}", "way": "hand", "about": f"{encounter.pk}", "wanted": "The side.", "words": ""}
    answer = send(assistant, "amendment_new", encounter.patient_id, **asked)
    request = AmendmentRequest.objects.get()
    assert answer["Location"] == reverse("amendment", args=[request.pk]) == f"/amendments/{request}/"
    assert request.encounter == encounter

    page = assistant.get(answer["Location"]).content.decode()
    assert "59 days left" not in page
    assert "60 days left" in page
    assert ("told/withdraw/" in page, "answer/deny/" in page) == (True, False), "an assistant answers nothing"
    assert send(assistant, "amendment_answer", request.pk, "deny").status_code == 403

    assert "answer/deny/" in manager.get(answer["Location"]).content.decode()
    denied = {"ground": "accurate", "said": "It is right.", "said_on": f"{f.TODAY}"}
    assert send(manager, "amendment_answer", request.pk, "deny", **denied).status_code == 302
    request.refresh_from_db()
    assert request.status == "denied"
    said = {"said": "I disagree.", "said_on": f"{f.TODAY}"}
    assert send(assistant, "amendment_told", request.pk, "dispute", **said).status_code == 302
    assert "I disagree." in manager.get(answer["Location"]).content.decode()
    assert send(manager, "amendment_answer", request.pk, "deny", **denied).status_code == 409


def test_what_cannot_be_taken_stands_beside_its_field(manager: Client) -> None:
    patient = f.patient()
    answer = send(manager, "amendment_new", patient.pk, received_on=f"{f.TODAY + timedelta(days=1)}", way="mail",
                  about="person", wanted="My name.", words="")  # fmt: skip
    assert answer.status_code == 422
    assert "This day lies in the future." in answer.content.decode()
    assert not AmendmentRequest.objects.exists()


def test_the_list_has_the_open_ones_by_their_last_day(manager: Client) -> None:
    f.location()
    later, sooner = taken_in(), taken_in(received_on=f.TODAY - timedelta(days=55))
    do(gone := taken_in(), "withdraw")
    page = manager.get(reverse("amendment_list")).content.decode()
    assert page.index(sooner.number) < page.index(later.number)
    assert gone.number not in page
    assert "verified by nobody here yet" in page


def test_patient_record_and_today_name_it(manager: Client, log_in: LogIn) -> None:
    encounter = f.signed_encounter()
    request = taken_in(encounter)
    due = taken_in(patient=encounter.patient, received_on=f.TODAY - timedelta(days=50))
    for address in (reverse("patient", args=[encounter.patient_id]), reverse("encounter", args=[encounter.pk])):
        assert request.number in manager.get(address).content.decode()
    today = manager.get(reverse("today")).content.decode()
    assert (due.number in today, request.number in today) == (True, False)
    assert due.number not in log_in(f.user(role=Role.ASSISTANT)).get(reverse("today")).content.decode()


def test_who_may_not_see_patients_sees_nothing_of_it(log_in: LogIn) -> None:
    request, administrator = taken_in(f.signed_encounter()), log_in(f.user(role=Role.ADMINISTRATOR))
    step = do(request, "deny", ground="accurate")
    for name, *args in (
        ("amendment_list",), ("amendment", request.pk), ("amendment_pdf", request.pk),
        ("amendment_letter", request.pk, step.pk), ("amendment_new", request.patient_id), ("amendment_time",),
        ("amendment_answer", request.pk, "accept"), ("amendment_told", request.pk, "dispute"),
    ):  # fmt: skip
        assert administrator.get(reverse(name, args=args)).status_code == 403
    event = AuditEvent.objects.filter(action="access.denied", subject=request.number).first()
    assert event
    assert event.patient == request.patient


def test_it_is_accepted_with_the_addendum_that_is_offered(manager: Client) -> None:
    encounter = f.signed_encounter()
    request = taken_in(encounter)
    form = reverse("amendment_answer", args=[request.pk, "accept"])
    assert "Nothing was amended since this request came." in manager.get(form).content.decode()
    added = signing.add(encounter, "It was the left side.", by=encounter.clinician.user, at=f.AT)
    assert f'value="addendum-{added.pk}"' in manager.get(form).content.decode()
    said = {"amended": f"addendum-{added.pk}", "said": "The side.", "tell": "", "said_on": f"{f.TODAY}"}
    assert send(manager, "amendment_answer", request.pk, "accept", **said).status_code == 302
    page = manager.get(reverse("amendment", args=[request.pk])).content.decode()
    assert f"/encounters/{encounter}/#addenda" in page


def test_letters_are_printed_and_recorded(manager: Client) -> None:
    request = taken_in(f.signed_encounter())
    step = do(request, "deny", ground="accurate")
    statement = do(request, "dispute")
    answer = manager.get(reverse("amendment_letter", args=[request.pk, step.pk]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert manager.get(reverse("amendment_pdf", args=[request.pk])).content.startswith(b"%PDF")
    assert AuditEvent.objects.filter(action="amendment.print", patient=request.patient).count() == 2
    elsewhere = taken_in(f.signed_encounter())
    for wrong in ((request.pk, statement.pk), (elsewhere.pk, step.pk)):
        assert manager.get(reverse("amendment_letter", args=wrong)).status_code == 404


def test_a_step_that_is_none_and_one_whose_time_is_over_lead_elsewhere(manager: Client) -> None:
    request = taken_in(f.signed_encounter())
    assert manager.get(reverse("amendment_answer", args=[request.pk, "dispute"])).status_code == 404
    do(request, "withdraw")
    answer = manager.get(reverse("amendment_answer", args=[request.pk, "deny"]))
    assert answer["Location"] == reverse("amendment", args=[request.pk])


def test_the_time_to_answer_is_written_down_with_its_source(manager: Client) -> None:
    f.location()
    address = reverse("amendment_time")
    shown = manager.get(address)
    assert "from memory, to be verified" in shown.content.decode()
    told = {"answer_days": "45", "extension_days": "15", "source": "Our state", "verified_on": f"{f.TODAY}"}
    assert send(manager, "amendment_time", seen=shown.context["seen"], **told).status_code == 302
    assert send(manager, "amendment_time", seen="0", **told | {"source": "Other"}).status_code == 409
    assert [(row.answer_days, row.source) for row in AmendmentTime.objects.all()] == [(45, "Our state")]
    assert "Our state" in manager.get(reverse("amendment_list")).content.decode()
