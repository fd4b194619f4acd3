"""The narrative on the screen, with its receipts, and a medical claim on CMS-1500 stock."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from claims.models import Claim
from claims.packet.narrative import brief, compose
from claims.queries.claims import facts_of
from claims.services.packets import seal_packet
from claims.services.preparation import start_claim
from documentation.models import AuditEvent
from tests import factories
from tests.claims.views.conftest import Person


@pytest.fixture
def claim(biller) -> Claim:
    return factories.claim_at(by=biller.user, preparation="ready")


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("&nbsp;", " ").split())


def test_every_sentence_stands_with_a_receipt_that_opens_its_proof(biller, claim) -> None:
    page = biller.get(f"/claims/{claim}/narrative/").content.decode()
    record = f"/encounters/{claim.encounter}/"
    record_page = biller.get(record).content.decode()
    targets = set(re.findall(rf'href="{record}#([\w-]+)"', page))
    assert {"part-justification", "part-specifics", "figure-1"} <= targets
    for target in targets:
        assert f'id="{target}"' in record_page, target
    assert page.count('class="receipt"') >= len(compose(facts_of(claim)))


def test_both_short_forms_are_shown_with_their_counters(biller, claim) -> None:
    page = text_of(biller.get(f"/claims/{claim}/narrative/").content.decode())
    facts = facts_of(claim)
    for limit in (80, 400):
        assert brief(facts, limit) in page.replace("&#x27;", "'")
        assert f"{len(brief(facts, limit))} of {limit}" in page


def test_after_sealing_the_receipts_lead_to_pages_of_the_packet(biller, claim) -> None:
    assert "#page-" not in biller.get(f"/claims/{claim}/narrative/").content.decode()
    packet = seal_packet(claim, by=biller.user, at=factories.AT)
    page = biller.get(f"/claims/{claim}/narrative/").content.decode()
    assert f'href="/packets/{packet}/#page-' in page
    shown = biller.get(f"/packets/{packet}/").content.decode()
    assert "What is in it, and why" in shown
    assert "Says why the examination was needed" in shown
    assert "Left out" in shown


def test_who_may_not_see_packets_sees_no_narrative(claim) -> None:
    assert Person("assistant").get(f"/claims/{claim}/narrative/").status_code == 403


def test_looking_at_the_narrative_is_written_down(biller, claim) -> None:
    biller.get(f"/claims/{claim}/narrative/")
    assert AuditEvent.objects.filter(action="claim.view", detail__contains="narrative").count() == 1


class TestStock:
    @pytest.fixture
    def medical(self, biller) -> Claim:
        record = factories.signed_encounter()
        payer = factories.medical_payer(by=biller.user)
        plan = factories.coverage(person=record.patient, with_payer=payer, by=biller.user)
        return start_claim(record, plan, by=biller.user, at=factories.AT, fee=Decimal("850.00"))

    def test_a_medical_claim_is_printed_box_by_box(self, biller, medical) -> None:
        assert f"/claims/{medical}/cms1500/" in biller.get(f"/claims/{medical}/").content.decode()
        page = text_of(biller.get(f"/claims/{medical}/cms1500/").content.decode())
        assert "What is printed" in page
        assert "Signature on file".upper() in page
        answer = biller.get(f"/claims/{medical}/cms1500/pdf/")
        assert answer["Content-Disposition"] == f'attachment; filename="{medical}-cms1500.pdf"'
        assert answer.content.startswith(b"%PDF")
        assert AuditEvent.objects.filter(action="claim.stock_pdf").count() == 1

    def test_a_dental_claim_is_told_why_it_has_none(self, biller, claim) -> None:
        page = biller.get(f"/claims/{claim}/cms1500/").content.decode()
        assert "Only a medical claim goes on the CMS-1500." in page
        assert biller.get(f"/claims/{claim}/cms1500/pdf/")["Location"] == f"/claims/{claim}/cms1500/"
        assert "cms1500" not in biller.get(f"/claims/{claim}/").content.decode()

    def test_the_offset_is_kept_for_the_workplace_and_holds_two_numbers(self, biller, claim) -> None:
        answer = biller.post(f"/claims/{claim}/cms1500/", {"right": "1.5", "down": "-2"})
        assert answer.status_code == 302
        kept = answer.cookies["stock_offset"]
        assert (kept.value, kept["httponly"], kept["samesite"]) == ("1.5,-2", True, "Strict")
        assert 'value="1.5"' in biller.get(f"/claims/{claim}/cms1500/").content.decode()

    @pytest.mark.parametrize(
        "given", [{"right": "40", "down": "0"}, {"right": "x", "down": "0"}, {"right": "0.3", "down": "0"}]
    )
    def test_an_offset_beyond_the_sheet_is_refused(self, biller, claim, given) -> None:
        answer = biller.post(f"/claims/{claim}/cms1500/", given)
        assert answer.status_code == 422
        assert "stock_offset" not in answer.cookies

    def test_a_damaged_cookie_counts_as_no_offset(self, biller, claim) -> None:
        biller.client.cookies["stock_offset"] = "nonsense"
        assert biller.get(f"/claims/{claim}/cms1500/").status_code == 200

    def test_the_alignment_page_is_a_pdf(self, biller) -> None:
        answer = biller.get("/cms1500/alignment/")
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
