"""Doubles on pages: proposed, compared, merged, taken back, told apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Merge, NotSame, Patient, User
from tests import factories as f
from tests.twice import DoubleClicking

pytestmark = pytest.mark.django_db


def browser(role: Role = Role.MANAGER) -> Client:
    client = DoubleClicking()
    client.force_login(f.user(role=role))
    return client


@pytest.fixture
def pair() -> tuple[Patient, Patient]:
    kept = f.patient(first_name="Alex", last_name="Meyer", phone="2065550100", email="", city="Seattle")
    gone = f.patient(first_name="Alex", last_name="Meier", phone="2065550100", email="a@example.org", city="Tacoma")
    return kept, gone


def asked(pair: tuple[Patient, Patient], **more: str) -> dict[str, Any]:
    kept, gone = pair
    return {
        "once": "11111111-1111-4111-8111-111111111111", "seen_kept": kept.revision, "seen_gone": gone.revision,
        "take-last_name": "kept", "take-address": "gone", "take-email": "gone", "sure": "yes", **more,
    }  # fmt: skip


def address(pair: tuple[Patient, Patient]) -> str:
    return f"/patients/{pair[0].number}/merge/{pair[1].number}/"


def test_the_page_of_a_patient_proposes_who_may_be_the_same_and_who_may_do_what(pair: Any) -> None:
    kept, gone = pair
    for role, merges, tells in ((Role.MANAGER, True, True), (Role.BILLER, False, True), (Role.ASSISTANT, False, True)):
        page = browser(role).get(f"/patients/{kept.number}/").content.decode()
        assert "Perhaps the same person" in page
        assert "Meier" in page
        assert "Nearly the same name, the same birth date, the same phone." in page
        assert (address(pair) in page) == merges
        assert (f"/patients/{kept.number}/apart/{gone.number}/" in page) == tells
    assert AuditEvent.objects.filter(action="patient.view", detail='{"alike":1}').count() == 3
    alone = f.patient(phone="", birth_date=date(1950, 1, 1))
    assert "Perhaps the same person" not in browser().get(f"/patients/{alone.number}/").content.decode()


def test_the_list_shows_each_pair_and_ends_with_a_word(pair: Any) -> None:
    page = browser().get("/patients/doubles/").content.decode()
    assert "1 pair<" in page
    assert address(pair) in page
    assert browser(Role.ASSISTANT).get("/patients/doubles/").status_code == 200
    for strange in ("Meier", "P", "P9999999999999999", "P\u0661"):
        assert browser().get("/patients/doubles/", {"before": strange}).status_code == 200
    NotSame.objects.create(first=pair[0], second=pair[1], said_at=f.AT, said_by=f.user())
    assert "No doubles" in browser().get("/patients/doubles/").content.decode()


def test_side_by_side_what_differs_is_marked_and_what_goes_over_is_counted(pair: Any) -> None:
    f.planned_visit(person=pair[1])
    f.coverage(person=pair[1])
    page = browser().get(address(pair)).content.decode()
    assert page.count(">differs<") == 3
    assert '<dt>Visits</dt><dd class="num">1</dd>' in page
    assert '<dt>Plans</dt><dd class="num">1</dd>' in page
    # What one of them lacks is proposed from the other; what both say is left to the person.
    assert 'name="take-email" value="gone" aria-describedby="label-email" checked' in page
    assert page.count(" checked") == 1


def test_merged_the_other_leads_to_the_one_who_stays(pair: Any) -> None:
    kept, gone = pair
    client = browser()
    answer = client.post(address(pair), asked(pair), follow=True)
    assert answer.redirect_chain == [(f"/patients/{kept.number}/", 302)]
    page = answer.content.decode()
    assert f"{gone.number} is merged into {kept.number}" in page
    assert "Merged into this patient" in page
    kept.refresh_from_db()
    assert (kept.last_name, kept.city, kept.email) == ("Meyer", "Tacoma", "a@example.org")
    for road in ("", "edit/", "visits/new/", "coverages/new/", "account/", "disclosures/", "copies/", "seen/"):
        answer = client.get(f"/patients/{gone.number}/{road}")
        assert (answer.status_code, answer.headers.get("Location")) == (302, f"/patients/{kept.number}/{road}"), road
    listed = client.post("/patients/", {"q": gone.chart_number}).content.decode()
    assert f"/patients/{kept.number}/" in listed
    assert f'/patients/{gone.number}/"' not in listed


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"sure": ""}, 422, "that they are one person"),
        ({"take-address": ""}, 422, "Choose which value stays: address."),
        ({"take-address": "both"}, 422, "Choose which value stays: address."),
        ({"seen_gone": "7"}, 409, "Somebody changed one of the two"),
        ({"seen_kept": "x"}, 409, "Somebody changed one of the two"),
    ],
)
def test_what_is_not_decided_is_asked_again(pair: Any, more: dict[str, str], status: int, said: str) -> None:
    answer = browser().post(address(pair), asked(pair, **more))
    assert (answer.status_code, said in answer.content.decode()) == (status, True)
    assert not Merge.objects.exists()


def test_a_form_that_was_open_on_the_other_is_told_where_to_go(pair: Any) -> None:
    kept, gone = pair
    client = browser()
    client.post(address(pair), asked(pair))
    visit = {
        "clinician": f.clinician().pk, "location": f.location().pk, "service_date": f.SERVICE_DATE,
        "place_of_service": "11", "once": "77777777-7777-4777-8777-777777777777",
    }  # fmt: skip
    answer = client.post(f"/patients/{gone.number}/visits/new/", visit)
    assert (answer.status_code, f"Open {kept.number}" in answer.content.decode()) == (409, True)
    answer = client.post(address(pair), asked(pair, once="22222222-2222-4222-8222-222222222222"))
    assert (answer.status_code, f"merged into {kept.number} already" in answer.content.decode()) == (409, True)


def test_taken_back_from_the_page_and_not_where_something_new_hangs_on_it(pair: Any) -> None:
    kept, gone = pair
    client = browser()
    client.post(address(pair), asked(pair))
    row = Merge.objects.get()
    page = client.get(f"/patients/{kept.number}/").content.decode()
    assert f"/merges/{row.pk}/undo/" in page
    assert f"/merges/{row.pk}/undo/" not in browser(Role.BILLER).get(f"/patients/{kept.number}/").content.decode()
    visit = f.planned_visit(person=kept)
    page = client.get(f"/patients/{kept.number}/").content.decode()
    assert "It can no longer be taken back" in page
    assert "1 visit was added since" in page
    assert client.post(f"/merges/{row.pk}/undo/", {"once": "33333333-3333-4333-8333-333333333333"}).status_code == 409
    type(visit).objects.filter(pk=visit.pk).update(patient=f.patient())
    answer = client.post(f"/merges/{row.pk}/undo/", {"once": "44444444-4444-4444-8444-444444444444"})
    assert answer.headers["Location"] == f"/patients/{kept.number}/"
    assert client.get(f"/patients/{gone.number}/").status_code == 200


@pytest.mark.parametrize("back", ["list", ""])
def test_told_apart_with_who_and_when(pair: Any, back: str) -> None:
    kept, gone = pair
    client = browser(Role.ASSISTANT)
    answer = client.post(
        f"/patients/{gone.number}/apart/{kept.number}/",
        {"once": "55555555-5555-4555-8555-555555555555", "back": back},
    )
    assert answer.headers["Location"] == ("/patients/doubles/" if back else f"/patients/{gone.number}/")
    row = NotSame.objects.get()
    assert (row.first, row.second, row.said_by) == (kept, gone, User.objects.get(pk=row.said_by_id))


def test_whoever_registers_sees_the_same_phone_too(pair: Any) -> None:
    typed = {
        "first_name": "Alex", "last_name": "Meyer", "birth_date": "1970-02-03", "chart_number": "NEW-9",
        "phone": "(206) 555-0100", "once": "66666666-6666-4666-8666-666666666666",
    }  # fmt: skip
    answer = browser().post("/patients/new/", typed)
    page = answer.content.decode()
    assert (answer.status_code, "Is it one of these?" in page) == (422, True)
    assert pair[0].chart_number in page
    assert pair[1].chart_number in page
