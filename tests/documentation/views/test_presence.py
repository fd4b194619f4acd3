"""Who else has a draft open: seen on its pages, gone when they leave, and nothing of it in record or audit trail."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, Presence, User
from documentation.queries.presence import AWAY_AFTER, others_in
from documentation.services import presence
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db

BEAT = {"X-Background": "1"}


@pytest.fixture
def draft() -> Encounter:
    return f.drafted(with_images=False)


@pytest.fixture
def dana() -> User:
    return f.user(role=Role.ASSISTANT, first_name="Dana", last_name="Demo")


@pytest.fixture
def clinician(draft: Encounter, log_in: LogIn) -> Client:
    assert draft.clinician.user is not None
    return log_in(draft.clinician.user)


PAGE = "x" * 22
"""A page that was opened some time ago."""


def beat(client: Client, draft: Encounter, section: str, page: str = PAGE, **more: str) -> str:
    said = {"section": section, "page": page, **more}
    answer = client.post(f"/encounters/{draft}/presence/", said, headers=BEAT)
    assert answer.status_code in (200, 204)
    return " ".join(answer.content.decode().split())


def page(client: Client, draft: Encounter, section: str) -> str:
    return " ".join(client.get(f"/encounters/{draft}/{section}").content.decode().split())


WHERE = {
    "findings/": "is in Findings",
    "plan/": "is in Plan of care",
    "visit/": "is in Visit",
    "images/": "is in Images",
    "intake/": "is in Intake",
    "sign/": "is reading it",
    "": "is reading it",
}


@pytest.mark.parametrize("address", WHERE)
def test_whoever_opens_a_page_of_a_draft_is_seen_by_the_others(
    draft: Encounter, dana: User, clinician: Client, log_in: LogIn, address: str
) -> None:
    assert "only you are editing" in page(clinician, draft, "plan/")
    page(log_in(dana), draft, address)
    seen = f"<bdi>Dana Demo</bdi> {WHERE[address]}"
    assert seen in beat(clinician, draft, "plan")
    assert seen in page(clinician, draft, "plan/")
    assert seen in page(clinician, draft, "images/")
    assert seen in page(clinician, draft, "")


def test_who_may_sign_is_said_to_be_about_to(draft: Encounter, clinician: Client, log_in: LogIn) -> None:
    page(log_in(f.user(role=Role.CLINICIAN, first_name="Robin", last_name="Demo")), draft, "sign/")
    assert "<bdi>Robin Demo</bdi> is about to sign" in beat(clinician, draft, "plan")


def test_before_the_signature_it_is_said_once_more(
    draft: Encounter, dana: User, clinician: Client, log_in: LogIn
) -> None:
    assert "still has this open" not in page(clinician, draft, "sign/")
    page(log_in(dana), draft, "plan/")
    assert "<bdi>Dana Demo</bdi> still has this open.</b>" in page(clinician, draft, "sign/")
    assert "still has this open" in beat(clinician, draft, "sign")
    assert "still has this open" not in beat(clinician, draft, "plan")


def opened(client: Client, draft: Encounter, section: str) -> str:
    """Open a section, and say under which name this opening tells of itself."""
    found = re.search(r'data-page="(\w{22})"', page(client, draft, section))
    assert found is not None
    return found[1]


def test_whoever_leaves_is_gone_though_a_sign_of_life_comes_late(
    draft: Encounter, dana: User, clinician: Client, log_in: LogIn
) -> None:
    other = log_in(dana)
    name = opened(other, draft, "plan/")
    beat(other, draft, "plan", name)
    assert "Dana Demo" in beat(clinician, draft, "plan")
    assert beat(other, draft, "plan", name, left="1") == ""
    assert "Dana Demo" not in beat(clinician, draft, "plan")
    beat(other, draft, "plan", name)
    assert "Dana Demo" not in beat(clinician, draft, "plan")
    # The browser's own button brings the page back, and a second tab was there all the time.
    beat(other, draft, "plan", name, back="1")
    assert "Dana Demo" in beat(clinician, draft, "plan")
    beat(other, draft, "plan", name, left="1")
    beat(other, draft, "visit", "y" * 22)
    assert "is in Visit" in beat(clinician, draft, "plan")


@pytest.mark.parametrize("then", ["visit/", "plan/"])
def test_whoever_opens_another_page_is_there_though_the_farewell_comes_late(
    draft: Encounter, dana: User, clinician: Client, log_in: LogIn, then: str
) -> None:
    other = log_in(dana)
    name = opened(other, draft, "plan/")
    page(other, draft, then)
    beat(other, draft, "plan", name, left="1")
    assert WHERE[then] in beat(clinician, draft, "plan")


@pytest.mark.parametrize("name", ["", "x" * 21, "x" * 23, "x" * 21 + "-", "x" * 21 + "\0"])
def test_a_page_without_its_name_is_not_noted(draft: Encounter, clinician: Client, name: str) -> None:
    said = {"section": "plan", "page": name}
    assert clinician.post(f"/encounters/{draft}/presence/", said, headers=BEAT).status_code == 404
    assert not Presence.objects.exists()


def test_a_page_that_is_not_heard_of_any_more_is_taken_for_closed(draft: Encounter, dana: User) -> None:
    by = draft.clinician.user
    assert by is not None
    presence.stay(draft, "plan", PAGE, by=dana, at=f.AT)
    assert [p.user for p in others_in(draft, but=by, at=f.AT + AWAY_AFTER)] == [dana]
    late = f.AT + AWAY_AFTER + timedelta(seconds=1)
    assert others_in(draft, but=by, at=late) == []
    presence.leave(draft, PAGE, by=by, at=late)
    assert not Presence.objects.exists()


def test_signs_of_life_are_no_audit_events_and_never_more_than_one_row_a_person(
    draft: Encounter, clinician: Client
) -> None:
    page(clinician, draft, "plan/")
    events = AuditEvent.objects.count()
    for section in ("plan", "plan", "visit", "images", "sign", ""):
        beat(clinician, draft, section)
    assert AuditEvent.objects.count() == events
    assert Presence.objects.count() == 1


def test_a_sign_of_life_asks_little_and_moves_no_limit(draft: Encounter, clinician: Client) -> None:
    page(clinician, draft, "plan/")
    session = Session.objects.filter(pk=clinician.session.session_key)
    session.update(expire_date=timezone.now() + timedelta(minutes=3))
    before = session.get().expire_date
    with CaptureQueriesContext(connection) as asked:
        beat(clinician, draft, "plan")
    own = [
        q["sql"]
        for q in asked.captured_queries
        if "_presence" in q["sql"] or 'FROM "documentation_encounter"' in q["sql"]
    ]
    assert len(own) == 3, own
    assert session.get().expire_date == before


def test_nothing_clinical_is_said(draft: Encounter, dana: User, clinician: Client, log_in: LogIn) -> None:
    page(log_in(dana), draft, "plan/")
    said = beat(clinician, draft, "sign")
    assert draft.patient.last_name not in said
    assert draft.patient.first_name not in said


def test_a_page_of_a_record_that_was_signed_meanwhile_says_so(draft: Encounter, clinician: Client) -> None:
    signed = f.signed_encounter(treating=draft.clinician)
    assert "Meanwhile this record is signed." in beat(clinician, signed, "plan")
    assert not Presence.objects.filter(encounter=signed).exists()


@pytest.mark.parametrize("section", ["dragons", "plan'", "SIGN"])
def test_a_section_that_does_not_exist_is_not_found(draft: Encounter, clinician: Client, section: str) -> None:
    assert clinician.post(f"/encounters/{draft}/presence/", {"section": section, "page": PAGE}).status_code == 404
    assert clinician.post("/encounters/E999999/presence/", {"section": "plan", "page": PAGE}).status_code == 404


def test_whoever_only_reads_drafts_is_told_nothing_and_tells_nothing(draft: Encounter, log_in: LogIn) -> None:
    biller = log_in(f.user(role=Role.BILLER))
    assert "presence" not in page(biller, draft, "")
    assert biller.post(f"/encounters/{draft}/presence/", {"section": ""}).status_code == 403
    assert not Presence.objects.exists()
