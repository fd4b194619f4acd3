"""The shelf on the claim's page, and supplements, as people click them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from claims.models import Claim, Packet
from claims.services.plans import record_payer_terms
from documentation.models import User
from documentation.views.once import new_key
from tests import factories as f
from tests.claims import papers
from tests.twice import DoubleClicking

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def desk(biller: User) -> Client:
    client = DoubleClicking()
    client.force_login(biller)
    return client


@pytest.fixture
def claim(biller: User) -> Claim:
    row: Claim = f.claim_at(by=biller, preparation="ready")
    return row


def post(desk: Client, name: str, key: int, **values: Any) -> Any:
    return desk.post(reverse(name, args=[key]), {"once": new_key(), **values}, follow=True)


def given(data: bytes, name: str = "report.pdf", **values: Any) -> dict[str, Any]:
    known = {"kind": "prior_imaging", "title": "Ultrasound of the neck", "dated_on": f.SERVICE_DATE.isoformat()}
    return {**known, "file": SimpleUploadedFile(name, data), **values}


def test_a_document_is_added_taken_off_and_put_back(desk: Client, claim: Claim) -> None:
    assert b"Put on the shelf" in desk.get(reverse("evidence_add", args=[claim.pk])).content
    page = post(desk, "evidence_add", claim.pk, **given(papers.changed(papers.scanned(2), script=True)))
    text = page.content.decode()
    assert "lies on the shelf: 2 pages. Scripts and actions in it were left out." in text
    row = claim.evidence.get()  # type: ignore[attr-defined]
    download = desk.get(reverse("evidence_file", args=[row.pk]))
    assert download["Content-Disposition"].startswith("attachment")
    assert download.getvalue().startswith(b"%PDF-")
    assert "Put back" in post(desk, "evidence_remove", row.pk).content.decode()
    assert "lies on the shelf again" in post(desk, "evidence_restore", row.pk).content.decode()


@pytest.mark.parametrize(
    "data,said",
    [
        (b"", "This file is empty."),
        (papers.changed(papers.scanned(1), password="x"), "locked with a password"),
        (b"%PDF-1.7 broken", "damaged"),
        (b"GIF89a", "neither a PDF nor a JPEG or PNG"),
    ],
)
def test_what_cannot_be_taken_comes_back_with_its_sentence(desk: Client, claim: Claim, data: bytes, said: str) -> None:
    page = post(desk, "evidence_add", claim.pk, **given(data))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not claim.evidence.exists()  # type: ignore[attr-defined]


def test_after_sending_a_supplement_is_built_and_recorded_as_sent(desk: Client, biller: User, claim: Claim) -> None:
    f.sealed_packet(by=biller, claim=claim)
    f.submission(by=biller, claim=claim)
    assert "what was sent stays as it was" in desk.get(reverse("evidence_add", args=[claim.pk])).content.decode()
    page = post(desk, "evidence_add", claim.pk, **given(papers.scanned(1)))
    assert "Build a supplement" in page.content.decode()
    form = desk.get(reverse("supplement_build", args=[claim.pk])).content.decode()
    assert "holds only what is new: “Ultrasound of the neck”" in form
    assert "Say why it is added now" in post(desk, "supplement_build", claim.pk, reason="").content.decode()
    page = post(desk, "supplement_build", claim.pk, reason="The payer asked for it.")
    packet = Packet.objects.get(kind="supplement")
    assert f"Supplement 1 is sealed as packet {packet.number}" in page.content.decode()
    assert "The payer asked for it." in page.content.decode()
    sent = {"channel": "portal", "sent_on": f.TODAY.isoformat(), "proof": "receipt", "proof_reference": "R-2"}
    page = post(desk, "supplement_send", packet.pk, **sent, control_number=packet.control_number)
    assert "Supplement 1 is recorded as sent." in page.content.decode()
    claim_page = desk.get(reverse("claim_page", args=[claim.pk])).content.decode()
    assert "Supplement sent" in claim_page


def test_the_shelf_says_why_an_eob_stays_and_offers_no_supplement_for_it(
    desk: Client, biller: User, claim: Claim
) -> None:
    f.sealed_packet(by=biller, claim=claim)
    f.submission(by=biller, claim=claim)
    record_payer_terms(claim.coverage.payer, {"cob_as": "data"}, by=biller, at=f.AT)
    f.evidence(claim=claim, by=biller, data=papers.scanned(1), kind="primary_eob")
    page = desk.get(reverse("claim_page", args=[claim.pk])).content.decode()
    assert "takes the first plan&#x27;s amounts as data on the claim, not as an attachment." in page
    assert "Build a supplement" not in page


@pytest.mark.parametrize(
    "state,said",
    [
        ("unsent", "Nothing was sent with this claim yet. What is on the shelf goes into its first packet."),
        ("rejected", "The claim was rejected, so nobody holds what was sent."),
        ("voided", "This claim is void, and nothing more is sent for it."),
        ("nothing new", "Nothing is new since the packet was sent. Add the document to the shelf first."),
    ],
)
def test_no_supplement_is_offered_where_there_is_nothing_to_add_to_or_to_add(
    desk: Client, biller: User, claim: Claim, state: str, said: str
) -> None:
    if state == "unsent":
        f.evidence(claim=claim, by=biller, data=papers.scanned(1))
    else:
        f.sealed_packet(by=biller, claim=claim)
        f.submission(by=biller, claim=claim)
    if state in ("rejected", "voided"):
        f.evidence(claim=claim, by=biller, data=papers.scanned(1))
        Claim.objects.filter(pk=claim.pk).update(**{"transport" if state == "rejected" else "closing": state})
    page = desk.get(reverse("supplement_build", args=[claim.pk])).content.decode()
    assert said in page
    assert "Seal the supplement" not in page
    refused = post(desk, "supplement_build", claim.pk, reason="The payer asked for it.")
    assert refused.status_code in (409, 422)
    assert "Seal the supplement" not in refused.content.decode()
    assert not Packet.objects.filter(kind="supplement").exists()
