"""The map of the findings page: drawn from what is typed, however unfinished, and nothing is saved by it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from documentation.kernel.permissions import Role
from documentation.models import Encounter, Finding
from documentation.queries.last_visit import last_visit
from documentation.services import encounters
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def encounter() -> Encounter:
    return f.drafted(with_images=False)


@pytest.fixture
def client(encounter: Encounter, log_in: LogIn) -> Client:
    assert encounter.clinician.user
    return log_in(encounter.clinician.user)


def typed(*rows: Mapping[str, str], **more: str) -> dict[str, str]:
    data = {"findings-TOTAL_FORMS": str(len(rows)), "findings-INITIAL_FORMS": "0", **more}
    return data | {f"findings-{i}-{name}": value for i, row in enumerate(rows) for name, value in row.items()}


def draw(client: Client, encounter: Encounter, data: Mapping[str, str]) -> Any:
    return client.post(reverse("encounter_ductmap", args=[encounter.pk]), data)


def drawing(response: Any) -> ElementTree.Element:
    text = response.content.decode()
    return ElementTree.fromstring(text[text.index('<svg class="ductmap"') : text.index("</svg>") + 6])


STONE = {"type": "stone", "gland": "parotid", "side": "R", "distance_from_papilla_mm": "33"}


def test_what_is_typed_is_drawn_and_not_saved(client: Client, encounter: Encounter) -> None:
    before = list(Finding.objects.values_list("type", "distance_from_papilla_mm"))
    response = draw(client, encounter, typed(STONE, map="parotid-R"))
    svg = drawing(response)
    assert svg.attrib["id"] == "ductmap-parotid-R"
    (mark,) = [g for g in svg.iter("g") if "data-finding" in g.attrib]
    assert (mark.attrib["data-finding"], mark.attrib["data-mm"], mark.attrib["data-type"]) == ("0", "33", "stone")
    assert "<li>Stone, right parotid, 33 mm from the papilla</li>" in response.content.decode()
    assert list(Finding.objects.values_list("type", "distance_from_papilla_mm")) == before
    encounter.refresh_from_db()
    assert encounter.revision == Encounter.objects.get(pk=encounter.pk).revision


def test_marks_carry_the_place_of_their_row(client: Client, encounter: Encounter) -> None:
    elsewhere = {**STONE, "gland": "submandibular"}
    svg = drawing(draw(client, encounter, typed({}, elsewhere, STONE, map="parotid-R")))
    assert [
        (g.attrib["data-finding"], g.attrib["data-number"]) for g in svg.iter("g") if "data-finding" in g.attrib
    ] == [("2", "3")]


@pytest.mark.parametrize("mm", ["", "about 12", "1e400", "-3", "91", "NaN", "9" * 400, "12.345"])
def test_what_cannot_be_read_is_left_out(client: Client, encounter: Encounter, mm: str) -> None:
    rows = ({**STONE, "distance_from_papilla_mm": mm}, STONE)
    response = draw(client, encounter, typed(*rows, map="parotid-R"))
    assert response.status_code == 200
    assert [g.attrib["data-finding"] for g in drawing(response).iter("g") if "data-finding" in g.attrib] == ["1"]


@pytest.mark.parametrize("wanted", ["", "nose-L", "parotid", "parotid-X", "<script>"])
def test_a_duct_that_there_is_not_falls_back(client: Client, encounter: Encounter, wanted: str) -> None:
    response = draw(client, encounter, typed(STONE, map=wanted))
    assert drawing(response).attrib["id"] == "ductmap-parotid-R", "the first that has a finding"
    assert "<script>" not in response.content.decode()


def test_tampered_forms_are_no_error(client: Client, encounter: Encounter) -> None:
    assert draw(client, encounter, {}).status_code == 200
    assert draw(client, encounter, {"findings-TOTAL_FORMS": "99999", "map": "minor-midline"}).status_code == 200


def test_only_those_who_document_ask_for_it(encounter: Encounter, log_in: LogIn) -> None:
    assert draw(log_in(f.user(role=Role.BILLER)), encounter, typed(STONE)).status_code == 403
    assert draw(Client(), encounter, typed(STONE)).status_code == 302
    clinician = log_in(f.user(role=Role.CLINICIAN))
    assert clinician.get(reverse("encounter_ductmap", args=[encounter.pk])).status_code == 405
    assert clinician.post(reverse("encounter_ductmap", args=[encounter.pk + 1000])).status_code == 404


def test_a_signed_record_is_not_drawn_for_work(log_in: LogIn) -> None:
    signed = f.signed_encounter()
    assert signed.clinician.user
    assert draw(log_in(signed.clinician.user), signed, typed(STONE)).status_code == 409


def test_the_page_begins_with_the_duct_of_the_record(client: Client, encounter: Encounter) -> None:
    page = client.get(reverse("encounter_section", args=[encounter.pk, "findings"])).content.decode()
    assert 'id="ductmap-submandibular-L"' in page
    assert page.count('<svg class="ductmap"') == 1


def test_a_duct_chosen_without_a_script_keeps_what_is_typed(client: Client, encounter: Encounter) -> None:
    row = {**STONE, "distance_from_papilla_mm": "about 33"}
    data = typed(row, STONE, map="parotid-R") | {"interventions-TOTAL_FORMS": "0", "interventions-INITIAL_FORMS": "0"}
    page = client.post(reverse("encounter_section", args=[encounter.pk, "findings"]), data).content.decode()
    assert 'id="ductmap-parotid-R"' in page
    assert 'value="about 33"' in page
    assert not Finding.objects.filter(gland="parotid").exists()


# --- The last visit -----------------------------------------------------------------------------------------------


def again(first: Encounter, **values: Any) -> Encounter:
    visit = f.planned_visit(treating=first.clinician, person=first.patient, **values)
    assert first.clinician.user
    return encounters.start(visit, by=first.clinician.user, at=f.AT)


def test_the_last_visit_is_the_latest_signed_one_before_this() -> None:
    first = f.signed_encounter()
    f.signed_encounter()  # of somebody else
    later = again(first, service_date=f.TODAY)
    again(first, service_date=f.TODAY)  # a draft is no finding yet
    before = last_visit(later)
    assert before is not None
    assert before.number == first.number
    assert last_visit(first) is None


def test_what_was_found_last_shows_faint_and_is_no_mark(log_in: LogIn) -> None:
    first = f.signed_encounter()
    later = again(first, service_date=f.TODAY)
    assert first.clinician.user
    response = draw(log_in(first.clinician.user), later, typed(STONE, map="submandibular-L"))
    page = response.content.decode()
    assert page.count('class="dm-ghost"') == 2
    assert "Faint: last visit, Nov 5, 2026: Stenosis, 12 mm from the papilla" in page
    assert "data-finding" not in page


def test_a_finding_of_the_last_visit_is_taken_over_by_one_press_and_offered_once(log_in: LogIn) -> None:
    first = f.signed_encounter()
    casey = first.clinician.user
    assert casey is not None
    again = f.planned_visit(treating=first.clinician, person=first.patient, service_date=f.TODAY)
    encounters.start(again, by=casey, at=f.AT)
    client = log_in(casey)
    url = reverse("encounter_section", args=[again.pk, "findings"])
    assert client.get(url).content.decode().count('value="finding:f1"') == 1
    once = str(uuid.uuid4())
    answer = client.post(reverse("encounter_fill", args=[again.pk]), {"fill": "finding:f1", "once": once})
    assert answer["Location"] == url
    page = client.get(url).content.decode()
    assert 'value="finding:f1"' not in page
    assert 'data-mark="findings.findings.f1.type"' in page
