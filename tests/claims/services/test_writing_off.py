"""Writing off: with a reason, above the limit by two people, and never by an answer of a payer."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from claims.models import Appeal, Claim, Denial, WriteOff
from claims.queries.accounts import account_of, left_behind
from claims.queries.balances import given_up, settled, unpaid_of
from claims.services import closing, denials, patient_money, writing_off
from claims.services.calls import note_call
from claims.services.deciding import decide
from claims.services.recount import differences
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import answer
from tests.claims.views.test_dashboard import text

pytestmark = pytest.mark.django_db
AT = f.AT + timedelta(days=30)
LATER = AT + timedelta(days=1)


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def manager() -> User:
    return f.user(role="manager")


def claim_with(biller: User, taken: Any, *remarks: str) -> Claim:
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    checks.post(answer(claim, taken, *remarks), by=biller, at=AT)
    return Claim.objects.get(pk=claim.pk)


def claim_never_answered(biller: User) -> Claim:
    """It was sent, its payer was asked, and nothing came."""
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    call_payer(claim, biller)
    return claim


def call_payer(claim: Claim, biller: User) -> None:
    known = {"outcome": "in_process", "called_on": AT.date(), "next_on": AT.date() + timedelta(days=9)}
    note_call(claim, known, by=biller, at=AT)


def denial_of(biller: User, cents: str = "850") -> Denial:
    claim_with(biller, (("CO", "50", cents),))
    return Denial.objects.get()


def test_up_to_the_limit_one_person_is_enough(biller: User, settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 850
    denial = denial_of(biller)
    made = writing_off.request(denial.claim, "Too small to pursue.", denial=denial, by=biller, at=AT)
    assert (made.status, made.limit, made.amount, made.decided_by) == ("approved", None, Decimal("850.00"), biller)
    denial.refresh_from_db()
    assert (denial.status, denial.resolution) == ("resolved", "Written off: Too small to pursue.")
    assert Claim.objects.get().closing == "written_off"
    assert Claim.objects.get().figures.initially_denied
    assert differences() == (1, 0)


class TestSecondPerson:
    def test_above_the_limit_it_waits_and_another_one_approves(self, biller: User, manager: User) -> None:
        denial = denial_of(biller)
        asked = writing_off.request(denial.claim, "Filed late by us.", denial=denial, by=biller, at=AT)
        assert (asked.status, asked.limit, Denial.objects.get().status) == ("requested", Decimal("100.00"), "open")
        assert Claim.objects.get().closing == "open"
        done = writing_off.approve(asked, by=manager, at=AT)
        assert (done.status, done.decided_by, done.decided_at) == ("approved", manager, AT)
        assert (Denial.objects.get().status, Claim.objects.get().closing) == ("resolved", "written_off")
        trail = AuditEvent.objects.filter(action__startswith="write_off.").order_by("seq")
        assert [(e.action, e.by) for e in trail] == [("write_off.request", biller), ("write_off.approve", manager)]

    def test_whoever_asked_cannot_approve_and_a_biller_cannot_at_all(self, biller: User, manager: User) -> None:
        denial = denial_of(biller)
        asked = writing_off.request(denial.claim, "Filed late by us.", denial=denial, by=manager, at=AT)
        with pytest.raises(Refused, match="a second person decides"):
            writing_off.approve(asked, by=manager, at=AT)
        for act in (
            lambda: writing_off.approve(asked, by=biller, at=AT),
            lambda: writing_off.refuse(asked, "No.", by=biller, at=AT),
        ):
            with pytest.raises(NotPermitted):
                act()
        assert (WriteOff.objects.get().status, Claim.objects.get().closing) == ("requested", "open")
        # Below every verb the database keeps the two apart as well.
        with pytest.raises(IntegrityError), transaction.atomic():
            WriteOff.objects.filter(pk=asked.pk).update(status="approved", decided_by=manager)

    def test_it_is_refused_with_a_reason_or_withdrawn_and_the_claim_stays(self, biller: User, manager: User) -> None:
        denial = denial_of(biller)
        asked = writing_off.request(denial.claim, "Filed late.", denial=denial, by=biller, at=AT)
        with pytest.raises(ValidationError, match="Say why it is refused"):
            writing_off.refuse(asked, "", by=manager, at=AT)
        assert writing_off.refuse(asked, "Appeal first.", by=manager, at=AT).decision_reason == "Appeal first."
        with pytest.raises(NotPossible):
            writing_off.approve(asked, by=manager, at=AT)
        again = writing_off.request(denial.claim, "The appeal is hopeless.", denial=denial, by=biller, at=AT)
        with pytest.raises(NotPossible, match="waits for a second person already"):
            writing_off.request(denial.claim, "Twice.", denial=denial, by=biller, at=AT)
        assert writing_off.withdraw(again, by=biller, at=AT).status == "withdrawn"
        assert (Denial.objects.get().status, Claim.objects.get().closing) == ("open", "open")

    def test_what_was_answered_meanwhile_is_not_written_off(self, biller: User, manager: User) -> None:
        denial = denial_of(biller)
        asked = writing_off.request(denial.claim, "Filed late.", denial=denial, by=biller, at=AT)
        checks.post(answer(denial.claim, checks.PAID), by=biller, at=AT, trace="T2")
        with pytest.raises(Refused, match="changed since"):
            writing_off.approve(asked, by=manager, at=AT)
        assert WriteOff.objects.get().status == "requested"


class TestContract:
    def test_an_answer_never_writes_off_and_a_contract_is_none(self, biller: User) -> None:
        claim = claim_with(biller, (("CO", "45", "50"), ("PR", "2", "160")))
        assert (WriteOff.objects.count(), claim.closing) == (0, "closed")
        found = given_up(claim)
        assert (found.contract, found.by_choice) == (Decimal("50.00"), Decimal("0.00"))

    def test_the_whole_charge_as_contract_is_a_denial_and_stays_open(self, biller: User) -> None:
        claim = claim_with(biller, (("CO", "45", "850"),))
        assert (claim.closing, Denial.objects.get().status, WriteOff.objects.count()) == ("open", "open", 0)
        assert given_up(claim).contract == 0

    def test_the_rest_of_a_claim_is_what_neither_payer_nor_contract_took(self, biller: User, settings: Any) -> None:
        settings.WRITE_OFF_LIMIT = 300
        claim = claim_with(biller, checks.PARTLY)
        assert unpaid_of(claim) == Decimal("300.00")
        with pytest.raises(NotPossible, match="A denial of this claim is open"):
            writing_off.request(claim, "Enough.", by=biller, at=AT)
        denials.resolve(Denial.objects.get(), "Nothing helps.", on=AT.date(), by=biller, at=AT)
        assert writing_off.request(claim, "Enough.", by=biller, at=AT).amount == Decimal("300.00")
        found = given_up(Claim.objects.get())
        assert (found.contract, found.by_choice) == (Decimal("50.00"), Decimal("300.00"))


class TestClosing:
    def test_a_denial_resolved_by_words_is_no_way_around_the_limit(
        self, biller: User, manager: User, settings: Any
    ) -> None:
        claim = claim_with(biller, checks.PARTLY)
        denials.resolve(Denial.objects.get(), "Small.", on=AT.date(), by=biller, at=AT)
        with pytest.raises(NotPossible, match=r"\$300.00 of this claim is left"):
            closing.close(claim, by=biller, at=AT)
        asked = writing_off.request(claim, "Small.", by=biller, at=AT)
        assert (asked.status, asked.limit) == ("requested", Decimal(100))
        with pytest.raises(NotPermitted):
            writing_off.approve(asked, by=asked.requested_by, at=AT)
        writing_off.approve(asked, by=manager, at=AT)
        assert Claim.objects.get().closing == "written_off"

    def test_what_the_patient_owes_and_what_a_later_plan_is_asked_is_not_given_up(self, biller: User) -> None:
        claim = claim_with(biller, (("CO", "45", "50"), ("PR", "1", "800")))
        closing.close(claim, by=biller, at=AT)
        assert Claim.objects.get().closing == "closed"
        first = answered.claim(f.SERVICE_DATE, transport="sent")
        checks.post(answer(first, checks.DENIED), by=biller, at=AT, trace="T5")
        denials.resolve(Denial.objects.get(), "Billed to the next plan.", on=AT.date(), by=biller, at=AT)
        second = answered.claim(f.SERVICE_DATE, transport="sent", sequence=2)
        with pytest.raises(NotPossible, match=r"\$850.00 of this claim is left"):
            closing.close(first, by=biller, at=AT)
        Claim.objects.filter(pk=second.pk).update(encounter=first.encounter_id)
        closing.close(first, by=biller, at=AT)
        second = Claim.objects.get(pk=second.pk)
        checks.post(answer(second, (("CO", "50", "300"),)), by=biller, at=AT, trace="T6")
        denials.resolve(Denial.objects.get(claim=second), "Enough.", on=AT.date(), by=biller, at=AT)
        with pytest.raises(NotPossible, match=r"\$300.00 of this claim is left"):
            closing.close(second, by=biller, at=AT)

    def test_what_was_written_off_or_paid_by_the_patient_can_be_closed(self, biller: User, settings: Any) -> None:
        settings.WRITE_OFF_LIMIT = 1000
        claim = claim_with(biller, checks.PARTLY)
        denials.resolve(Denial.objects.get(), "Enough.", on=AT.date(), by=biller, at=AT)
        assert left_behind(claim) == Decimal(300)
        known = {"amount": Decimal(300), "paid_on": AT.date(), "method": "cash"}
        patient_money.record_payment(claim, known, by=biller, at=AT)
        assert left_behind(claim) == 0

    def test_a_part_that_is_not_answered_is_not_closed(self, biller: User) -> None:
        claim = answered.claim(f.SERVICE_DATE, transport="sent")
        checks.post(answer(claim, checks.PAID, charge="500"), by=biller, at=AT)
        with pytest.raises(NotPossible, match="a part of this claim only"):
            closing.close(claim, by=biller, at=AT)


class TestAnsweredInParts:
    def part(self, claim: Claim, n: int, charge: str, taken: Any) -> Any:
        return answer(claim, taken, charge=charge, line=f"{claim.number}-{n}")

    def test_nothing_is_given_up_before_the_payer_decided_all_of_it(self, biller: User, settings: Any) -> None:
        settings.WRITE_OFF_LIMIT = 1000
        claim = answered.claim(f.SERVICE_DATE, transport="sent")
        checks.post(self.part(claim, 1, "500", (("CO", "50", "500"),)), by=biller, at=AT)
        denial = Denial.objects.get()
        for what in (denial, None):
            with pytest.raises(NotPossible, match="a part of this claim only"):
                writing_off.request(claim, "Enough.", denial=what, by=biller, at=AT)
        checks.post(self.part(claim, 2, "350", (("CO", "45", "50"), ("PR", "2", "60"))), by=biller, at=AT, trace="T2")
        assert writing_off.request(claim, "Enough.", denial=denial, by=biller, at=AT).amount == Decimal("500.00")

    def test_the_rest_is_what_all_parts_leave(self, biller: User, settings: Any) -> None:
        claim = answered.claim(f.SERVICE_DATE, transport="sent")
        checks.post(self.part(claim, 1, "500", (("CO", "45", "100"), ("PR", "2", "80"))), by=biller, at=AT)
        checks.post(self.part(claim, 2, "350", (("CO", "45", "50"), ("PR", "2", "60"))), by=biller, at=AT, trace="T2")
        found = settled(claim)
        assert (found.paid, found.contract, found.share) == (Decimal(560), Decimal(150), Decimal(140))
        assert (found.is_whole, unpaid_of(claim)) == (True, Decimal(140))

    def test_a_request_from_before_a_part_was_taken_back_is_not_carried_out(
        self, biller: User, manager: User, settings: Any
    ) -> None:
        claim = answered.claim(f.SERVICE_DATE, transport="sent")
        checks.post(self.part(claim, 1, "500", (("CO", "50", "500"),)), by=biller, at=AT)
        checks.post(self.part(claim, 2, "350", (("CO", "45", "350"),)), by=biller, at=AT, trace="T2")
        one = Denial.objects.get(amount=500)
        asked = writing_off.request(claim, "Filed late.", denial=one, by=biller, at=AT)
        gone = answer(claim, (("CO", "45", "-350"),), charge="-350", line=f"{claim.number}-2", status="22")
        checks.post(gone, by=biller, at=AT, trace="T3")
        with pytest.raises(Refused, match="changed since"):
            writing_off.approve(asked, by=manager, at=AT)

    def test_what_the_plan_before_paid_is_not_given_up(self, biller: User) -> None:
        second = answered.claim(f.SERVICE_DATE, transport="sent", sequence=2)
        checks.post(answer(second, (("OA", "23", "690"), ("PR", "2", "60")), status="2"), by=biller, at=AT)
        assert (settled(second).elsewhere, unpaid_of(second)) == (Decimal(690), Decimal(60))


class TestNeverAnswered:
    """A payer that was asked and answers no more keeps no claim open for ever."""

    @pytest.mark.parametrize("answered_of", ["", "500"])
    def test_what_it_left_open_is_given_up_by_two_people(self, biller: User, manager: User, answered_of: str) -> None:
        claim = claim_never_answered(biller)
        if answered_of:
            taken = (("CO", "45", "100"), ("PR", "2", "80"))
            checks.post(answer(claim, taken, charge=answered_of), by=biller, at=AT)
        asked = writing_off.request(claim, "Called three times.", unanswered=True, by=biller, at=AT)
        left = Decimal(350) if answered_of else Decimal(850)
        assert (asked.amount, asked.status, asked.is_unanswered) == (left, "requested", True)
        with pytest.raises(NotPermitted):
            writing_off.approve(asked, by=biller, at=AT)
        writing_off.approve(asked, by=manager, at=AT)
        assert Claim.objects.get(pk=claim.pk).closing == "written_off"
        assert differences() == (1, 0)
        account = account_of(claim)
        assert account is not None
        assert account.due == (Decimal(80) if answered_of else 0)

    def test_what_it_denied_goes_with_the_rest_that_it_never_answers(
        self, biller: User, manager: User, settings: Any
    ) -> None:
        """Neither waits for the other for ever: 200 is denied, and of 350 nothing is said."""
        claim = claim_never_answered(biller)
        checks.post(answer(claim, (("CO", "50", "200"),), charge="500"), by=biller, at=AT)
        page = Client()
        page.force_login(biller)
        assert "give what it denied and the rest up" in text(page.get(f"/claims/{claim.number}/"))
        lead = text(page.get(f"/claims/{claim.number}/write-off/"))
        assert "$550.00 is given up. Nobody is billed for it. $200.00 of it was denied: a denial that is open" in lead
        denial = Denial.objects.get()
        # An appeal that is open has the word first.
        appeal = answered.appeal(denial, status="draft")
        with pytest.raises(NotPossible, match="An appeal of this claim is open"):
            writing_off.request(claim, "Called three times.", unanswered=True, by=biller, at=LATER)
        Appeal.objects.filter(pk=appeal.pk).update(status="decided", outcome="withdrawn")
        asked = writing_off.request(claim, "Called three times.", unanswered=True, by=biller, at=LATER)
        assert (asked.amount, asked.status) == (Decimal(550), "requested")
        writing_off.approve(asked, by=manager, at=LATER)
        denial.refresh_from_db()
        assert (denial.status, denial.resolution) == ("resolved", "Written off: Called three times.")
        assert (Claim.objects.get(pk=claim.pk).closing, unpaid_of(claim)) == ("written_off", 0)
        assert differences() == (1, 0)
        # It answers the rest after all: the claim opens again, and nothing is given up.
        rest = answer(claim, (("CO", "45", "50"),), charge="350", line=f"{claim.number}-2")
        checks.post(rest, by=biller, at=LATER + timedelta(days=9), trace="T2")
        assert WriteOff.objects.get().status == "reversed"
        assert (Claim.objects.get(pk=claim.pk).closing, unpaid_of(claim)) == ("open", Decimal(200))
        assert differences() == (1, 0)

    def test_where_it_answers_after_all_nothing_is_given_up(self, biller: User, settings: Any) -> None:
        settings.WRITE_OFF_LIMIT = 1000
        claim = claim_never_answered(biller)
        writing_off.request(claim, "Called three times.", unanswered=True, by=biller, at=AT)
        checks.post(answer(claim, checks.PAID), by=biller, at=AT + timedelta(days=9))
        row = Claim.objects.get(pk=claim.pk)
        assert (row.closing, row.adjudication, WriteOff.objects.get().status) == ("closed", "paid", "reversed")
        assert differences() == (1, 0)

    def test_a_request_from_before_an_answer_is_not_carried_out(self, biller: User, manager: User) -> None:
        claim = claim_never_answered(biller)
        asked = writing_off.request(claim, "Called three times.", unanswered=True, by=biller, at=AT)
        checks.post(answer(claim, (("PR", "2", "850"),)), by=biller, at=AT)
        with pytest.raises(Refused, match="changed since"):
            writing_off.approve(asked, by=manager, at=AT)

    def test_a_request_from_before_a_denial_is_not_carried_out_over_it(self, biller: User, manager: User) -> None:
        claim = claim_never_answered(biller)
        asked = writing_off.request(claim, "Called three times.", unanswered=True, by=biller, at=AT)
        # It pays nothing and refuses a part: what is left in all is the same, but now there is a denial.
        checks.post(answer(claim, (("CO", "50", "500"),), charge="500"), by=biller, at=AT)
        assert unpaid_of(claim) == asked.amount
        with pytest.raises(Refused, match="changed since"):
            writing_off.approve(asked, by=manager, at=AT)
        assert (Claim.objects.get().closing, Denial.objects.get().status) == ("open", "open")

    def test_a_request_for_a_claim_that_came_back_is_not_carried_out(self, biller: User, manager: User) -> None:
        claim = claim_never_answered(biller)
        asked = writing_off.request(claim, "Called three times.", unanswered=True, by=biller, at=AT)
        Claim.objects.filter(pk=claim.pk).update(transport="rejected")
        with pytest.raises(Refused, match="changed since"):
            writing_off.approve(asked, by=manager, at=AT)

    def test_a_payer_that_was_not_asked_since_the_last_sending_may_still_answer(self, biller: User) -> None:
        claim = answered.claim(f.SERVICE_DATE, transport="sent")
        with pytest.raises(NotPossible, match=r"No call about this claim is noted\. Ask Summit Dental PPO first"):
            writing_off.request(claim, "It never answers.", unanswered=True, by=biller, at=AT)
        call_payer(claim, biller)
        answered.sent(claim, AT.date() + timedelta(days=1))
        with pytest.raises(NotPossible, match="noted since it was sent last"):
            writing_off.request(claim, "It never answers.", unanswered=True, by=biller, at=AT)

    @pytest.mark.parametrize("transport", ["none", "rejected"])
    def test_what_no_payer_holds_is_not_given_up_so(self, biller: User, transport: str) -> None:
        claim = answered.claim(f.SERVICE_DATE, transport=transport)
        with pytest.raises(NotPossible, match="No payer holds"):
            writing_off.request(claim, "Enough.", unanswered=True, by=biller, at=AT)

    def test_what_it_answered_is_decided_as_before(self, biller: User) -> None:
        claim = claim_with(biller, (("PR", "2", "850"),))
        with pytest.raises(NotPossible, match="answered all of this claim by now"):
            writing_off.request(claim, "Enough.", unanswered=True, by=biller, at=AT)

    def test_the_pages_lead_to_it(self, biller: User, settings: Any) -> None:
        settings.WRITE_OFF_LIMIT = 1000
        claim = claim_never_answered(biller)
        checks.post(answer(claim, (("CO", "45", "100"),), charge="500"), by=biller, at=AT)
        call_payer(claim, biller)
        page = Client()
        page.force_login(biller)
        here = f"/claims/{claim.number}/write-off/"
        assert here in page.get(f"/claims/{claim.number}/").content.decode()
        assert "has not decided on all of this claim. $350.00 is given up" in text(page.get(here))
        once = {"once": "11111111-2222-4333-8444-555555555555"}
        assert page.post(here, {**once, "reason": ""}).status_code == 422
        shown = re.search(r'name="shown" value="([^"]+)"', page.get(here).content.decode())
        assert shown
        again = {"once": "21111111-2222-4333-8444-555555555555", "shown": shown[1], "reason": "Called twice."}
        page.post(here, again)
        assert Claim.objects.get(pk=claim.pk).closing == "written_off"


def test_opening_the_claim_again_takes_it_back(biller: User, settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 1000
    denial = denial_of(biller)
    decide(denial, "write_off", "Too late.", by=biller, at=AT)
    closing.reopen(Claim.objects.get(), by=biller, at=AT)
    assert (WriteOff.objects.get().status, given_up(Claim.objects.get()).by_choice) == ("reversed", 0)
    assert differences() == (1, 0)


def test_before_an_answer_and_without_a_reason_nothing_is_given_up(biller: User) -> None:
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    with pytest.raises(NotPossible, match="has not decided"):
        writing_off.request(claim, "Why.", by=biller, at=AT)
    with pytest.raises(ValidationError, match="Say why"):
        writing_off.request(claim, " ", by=biller, at=AT)
    with pytest.raises(NotPermitted):
        writing_off.request(claim, "Why.", by=f.user(role="clinician"), at=AT)
