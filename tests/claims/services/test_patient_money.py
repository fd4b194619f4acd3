"""What a patient owes: by what plans answered, what was paid and went back, and never while something is open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.models import BillingRelease, Claim, Coverage, Denial, PatientPayment
from claims.queries.accounts import Account, account_of, accounts_of
from claims.queries.primary import primary_of
from claims.services import appeals, closing, denials, patient_money, writing_off
from claims.services.deciding import decide
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import answer, taken_back
from tests.claims.views.test_dashboard import text

pytestmark = pytest.mark.django_db
AT = f.AT + timedelta(days=30)
PAID_ON = AT.date()


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def manager() -> User:
    return f.user(role="manager")


@pytest.fixture
def claim(db: None) -> Claim:
    return answered.claim(f.SERVICE_DATE, transport="sent")


def second_of(claim: Claim, **states: Any) -> Claim:
    """The claim of the same visit to another plan."""
    plan = Coverage.objects.create(
        patient=claim.encounter.patient, payer=answered.payer("Example Health"), member_id="M2", priority=2
    )
    return Claim.objects.create(
        encounter=claim.encounter, coverage=plan, kind="medical", sequence=2, service_date=claim.service_date,
        total=claim.total, created_at=f.AT, created_by=answered.somebody(), **{"preparation": "ready", **states},
    )  # fmt: skip


def seen(claim: Claim) -> Account:
    account = account_of(Claim.objects.get(pk=claim.pk))
    assert account is not None
    return account


def pay(claim: Claim, amount: str, by: User, **values: Any) -> PatientPayment:
    known = {"amount": Decimal(amount), "paid_on": PAID_ON, "method": "card", **values}
    return patient_money.record_payment(claim, known, by=by, at=AT)


def refund(claim: Claim, amount: str, by: User) -> PatientPayment:
    known = {"amount": Decimal(amount), "paid_on": PAID_ON, "method": "check"}
    return patient_money.record_refund(claim, known, by=by, at=AT)


class TestWhatIsOwed:
    def test_the_share_is_what_the_plan_puts_on_the_patient(self, biller: User, claim: Claim) -> None:
        assert (seen(claim).decided_by, seen(claim).may_bill) == (None, False)
        checks.post(answer(claim), by=biller, at=AT)
        found = seen(claim)
        assert (found.share, found.due, found.holds, found.may_bill) == (Decimal(160), Decimal(160), (), True)

    def test_the_second_plan_has_the_last_word_once_it_decided(self, biller: User, claim: Claim) -> None:
        second = second_of(claim, transport="sent")
        checks.post(answer(claim), by=biller, at=AT)
        assert (seen(second).share, seen(second).may_bill) == (Decimal(160), False)
        assert [h.why for h in seen(claim).holds] == [f"Example Health has not decided on {second}."]
        checks.post(answer(second, (("OA", "23", "690"), ("PR", "2", "60")), status="2"), by=biller, at=AT, trace="T2")
        for one in (claim, second):
            assert (seen(one).share, seen(one).may_bill) == (Decimal(60), True)

    def test_what_the_second_plan_merely_refuses_leaves_the_share_of_the_first(
        self, biller: User, claim: Claim
    ) -> None:
        second = second_of(claim, transport="sent")
        checks.post(answer(claim), by=biller, at=AT)
        checks.post(answer(second, (("CO", "50", "850"),)), by=biller, at=AT, trace="T2")
        assert seen(claim).share == Decimal(160)

    def test_parts_are_added_up_and_what_was_taken_back_is_not_owed(self, biller: User, claim: Claim) -> None:
        for n, (charge, share) in enumerate((("500", "70"), ("350", "30")), 1):
            part = answer(claim, (("PR", "2", share),), charge=charge, line=f"{claim.number}-{n}")
            checks.post(part, by=biller, at=AT, trace=f"P{n}")
        assert (seen(claim).share, seen(claim).may_bill) == (Decimal(100), True)
        other = answered.claim(f.SERVICE_DATE, transport="sent")
        checks.post(answer(other), by=biller, at=AT, trace="T7")
        checks.post(taken_back(other, checks.PAID), by=biller, at=AT, trace="T8")
        assert (seen(other).share, seen(other).decided_by, seen(other).may_bill) == (0, None, False)

    def test_a_code_of_the_payer_that_is_learned_later_is_the_patients_share(self, biller: User, claim: Claim) -> None:
        answered_with = answer(claim, (("PR", "2", "60"), ("ZZ", "P1", "100")))
        checks.post(answered_with, by=biller, at=AT)
        assert seen(claim).share == Decimal(60)
        f.own_code(by=biller, payer=claim.coverage.payer, code="P1", category="pat", group="PR")
        assert (seen(claim).share, seen(claim).due) == (Decimal(160), Decimal(160))

    def test_the_second_plan_is_told_the_share_that_the_balance_shows(self, biller: User, claim: Claim) -> None:
        second = second_of(claim)
        checks.post(answer(claim, (("PR", "2", "60"), ("ZZ", "P1", "100"))), by=biller, at=AT)
        f.own_code(by=biller, payer=claim.coverage.payer, code="P1", category="pat", group="PR")
        told = primary_of(second)
        assert told is not None
        assert (told.patient_cents, told.lines[0].allowed_cents) == (16_000, 85_000)
        assert [a.shown for a in told.lines[0].adjustments] == ["PR-2", "P1"]

    def test_what_is_written_off_of_the_share_is_not_owed(self, biller: User, claim: Claim, settings: Any) -> None:
        settings.WRITE_OFF_LIMIT = 1000
        checks.post(answer(claim), by=biller, at=AT)
        pay(claim, "100", biller)
        closing.reopen(Claim.objects.get(pk=claim.pk), by=biller, at=AT)
        made = writing_off.request(claim, "Hardship.", by=biller, at=AT)
        assert made.amount == Decimal(60)
        found = seen(claim)
        assert (found.forgiven, found.due, found.overpaid) == (Decimal(60), 0, 0)

    def test_what_nobody_put_on_the_patient_is_written_off_first(
        self, biller: User, claim: Claim, settings: Any
    ) -> None:
        settings.WRITE_OFF_LIMIT = 1000
        checks.post(answer(claim, (("PR", "2", "160"), ("CO", "50", "40"))), by=biller, at=AT)
        writing_off.request(claim, "Small.", denial=Denial.objects.get(), by=biller, at=AT)
        assert (seen(claim).forgiven, seen(claim).due) == (0, Decimal(160))


class TestMoney:
    def test_payments_and_refunds_make_the_balance(self, biller: User, claim: Claim) -> None:
        checks.post(answer(claim), by=biller, at=AT)
        pay(claim, "100", biller)
        assert (seen(claim).due, seen(claim).overpaid) == (Decimal(60), 0)
        pay(claim, "80", biller)
        assert (seen(claim).due, seen(claim).overpaid) == (0, Decimal(20))
        refund(claim, "20", biller)
        assert (seen(claim).due, seen(claim).overpaid, seen(claim).kept) == (0, 0, Decimal(160))
        told = AuditEvent.objects.filter(action__startswith="payment.").order_by("seq")
        assert [e.action for e in told] == ["payment.record", "payment.record", "payment.refund"]
        assert {e.subject for e in told} == {claim.number}

    def test_money_of_any_claim_of_the_visit_counts_also_of_one_that_was_replaced(
        self, biller: User, claim: Claim
    ) -> None:
        second = second_of(claim)
        pay(second, "50", biller)
        Claim.objects.filter(pk=second.pk).update(closing="voided")
        checks.post(answer(claim), by=biller, at=AT)
        assert (seen(claim).kept, seen(claim).due) == (Decimal(50), Decimal(110))

    def test_before_an_answer_it_is_paid_in_advance_and_overpaid_only_after(self, biller: User, claim: Claim) -> None:
        pay(claim, "200", biller)
        assert (seen(claim).kept, seen(claim).overpaid) == (Decimal(200), 0)
        checks.post(answer(claim), by=biller, at=AT)
        assert seen(claim).overpaid == Decimal(40)

    def test_no_more_goes_back_than_came(self, biller: User, claim: Claim) -> None:
        first = pay(claim, "50", biller)
        with pytest.raises(NotPossible, match=r"paid \$50.00 of this visit"):
            refund(claim, "50.01", biller)
        back = refund(claim, "50", biller)
        with pytest.raises(NotPossible, match="A refund rests on this payment"):
            patient_money.undo(first, "Wrong.", by=biller, at=AT)
        patient_money.undo(back, "Never sent.", by=biller, at=AT)
        patient_money.undo(first, "Wrong.", by=biller, at=AT)
        assert seen(claim).kept == 0

    def test_a_slip_is_taken_back_once_with_a_reason_and_stays_readable(self, biller: User, claim: Claim) -> None:
        row = pay(claim, "1600", biller)
        with pytest.raises(ValidationError, match="what was wrong"):
            patient_money.undo(row, " ", by=biller, at=AT)
        patient_money.undo(row, "Typed with one zero too many.", by=biller, at=AT)
        with pytest.raises(NotPossible, match="taken back already"):
            patient_money.undo(row, "Again.", by=biller, at=AT)
        (kept,) = seen(claim).payments
        assert (kept.undo_reason, kept.undone_by, seen(claim).kept) == ("Typed with one zero too many.", biller, 0)
        for change in ({"amount": 1}, {"undone_at": None}):
            with pytest.raises(DatabaseError), transaction.atomic():
                PatientPayment.objects.filter(pk=row.pk).update(**change)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"amount": Decimal(0)}, "greater than or equal to"),
            ({"paid_on": PAID_ON + timedelta(days=2)}, "lies in the future"),
            ({"paid_on": None}, "Give the day"),
            ({"method": "barter"}, "not a valid choice"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_is_kept(
        self, biller: User, claim: Claim, values: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(ValidationError, match=said):
            patient_money.record_payment(
                claim, {"amount": Decimal(5), "paid_on": PAID_ON, "method": "cash"} | values, by=biller, at=AT
            )
        assert not PatientPayment.objects.exists()

    def test_a_clinician_records_nothing(self, biller: User, claim: Claim) -> None:
        row = pay(claim, "5", biller)
        nobody = f.user(role="clinician")
        for act in (lambda: pay(claim, "5", nobody), lambda: patient_money.undo(row, "No.", by=nobody, at=AT)):
            with pytest.raises(NotPermitted):
                act()


class TestVoid:
    """Every claim of the visit is void: the patient owes nothing, and the money is not out of sight."""

    @pytest.fixture
    def void(self, biller: User, claim: Claim) -> Claim:
        pay(claim, "200", biller)
        closing.void(claim, "Billed by mistake.", "By phone.", by=biller, at=AT)
        return claim

    def test_what_was_paid_is_overpaid_and_goes_back(self, biller: User, void: Claim) -> None:
        account = seen(void)
        assert (account.kept, account.overpaid, account.due, account.may_bill) == (200, 200, 0, False)
        assert [a.overpaid for a in accounts_of(void.encounter.patient)] == [200]
        with pytest.raises(NotPossible, match="is void or was replaced"):
            pay(void, "5", biller)
        back = refund(void, "200", biller)
        assert (seen(void).overpaid, seen(void).kept) == (0, 0)
        patient_money.undo(back, "Never sent.", by=biller, at=AT)
        assert seen(void).overpaid == 200

    def test_a_slip_is_taken_back_and_then_nothing_is_left_to_show(self, biller: User, void: Claim) -> None:
        patient_money.undo(PatientPayment.objects.get(), "Another patient's.", by=biller, at=AT)
        assert account_of(void) is None
        assert accounts_of(void.encounter.patient) == []

    def test_the_page_says_so(self, biller: User, void: Claim) -> None:
        page = Client()
        page.force_login(biller)
        said = text(page.get(f"/claims/{void}/account/"))
        assert "Every claim of this visit is void or was replaced" in said
        assert "$200.00 goes back to the patient" in said
        assert "Overpaid" in text(page.get(reverse("patient_account", args=[void.encounter.patient_id])))


class TestHolds:
    def test_an_open_denial_and_then_its_appeal_hold_the_bill(self, biller: User, claim: Claim) -> None:
        checks.post(answer(claim, (("PR", "2", "160"), ("CO", "50", "300"))), by=biller, at=AT)
        assert [h.why for h in seen(claim).holds] == [f"A denial of {claim} over $300.00 is open."]
        denial = Denial.objects.get()
        denials.resolve(denial, "Nothing helps.", on=PAID_ON, by=biller, at=AT)
        assert seen(claim).may_bill
        Denial.objects.update(status="open")
        answered.appeal(denial, status="sent")
        assert [(h.why, h.is_appeal) for h in seen(claim).holds] == [(f"An appeal of {claim} is open.", True)]
        assert not seen(claim).may_bill

    @pytest.mark.parametrize(
        ("other", "why"),
        [
            ({"transport": "none"}, "to Example Health was not sent yet"),
            ({"transport": "rejected"}, "to Example Health was rejected and not sent again."),
            ({"transport": "accepted"}, "Example Health has not decided on"),
            ({"transport": "sent", "adjudication": "pended"}, "Example Health has not decided on"),
        ],
    )
    def test_another_plan_that_has_not_decided_holds_it(
        self, biller: User, claim: Claim, other: dict[str, str], why: str
    ) -> None:
        checks.post(answer(claim), by=biller, at=AT)
        second = second_of(claim, **other)
        (hold,) = seen(claim).holds
        assert why in hold.why
        assert (hold.claim, seen(claim).may_bill) == (second, False)
        Claim.objects.filter(pk=second.pk).update(closing="voided")
        assert [h.why for h in seen(claim).holds] == ["Example Health was not asked yet."]
        Coverage.objects.filter(pk=second.coverage_id).update(is_active=False)
        assert seen(claim).may_bill

    def test_a_part_that_is_not_answered_holds_it(self, biller: User, claim: Claim) -> None:
        checks.post(answer(claim, charge="500"), by=biller, at=AT)
        assert [h.why for h in seen(claim).holds] == [f"Summit Dental PPO has answered a part of {claim} only."]

    def test_nobody_bills_for_a_denial_while_another_plan_or_denial_is_open(self, biller: User, claim: Claim) -> None:
        second = second_of(claim, transport="sent")
        checks.post(answer(claim, (("PR", "204", "850"),)), by=biller, at=AT)
        denial = Denial.objects.get()
        with pytest.raises(Refused, match=f"has not decided on {second}. Until that is decided nobody bills"):
            decide(denial, "patient", "Not covered.", by=biller, at=AT)
        checks.post(answer(second, (("CO", "50", "850"),)), by=biller, at=AT, trace="T2")
        other = Denial.objects.get(claim=second)
        with pytest.raises(Refused, match=f"A denial of {second}"):
            decide(denial, "patient", "Not covered.", by=biller, at=AT)
        appeal = appeals.open_appeal(other, by=biller, at=AT)
        with pytest.raises(Refused, match=f"An appeal of {second} is open"):
            decide(denial, "patient", "Not covered.", by=biller, at=AT)
        appeals.withdraw(appeal, by=biller, at=AT)
        denials.resolve(other, "Rightly refused.", on=PAID_ON, by=biller, at=AT)
        decide(denial, "patient", "Not covered.", by=biller, at=AT)
        assert (seen(claim).share, seen(claim).may_bill) == (Decimal(850), True)


class TestRelease:
    @pytest.fixture
    def held(self, biller: User, claim: Claim) -> Claim:
        checks.post(answer(claim, (("PR", "2", "160"), ("CO", "50", "300"))), by=biller, at=AT)
        return claim

    def test_a_manager_releases_with_a_reason_what_is_open_now(self, manager: User, biller: User, held: Claim) -> None:
        later = AT + timedelta(days=1)
        with pytest.raises(NotPermitted):
            patient_money.release(held, "The patient asked.", by=biller, at=later)
        with pytest.raises(ValidationError, match="Say why"):
            patient_money.release(held, "", by=manager, at=later)
        patient_money.release(held, "The patient asked.", by=manager, at=later)
        assert (seen(held).may_bill, len(seen(held).holds), seen(held).standing_holds) == (True, 1, ())
        with pytest.raises(NotPossible, match="Nothing holds the bill"):
            patient_money.release(held, "Again.", by=manager, at=later)
        assert AuditEvent.objects.filter(action="billing.release", subject=held.number, by=manager).count() == 1

    def test_what_is_opened_afterwards_holds_it_again(self, manager: User, held: Claim) -> None:
        patient_money.release(held, "The patient asked.", by=manager, at=AT + timedelta(days=1))
        answered.appeal(Denial.objects.get(), status="draft")
        held.appeals.update(opened_at=AT + timedelta(days=2))
        assert (seen(held).may_bill, len(seen(held).standing_holds)) == (False, 1)

    def test_it_is_taken_back_by_a_row_and_never_changed(self, manager: User, held: Claim) -> None:
        with pytest.raises(NotPossible, match="No release stands"):
            patient_money.hold_again(held, "Never mind.", by=manager, at=AT)
        made = patient_money.release(held, "The patient asked.", by=manager, at=AT + timedelta(days=1))
        patient_money.hold_again(held, "It was the wrong patient.", by=manager, at=AT + timedelta(days=1))
        assert (seen(held).release, seen(held).may_bill) == (None, False)
        assert [r.stands for r in BillingRelease.objects.order_by("pk")] == [True, False]
        with pytest.raises(DatabaseError), transaction.atomic():
            BillingRelease.objects.filter(pk=made.pk).update(stands=False)

    def test_a_release_lets_the_denial_be_left_to_the_patient(self, manager: User, biller: User, claim: Claim) -> None:
        second_of(claim, transport="sent")
        checks.post(answer(claim, (("PR", "204", "850"),)), by=biller, at=AT)
        patient_money.release(claim, "The patient wants to pay now.", by=manager, at=AT)
        decide(Denial.objects.get(), "patient", "Not covered.", by=biller, at=AT)
        assert seen(claim).may_bill


def test_the_accounts_of_a_patient_take_the_same_questions_for_one_visit_as_for_many(biller: User) -> None:
    def visits(n: int) -> int:
        first = answered.claim(f.SERVICE_DATE, transport="sent")
        person = first.encounter.patient
        days = [date(2026, 10, day) for day in range(1, n)]
        rows = [first, *(answered.claim(day, transport="sent", person=person) for day in days)]
        for row in rows:
            checks.post(answer(row, (("PR", "2", "160"), ("CO", "50", "300"))), by=biller, at=AT, trace=f"N{row.pk}")
            pay(row, "10", biller)
        with CaptureQueriesContext(connection) as asked:
            found = accounts_of(person)
        assert [a.due for a in found] == [Decimal(150)] * n
        return len(asked)

    assert visits(2) == visits(6)
