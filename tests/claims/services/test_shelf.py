"""What moves on the shelf: a better copy, a copy of what the payer sent, a document of the visit's other claim."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from claims.models import Claim, Denial, FilingProof, Remittance, RemittanceClaim, Submission
from claims.models.submissions import FILING_PROOFS
from claims.queries.claims import facts_of
from claims.queries.enclosed import documents_of_each
from claims.queries.evidence import elsewhere, received_of, shelf_of, taken_off
from claims.services import evidence, preparation, shelf, submissions
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent, StoredFile, User
from documentation.services import files
from tests import factories as f
from tests.claims import papers

pytestmark = pytest.mark.django_db
LETTER = {"kind": "payer_letter", "title": "Letter of November 6", "dated_on": f.TODAY, "came_from": "Shore Dental"}


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def claim(biller: User) -> Claim:
    row: Claim = f.claim_at(by=biller)
    return row


def sent(biller: User, proof: StoredFile | None = None) -> Submission:
    """A claim of a patient of its own, sent."""
    row = f.claim_at(by=biller, preparation="ready")
    f.sealed_packet(by=biller, claim=row)
    values = {
        "channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-1", "proof_file": proof,
    }  # fmt: skip
    return submissions.submit(row, values, by=biller, at=f.AT)


def going_along(claim: Claim) -> list[str]:
    return [d.title for d in documents_of_each({claim.pk: facts_of(claim)}, [claim])[claim.pk]]


def test_a_document_keeps_its_first_page_small_and_from_whom_it_came(claim: Claim, biller: User) -> None:
    row = f.evidence(claim=claim, by=biller, data=papers.scanned(2), came_from="Dr. Green")
    assert (row.side, row.came_from) == ("send", "Dr. Green")
    assert files.read(row.preview).startswith(b"\xff\xd8\xff")
    assert row.preview.size < 60_000


def test_a_letter_of_the_payer_stays_until_a_person_sends_a_copy_along(claim: Claim, biller: User) -> None:
    before = claim.revision
    row, _ = evidence.add_evidence(claim, LETTER, papers.scanned(1, "Letter"), by=biller, at=f.AT)
    claim.refresh_from_db()
    assert (row.side, claim.revision, shelf_of(claim), going_along(claim)) == ("payer", before, [], [])
    (found,) = received_of(claim)
    assert (found.source, found.is_chosen, found.came_from) == (f"evidence:{row.pk}", False, "Shore Dental")
    copy = shelf.send_along(claim, found.source, by=biller, at=f.AT)
    claim.refresh_from_db()
    assert (copy.side, copy.file, claim.revision) == ("send", row.file, before + 1)
    assert going_along(claim) == ["Letter of November 6"]
    assert [r.is_chosen for r in received_of(claim)] == [True]
    with pytest.raises(ValidationError, match="on the shelf already, as “Letter of November 6”"):
        shelf.send_along(claim, found.source, by=biller, at=f.AT)
    evidence.remove_evidence(copy, by=biller, at=f.AT)
    assert (going_along(claim), [r.is_chosen for r in received_of(claim)]) == ([], [False])


def test_an_eob_on_paper_is_sent_along_only_where_it_tells_of_this_patient_alone(claim: Claim, biller: User) -> None:
    scan = files.keep(papers.scanned(1, "EOB"), media_type="application/pdf", at=f.AT)
    came = Remittance.objects.create(
        key="k1", source="eob", trace="T-1", paid_on=f.TODAY, scan=scan, recorded_at=f.AT, recorded_by=biller
    )
    for position, about in ((1, claim), (2, None)):
        RemittanceClaim.objects.create(
            remittance=came, position=position, claim=about, charge=850, paid=0, patient_share=0
        )
    (found,) = received_of(claim)
    assert (found.title, found.check, found.kind) == ("EOB T-1", came.pk, "payer_eob")
    with pytest.raises(ValidationError, match="tells of other patients"):
        shelf.send_along(claim, found.source, by=biller, at=f.AT)
    came.answers.filter(claim=None).delete()
    assert shelf.send_along(claim, found.source, by=biller, at=f.AT).side == "send"
    for source in ("check:0", "evidence:1", "", "proof:x"):
        with pytest.raises(NotPossible, match="not among what the payer sent"):
            shelf.send_along(claim, source, by=biller, at=f.AT)


@pytest.mark.parametrize("way", ["answer", "sending", "proof"])
def test_what_came_for_another_patient_is_known_by_its_own_bytes_too(claim: Claim, biller: User, way: str) -> None:
    """Its clean copy may have been made otherwise, by an earlier release."""
    came = papers.scanned(1, "EOB")
    clean = files.keep(papers.scanned(1, "Otherwise"), media_type="application/pdf", at=f.AT)
    both = {"original": files.keep(came, media_type="application/pdf", at=f.AT)}
    other, recorded = sent(biller), {"recorded_at": f.AT, "recorded_by": biller}
    if way == "answer":
        check = Remittance.objects.create(key="k1", source="eob", paid_on=f.TODAY, scan=clean, **both, **recorded)
        RemittanceClaim.objects.create(
            remittance=check, position=1, claim=other.claim, charge=850, paid=0, patient_share=0
        )
    elif way == "proof":
        kind = FILING_PROOFS[0][0]
        FilingProof.objects.create(
            submission=other, kind=kind, received_on=f.TODAY, reference="R-1", file=clean, **both, **recorded
        )
    else:
        values = {"packet": other.packet, "channel": "portal", "sent_on": f.TODAY, "proof": "receipt"}
        Submission.objects.create(claim=other.claim, proof_file=clean, **values, **both, **recorded)
    with pytest.raises(ValidationError, match=r"another patient, too|other patients, too"):
        evidence.add_evidence(claim, LETTER, came, by=biller, at=f.AT)
    assert shelf_of(claim) == []


@pytest.mark.parametrize("way", ["sending", "proof"])
def test_a_proof_that_tells_of_another_patient_too_is_not_sent_along(biller: User, way: str) -> None:
    kept = files.keep(papers.scanned(1, "Fax"), media_type="application/pdf", at=f.AT)
    claim, other = sent(biller, kept).claim, sent(biller, kept if way == "sending" else None)
    (found,) = received_of(claim)
    assert found.can_leave
    if way == "proof":
        FilingProof.objects.create(
            submission=other, kind=FILING_PROOFS[0][0], received_on=f.TODAY, reference="R-1", file=kept,
            recorded_at=f.AT, recorded_by=biller,
        )  # fmt: skip
    with pytest.raises(ValidationError, match="proof of what was sent for another patient, too"):
        shelf.send_along(claim, found.source, by=biller, at=f.AT)
    assert shelf_of(claim) == []


def test_a_listing_without_pages_is_not_offered(biller: User) -> None:
    listing = files.keep(b"[]", media_type="application/json", at=f.AT)
    assert [r.can_leave for r in received_of(sent(biller, listing).claim)] == [False]


def test_a_better_copy_takes_the_place_and_the_first_can_be_put_back(claim: Claim, biller: User) -> None:
    row = f.evidence(claim=claim, by=biller, data=papers.scanned(1, "Crooked"))
    values = {"kind": "prior_imaging", "title": "Ultrasound", "dated_on": f.SERVICE_DATE}
    made, _ = shelf.replace_evidence(row, values, papers.scanned(1, "Straight"), by=biller, at=f.AT)
    assert (made.replaces, [i.row for i in shelf_of(claim)], taken_off(claim)) == (row, [made], [row])
    assert list(AuditEvent.objects.filter(action__startswith="evidence.").values_list("action", flat=True)) == [
        "evidence.add", "evidence.remove", "evidence.add",
    ]  # fmt: skip
    evidence.remove_evidence(made, by=biller, at=f.AT)
    evidence.restore_evidence(row, by=biller, at=f.AT)
    assert [i.row for i in shelf_of(claim)] == [row]
    with pytest.raises(NotPossible, match="taken off the shelf meanwhile"):
        shelf.replace_evidence(made, values, papers.scanned(1, "Late"), by=biller, at=f.AT)


@pytest.mark.parametrize("first,second", [("payer_letter", "prior_care"), ("prior_care", "payer_letter")])
def test_a_better_copy_does_not_change_sides(claim: Claim, biller: User, first: str, second: str) -> None:
    values = {"kind": first, "title": "One", "dated_on": f.SERVICE_DATE}
    row, _ = evidence.add_evidence(claim, values, papers.scanned(1, "One"), by=biller, at=f.AT)
    with pytest.raises(ValidationError, match="Choose a kind"):
        shelf.replace_evidence(row, {**values, "kind": second}, papers.scanned(1, "Two"), by=biller, at=f.AT)
    assert claim.evidence.get(removed_at=None) == row  # type: ignore[attr-defined]


def test_a_copy_sent_along_is_replaced_under_its_own_kind(claim: Claim, biller: User) -> None:
    row, _ = evidence.add_evidence(claim, LETTER, papers.scanned(1, "Letter"), by=biller, at=f.AT)
    copy = shelf.send_along(claim, f"evidence:{row.pk}", by=biller, at=f.AT)
    made, _ = shelf.replace_evidence(copy, LETTER, papers.scanned(1, "Straight"), by=biller, at=f.AT)
    assert made.side == "send"


def test_a_copy_that_cannot_be_read_leaves_the_first_where_it_is(claim: Claim, biller: User) -> None:
    row = f.evidence(claim=claim, by=biller, data=papers.scanned(1))
    values = {"kind": "prior_imaging", "title": "Ultrasound", "dated_on": f.SERVICE_DATE}
    before = StoredFile.objects.count()
    for data, said in ((b"%PDF-1.7 broken", "damaged"), (papers.scanned(1), "on the shelf already")):
        with pytest.raises(ValidationError, match=said):
            shelf.replace_evidence(row, values, data, by=biller, at=f.AT)
    assert ([i.row for i in shelf_of(claim)], StoredFile.objects.count()) == ([row], before)


def test_a_document_of_the_visit_s_other_claim_is_used_here_too(claim: Claim, biller: User) -> None:
    row = f.evidence(claim=claim, by=biller, data=papers.scanned(1), came_from="Dr. Green")
    plan = f.coverage(person=claim.encounter.patient, by=biller, priority=2, member_id="ZZ-22")
    other = preparation.start_claim(claim.encounter, plan, by=biller, at=f.AT, fee=claim.total)
    assert elsewhere(other) == [row]
    made = shelf.use_here(other, row.pk, by=biller, at=f.AT)
    assert (made.claim, made.file, made.title, made.came_from) == (other, row.file, row.title, "Dr. Green")
    assert (elsewhere(other), elsewhere(claim)) == ([], [])
    stranger = f.evidence(claim=f.claim_at(by=biller), by=biller, data=papers.scanned(1, "Stranger"))
    with pytest.raises(NotPossible, match="no other claim of the visit"):
        shelf.use_here(other, stranger.pk, by=biller, at=f.AT)


class TestWhatCannotBeHad:
    @pytest.fixture
    def denial(self, claim: Claim, biller: User) -> Denial:
        row: Denial = f.denial(by=biller, claim=claim)
        return row

    def test_it_is_said_with_a_reason_once_and_taken_back(self, denial: Denial, biller: User) -> None:
        made = shelf.mark_unobtainable(denial, "referral", " The office closed. ", by=biller, at=f.AT)
        assert made.reason == "The office closed."
        with pytest.raises(NotPossible, match="said already"):
            shelf.mark_unobtainable(denial, "referral", "The office closed.", by=biller, at=f.AT)
        for _ in range(2):
            shelf.lift_unobtainable(denial, "referral", by=biller, at=f.AT)
        assert not denial.unobtainable.filter(lifted_at=None).exists()  # type: ignore[attr-defined]
        shelf.mark_unobtainable(denial, "referral", "It burned.", by=biller, at=f.AT)
        told = AuditEvent.objects.filter(action__contains="obtainable").values_list("action", flat=True)
        assert list(told) == ["evidence.unobtainable", "evidence.obtainable", "evidence.unobtainable"]

    @pytest.mark.parametrize(
        "item,reason,kind,said",
        [
            ("referral", " no ", ValidationError, "Say why it cannot be had"),
            ("images", "We have none.", NotPossible, "nothing that could be marked"),
            ("unheard", "We have none.", NotPossible, "nothing that could be marked"),
        ],
    )
    def test_it_needs_a_reason_and_something_from_outside(
        self, denial: Denial, biller: User, item: str, reason: str, kind: Any, said: str
    ) -> None:
        with pytest.raises(kind, match=said):
            shelf.mark_unobtainable(denial, item, reason, by=biller, at=f.AT)

    def test_not_of_a_denial_that_is_settled_and_not_by_everybody(self, denial: Denial, biller: User) -> None:
        with pytest.raises(NotPermitted):
            shelf.mark_unobtainable(denial, "referral", "It burned.", by=f.user(role="assistant"), at=f.AT)
        shelf.mark_unobtainable(denial, "referral", "It burned.", by=biller, at=f.AT)
        Denial.objects.filter(pk=denial.pk).update(status="resolved")
        with pytest.raises(NotPossible, match="settled"):
            shelf.lift_unobtainable(denial, "referral", by=biller, at=f.AT)

    def test_the_words_stay_as_they_were(self, denial: Denial, biller: User) -> None:
        shelf.mark_unobtainable(denial, "referral", "It burned.", by=biller, at=f.AT)
        shelf.lift_unobtainable(denial, "referral", by=biller, at=f.AT)
        for change in ({"reason": "Other."}, {"lifted_at": None}):
            with pytest.raises(DatabaseError), transaction.atomic():
                denial.unobtainable.update(**change)  # type: ignore[attr-defined]
