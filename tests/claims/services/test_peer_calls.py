"""Peer-to-peer calls: noted with who spoke to whom, and without any effect on the clock."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from claims.models import Denial, PeerToPeer
from claims.queries.deadlines import appeal_deadline
from claims.services.peer_calls import note_peer_call
from documentation.kernel.machine import NotPermitted
from documentation.models import AuditEvent
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db
DENIED = f.TODAY
HELD = {
    "held_on": f.TODAY, "clinician": "Casey Example", "reviewer": "Robin Reviewer", "credential": "DDS",
    "specialty": "Oral surgery", "outcome": "upheld", "reference": "P2P-7", "note": "Wants the films.",
}  # fmt: skip


@pytest.fixture
def denial() -> Denial:
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    return answered.denial(answered.answer(claim, DENIED, "denied", denied="850.00"), "images", "850.00")


def test_a_call_is_kept_with_who_spoke_and_stops_no_clock(denial: Denial) -> None:
    before = appeal_deadline(denial)
    note_peer_call(denial, HELD, by=f.user(role="biller"), at=f.AT)
    row = PeerToPeer.objects.get()
    assert {name: getattr(row, name) for name in HELD} == HELD
    denial = Denial.objects.get(pk=denial.pk)
    assert (denial.status, appeal_deadline(denial)) == ("open", before)
    assert AuditEvent.objects.last().action == "denial.peer"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"held_on": date(2026, 11, 7)}, "held_on"),
        ({"held_on": date(2026, 11, 5)}, "held_on"),
        ({"reviewer": ""}, "reviewer"),
        ({"outcome": "not_held", "note": ""}, "note"),
        ({"outcome": "won"}, "outcome"),
    ],
)
def test_a_call_that_cannot_have_been_is_refused_in_words(denial: Denial, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        note_peer_call(denial, HELD | wrong, by=f.user(role="biller"), at=f.AT)
    assert set(refused.value.message_dict) == {field}
    assert not PeerToPeer.objects.exists()


def test_only_billing_notes_calls(denial: Denial) -> None:
    with pytest.raises(NotPermitted):
        note_peer_call(denial, HELD, by=f.user(role="clinician"), at=f.AT)


def test_it_is_noted_and_read_on_the_page_of_the_denial(denial: Denial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: f.AT)
    client = Client()
    client.force_login(f.user(role="biller"))
    page = reverse("denial_page", args=[denial.pk])
    assert "Payers often take one until Nov 13, 2026" in client.get(page).content.decode()
    typed = HELD | {"held_on": "2026-11-06", "once": str(uuid4())}
    wrong = client.post(reverse("denial_peer", args=[denial.pk]), typed | {"reviewer": "", "once": str(uuid4())})
    assert wrong.status_code == 422
    assert client.post(reverse("denial_peer", args=[denial.pk]), typed).status_code == 302
    text = client.get(page).content.decode()
    assert "Robin Reviewer, DDS, Oral surgery" in text
    assert "Peer-to-peer call noted" in text
