"""What comes back before any payer decides, on claims that were written electronically."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import (
    Acknowledgement,
    AcknowledgementFile,
    Claim,
    Denial,
    FilingProof,
    TransmittedClaim,
)
from claims.queries.worklists import queued
from claims.services.acknowledgements import import_acknowledgement, packet_of
from claims.services.closing import void
from claims.services.coverage import save_coverage
from claims.services.packets import seal_packet
from claims.services.preparation import back_to_draft
from claims.services.submissions import submit
from claims.services.transmissions import Written, write_claims
from documentation.kernel.machine import NotPermitted, Refused
from documentation.kernel.permissions import Role
from documentation.models import User
from tests import factories as f

pytestmark = pytest.mark.django_db
SAMPLE = (Path(__file__).parents[1] / "edi" / "samples" / "worked.277CA").read_text()


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


@pytest.fixture
def written(biller: User) -> Written:
    """A claim with its packet, written into a file; nobody recorded it as sent."""
    return write_claims([f.sealed_packet(by=biller).claim], by=biller, at=f.AT)


def claim_of(written: Written) -> Claim:
    return written.transmission.claims.get().claim


def status(written: Written, code: str = "A2:20:PR", action: str = "WQ") -> bytes:
    """A 277CA on the claim of that file."""
    batch = f"BATCH{written.transmission.interchange:06d}"
    text = SAMPLE.replace("TRN*2*BATCH000101", f"TRN*2*{batch}").replace("TRN*2*C000101", f"TRN*2*{claim_of(written)}")
    text = text.replace("STC*A2:20:PR*20261107*WQ", f"STC*{code}*20261106*{action}")
    return text.encode()


def syntax(written: Written, verdict: str, *, set_control: str = "0001") -> bytes:
    head = "ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261106*1100*^*00501*000006001*0*T*:~"
    group = written.transmission.interchange
    body = (
        f"GS*FA*99991*HARBORORAL*20261106*1100*6001*X*005010X231A1~ST*999*0001*005010X231A1~AK1*HC*{group}*005010X224A2~"
        f"AK2*837*{set_control}~IK3*CLM*22**8~IK4*2*782*1~IK5*{verdict}~AK9*{verdict}*1*1*1~SE*8*0001~"
    )
    return f"{head}{body}GE*1*6001~IEA*1*000006001~".encode()


def take(data: bytes, by: User, name: str = "answer.277"):  # type: ignore[no-untyped-def]
    return import_acknowledgement(data, name, by=by, at=f.AT)


def test_an_accepted_claim_is_sent_accepted_and_its_filing_is_proven(biller: User, written: Written) -> None:
    taken = take(status(written), biller)
    claim = claim_of(written)
    assert (taken.accepted, taken.rejected, taken.findings) == ([claim.number], [], [])
    assert claim.transport == "accepted"
    submission = claim.submissions.get()
    assert (submission.channel, submission.proof) == ("clearinghouse", "acknowledgement")
    proof = FilingProof.objects.get()
    assert (proof.kind, proof.received_on, proof.reference) == ("277ca", f.TODAY, "26334D000777")
    answer = Acknowledgement.objects.get(outcome="accepted")
    assert (answer.sent.claim, answer.payer_control) == (claim, "26334D000777")


def test_a_claim_recorded_as_sent_by_a_person_is_not_sent_twice(biller: User, written: Written) -> None:
    values = {"channel": "clearinghouse", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R1"}
    submit(claim_of(written), values, by=biller, at=f.AT)
    take(status(written), biller)
    claim = claim_of(written)
    assert (claim.transport, claim.submissions.count()) == ("accepted", 1)


def test_a_rejection_is_no_denial_and_waits_in_its_own_queue(biller: User, written: Written) -> None:
    taken = take(status(written, "A7:562:85", "U"), biller)
    claim = claim_of(written)
    assert (taken.accepted, taken.rejected) == ([], [claim.number])
    assert (claim.transport, claim.adjudication, claim.word) == ("rejected", "none", "needs_attention")
    assert not Denial.objects.exists()
    assert queued().get(pk=claim.pk).queue == "rejected"
    (answer,) = Acknowledgement.objects.filter(outcome="rejected")
    assert answer.reasons == ["Rejected, something is wrong: the NPI of the billing provider (A7:562:85)."]


def test_a_rejected_claim_is_written_again_and_its_old_answer_changes_nothing(biller: User, written: Written) -> None:
    take(status(written, "A7:562:85", "U"), biller)
    claim = claim_of(written)
    f.sealed_packet(claim=claim, by=biller)
    again = write_claims([claim], by=biller, at=f.AT)
    assert b"CLM*" + f"{claim}R2*".encode() in again.data
    late = take(status(written, "A3:21", "U"), biller)
    assert "written again since" in late.findings[0].message
    assert Claim.objects.get(pk=claim.pk).transport == "rejected"
    assert claim.submissions.count() == 1


def test_an_answer_to_a_test_is_kept_and_changes_nothing_of_a_real_practice(
    biller: User, written: Written, settings: object
) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    assert written.transmission.is_test
    taken = take(status(written, "A7:562:85", "U"), biller)
    claim = claim_of(written)
    assert "The file was a test" in taken.findings[0].message
    assert (claim.transport, claim.submissions.count()) == ("none", 0)
    assert Acknowledgement.objects.filter(outcome="rejected").exists()


def test_a_test_between_keeps_no_real_answer_away(biller: User, written: Written, settings: object) -> None:
    settings.PRODUCTION, settings.EDI_TEST = True, False  # type: ignore[attr-defined]
    claim = claim_of(written)
    real = write_claims([claim], by=biller, at=f.AT)
    settings.EDI_TEST = True  # type: ignore[attr-defined]
    write_claims([claim], again="another try", by=biller, at=f.AT)
    text = status(real).decode().replace(f"TRN*2*{claim}", f"TRN*2*{claim}R2")
    assert take(text.encode(), biller).findings == []
    assert claim_of(written).transport == "accepted"


def test_the_same_file_again_changes_nothing(biller: User, written: Written) -> None:
    first, second = take(status(written), biller), take(status(written), biller, "copy.277")
    assert (second.already, second.accepted) == (True, first.accepted)
    assert (AcknowledgementFile.objects.count(), FilingProof.objects.count()) == (1, 1)


def test_a_999_proves_that_the_file_arrived_and_no_more(biller: User, written: Written) -> None:
    taken = take(syntax(written, "A"), biller, "a.999")
    claim = claim_of(written)
    assert taken.accepted == [claim.number]
    assert claim.transport == "sent"
    assert FilingProof.objects.get().kind == "999"
    take(status(written), biller)
    assert claim_of(written).transport == "accepted"
    assert FilingProof.objects.count() == 2


def test_a_rejecting_999_rejects_each_claim_of_the_set(biller: User) -> None:
    claims = [f.sealed_packet(by=biller).claim for _ in range(2)]
    written = write_claims(claims, by=biller, at=f.AT)
    taken = take(syntax(written, "R"), biller, "r.999")
    assert taken.rejected == [c.number for c in claims]
    assert {c.transport for c in Claim.objects.all()} == {"rejected"}


def test_errors_that_do_not_reject_are_kept_with_the_acceptance(biller: User, written: Written) -> None:
    taken = take(syntax(written, "E"), biller, "e.999")
    assert taken.accepted == [claim_of(written).number]
    row = Acknowledgement.objects.get()
    assert row.outcome == "accepted_with_errors"
    assert row.reasons == ["Segment CLM at 22, element 2: it is missing (1)."]


def test_a_ta1_rejects_the_whole_file(biller: User, written: Written) -> None:
    head = "ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261106*1100*^*00501*000006002*0*T*:~"
    control = f"{written.transmission.interchange:09d}"
    taken = take(f"{head}TA1*{control}*261106*1000*R*025~IEA*0*000006002~".encode(), biller, "a.ta1")
    assert (taken.file.kind, taken.rejected) == ("TA1", [claim_of(written).number])
    assert claim_of(written).transport == "rejected"


def test_answers_to_what_was_not_sent_from_here_are_told_with_their_place(biller: User) -> None:
    taken = take(SAMPLE.encode(), biller)
    assert (taken.accepted, taken.rejected) == ([], [])
    (finding,) = taken.findings
    assert finding.segment == 24
    assert "C000101" in finding.message


def test_an_answer_on_a_claim_that_cannot_be_recorded_as_sent_is_kept_and_told(biller: User) -> None:
    claim = f.sealed_packet(by=biller).claim
    written = write_claims([claim], by=biller, at=f.AT)
    back_to_draft(claim, by=biller, at=f.AT)  # the packet is no longer of the claim as it stands
    taken = take(status(written), biller)
    assert taken.accepted == [claim.number]
    assert "changed after it was written into that file" in taken.findings[0].message
    assert Claim.objects.get(pk=claim.pk).transport == "none"
    assert Acknowledgement.objects.filter(outcome="accepted").exists()


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=1)])
def test_what_answers_a_file_is_recorded_with_the_packet_that_went_with_it(
    biller: User, written: Written, later: timedelta
) -> None:
    claim = claim_of(written)
    first = claim.packets.get()
    save_coverage(claim.coverage.patient, claim.coverage, {"member_id": "NEW-4711"}, by=biller, at=f.AT)
    second = seal_packet(Claim.objects.get(pk=claim.pk), by=biller, at=f.AT + later)
    assert second != first
    taken = import_acknowledgement(status(written), "answer.277", by=biller, at=f.AT + later)
    assert (taken.accepted, taken.findings) == ([claim.number], [])
    sent = claim.submissions.get()
    assert (sent.packet, sent.control_number, sent.sent_on) == (first, first.control_number, f.TODAY)
    assert FilingProof.objects.get().submission == sent
    assert claim_of(written).transport == "accepted"


def test_an_answer_proves_no_other_packet_that_was_recorded_as_sent(biller: User, written: Written) -> None:
    claim = claim_of(written)
    second = seal_packet(claim, by=biller, at=f.AT)
    values = {"channel": "clearinghouse", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R1"}
    submit(claim, values, by=biller, at=f.AT)
    taken = take(status(written), biller)
    assert f"is recorded as sent with packet {second}" in taken.findings[0].message
    assert not FilingProof.objects.exists()


def test_a_file_that_kept_no_packet_is_answered_by_the_last_one_sealed_before_it(
    biller: User, written: Written
) -> None:
    sent = written.transmission.claims.get()
    first = sent.packet
    seal_packet(sent.claim, by=biller, at=f.AT + timedelta(hours=1))
    sent.packet = None  # as one that was written by an earlier version
    assert packet_of(sent) == first


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"ISA*00*", b"\x00" * 500])
def test_what_is_no_acknowledgement_is_refused_in_words(biller: User, data: bytes) -> None:
    with pytest.raises(Refused, match="holds no acknowledgement"):
        take(data, biller)
    assert not AcknowledgementFile.objects.exists()


def test_a_file_cut_anywhere_rejects_nothing_by_itself(biller: User, written: Written) -> None:
    whole = syntax(written, "R")
    cut = whole[: whole.index(b"IK5")]
    with pytest.raises(Refused, match="no answer follows"):
        take(cut, biller)
    assert claim_of(written).transport == "none"
    assert TransmittedClaim.objects.count() == 1


def test_who_may_not_send_takes_nothing_in(written: Written) -> None:
    with pytest.raises(NotPermitted):
        take(status(written), f.user(role=Role.ASSISTANT))


def test_a_file_that_repeats_itself_is_answered_once(biller: User, written: Written) -> None:
    text = syntax(written, "R").decode()
    one = text[text.index("AK2*") : text.index("AK9*")]
    taken = take(text.replace(one, one * 300).encode(), biller)
    assert taken.rejected == [claim_of(written).number]
    assert Acknowledgement.objects.count() == 1


def test_a_hostile_answer_is_kept_clean_and_its_strangers_are_counted_out(biller: User, written: Written) -> None:
    strange = "".join(f"AK2*837*{n:04d}~IK5*R*5~" for n in range(5_000, 5_600))
    text = syntax(written, "R").decode().replace("AK9*", f"{strange}AK9*").replace("IK3*CLM", "IK3*C\x00LM" + "X" * 900)
    taken = take(text.encode(), biller)
    row = Acknowledgement.objects.get()
    assert "\x00" not in "".join(row.reasons)
    assert len(taken.findings) <= 200
    assert claim_of(written).transport == "rejected"


def of_provider(written: Written, *, npi: str | None = None) -> bytes:
    """A 277CA that rejects all claims of a provider and names none of them."""
    text = status(written).decode()
    text = text[: text.index("HL*4")].replace("STC*A1:19:PR**WQ", "STC*A3:24:85**U")
    text = text.replace("1234567893", npi or claim_of(written).encounter.location.npi)
    return f"{text}SE*20*0001~GE*1*6001~IEA*1*000006001~".encode()


def test_a_rejected_provider_rejects_its_claims_of_the_batch(biller: User, written: Written) -> None:
    taken = take(of_provider(written), biller)
    assert (taken.rejected, taken.findings) == ([claim_of(written).number], [])
    assert claim_of(written).transport == "rejected"


def test_a_rejected_provider_or_batch_that_is_none_of_ours_is_named(biller: User, written: Written) -> None:
    taken = take(of_provider(written, npi="1999999984"), biller)
    assert taken.rejected == []
    (finding,) = taken.findings
    for words in ("rejects all claims", "1999999984", "Sent back", "ask the clearinghouse"):
        assert words in finding.message
    assert claim_of(written).transport == "none"


def test_what_is_said_of_a_claim_by_itself_goes_before_what_is_said_of_its_batch(
    biller: User, written: Written
) -> None:
    text = status(written).decode().replace("STC*A1:19:PR**WQ", "STC*A3:24:85**U")
    assert take(text.encode(), biller).accepted == [claim_of(written).number]
    assert claim_of(written).transport == "accepted"


def test_a_void_that_is_rejected_says_that_the_payer_still_holds_the_claim(biller: User, written: Written) -> None:
    take(status(written), biller)
    claim = claim_of(written)
    void(claim, "wrong patient", "electronically", by=biller, at=f.AT)
    again = write_claims([claim], by=biller, at=f.AT)
    text = status(again, "A7:562:85", "U").decode().replace(f"TRN*2*{claim}", f"TRN*2*{claim}R2")
    taken = take(text.encode(), biller)
    assert "the payer still holds the claim" in taken.findings[0].message
    assert write_claims([claim], by=biller, at=f.AT).transmission.claims.get().purpose == "void"


def test_a_file_that_is_made_out_to_another_matches_nothing(biller: User, written: Written, settings: object) -> None:
    settings.EDI_SENDER = "SOMEBODY"  # type: ignore[attr-defined]
    taken = take(status(written), biller)
    (finding,) = taken.findings
    assert "made out to “HARBORORAL”, and we send as “SOMEBODY”" in finding.message
    assert (taken.accepted, claim_of(written).transport) == ([], "none")


def test_a_file_that_is_made_out_to_us_is_ours(biller: User, written: Written, settings: object) -> None:
    settings.EDI_SENDER = "HarborOral"  # type: ignore[attr-defined]
    assert take(status(written), biller).accepted == [claim_of(written).number]


def test_an_answer_to_us_on_a_number_above_the_last_says_that_the_database_may_be_a_restored_one(
    biller: User, written: Written, settings: object
) -> None:
    settings.EDI_SENDER = "HARBORORAL"  # type: ignore[attr-defined]
    last = written.transmission.interchange
    text = syntax(written, "A").decode()
    above = text.replace(f"AK1*HC*{last}*", f"AK1*HC*{last + 7}*").encode()
    (said,) = [x.message for x in take(above, biller).findings if "EDI_NUMBERS_FROM" in x.message]
    assert f"set EDI_NUMBERS_FROM above {last + 7} before" in said
    below = text.replace(f"AK1*HC*{last}*", "AK1*HC*0*").encode()
    settings.EDI_SENDER = ""  # type: ignore[attr-defined]
    stranger = above.replace(b"6001", b"6002")
    for data in (below, stranger):
        assert not [x for x in take(data, biller).findings if "EDI_NUMBERS_FROM" in x.message]


def test_all_claims_of_a_file_are_held_in_the_order_of_their_numbers(biller: User) -> None:
    claims = [f.sealed_packet(by=biller).claim for _ in range(2)]
    written = write_claims(claims[::-1], by=biller, at=f.AT)
    with CaptureQueriesContext(connection) as queries:
        take(syntax(written, "R"), biller)
    asked = [q["sql"] for q in queries]
    numbers, holding = 'SELECT "claims_claim"."id"', "FOR UPDATE" if connection.vendor == "postgresql" else ""
    in_order = (sql.startswith(numbers) and "ORDER BY 1 ASC" in sql and holding in sql for sql in asked)
    held = next(n for n, is_it in enumerate(in_order) if is_it)
    assert not [sql for sql in asked[:held] if sql.startswith('UPDATE "claims_claim"')]
    assert [sql for sql in asked[held:] if sql.startswith('UPDATE "claims_claim"')]
