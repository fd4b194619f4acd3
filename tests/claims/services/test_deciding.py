"""Deciding about a denial: each way does what it says, in one transaction, with its reason kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.codes.ways_out import Way
from claims.models import Appeal, Claim, Decision, Denial, WriteOff
from claims.queries.ways import advice_on, situation_of
from claims.services import denials
from claims.services.deciding import decide
from claims.services.recount import differences
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import PAID_ON, answer

pytestmark = pytest.mark.django_db
AT = f.AT + timedelta(days=30)
TODAY = AT.date()


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


def denied(biller: User, taken: Any = checks.DENIED, *remarks: str, control: str = "PAYER-1", **known: Any) -> Denial:
    claim = answered.claim(f.SERVICE_DATE, transport="sent", **known)
    answered.sent(claim, f.SERVICE_DATE + timedelta(days=1))
    checks.post(answer(claim, taken, *remarks, payer_number=control), by=biller, at=AT)
    return Denial.objects.get(claim=claim)


def fresh(denial: Denial) -> Denial:
    return Denial.objects.get(pk=denial.pk)


def test_a_corrected_claim_takes_its_place_and_its_denial_counts_once(biller: User) -> None:
    denial = denied(biller, (("CO", "16", "850"),), "M76")
    decision = decide(denial, "corrected", "The pointer was wrong.", by=biller, at=AT)
    made = decision.made_claim
    assert made is not None
    assert (made.replaces, Claim.objects.get(pk=denial.claim_id).closing) == (denial.claim, "corrected")
    assert (fresh(denial).status, fresh(denial).resolution) == ("resolved", "A corrected claim follows.")
    assert decision.was_advised
    assert (AuditEvent.objects.filter(action="denial.decide").count(), Decision.objects.count()) == (1, 1)
    # Denied again in the corrected claim: the same dollars, so they are counted with the first answer.
    Claim.objects.filter(pk=made.pk).update(transport="sent")
    checks.post(answer(made, (("CO", "16", "850"),), "M76"), by=biller, at=AT, trace="T2")
    again = Denial.objects.get(claim=made)
    assert (again.is_first, Claim.objects.get(pk=made.pk).figures.initially_denied) == (False, False)
    assert Claim.objects.get(pk=denial.claim_id).figures.initially_denied
    assert differences() == (2, 0)


def test_an_appeal_is_started_and_the_denial_stays(biller: User) -> None:
    denial = denied(biller)
    decision = decide(denial, "appeal", "The justification says it all.", by=biller, at=AT)
    assert decision.appeal == Appeal.objects.get()
    assert fresh(denial).status == "appealed"
    with pytest.raises(Refused, match="An appeal of this denial is open"):
        decide(denial, "write_off", "Enough.", by=biller, at=AT)


def test_what_the_payer_could_not_process_is_billed_anew(biller: User) -> None:
    record = f.signed_encounter()
    claim = f.claim_at(by=biller, encounter=record)
    Claim.objects.filter(pk=claim.pk).update(transport="sent")
    checks.post(answer(claim, (("CO", "16", "850"),), "MA130", payer_number="P-9"), by=biller, at=AT)
    denial = Denial.objects.get()
    for way in ("appeal", "corrected"):
        with pytest.raises(Refused, match="MA130"):
            decide(denial, way, "Why not.", by=biller, at=AT)
    assert (fresh(denial).status, Decision.objects.count()) == ("open", 0)
    made = decide(denial, "new_claim", "The form was wrong.", by=biller, at=AT).made_claim
    assert made is not None
    assert (made.replaces, made.coverage, made.encounter) == (None, claim.coverage, record)
    assert (Claim.objects.get(pk=claim.pk).closing, fresh(denial).status) == ("voided", "resolved")


def test_the_other_plan_that_the_payer_names_is_billed(biller: User) -> None:
    record = f.signed_encounter()
    claim = f.claim_at(by=biller, encounter=record)
    Claim.objects.filter(pk=claim.pk).update(transport="sent")
    checks.post(answer(claim, (("CO", "254", "850"),)), by=biller, at=AT)
    denial = Denial.objects.get()
    with pytest.raises(Refused, match="No other plan of the patient"):
        decide(denial, "other_plan", "They say so.", by=biller, at=AT)
    medical = f.coverage(person=record.patient, with_payer=f.medical_payer(by=biller), by=biller, priority=2)
    assert advice_on(denial, TODAY)[0].way == Way.OTHER_PLAN
    made = decide(denial, "other_plan", "They say so.", by=biller, at=AT).made_claim
    assert made is not None
    assert (made.coverage, made.kind, made.transport) == (medical, "medical", "none")
    assert made.number in fresh(denial).resolution
    # Asked again of another denial of the same visit, the claim that stands is the one to work on.
    assert situation_of(fresh(denial), TODAY).other_claim == made.number


@pytest.mark.parametrize(("carc", "sentence"), [("290", "passed the claim on"), ("289", "neither pays")])
def test_what_was_passed_on_or_refused_by_both_is_not_sent_again(biller: User, carc: str, sentence: str) -> None:
    denial = denied(biller, (("OA", carc, "850"),))
    with pytest.raises(Refused, match=sentence):
        decide(denial, "other_plan", "Try it.", by=biller, at=AT)


def test_sending_documents_keeps_it_open_with_a_next_step(biller: User) -> None:
    denial = denied(biller, (("CO", "252", "850"),), "N40")
    assert advice_on(denial, TODAY)[0].way == Way.DOCUMENTS
    decide(denial, "documents", "Figures 1 to 3 were missing.", by=biller, at=AT)
    row = fresh(denial)
    assert (row.status, row.next_on) == ("open", TODAY + timedelta(days=7))
    assert "supplement" in row.next_action


@pytest.mark.parametrize(("group", "sentence"), [("CO", "contract"), ("PI", "by itself"), ("OA", "group PR")])
def test_the_patient_is_billed_only_for_what_the_payer_put_on_the_patient(
    biller: User, group: str, sentence: str
) -> None:
    denial = denied(biller, ((group, "204", "850"),))
    with pytest.raises(Refused, match=sentence):
        decide(denial, "patient", "They can pay.", by=biller, at=AT)


def test_what_is_on_the_patient_is_left_to_the_patient(biller: User) -> None:
    denial = denied(biller, (("PR", "204", "850"),))
    decide(denial, "patient", "The plan excludes it.", by=biller, at=AT)
    assert fresh(denial).resolution == "Left to the patient: The plan excludes it."
    assert (Claim.objects.get().closing, WriteOff.objects.count()) == ("open", 0)


class TestRefusals:
    def test_a_reason_is_asked_for_and_the_way_is_one_of_ours(self, biller: User) -> None:
        denial = denied(biller)
        with pytest.raises(ValidationError, match="Say why"):
            decide(denial, "appeal", " ", by=biller, at=AT)
        with pytest.raises(ValidationError, match="Choose one"):
            decide(denial, "luck", "Because.", by=biller, at=AT)
        with pytest.raises(NotPermitted):
            decide(denial, "appeal", "Because.", by=f.user(role="clinician"), at=AT)
        assert Decision.objects.count() == 0

    def test_a_resolved_denial_is_decided_no_more(self, biller: User) -> None:
        denial = denied(biller)
        denials.resolve(denial, "So.", on=TODAY, by=biller, at=AT)
        with pytest.raises(NotPossible, match="resolved already"):
            decide(denial, "appeal", "Because.", by=biller, at=AT)

    def test_what_cannot_follow_leaves_nothing_behind(self, biller: User) -> None:
        """The payer gave no number of its own: the corrected claim is refused, and the denial stays open."""
        denial = denied(biller, (("CO", "16", "850"),), "M76", control="")
        with pytest.raises(Refused, match="Ask the payer for its number"):
            decide(denial, "corrected", "The code.", by=biller, at=AT)
        assert (fresh(denial).status, Claim.objects.count()) == ("open", 1)


class TestNextStep:
    def test_it_has_a_day_that_has_not_passed(self, biller: User) -> None:
        denial = denied(biller)
        denials.plan_next(denial, "Call the payer", TODAY, by=biller, at=AT)
        assert (fresh(denial).next_action, fresh(denial).next_on) == ("Call the payer", TODAY)
        with pytest.raises(ValidationError, match="has passed"):
            denials.plan_next(denial, "Call", TODAY - timedelta(days=1), by=biller, at=AT)
        denials.plan_next(denial, "", TODAY, by=biller, at=AT)
        assert (fresh(denial).next_action, fresh(denial).next_on) == ("", None)
        with pytest.raises(NotPermitted):
            denials.plan_next(denial, "Call", None, by=f.user(role="assistant"), at=AT)


def test_the_advice_counts_what_the_practice_itself_has_seen(biller: User) -> None:
    denial = denied(biller)
    assert "brought" not in " ".join(advice_on(denial, TODAY)[0].reasons)
    for n in range(3):
        other = answered.claim(f.SERVICE_DATE)
        given = answered.answer(other, PAID_ON, "denied", denied="850.00")
        row = answered.denial(given, "medical_necessity", "850.00")
        won = {"outcome": "overturned_full", "recovered": "850.00"} if n < 2 else {"outcome": "upheld", "recovered": 0}
        answered.appeal(row, status="decided", decided_on=PAID_ON, **won)
    said = " ".join(advice_on(denial, TODAY)[0].reasons)
    assert "2 of 3 appeals for this cause at this payer brought money here (95 % interval 21% to 94%)." in said
