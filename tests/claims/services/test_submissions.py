"""Sending: what went out, with its proof or the reason why there is none; and it stays what it was."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import DatabaseError

from claims.conditions.condition import Clause, Group
from claims.models import Claim, Packet, Submission
from claims.queries.billing import worded
from claims.queries.filing import filing_of_claim
from claims.services import submissions
from claims.services.rules import adopt_proposal
from claims.workflow import ClaimWord
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, StoredFile, User
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db
SENT_ON = f.TODAY
AT = f.AT
VALUES: dict[str, Any] = {
    "channel": "portal",
    "sent_on": SENT_ON,
    "proof": "receipt",
    "proof_reference": "R-1",
}


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def claim() -> Claim:
    """A ready claim with its sealed packet."""
    return packed()


def packed() -> Claim:
    row: Claim = f.claim_at(preparation="ready")
    answered.packet(row)
    return row


def errors(caught: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return caught.value.message_dict


class TestSending:
    def test_it_remembers_packet_channel_day_and_proof(self, claim: Claim, biller: User) -> None:
        packet = claim.packets.get()
        sending = submissions.submit(claim, dict(VALUES), by=biller, at=AT)
        claim.refresh_from_db()
        assert (claim.transport, claim.word) == ("sent", ClaimWord.SUBMITTED)
        assert (sending.packet, sending.sent_on, sending.channel) == (packet, SENT_ON, "portal")
        assert (sending.recorded_at, sending.recorded_by) == (AT, biller)
        assert claim.figures.submitted_on == SENT_ON
        event = AuditEvent.objects.latest("seq")
        assert (event.action, event.subject, event.patient) == ("claim.submit", claim.number, claim.encounter.patient)

    def test_the_control_number_is_the_packets_unless_another_was_given(self, claim: Claim, biller: User) -> None:
        assert (
            submissions.submit(claim, dict(VALUES), by=biller, at=AT).control_number
            == claim.packets.get().control_number
        )
        sending = submissions.submit(packed(), {**VALUES, "control_number": "NEA#12-3"}, by=biller, at=AT)
        assert sending.control_number == "NEA#12-3"

    def test_without_a_packet_of_the_claim_as_it_stands_nothing_leaves(self, biller: User) -> None:
        bare, changed = answered.claim(f.SERVICE_DATE), answered.claim(f.SERVICE_DATE)
        answered.packet(changed)
        Claim.objects.filter(pk=changed.pk).update(revision=changed.revision + 1)
        gone = "is no longer true: the claim changed after it was sealed. Build the packet of the claim again"
        for row, why in ((bare, "There is no sealed packet of this claim. Build the packet first"), (changed, gone)):
            with pytest.raises(Refused, match=why):
                submissions.submit(row, dict(VALUES), by=biller, at=AT)
            row.refresh_from_db()
            assert row.transport == "none"
        assert not Submission.objects.exists()

    def test_the_packet_of_an_appeal_is_no_packet_of_the_claim(self, biller: User) -> None:
        row = answered.claim(f.SERVICE_DATE)
        answered.packet(row, kind="appeal")
        with pytest.raises(Refused, match="Build the packet first"):
            submissions.submit(row, dict(VALUES), by=biller, at=AT)

    def test_a_rule_that_is_adopted_after_the_packet_was_sealed_stops_it_from_that_day_on(
        self, claim: Claim, biller: User
    ) -> None:
        manager, later = f.user(role="manager"), SENT_ON + timedelta(days=2)
        asked = Group("all", (Clause("claim.code", "is", "D0371"),)).as_data()
        words = {"title": "None", "message": "They take none now.", "fix": "Ask.", "field": "lines.code"}
        own = {**words, "cause": "coverage", "severity": "blocker", "condition": asked, "payers": []}
        adopt_proposal(own, "", day=later, by=manager, at=AT + timedelta(days=2))
        with pytest.raises(Refused, match="They take none now") as refused:
            submissions.submit(claim, {**VALUES, "sent_on": later}, by=biller, at=AT + timedelta(days=2))
        assert "build the packet again" in refused.value.reasons[0]
        left_before = submissions.submit(claim, dict(VALUES), by=biller, at=AT + timedelta(days=2))
        assert left_before.sent_on == SENT_ON

    def test_twice_is_not_possible(self, claim: Claim, biller: User) -> None:
        stale = Claim.objects.get(pk=claim.pk)
        submissions.submit(claim, dict(VALUES), by=biller, at=AT)
        for row in (claim, stale):
            with pytest.raises(NotPossible, match="sent now"):
                submissions.submit(row, dict(VALUES), by=biller, at=AT)
        assert claim.submissions.count() == 1

    @pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
    def test_only_billing_sends(self, claim: Claim, role: str) -> None:
        with pytest.raises(NotPermitted):
            submissions.submit(claim, dict(VALUES), by=f.user(role=role), at=AT)


class TestProof:
    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"proof": "none", "proof_reference": ""}, "no_proof_reason", "Say why there is no proof"),
            ({"proof_reference": ""}, "proof_reference", "number on the proof"),
            (
                {"channel": "fax", "proof": "fax_confirmation", "proof_reference": ""},
                "proof_reference",
                "number on the proof",
            ),
            ({"proof": "fax_confirmation"}, "proof", "proves nothing sent by payer portal"),
            ({"proof": ""}, "proof", ""),
            ({"proof": "promise"}, "proof", "not a valid choice"),
            ({"channel": "pigeon"}, "channel", "not a valid choice"),
            ({"channel": ""}, "channel", ""),
            ({"sent_on": None}, "sent_on", ""),
            ({"sent_on": SENT_ON + timedelta(days=1)}, "sent_on", "lies in the future"),
            ({"sent_on": date(2026, 11, 4)}, "sent_on", "cannot have been sent before"),
            ({"control_number": "9" * 51}, "control_number", "at most 50"),
        ],
    )
    def test_what_is_lacking_is_said_at_its_field_and_nothing_is_sent(
        self, claim: Claim, biller: User, changes: dict[str, Any], field: str, words: str
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            submissions.submit(claim, {**VALUES, **changes}, by=biller, at=AT)
        assert list(errors(caught)) == [field]
        assert words in errors(caught)[field][0]
        claim.refresh_from_db()
        assert (claim.transport, claim.submissions.count()) == ("none", 0)

    def test_a_reason_stands_for_the_proof(self, claim: Claim, biller: User) -> None:
        values = {**VALUES, "proof": "none", "proof_reference": "", "no_proof_reason": "The portal gave none."}
        assert submissions.submit(claim, values, by=biller, at=AT).no_proof_reason == "The portal gave none."

    def test_a_file_is_proof_enough(self, claim: Claim, biller: User) -> None:
        file = StoredFile.objects.create(sha256="a" * 64, path="a", size=1, media_type="application/pdf", stored_at=AT)
        values = {**VALUES, "proof_reference": "", "proof_file": file}
        assert submissions.submit(claim, values, by=biller, at=AT).proof_file == file

    def test_the_day_counts_at_the_location(self, claim: Claim, biller: User) -> None:
        """Ten at night in Seattle is the next day in UTC: what was sent that evening was sent that day."""
        evening = AT.replace(day=7, hour=6)
        with pytest.raises(ValidationError):
            submissions.submit(claim, {**VALUES, "sent_on": date(2026, 11, 7)}, by=biller, at=evening)
        assert submissions.submit(claim, {**VALUES, "sent_on": date(2026, 11, 6)}, by=biller, at=evening)


class TestAfterwards:
    def test_what_was_sent_stays_what_it_was(self, biller: User) -> None:
        """The sealed files, the row that tells of them, and the sending itself."""
        sending = f.submission(by=biller)
        packet, sums = sending.packet, (sending.packet.pdf.sha256, sending.packet.zip.sha256)
        submissions.reject(sending.claim, "Subscriber not found (A7:158).", by=biller, at=AT)
        claim = Claim.objects.get(pk=sending.claim_id)
        assert claim.word == ClaimWord.NEEDS_ATTENTION
        second = f.submission(by=biller, claim=f.sealed_packet(by=biller, claim=claim).claim)
        assert second.packet != packet
        assert second.control_number != sending.control_number
        kept = Packet.objects.get(pk=packet.pk)
        assert (kept.pdf.sha256, kept.zip.sha256) == sums
        assert [s.packet_id for s in claim.submissions.order_by("pk")] == [packet.pk, second.packet_id]

    @pytest.mark.parametrize(("model", "field"), [(Packet, "pages"), (Packet, "manifest"), (StoredFile, "sha256")])
    def test_the_database_keeps_it(self, claim: Claim, biller: User, model: Any, field: str) -> None:
        submissions.submit(claim, dict(VALUES), by=biller, at=AT)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**{field: "9"})

    def test_a_rejection_needs_its_reason_and_is_no_denial(self, claim: Claim, biller: User) -> None:
        submissions.submit(claim, dict(VALUES), by=biller, at=AT)
        with pytest.raises(ValidationError, match="Say what"):
            submissions.reject(claim, "  ", by=biller, at=AT)
        submissions.accept(claim, by=biller, at=AT)
        submissions.reject(claim, "Provider not on file.", by=biller, at=AT)
        claim.refresh_from_db()
        assert (claim.transport, claim.adjudication, claim.denials.count()) == ("rejected", "none", 0)
        assert not claim.figures.initially_denied

    def test_a_proof_of_a_sending_that_came_back_says_nothing_of_the_next_one(self, claim: Claim, biller: User) -> None:
        first = submissions.submit(claim, dict(VALUES), by=biller, at=AT)
        submissions.reject(claim, "Subscriber not found (A7:158).", by=biller, at=AT)
        answered.packet(Claim.objects.get(pk=claim.pk))
        second = submissions.submit(claim, dict(VALUES), by=biller, at=AT)
        taken_in = {"kind": "277ca", "received_on": SENT_ON}
        submissions.prove(first, {**taken_in, "reference": "N1"}, by=biller, at=AT)
        claim.refresh_from_db()
        assert claim.transport == "sent"
        assert filing_of_claim(worded().get(pk=claim.pk), SENT_ON).proof == ""
        submissions.prove(second, {**taken_in, "reference": "N2"}, by=biller, at=AT)
        claim.refresh_from_db()
        assert claim.transport == "accepted"
        submissions.prove(first, {**taken_in, "reference": "N3"}, by=biller, at=AT)
        assert filing_of_claim(worded().get(pk=claim.pk), SENT_ON).proof.endswith("N2")

    def test_what_was_not_sent_cannot_come_back(self, claim: Claim, biller: User) -> None:
        for act in (submissions.accept, lambda c, **k: submissions.reject(c, "why", **k)):
            with pytest.raises(NotPossible):
                act(claim, by=biller, at=AT)


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_send_it_once() -> None:
    biller = f.user(role="biller")
    claim = packed()
    start, outcomes = threading.Barrier(2), []

    def work() -> None:
        try:
            mine = Claim.objects.get(pk=claim.pk)
            start.wait()
            submissions.submit(mine, dict(VALUES), by=biller, at=AT)
            outcomes.append("sent")
        except NotPossible:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "sent"]
    assert Submission.objects.count() == 1
