"""Recording that a packet was sent, with its proof, and what came back before anybody decided."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from claims.models import Claim, Submission
from claims.services.packets import seal_packet
from documentation import papers
from documentation.models import AuditEvent
from tests import factories
from tests.claims.papers import blank_pdf
from tests.claims.views.test_dashboard import text

KEY = "2b8c9f7e-6f0e-4c36-9a51-0d2b8a1f4f11"
GOOD = {
    "channel": "portal",
    "sent_on": "2026-11-06",
    "control_number": "",
    "proof": "receipt",
    "proof_reference": "R-8812",
    "no_proof_reason": "",
}


@pytest.fixture
def packed(biller: Any, plain_packets: None) -> Claim:
    """A ready claim with its packet."""
    claim: Claim = factories.claim_at(preparation="ready", by=biller.user)
    seal_packet(claim, by=biller.user, at=factories.AT)
    return claim


def send(person: Any, claim: Claim, **values: Any) -> Any:
    return person.post(f"/claims/{claim}/send/", {**GOOD, **values})


def test_the_claim_page_offers_the_form_with_what_is_known(biller: Any, packed: Claim) -> None:
    page = biller.get(f"/claims/{packed}/").content.decode()
    assert f'action="/claims/{packed}/send/"' in page
    assert 'value="2026-11-06"' in page
    assert f'value="DUC{packed.pk:06d}01"' in page


def test_a_sending_remembers_exactly_what_was_sent(biller: Any, packed: Claim) -> None:
    answer = send(biller, packed)
    assert answer["Location"] == f"/claims/{packed}/#sending"
    row = Submission.objects.get()
    assert (row.packet, row.channel, row.proof_reference, row.recorded_by) == (
        packed.packets.get(),  # type: ignore[attr-defined]
        "portal",
        "R-8812",
        biller.user,
    )
    assert row.control_number == row.packet.control_number
    packed.refresh_from_db()
    assert packed.transport == "sent"
    said = text(biller.get(f"/claims/{packed}/"))
    assert "Payer portal on Nov 6, 2026" in said
    assert "Portal or clearinghouse receipt R-8812" in said


def test_a_packet_that_was_sealed_after_the_page_was_opened_is_not_recorded_as_sent(biller: Any, packed: Claim) -> None:
    first = packed.packets.get()  # type: ignore[attr-defined]
    hidden = f'<input type="hidden" name="packet" value="{first.pk}">'
    assert hidden in biller.get(f"/claims/{packed}/").content.decode()
    assert hidden in biller.get(f"/claims/{packed}/send/").content.decode()
    second = seal_packet(packed, by=biller.user, at=factories.AT)
    answer = send(biller, packed, packet=first.pk)
    assert answer.status_code == 409
    said = f"Packet {second.number} was sealed after you opened this page, so nothing was recorded. Open the page again"
    assert said in text(answer)
    assert hidden in answer.content.decode()
    assert not Submission.objects.exists()
    send(biller, packed, packet=second.pk)
    assert Submission.objects.get().packet == second


def test_two_clicks_send_once(biller: Any, packed: Claim) -> None:
    for _ in range(2):
        answer = biller.post(f"/claims/{packed}/send/", GOOD, once=KEY)
        assert answer["Location"] == f"/claims/{packed}/#sending"
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"sent_on": "2026-11-07"}, "This day lies in the future."),
        ({"sent_on": "2026-11-05"}, "The packet was sealed on Nov 6, 2026; it cannot have been sent before."),
        ({"sent_on": "soon"}, "This is not a date."),
        ({"sent_on": ""}, "Please fill this in."),
        ({"channel": ""}, "Choose one."),
        ({"channel": "pigeon"}, "is not one of the answers offered here"),
        ({"proof": ""}, "Choose one."),
        ({"proof": "none", "proof_reference": ""}, "Say why there is no proof."),
        ({"proof_reference": ""}, "Give the number on the proof, or add the proof as a file."),
        ({"proof_reference": "9" * 81}, "at most 80 are kept"),
        ({"control_number": "x" * 51}, "at most 50 are kept"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_is_kept(
    biller: Any, packed: Claim, values: dict[str, str], sentence: str
) -> None:
    answer = send(biller, packed, **{"no_proof_reason": "", "control_number": "MINE-1", **values})
    assert answer.status_code == 422
    assert sentence in text(answer), text(answer)
    if "control_number" not in values:
        assert 'value="MINE-1"' in answer.content.decode()
    assert not Submission.objects.exists()


def test_without_proof_the_reason_is_kept(biller: Any, packed: Claim) -> None:
    send(biller, packed, proof="none", proof_reference="", no_proof_reason="the portal gives none")
    assert "No proof: the portal gives none" in text(biller.get(f"/claims/{packed}/"))


def test_the_proof_itself_is_kept_and_given_back_to_those_who_may_see_it(
    biller: Any, packed: Claim, person: Any
) -> None:
    pdf = blank_pdf(1)
    answer = send(biller, packed, proof_reference="", proof_scan=SimpleUploadedFile("fax.pdf", pdf))
    assert answer.status_code == 302
    url = f"/submissions/{Submission.objects.get().pk}/proof/"
    given = biller.get(url)
    assert given.content == papers.examine(pdf).clean
    assert biller.get(f"{url}?as=came").content == pdf
    assert given["Content-Type"] == "application/pdf"
    assert given["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="submission.proof", by=biller.user).exists()
    assert person("assistant").get(url).status_code == 403
    assert biller.get("/submissions/999/proof/").status_code == 404


@pytest.mark.parametrize(
    "name, content, sentence",
    [
        ("fax.pdf", b"<html><script>", "This is neither a PDF nor a JPEG or PNG picture."),
        ("fax.pdf", b"", "This file is empty."),
        ("fax.pdf", b"%PDF-" + bytes(20 * 1024 * 1024), "This file is larger than 20 MB."),
    ],
)
def test_a_proof_that_is_none_is_refused(biller: Any, packed: Claim, name: str, content: bytes, sentence: str) -> None:
    answer = send(biller, packed, proof_scan=SimpleUploadedFile(name, content))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Submission.objects.exists()


def test_a_claim_without_a_packet_is_not_sent(biller: Any) -> None:
    claim = factories.claim_at(preparation="ready", by=biller.user)
    answer = send(biller, claim)
    assert answer.status_code == 422
    assert "Build the packet first." in text(answer)


def test_what_was_sent_is_not_sent_again(biller: Any, packed: Claim) -> None:
    send(biller, packed)
    answer = send(biller, packed)
    assert answer.status_code == 409
    assert "This claim is sent now" in text(answer)
    assert Submission.objects.count() == 1


def test_accepted_and_then_rejected_with_the_reason_on_the_page(biller: Any, packed: Claim) -> None:
    send(biller, packed)
    assert biller.post(f"/claims/{packed}/accept/").status_code == 302
    refused = biller.post(f"/claims/{packed}/reject/", {"reason": "  "})
    assert refused.status_code == 422
    assert "Say what the payer or clearinghouse gave as the reason." in text(refused)
    assert biller.post(f"/claims/{packed}/reject/", {"reason": "A7:562 subscriber not found"}).status_code == 302
    packed.refresh_from_db()
    assert packed.transport == "rejected"
    assert "Rejected before adjudication. A7:562 subscriber not found" in text(biller.get(f"/claims/{packed}/"))


def test_a_claim_that_was_not_sent_is_neither_accepted_nor_rejected(biller: Any, packed: Claim) -> None:
    assert biller.post(f"/claims/{packed}/accept/").status_code == 409
    assert biller.post(f"/claims/{packed}/reject/", {"reason": "none"}).status_code == 409


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_sends(person: Any, packed: Claim, role: str) -> None:
    somebody = person(role)
    for name in ("send", "accept", "reject"):
        assert somebody.post(f"/claims/{packed}/{name}/", GOOD).status_code == 403
    assert not Submission.objects.exists()


def test_an_acceptance_is_posted(biller: Any, packed: Claim) -> None:
    assert biller.get(f"/claims/{packed}/accept/").status_code == 405
    assert biller.get("/claims/C999999/send/").status_code == 404
