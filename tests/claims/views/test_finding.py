"""The search of every page: what each person finds, and that nobody is told of what they may not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.queries.finding import MOST, find
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent
from tests import factories as f
from tests.claims.views.test_questions_a_list_asks import asked

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def packet() -> Any:
    """The sealed packet of one claim, of a patient whose name nobody else has."""
    by = f.user(role=Role.BILLER)
    person = f.patient(first_name="Zelda", last_name="Quillfeather", chart_number="QF-77")
    visit = f.signed_encounter(person=person)
    return f.sealed_packet(by=by, claim=f.claim_at(preparation="ready", by=by, encounter=visit))


def links(client: Any, words: str, **headers: str) -> list[str]:
    """The addresses that a search offers, in its main part."""
    answer = client.client.post("/find/", {"q": words}, headers=SCRIPT | headers)
    assert answer.status_code == 200
    return [piece.split('"')[0] for piece in answer.content.decode().split('href="')[1:]]


def test_a_name_finds_the_patient_and_the_claims_and_a_packet_is_found_by_its_own_number(
    packet: Any, biller: Any
) -> None:
    claim, patient = packet.claim, packet.claim.encounter.patient
    assert links(biller, "quill zel") == [f"/patients/{patient}/", f"/claims/{claim}/"]
    assert f"/payers/{claim.coverage.payer_id}/" in links(biller, claim.coverage.payer.name[:5])
    assert links(biller, packet.control_number) == [f"/packets/{packet}/"]
    assert links(biller, packet.verification_code.lower()) == [f"/packets/{packet}/"]
    assert "/remittances/import/" in links(biller, "import rem")
    assert links(biller, "nobody here is called that") == []


def test_a_number_leads_straight_to_its_page(packet: Any, biller: Any) -> None:
    claim, visit = packet.claim, packet.claim.encounter
    for row, page in ((visit.patient, "patients"), (visit, "encounters"), (claim, "claims"), (packet, "packets")):
        for typed in (str(row), str(row).lower(), f"{str(row)[0]}{row.pk}", f" {row} "):
            answer = biller.client.post("/find/", {"q": typed})
            assert (answer.status_code, answer.get("Location")) == (302, f"/{page}/{row}/"), typed
        assert links(biller, str(row))[0] == f"/{page}/{row}/"
    assert biller.client.post("/find/", {"q": "C999999"}).status_code == 200
    assert biller.client.post("/find/", {"q": "quill"}).status_code == 200, "a name shows what it found"


def test_a_number_that_is_also_a_chart_number_shows_both(packet: Any, biller: Any) -> None:
    claim = packet.claim
    other = f.patient(chart_number=f"C{claim.pk}")
    assert biller.client.post("/find/", {"q": f"C{claim.pk}"}).status_code == 200
    assert {f"/claims/{claim}/", f"/patients/{other}/"} <= set(links(biller, f"C{claim.pk}"))


@pytest.mark.parametrize("role", ["assistant", "administrator", ""])
def test_nobody_is_told_of_what_they_may_not_see(packet: Any, person: Callable[[str], Any], role: str) -> None:
    claim, visit = packet.claim, packet.claim.encounter
    someone = person(role)
    if not role:
        assert someone.client.post("/find/", {"q": "quill"}).status_code == 403
        return
    sees_charts = role == "assistant"
    assert links(someone, "quill") == ([f"/patients/{visit.patient}/"] if sees_charts else [])
    for typed in (str(claim), str(packet), packet.control_number, claim.coverage.payer.name):
        answer = someone.client.post("/find/", {"q": typed}, headers=SCRIPT).content.decode()
        assert "Quillfeather" not in answer
        assert links(someone, typed) == []
        assert 'data-said="Nothing found"' in answer, "and no count of what is hidden"
    assert links(someone, str(visit)) == ([f"/encounters/{visit}/"] if sees_charts else [])
    can = {deed for deed in links(someone, "") if deed}
    assert ("/people/new/" in can) is not sees_charts
    assert ("/patients/new/" in can) is sees_charts
    assert not can & {"/remittances/import/", "/ready-to-bill/", "/payers/new/"}
    for address in can:
        assert someone.get(address).status_code != 403, address


def test_it_asks_once_whatever_there_is_and_is_on_record_without_the_words(packet: Any, biller: Any) -> None:
    for number in range(MOST + 2):
        f.patient(last_name="Quillfeather", first_name=f"Other{number}")
    assert len(asked(biller, "/find/", {"q": "quill"})) <= 2, "what is around a page, and what was found"
    found = find("quill", may=biller.user.may)
    assert len(found.patients) == MOST
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.subject, event.patient) == ("patient.search", "", None)
    assert "quill" not in event.detail.lower()
    with CaptureQueriesContext(connection) as queries:
        find("p1", may=biller.user.may)
    assert len(queries) == 1


def test_without_a_script_the_field_of_every_page_leads_to_a_page_of_results(packet: Any, biller: Any) -> None:
    shown = biller.get("/ready-to-bill/").content.decode()
    assert '<form class="search" method="post" action="/find/"' in shown
    answer = biller.client.post("/find/", {"q": "Quillfeather"}).content.decode()
    assert 'value="Quillfeather"' in answer
    assert f"/claims/{packet.claim}/" in answer
    assert "What you can do" in biller.get("/find/").content.decode()
    assert biller.client.post("/find/", {"q": "\x00\u200b" + "x" * 5000}).status_code == 200
