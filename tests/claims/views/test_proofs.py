"""The page of an appeal says what should be enclosed and what is new, and the shelf says what belongs there and why."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from claims.models import Appeal, Claim
from claims.services import appeals, evidence, letters
from claims.services.payers import record_fact
from documentation.models import User
from documentation.views.once import new_key
from tests import factories as f
from tests.claims import papers

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def desk(biller: User) -> Client:
    client = Client()
    client.force_login(biller)
    return client


@pytest.fixture
def claim(biller: User) -> Claim:
    """Sent, and denied for medical necessity."""
    row: Claim = f.claim_at(by=biller, preparation="ready")
    packet = f.sealed_packet(by=biller, claim=row)
    f.submission(by=biller, claim=row)
    f.denial(by=biller, claim=row, packet=packet, carc="50", cause="medical_necessity")
    row.refresh_from_db()
    return row


@pytest.fixture
def appeal(claim: Claim, biller: User) -> Appeal:
    return appeals.open_appeal(claim.denials.get(), by=biller, at=f.AT)  # type: ignore[attr-defined]


def page(desk: Client, appeal: Appeal) -> str:
    return desk.get(reverse("appeal_page", args=[appeal.pk])).content.decode()


def post(desk: Client, url: str, **values: Any) -> Any:
    return desk.post(url, {"once": new_key(), **values}, follow=True)


def test_the_checklist_says_what_is_there_what_is_missing_and_why(desk: Client, appeal: Appeal) -> None:
    text = page(desk, appeal)
    assert "What should be enclosed" in text
    assert "In the packet: Key figure" in text
    assert "Notes of earlier, conservative care" in text
    assert "They show what was tried before." in text
    add = f"{reverse('evidence_add', args=[appeal.claim_id])}?kind=prior_care&amp;back="
    assert add in text
    assert "It answers a doubt about the method." in text, "what would help is said, too"


def test_one_button_adds_what_is_missing_and_leads_back(desk: Client, appeal: Appeal) -> None:
    back = f"{reverse('appeal_page', args=[appeal.pk])}#checklist"
    url = f"{reverse('evidence_add', args=[appeal.claim_id])}?kind=prior_care&back={back.replace('#', '%23')}"
    form = desk.get(url).content.decode()
    assert '<option value="prior_care" selected>' in form
    assert "Drop the document here, or choose it" in form
    file = SimpleUploadedFile("care.pdf", papers.scanned(1, "Care"))
    answer = post(desk, url, kind="prior_care", title="Note of Dr. Green", dated_on="2026-10-01", file=file)
    assert answer.redirect_chain[-1][0] == back
    text = answer.content.decode()
    assert "On the shelf: Note of Dr. Green" in text
    assert "They show what was tried before." not in text


def test_what_cannot_be_had_is_said_with_a_reason_and_asked_for_again(desk: Client, appeal: Appeal) -> None:
    back = f"?back={reverse('appeal_page', args=[appeal.pk])}"
    url = reverse("evidence_unobtainable", args=[appeal.denial_id, "prior_care"]) + back
    assert "Notes of earlier, conservative care: not obtainable" in desk.get(url).content.decode()
    refused = post(desk, url, reason=" ")
    assert refused.status_code == 422
    assert "Say why it cannot be had" in refused.content.decode()
    text = post(desk, url, reason="The office closed in 2024.").content.decode()
    assert "The office closed in 2024." in text
    assert "Ask for it again" in text
    again = reverse("evidence_obtainable", args=[appeal.denial_id, "prior_care"]) + back
    assert "The office closed in 2024." not in post(desk, again).content.decode()
    nothing = reverse("evidence_unobtainable", args=[appeal.denial_id, "images"])
    assert desk.get(nothing).status_code == 404


def test_nothing_new_is_said_before_sealing_and_sealed_with_a_reason(desk: Client, appeal: Appeal) -> None:
    text = page(desk, appeal)
    assert "Nothing is new: the payer has seen all of this." in text
    assert text.count("Seal the appeal packet") == 1, "one button, beside the reason"
    step = reverse("appeal_step", args=[appeal.pk])
    refused = post(desk, step, transition="seal", although=" ")
    assert refused.status_code == 422
    assert "To send it all the same, say why." in refused.content.decode()
    sealed = post(desk, step, transition="seal", although="They overlooked figure 2.").content.decode()
    assert "Packet sealed although nothing of it was new: They overlooked figure 2." in sealed
    assert "Why send it all the same?" not in sealed
    assert re.search(r"/packets/\w+/#page-\d", sealed), "the checklist leads to the page of the sealed packet"


def test_an_external_review_is_fitted_for_where_such_requests_go(desk: Client, appeal: Appeal) -> None:
    by = appeal.opened_by
    for key, value in (("appeals_fax", "2065550188"), ("external_address", "Review organization\nDenver, CO 80203")):
        told = {"value": value, "source": "Manual", "verified_on": f.TODAY}
        record_fact(appeal.claim.coverage.payer, key, told, by=by, at=f.AT)
    url = reverse("appeal_fit", args=[appeal.pk])
    assert [e.question.key for e in desk.get(url).context["takes"]] == ["appeals_fax"]
    Appeal.objects.filter(pk=appeal.pk).update(stage="external")
    assert [e.question.key for e in desk.get(url).context["takes"]] == ["external_address"]


def test_nothing_new_is_sealed_for_a_channel_with_a_reason_too(desk: Client, appeal: Appeal) -> None:
    fit = desk.get(reverse("appeal_fit", args=[appeal.pk]), {"channel": "fax"}).content.decode()
    assert "Seal for" in fit
    assert 'name="although"' in fit
    step = reverse("appeal_step", args=[appeal.pk])
    refused = post(desk, step, transition="seal", channel="fax", although=" ").content.decode()
    assert '<input type="hidden" name="channel" value="fax">' in refused, "the reason is asked for without losing it"
    post(desk, step, transition="seal", channel="fax", although="They overlooked figure 2.")
    appeal.refresh_from_db()
    assert appeal.packet.channel == "fax"  # type: ignore[union-attr]


def test_what_is_new_is_named_against_the_packet_that_was_denied(desk: Client, biller: User, appeal: Appeal) -> None:
    f.evidence(claim=appeal.claim, by=biller, data=papers.scanned(1), title="Second look")
    text = page(desk, appeal)
    news = text[text.index('id="news"') :]
    assert "<bdi>Second look</bdi>" in news
    assert appeal.denial.packet.number in news  # type: ignore[union-attr]
    assert "Why send it all the same?" not in text


def test_a_claim_without_a_sealed_packet_says_that_it_cannot_compare(desk: Client, biller: User) -> None:
    denial = f.denial(by=biller, claim=f.claim_at(by=biller, preparation="ready"))
    text = page(desk, appeals.open_appeal(denial, by=biller, at=f.AT))
    assert "What the payer has seen cannot be compared" in text
    assert "Why send it all the same?" not in text


def test_what_was_taken_off_since_sealing_is_said_by_name(desk: Client, biller: User, appeal: Appeal) -> None:
    row = f.evidence(claim=appeal.claim, by=biller, data=papers.scanned(1), title="Wrong")
    letters.seal(appeal, by=biller, at=f.AT)
    evidence.remove_evidence(row, by=biller, at=f.AT)
    assert "“Wrong” is in the sealed packet and was taken off the shelf since." in page(desk, appeal)


class TestTheShelf:
    def url(self, claim: Claim) -> str:
        return reverse("claim_page", args=[claim.pk])

    def test_empty_sides_say_what_belongs_there_and_why(self, desk: Client, claim: Claim) -> None:
        text = desk.get(self.url(claim)).content.decode()
        assert "They prove what the record tells, and go into the packet page by page." in text
        assert "so that they are at hand and never leave by mistake." in text

    def test_a_letter_is_kept_apart_and_a_copy_sent_along_by_choice(self, desk: Client, claim: Claim) -> None:
        add = f"{reverse('evidence_add', args=[claim.pk])}?kind=payer_letter"
        assert "goes into no packet, unless somebody sends a copy along" in desk.get(add).content.decode()
        file = SimpleUploadedFile("letter.pdf", papers.scanned(1, "Letter"))
        values = {"kind": "payer_letter", "title": "", "dated_on": "2026-11-06", "came_from": "Shore Dental"}
        text = post(desk, add, file=file, **values).content.decode()
        assert "is kept among what the payer sent: 1 page." in text
        assert "From <bdi>Shore Dental</bdi>" in text
        row = claim.evidence.get()  # type: ignore[attr-defined]
        shown = desk.get(reverse("evidence_preview", args=[row.pk]))
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
        along = reverse("evidence_along", args=[claim.pk])
        text = post(desk, along, source=f"evidence:{row.pk}").content.decode()
        assert "A copy is among what is to be sent." in text
        twice = post(desk, along, source=f"evidence:{row.pk}")
        assert twice.status_code == 422
        assert "lies on the shelf already" in twice.content.decode()
        for source in ("other:1", "other:x", "check:9", ""):
            assert post(desk, along, source=source).status_code == 409

    def test_what_the_payer_sent_is_not_for_a_clinician(self, desk: Client, biller: User, claim: Claim) -> None:
        values = {"kind": "payer_letter", "title": "Letter", "dated_on": f.SERVICE_DATE}
        row, _ = evidence.add_evidence(claim, values, papers.scanned(1, "Letter"), by=biller, at=f.AT)
        sent = f.evidence(claim=claim, by=biller, data=papers.scanned(1, "Report"))
        other = Client()
        other.force_login(f.user(role="clinician"))
        for name in ("evidence_file", "evidence_preview"):
            assert desk.get(reverse(name, args=[row.pk])).status_code == 200
            assert other.get(reverse(name, args=[row.pk])).status_code == 403
            assert other.get(reverse(name, args=[sent.pk])).status_code == 200

    def test_what_is_added_as_the_payers_stays_whatever_kind_is_chosen(self, desk: Client, claim: Claim) -> None:
        add = f"{reverse('evidence_add', args=[claim.pk])}?kind=payer_letter"
        file = SimpleUploadedFile("letter.pdf", papers.scanned(1, "Letter"))
        post(desk, add, file=file, kind="authorization", title="", dated_on="2026-11-06", came_from="")
        assert claim.evidence.get().side == "payer"  # type: ignore[attr-defined]

    def test_a_document_is_replaced_and_both_are_named(self, desk: Client, biller: User, claim: Claim) -> None:
        row = f.evidence(claim=claim, by=biller, data=papers.scanned(1), title="Crooked")
        url = reverse("evidence_replace", args=[row.pk])
        assert "takes the place of “Crooked”" in desk.get(url).content.decode()
        file = SimpleUploadedFile("better.pdf", papers.scanned(1, "Straight"))
        values = {"kind": "prior_imaging", "title": "Straight", "dated_on": "2026-11-05"}
        text = post(desk, url, file=file, **values).content.decode()
        assert "The one before was taken off; it can be put back." in text
        assert "Put back" in text
