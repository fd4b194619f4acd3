"""A claim that the payer decided is replaced by a corrected one; what the screen proposes, by its state."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from claims.among import ResentFacts
from claims.facts import ReplacedFacts
from claims.models import (
    Acknowledgement,
    AcknowledgementFile,
    Claim,
    Remittance,
    RemittanceClaim,
    Transmission,
    TransmittedClaim,
)
from claims.queries.billing import worded
from claims.queries.claims import facts_of
from claims.queries.filing import filing_of_claim
from claims.queries.narrowing import footing, weighed
from claims.queries.resending import proposal_for
from claims.queries.resent import payer_control_of
from claims.rules.filing import last_day, limit_is_firm
from claims.services.closing import void
from claims.services.correcting import correct
from claims.services.payers import record_fact
from claims.services.preparation import mark_ready
from claims.services.transmissions import write_claims
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


def decided(by: User, *, control: str = "26334D000777") -> Claim:
    """The reference claim, sent and left to the patient, under a number of the payer."""
    claim: Claim = f.submission(by=by).claim
    given = a.answer(claim, f.TODAY, "patient_share")
    if control:
        # Posted answers are locked, so the number comes by the acknowledgement.
        file = claim.packets.get().pdf
        sent = Transmission.objects.create(
            kind="837D", interchange=900, first_set=900, file=file, written_at=f.AT, written_by=by
        )
        row = TransmittedClaim.objects.create(
            transmission=sent, claim=claim, control=claim.number, purpose="original", claim_revision=1
        )
        answers = AcknowledgementFile.objects.create(file=file, kind="277CA", imported_at=f.AT, imported_by=by)
        Acknowledgement.objects.create(file=answers, sent=row, kind="277CA", outcome="accepted", payer_control=control)
    Claim.objects.filter(pk=claim.pk).update(transport="accepted", adjudication="patient_share")
    assert RemittanceClaim.objects.get() == given
    return Claim.objects.get(pk=claim.pk)


def test_what_is_proposed_follows_the_state(biller: User) -> None:
    claim = decided(biller)
    assert proposal_for(Claim(closing="open", transport="none")) is None
    assert proposal_for(Claim(closing="voided", transport="sent")) is None
    ways = {
        ("rejected", "none"): "new", ("sent", "none"): "wait", ("accepted", "pended"): "wait",
        ("accepted", "denied"): "corrected", ("accepted", "paid"): "corrected",
    }  # fmt: skip
    for (transport, adjudication), way in ways.items():
        claim.transport, claim.adjudication = transport, adjudication
        proposal = proposal_for(claim)
        assert proposal is not None
        assert proposal.way == way, (transport, adjudication)
        assert proposal.why.endswith(".")


def test_without_the_payers_number_it_is_asked_for(biller: User) -> None:
    claim = decided(biller, control="")
    assert proposal_for(claim).way == "ask"  # type: ignore[union-attr]
    with pytest.raises(Refused, match="Ask the payer for its number"):
        correct(claim, "the side", by=biller, at=f.AT)


def test_the_corrected_claim_goes_out_with_frequency_7_and_the_payers_number(biller: User) -> None:
    old = decided(biller)
    made = correct(old, "the description", by=biller, at=f.AT)
    old.refresh_from_db()
    assert (old.closing, made.replaces, made.preparation) == ("corrected", old, "draft")
    assert list(made.lines.values_list("code", "fee")) == list(old.lines.values_list("code", "fee"))
    mark_ready(made, by=biller, at=f.AT)
    f.sealed_packet(claim=made, by=biller)
    text = write_claims([made], by=biller, at=f.AT).data.decode()
    assert f"CLM*{made}*850***11:B:7*" in text
    assert "REF*F8*26334D000777~" in text


def test_a_void_claim_tells_the_payer_with_frequency_8(biller: User) -> None:
    claim = decided(biller)
    void(claim, "wrong patient", "electronically", by=biller, at=f.AT)
    text = write_claims([claim], by=biller, at=f.AT).data.decode()
    assert f"CLM*{claim}R2*850***11:B:8*" in text
    assert "REF*F8*26334D000777~" in text
    assert "PWK*" not in text


def told(claim: Claim, control: str, *, outcome: str = "accepted") -> None:
    """The payer's number of a claim, by the acknowledgement of a sending of it."""
    sent = claim.transmitted.last()
    old = AcknowledgementFile.objects.get()
    Acknowledgement.objects.create(file=old, sent=sent, kind="277CA", outcome=outcome, payer_control=control)


def test_a_void_corrected_claim_names_its_own_number_and_not_that_of_the_old_one(biller: User) -> None:
    made = correct(decided(biller), "the description", by=biller, at=f.AT)
    mark_ready(made, by=biller, at=f.AT)
    f.sealed_packet(claim=made, by=biller)
    write_claims([made], by=biller, at=f.AT)
    Claim.objects.filter(pk=made.pk).update(transport="accepted")
    told(made, "NEW1")
    void(made, "wrong patient", "electronically", by=biller, at=f.AT)
    text = write_claims([made], by=biller, at=f.AT).data.decode()
    assert "***11:B:8*" in text
    assert re.findall(r"REF\*F8\*(\w+)", text) == ["NEW1"]


def test_what_is_printed_of_it_names_the_number_too(biller: User) -> None:
    old = decided(biller)
    assert facts_of(old).resent is None
    made = correct(old, "the description", by=biller, at=f.AT)
    assert facts_of(made).resent == ResentFacts("corrected", "26334D000777")
    void(made, "wrong patient", "by phone", by=biller, at=f.AT)
    made.refresh_from_db()
    told = facts_of(made).resent
    assert told
    assert (told.purpose, told.code) == ("void", "8")


def test_a_number_counts_only_where_the_payer_holds_the_claim_under_it(biller: User) -> None:
    claim = decided(biller)
    told(claim, "REJECTED1", outcome="rejected")
    for position, (control, status, posted, is_foreign) in enumerate(
        [("ESTIMATE1", "25", f.AT, False), ("UNPOSTED1", "1", None, False), ("FOREIGN1", "1", f.AT, True)]
    ):
        remittance = Remittance.objects.create(
            key=control, source="eob", paid_on=f.TODAY, is_foreign=is_foreign, recorded_at=f.AT, recorded_by=biller
        )
        RemittanceClaim.objects.create(
            remittance=remittance, position=position, claim=claim, payer_control=control, status_code=status,
            outcome="paid", charge=0, paid=0, patient_share=0,
        )  # fmt: skip
        Remittance.objects.filter(pk=remittance.pk).update(posted_at=posted)
    assert payer_control_of(claim) == "26334D000777"


def test_a_claim_is_corrected_once_and_with_a_reason(biller: User) -> None:
    claim = decided(biller)
    with pytest.raises(ValidationError):
        correct(claim, " ", by=biller, at=f.AT)
    correct(claim, "the side", by=biller, at=f.AT)
    with pytest.raises(NotPossible):
        correct(claim, "the side", by=biller, at=f.AT)
    assert Claim.objects.filter(replaces=claim).count() == 1


def test_an_open_denial_is_resolved_first(biller: User) -> None:
    claim = decided(biller)
    a.denial(claim.answers.get(), "coding", "850.00")
    with pytest.raises(Refused, match="A denial of this claim is open"):
        correct(claim, "the side", by=biller, at=f.AT)


def test_a_void_corrected_claim_that_never_left_gives_the_place_back(biller: User) -> None:
    old = decided(biller)
    made = correct(old, "the side", by=biller, at=f.AT)
    restored = void(made, "the payer was right", by=biller, at=f.AT)
    assert restored == old
    assert [c.closing for c in Claim.objects.order_by("pk")] == ["open", "voided"]
    assert AuditEvent.objects.filter(action="claim.restore", subject=old.number).exists()
    again = correct(Claim.objects.get(pk=old.pk), "the side, after all", by=biller, at=f.AT)
    assert again.replaces == old


def test_a_void_corrected_claim_that_the_payer_holds_gives_nothing_back(biller: User) -> None:
    old = decided(biller)
    made = correct(old, "the side", by=biller, at=f.AT)
    Claim.objects.filter(pk=made.pk).update(transport="sent")
    made.refresh_from_db()
    assert void(made, "wrong patient", "by phone", by=biller, at=f.AT) is None
    assert Claim.objects.get(pk=old.pk).closing == "corrected"


def another(claim: Claim) -> Claim:
    """The claim that was billed in the place of one that was void, whose payer answered it all the same."""
    Claim.objects.filter(pk=claim.pk).update(void_answered_at=f.AT)
    lines, claim.pk, claim.void_answered_at = list(claim.lines.all()), None, None
    claim.save(force_insert=True)
    for line in lines:
        line.pk, line.claim = None, claim
        line.save(force_insert=True)
    return claim


def test_a_claim_is_not_corrected_while_another_one_of_the_visit_is_open_at_the_plan(biller: User) -> None:
    claim = decided(biller)
    key = claim.pk
    other = another(claim)
    with pytest.raises(Refused, match=f"{other} is open for the same visit and plan"):
        correct(Claim.objects.get(pk=key), "the side", by=biller, at=f.AT)
    assert Claim.objects.get(pk=key).closing == "open"


def test_who_comes_second_to_a_corrected_claim_is_told_so(biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = decided(biller)
    key = claim.pk
    another(claim)
    monkeypatch.setattr("claims.services.correcting.refusals_to_correct", lambda _: ())  # asked before the other came
    with pytest.raises(NotPossible, match="at the same moment"):
        correct(Claim.objects.get(pk=key), "the side", by=biller, at=f.AT)
    assert Claim.objects.get(pk=key).closing == "open"


def test_a_corrected_claim_has_a_clock_of_its_own(biller: User) -> None:
    old = decided(biller)
    payer = old.coverage.payer
    told_of = {"source": "provider manual", "verified_on": date(2026, 10, 1)}
    record_fact(payer, "corrected_claim_days", {"value": 60, **told_of}, by=biller, at=f.AT)
    made = correct(old, "the side", by=biller, at=f.AT)
    for counts_from, event, start in (
        (None, "service", old.service_date), ("answer", "the payer's first answer", f.TODAY),
        ("service", "service", old.service_date),
    ):  # fmt: skip
        record_fact(payer, "corrected_claim_from", {"value": counts_from, **told_of}, by=biller, at=f.AT)
        facts, clock = facts_of(made, today=f.TODAY), filing_of_claim(worded().get(pk=made.pk), f.TODAY)
        assert (clock.due, clock.event) == (start + timedelta(days=60), event)
        assert (last_day(facts), clock.source) == (clock.due, "provider manual")
        assert weighed(footing(f.TODAY)).get(pk=made.pk).last_on == clock.due
        assert facts.corrects == ReplacedFacts(old.number, f.TODAY)
        assert limit_is_firm(facts) == bool(counts_from)
    first = filing_of_claim(worded().get(pk=old.pk), f.TODAY)
    assert (first.days, first.event) == (365, "service")
