"""Before an appeal is sealed it is said whether anything of it is new to the payer, and a reason is asked where not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.models import Appeal, Claim, Evidence
from claims.packet.letter import Letter
from claims.queries import appeals as found
from claims.queries.letters import facts_of
from claims.queries.proofs import CANNOT_COMPARE, NOTHING_NEW, Proofs, proofs_of
from claims.services import appeals, evidence, letters, submissions, supplements
from documentation.kernel.machine import Refused
from documentation.models import User
from documentation.services import files, signing
from tests import factories as f
from tests.claims import papers

pytestmark = pytest.mark.django_db
SENT: dict[str, Any] = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-1"}
LATER = f.AT + timedelta(days=20)
DECIDED = f.TODAY + timedelta(days=20)


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def claim(biller: User) -> Claim:
    """Sent with a report on its shelf, and denied."""
    row: Claim = f.claim_at(by=biller, preparation="ready")
    f.evidence(claim=row, by=biller, data=papers.scanned(1, "Report"), title="Report")
    packet = f.sealed_packet(by=biller, claim=row)
    f.submission(by=biller, claim=row)
    f.denial(by=biller, claim=row, packet=packet)
    row.refresh_from_db()
    return row


@pytest.fixture
def appeal(claim: Claim, biller: User) -> Appeal:
    return appeals.open_appeal(claim.denials.get(), by=biller, at=f.AT)  # type: ignore[attr-defined]


def letter_of(appeal: Appeal) -> Letter:
    return letters.letter_of(appeal, today=f.TODAY)


def seen(appeal: Appeal) -> Proofs:
    row = found.with_everything().get(pk=appeal.pk)
    return proofs_of(row, letter_of(row), today=f.TODAY)


def test_nothing_new_needs_a_reason_that_stands_in_the_history(appeal: Appeal, biller: User) -> None:
    proofs = seen(appeal)
    assert (proofs.news.sentence, proofs.needs_reason) == (NOTHING_NEW, True)
    for said in ("", "  no ", "\u200b" * 9, "\u200bno\u200b\u200b\u200b"):
        with pytest.raises(Refused, match="Nothing is new: the payer has seen all of this") as caught:
            letters.seal(appeal, although=said, by=biller, at=f.AT)
        assert "say why" in caught.value.reasons[0]
    letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT)
    assert not seen(appeal).needs_reason
    told = [entry["what"] for entry in found.history(appeal)]
    assert f"Packet sealed although nothing of it was new: {f.OVERLOOKED}" in told


def test_a_document_is_new_once_and_the_same_one_renamed_is_not(claim: Claim, appeal: Appeal, biller: User) -> None:
    row = claim.evidence.get()  # type: ignore[attr-defined]
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "Second look"), title="Second look")
    assert seen(appeal).news.fresh.documents == ("Second look",)
    # What was sent, as it came and as it was cleaned, under another name.
    for data in (files.read(row.original), files.read(row.file)):
        with pytest.raises(ValidationError, match="on the shelf already, as “Report”"):
            f.evidence(claim=claim, by=biller, data=data, title="Quite another report")
    Evidence.objects.filter(pk=row.pk).update(removed_at=f.AT, removed_by=biller)
    f.evidence(claim=claim, by=biller, data=files.read(row.file), title="Quite another report", kind="prior_care")
    assert seen(appeal).news.fresh.documents == ("Second look",)
    letters.seal(appeal, by=biller, at=f.AT)
    sealed = seen(appeal)
    assert (sealed.news.fresh.documents, sealed.news.sentence, sealed.changed) == (("Second look",), "", ())


def test_an_addendum_is_new_and_so_is_what_a_person_writes_but_not_the_draft(
    claim: Claim, appeal: Appeal, biller: User
) -> None:
    own = "Figure 2 was in your hands since November 6."
    appeals.save_letter(appeal, f"{letter_of(appeal).text}\n\n{own}", by=biller, at=f.AT, seen=appeal.revision)
    proofs = seen(appeal)
    assert (proofs.news.fresh.words, proofs.needs_reason) == ((own,), False)
    assert "Only words of the letter are new" in proofs.news.sentence
    signing.add(claim.encounter, "The stone was sent in.", by=claim.encounter.clinician.user, at=f.AT)
    assert seen(appeal).news.fresh.statements == (("Addendum", "The stone was sent in."),)
    assert seen(appeal).news.sentence == ""


def test_a_supplement_that_left_before_the_no_was_seen_and_one_that_left_after_is_new(
    claim: Claim, appeal: Appeal, biller: User
) -> None:
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "New"), title="New")
    made = supplements.seal_supplement(claim, "The payer asked for it.", by=biller, at=f.AT)
    supplements.send_supplement(made, dict(SENT), by=biller, at=f.AT)
    assert seen(appeal).needs_reason
    denial = appeal.denial
    denial.denied_on = f.TODAY - timedelta(days=1)
    denial.save()
    assert seen(appeal).news.fresh.documents == ("New",)


def test_the_second_level_is_compared_with_the_first_appeal_too(claim: Claim, appeal: Appeal, biller: User) -> None:
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "New"), title="New")
    letters.seal(appeal, by=biller, at=f.AT)
    submissions.send_appeal(appeal, dict(SENT), by=biller, at=f.AT)
    appeals.decide(appeal, {"outcome": "upheld", "decided_on": DECIDED}, by=biller, at=LATER)
    second = appeals.open_appeal(claim.denials.get(), by=biller, at=LATER)  # type: ignore[attr-defined]
    proofs = seen(second)
    first = claim.packets.get(kind="claim")  # type: ignore[attr-defined]
    assert [p.pk for p in proofs.news.packets] == [first.pk, appeal.packet.pk]  # type: ignore[union-attr]
    assert (proofs.news.sentence, proofs.needs_reason) == (NOTHING_NEW, True)
    assert seen(appeal).news.fresh.documents == ("New",), "the first one stays what it was"


def test_an_appeal_before_that_got_no_answer_was_seen_too(claim: Claim, appeal: Appeal, biller: User) -> None:
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "New"), title="New")
    letters.seal(appeal, by=biller, at=f.AT)
    later = f.AT + timedelta(days=2)
    submissions.send_appeal(appeal, SENT | {"sent_on": later.date()}, by=biller, at=later)
    second = appeals.open_appeal(claim.denials.get(), by=biller, at=LATER, because="No answer came.")  # type: ignore[attr-defined]
    assert second.level == appeal.level + 1
    assert appeal.packet in seen(second).news.packets
    assert seen(second).news.fresh.documents == ()


def test_a_claim_that_left_without_a_sealed_packet_cannot_be_compared_and_is_not_held_up(biller: User) -> None:
    denial = f.denial(by=biller, claim=f.claim_at(by=biller, preparation="ready"))
    appeal = appeals.open_appeal(denial, by=biller, at=f.AT)
    proofs = seen(appeal)
    assert (proofs.news.sentence, proofs.needs_reason) == (CANNOT_COMPARE, False)
    letters.seal(appeal, by=biller, at=f.AT)
    assert seen(appeal).news.sentence == CANNOT_COMPARE


def test_documents_that_are_otherwise_since_sealing_are_named_before_sending(
    claim: Claim, appeal: Appeal, biller: User
) -> None:
    wrong = f.evidence(claim=claim, by=biller, data=papers.scanned(1, "Wrong"), title="Wrong")
    letters.seal(appeal, by=biller, at=f.AT)
    assert seen(appeal).changed == ()
    evidence.remove_evidence(wrong, by=biller, at=f.AT)
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "Right"), title="Right")
    assert seen(appeal).changed == (
        "“Wrong” is in the sealed packet and was taken off the shelf since.",
        "“Right” was added after sealing, so it is not in the packet.",
    )
    with pytest.raises(Refused):
        submissions.send_appeal(appeal, dict(SENT), by=biller, at=f.AT)


def test_the_checklist_names_the_page_of_the_sealed_packet(claim: Claim, appeal: Appeal, biller: User) -> None:
    def row(key: str) -> Any:
        return next(r for r in seen(appeal).rows if r.item.key == key)

    assert row("images").places[0].text.startswith("In the packet: Key figure")
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "Care"), title="Care", kind="prior_care")
    letters.seal(appeal, by=biller, at=f.AT)
    shown = row("prior_imaging") if appeal.denial.cause == "images" else row("images")
    assert shown.places[0].packet == appeal.packet_id
    assert shown.places[0].page > 1
    assert facts_of(appeal, today=f.TODAY).denial.cause == "images"
