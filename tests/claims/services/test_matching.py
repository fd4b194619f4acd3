"""Answers without a claim: matched, divided or parked by a person, and each taken back without a trace in money."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from claims.models import Claim, Coverage, Denial, Remittance, RemittanceClaim
from claims.queries import checks as shown
from claims.queries.matching import candidates
from claims.services import appeals, denials, matching, posting
from claims.services.recount import differences
from documentation.kernel.machine import NotPermitted, Refused
from documentation.models import AuditEvent, Patient, User
from tests import factories as f
from tests.claims import checks
from tests.claims.checks import answer, check, merged, take
from tests.claims.services.test_posting import AT, fresh, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


def waiting(by: User, taken: Any = checks.PAID, *, posted: bool = True, **known: Any) -> RemittanceClaim:
    """An answer that matches nothing, on a check that is posted."""
    f.location()
    (one,) = take(check(answer(number="OLD-1", taken=taken, **known)), by=by, at=AT).checks
    if posted:
        posting.post(one.remittance, by=by, at=AT)
    return one.remittance.answers.get()


def state(claim: Claim) -> tuple[Any, ...]:
    row = fresh(claim)
    return (row.adjudication, row.closing, row.figures.paid, row.figures.at_risk, row.figures.initially_denied)


UNTOUCHED = ("none", "open", Decimal(0), Decimal(0), False)


class TestTakenBack:
    @pytest.mark.parametrize("posted", [True, False])
    @pytest.mark.parametrize("taken", [checks.PAID, checks.DENIED, checks.PARTLY])
    def test_a_match_by_hand_leaves_the_claim_as_it_was(self, biller: User, taken: Any, posted: bool) -> None:
        wrong, right = sent(), sent()
        row = waiting(biller, taken, posted=posted)
        matching.match(row, wrong, by=biller, at=AT)
        assert (state(wrong) != UNTOUCHED) is posted
        matching.unmatch(row, by=biller, at=AT)
        row.refresh_from_db()
        assert (row.claim, row.matched_by, row.matched_person) == (None, "", None)
        assert state(wrong) == UNTOUCHED
        assert not Denial.objects.exists()
        matching.match(row, right, by=biller, at=AT)
        assert differences() == (2, 0)
        assert AuditEvent.objects.filter(action="remittance.unmatch", subject=wrong.number).exists()

    def test_what_it_replaced_stands_again(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
        row = waiting(biller)
        before = state(claim)
        matching.match(row, claim, by=biller, at=AT)
        assert (state(claim)[:2], claim.denials.get().status) == (("paid", "closed"), "resolved")
        matching.unmatch(row, by=biller, at=AT)
        assert (state(claim), claim.denials.get().status, claim.denials.get().resolution) == (before, "open", "")
        assert differences() == (1, 0)

    def test_not_while_its_denial_is_appealed(self, biller: User) -> None:
        claim = sent()
        row = waiting(biller, checks.DENIED)
        matching.match(row, claim, by=biller, at=AT)
        appeals.open_appeal(claim.denials.get(), by=biller, at=AT)
        before = state(claim)
        with pytest.raises(Refused, match="Withdraw that first"):
            matching.unmatch(row, by=biller, at=AT)
        assert state(claim) == before

    def test_what_the_program_matched_is_taken_back_before_posting_only(self, biller: User) -> None:
        claim = sent()
        (taken,) = take(check(answer(claim)), by=biller, at=AT).checks
        row = taken.remittance.answers.get()
        matching.unmatch(row, by=biller, at=AT)
        row.refresh_from_db()
        assert row.claim is None
        matching.match(row, claim, by=biller, at=AT)
        posting.post(taken.remittance, by=biller, at=AT)
        posted = checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T2").answers.get()
        with pytest.raises(Refused, match="ask the payer for a reversal"):
            matching.unmatch(posted, by=biller, at=AT)


class TestNothingHalf:
    """What an answer undid on its way in, its taking back restores; what people did stays."""

    def test_what_people_resolved_stays_resolved(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
        denials.resolve(claim.denials.get(), "The patient pays.", on=AT.date(), by=biller, at=AT)
        before = state(claim)
        row = waiting(biller)
        matching.match(row, claim, by=biller, at=AT)
        matching.unmatch(row, by=biller, at=AT)
        assert (state(claim), claim.denials.get().resolution) == (before, "The patient pays.")
        assert claim.denials.get().status == "resolved"

    def test_a_settled_claim_is_closed_again(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim), by=biller, at=AT, trace="T0")
        before = state(claim)
        row = waiting(biller, checks.DENIED)
        matching.match(row, claim, by=biller, at=AT)
        assert state(claim)[1] == "open"
        matching.unmatch(row, by=biller, at=AT)
        assert state(claim) == before
        assert AuditEvent.objects.filter(action="denial.take_back", subject=claim.number).count() == 1

    def test_not_where_an_appeal_was_withdrawn_by_it(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
        appeal = appeals.open_appeal(claim.denials.get(), by=biller, at=AT)
        row = waiting(biller)
        matching.match(row, claim, by=biller, at=AT)
        appeal.refresh_from_db()
        assert appeal.status == "withdrawn"
        with pytest.raises(Refused, match="An appeal was withdrawn"):
            matching.unmatch(row, by=biller, at=AT)


class TestParked:
    def test_it_waits_no_more_until_it_is_taken_back(self, biller: User) -> None:
        row = waiting(biller)
        assert RemittanceClaim.objects.filter(shown.waiting()).count() == 1
        matching.park(row, "Billed in the former system.", by=biller, at=AT)
        row.refresh_from_db()
        assert (row.parked_reason, row.parked_by) == ("Billed in the former system.", biller)
        assert not RemittanceClaim.objects.filter(shown.waiting()).exists()
        with pytest.raises(Refused):
            matching.park(row, "Again.", by=biller, at=AT)
        matching.unpark(row, by=biller, at=AT)
        assert RemittanceClaim.objects.filter(shown.waiting()).count() == 1

    def test_it_needs_a_reason(self, biller: User) -> None:
        with pytest.raises(ValidationError, match="Say why"):
            matching.park(waiting(biller), " ", by=biller, at=AT)

    def test_a_parked_one_can_be_matched(self, biller: User) -> None:
        row, claim = waiting(biller), sent()
        matching.park(row, "Not ours.", by=biller, at=AT)
        matching.match(row, claim, by=biller, at=AT)
        row.refresh_from_db()
        assert (row.parked_at, row.claim, fresh(claim).adjudication) == (None, claim, "paid")


class TestSplit:
    @pytest.mark.parametrize("posted_first", [True, False])
    @pytest.mark.parametrize("whole", ["", "40"])
    def test_a_merged_answer_is_divided_and_put_together_again(
        self, biller: User, posted_first: bool, whole: str
    ) -> None:
        one, other = sent(), sent()
        (taken,) = take(check(merged(one, other, whole=whole)), by=biller, at=AT).checks
        row = taken.remittance.answers.get()
        assert row.claim is None, "whose answer it is, nobody may guess"
        if posted_first:
            posting.post(taken.remittance, by=biller, at=AT)
        parts = matching.split(row, [one, other], by=biller, at=AT)
        if not posted_first:
            posting.post(taken.remittance, by=biller, at=AT)
        paid = 640 - Decimal(whole or 0)
        assert [(p.charge, p.paid, p.denied) for p in parts] == [(850, paid, 0), (850, 0, 850)]
        assert [fresh(c).adjudication for c in (one, other)] == ["paid", "denied"]
        check_row = Remittance.objects.get()
        assert all(e.is_even for e in shown.equations(check_row))
        assert shown.answers_of(check_row).count() == 1
        assert differences() == (2, 0)
        matching.unsplit(row, by=biller, at=AT)
        assert [state(c) for c in (one, other)] == [UNTOUCHED, UNTOUCHED]
        assert RemittanceClaim.objects.filter(shown.waiting()).get() == row
        assert differences() == (2, 0)

    def test_what_cannot_be_divided_is_said(self, biller: User) -> None:
        one, other = sent(), sent()
        row = waiting(biller)
        with pytest.raises(Refused, match="has 1 lines"):
            matching.split(row, [one, other], by=biller, at=AT)
        (taken,) = take(check(merged(one, other), trace="T2"), by=biller, at=AT).checks
        row = taken.remittance.answers.get()
        with pytest.raises(Refused, match="same claim"):
            matching.split(row, [one, one], by=biller, at=AT)
        matching.split(row, [one, other], by=biller, at=AT)
        for verb in (
            lambda: matching.match(row, one, by=biller, at=AT),
            lambda: matching.park(row, "x", by=biller, at=AT),
        ):
            with pytest.raises(Refused, match="divided among claims"):
                verb()
        with pytest.raises(Refused, match="part of an answer"):
            matching.unmatch(row.parts.first(), by=biller, at=AT)


class TestLikeness:
    def test_the_likest_claims_come_first_with_what_is_the_same(self, biller: User) -> None:
        like, less = sent(), sent()
        Patient.objects.filter(pk=like.encounter.patient_id).update(last_name="Doe", first_name="Alex")
        Coverage.objects.filter(pk=like.coverage_id).update(member_id="M-77")
        row = waiting(biller, member="M-77", charge="849", taken=(("CO", "45", "49"),))
        assert row.claim is None
        first, *_ = candidates(row)
        assert (first.claim, first.likeness.score) == (like, 85)
        assert (first.likeness.same, first.likeness.other) == (
            ("member ID", "name", "date of service", "code"), ("charge",),
        )  # fmt: skip
        assert less not in [c.claim for c in candidates(row)]

    def test_a_number_of_ours_on_a_strangers_answer_is_not_believed(self, biller: User) -> None:
        claim = sent()
        stranger = answer(claim, charge="99", taken=(), day=date(2026, 1, 5), member="Z")
        stranger[1][2] = stranger[1][2].replace("D0371", "D0120")
        (taken,) = take(check(stranger), by=biller, at=AT).checks
        assert taken.remittance.answers.get().claim is None


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_does_any_of_it(biller: User, role: str) -> None:
    row, by, claim = waiting(biller), f.user(role=role), sent()
    for verb in (
        lambda: matching.match(row, claim, by=by, at=AT),
        lambda: matching.unmatch(row, by=by, at=AT),
        lambda: matching.park(row, "x", by=by, at=AT),
        lambda: matching.unpark(row, by=by, at=AT),
        lambda: matching.split(row, [claim], by=by, at=AT),
        lambda: matching.unsplit(row, by=by, at=AT),
    ):
        with pytest.raises(NotPermitted):
            verb()


class TestSomebodyElses:
    def test_a_control_number_of_another_payer_overrules_nothing(self, biller: User) -> None:
        one, two = sent(of="Summit Dental PPO"), sent(of="Other Dental HMO")
        checks.post(answer(one, payer_number="4711", member=one.coverage.member_id), by=biller, at=AT)
        Remittance.objects.filter(posted_at=None).delete()
        other = check(
            answer(two, checks.DENIED, payer_number="4711", line="", member=two.coverage.member_id), trace="T2"
        )
        (taken,) = take(other.replace("EXAMPLE DENTAL PLAN", "OTHER").replace("99991", "77"), by=biller, at=AT).checks
        assert taken.remittance.answers.get().claim == two

    def test_two_numbers_that_name_unrelated_claims_are_left_to_a_person(self, biller: User) -> None:
        one, two = sent(), sent()
        name = f"{one.encounter.patient.last_name}*ALEX"
        checks.post(answer(one, payer_number="4711", member="M1"), by=biller, at=AT)
        two.encounter.patient.last_name = one.encounter.patient.last_name
        two.encounter.patient.save()
        torn = answer(two, checks.DENIED, payer_number="4711", line="", member=two.coverage.member_id, name=name)
        (taken,) = take(check(torn, trace="T2"), by=biller, at=AT).checks
        assert taken.remittance.answers.get().claim is None

    def test_our_number_on_somebody_elses_answer_matches_nothing(self, biller: User) -> None:
        claim = sent()
        strange = answer(
            claim, (("CO", "45", "200"),), line="", member="ZZZ9", day=date(2025, 1, 2), charge="300", name="SMITH*JO"
        )
        (taken,) = take(check(strange), by=biller, at=AT).checks
        assert taken.remittance.answers.get().claim is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["match", "unmatch"])
def test_a_match_by_hand_and_the_posting_wait_for_each_other(biller: User, kind: str) -> None:
    """Whoever comes second sees what the first did: a posted answer has reached its claim."""
    if not connection.features.has_select_for_update:
        assert connection.vendor == "sqlite"  # one writer at a time: there is nothing to wait for
        return
    claim = sent()
    (taken,) = take(check(answer(number="OLD-1") if kind == "match" else answer(claim)), by=biller, at=AT).checks
    row = taken.remittance.answers.get()
    outcome: list[Any] = []
    started = threading.Event()

    def post() -> None:
        started.set()
        try:
            outcome.append(posting.post(taken.remittance, by=biller, at=AT))
        finally:
            connection.close()

    other = threading.Thread(target=post)
    with transaction.atomic():
        if kind == "match":
            matching.match(row, claim, by=biller, at=AT)
        else:
            matching.unmatch(row, by=biller, at=AT)
        other.start()
        started.wait()
        other.join(0.5)
        assert other.is_alive()
    other.join()
    row.refresh_from_db()
    assert (outcome, row.remittance.posted_at) == ([True], AT)
    assert (row.claim == claim) is (kind == "match")
    assert (state(claim) != UNTOUCHED) is (kind == "match")
