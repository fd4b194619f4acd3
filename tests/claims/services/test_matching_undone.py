"""A match that is taken back gives back what its answer opened: a void claim is void, what was written off stays so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim, Denial, RemittanceClaim, WriteOff
from claims.queries.balances import unpaid_of
from claims.services import closing, matching, posting, writing_off
from claims.services.patient_money import record_payment
from claims.services.recount import differences
from documentation.kernel.machine import Refused
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import checks
from tests.claims.checks import answer
from tests.claims.services.test_matching import state, waiting
from tests.claims.services.test_posting import AT, fresh, sent

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


class TestVoid:
    @pytest.mark.parametrize("taken", [checks.PAID, checks.DENIED, checks.DEDUCTIBLE])
    def test_a_void_claim_that_it_opened_is_void_again(self, biller: User, taken: Any) -> None:
        claim = sent(closing="voided")
        before, row = state(claim), waiting(biller, taken)
        matching.match(row, claim, by=biller, at=LATER)
        assert fresh(claim).closing == "open"
        matching.unmatch(row, by=biller, at=LATER)
        assert (state(claim), fresh(claim).void_answered_at) == (before, None)
        assert AuditEvent.objects.filter(action="claim.void_again", subject=claim.number).count() == 1
        assert differences() == (1, 0)

    def test_what_was_denied_before_it_was_void_keeps_it_void(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
        Denial.objects.update(status="resolved")
        closing.void(fresh(claim), "Billed to the wrong plan.", "By phone.", by=biller, at=AT + timedelta(hours=1))
        row = waiting(biller)
        matching.match(row, claim, by=biller, at=LATER)
        matching.unmatch(row, by=biller, at=LATER)
        assert (fresh(claim).closing, fresh(claim).adjudication) == ("voided", "denied")

    def test_another_answer_that_came_keeps_it_open(self, biller: User) -> None:
        claim = sent(closing="voided")
        row = waiting(biller, checks.DENIED)
        matching.match(row, claim, by=biller, at=LATER)
        checks.post(answer(claim, checks.PARTLY), by=biller, at=LATER + timedelta(hours=1), trace="T2")
        matching.unmatch(row, by=biller, at=LATER + timedelta(hours=2))
        assert (fresh(claim).closing, fresh(claim).adjudication) == ("open", "partly_paid")

    def test_another_answer_of_an_older_check_that_was_matched_since_keeps_it_open(self, biller: User) -> None:
        claim = sent(closing="voided")
        older, row = waiting(biller, checks.PARTLY), another(biller)
        matching.match(row, claim, by=biller, at=LATER)
        matching.match(older, claim, by=biller, at=LATER + timedelta(hours=1))
        matching.unmatch(row, by=biller, at=LATER + timedelta(hours=2))
        assert (fresh(claim).closing, fresh(claim).adjudication) == ("open", "partly_paid")


def another(biller: User) -> RemittanceClaim:
    """An answer of another posted check that matches nothing, either."""
    (one,) = checks.take(checks.check(answer(number="OLD-2", taken=checks.DENIED), trace="T9"), by=biller, at=AT).checks
    posting.post(one.remittance, by=biller, at=AT)
    return one.remittance.answers.get()


class TestWrittenOff:
    @pytest.fixture
    def given_up(self, biller: User, settings: Any) -> Claim:
        settings.WRITE_OFF_LIMIT = 1000
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
        writing_off.request(fresh(claim), "Small.", denial=Denial.objects.get(), by=biller, at=AT)
        return fresh(claim)

    @pytest.mark.parametrize("taken", [checks.PAID, checks.DENIED, checks.PARTLY, (("CO", "45", "0"),)])
    def test_what_the_answer_took_back_stands_again(self, biller: User, given_up: Claim, taken: Any) -> None:
        before, row = state(given_up), waiting(biller, taken)
        matching.match(row, given_up, by=biller, at=LATER)
        assert (fresh(given_up).closing == "written_off", WriteOff.objects.get().status) == (False, "reversed")
        matching.unmatch(row, by=biller, at=LATER + timedelta(hours=1))
        kept = WriteOff.objects.get()
        assert (state(given_up), kept.status, kept.taken_back_by) == (before, "approved", None)
        assert differences() == (1, 0)
        matching.match(row, given_up, by=biller, at=LATER + timedelta(hours=2))
        assert WriteOff.objects.get().status == "reversed"

    def test_another_answer_that_came_since_keeps_it_open(self, biller: User, given_up: Claim) -> None:
        row = waiting(biller, checks.DENIED)
        matching.match(row, given_up, by=biller, at=LATER)
        checks.post(answer(given_up, checks.PARTLY), by=biller, at=LATER + timedelta(hours=1), trace="T2")
        matching.unmatch(row, by=biller, at=LATER + timedelta(hours=2))
        kept = WriteOff.objects.get()
        assert (fresh(given_up).closing, kept.status, kept.taken_back_by) == ("open", "reversed", None)

    def test_where_the_patient_paid_of_it_since_it_stays_open(self, biller: User, given_up: Claim) -> None:
        row = waiting(biller, (("PR", "1", "850"),))
        matching.match(row, given_up, by=biller, at=LATER)
        known = {"amount": Decimal(300), "paid_on": LATER.date(), "method": "cash"}
        record_payment(fresh(given_up), known, by=biller, at=LATER)
        matching.unmatch(row, by=biller, at=LATER + timedelta(hours=1))
        kept = WriteOff.objects.get()
        assert (fresh(given_up).closing, kept.status, kept.taken_back_by) == ("open", "reversed", None)
        assert unpaid_of(fresh(given_up)) == Decimal(550)

    def test_what_was_written_off_anew_is_taken_back_first(self, biller: User, given_up: Claim) -> None:
        row = waiting(biller, (("CO", "45", "50"), ("PR", "2", "160")))
        matching.match(row, given_up, by=biller, at=LATER)
        closing.reopen(fresh(given_up), by=biller, at=LATER)
        writing_off.request(given_up, "Small.", by=biller, at=LATER)
        before = state(given_up)
        with pytest.raises(Refused, match="written off anew"):
            matching.unmatch(row, by=biller, at=LATER + timedelta(hours=1))
        row.refresh_from_db()
        assert (state(given_up), row.claim) == (before, given_up)

    def test_what_a_person_opened_again_keeps_no_match_from_going(self, biller: User, given_up: Claim) -> None:
        closing.reopen(given_up, by=biller, at=AT + timedelta(hours=1))
        before, row = state(given_up), waiting(biller)
        matching.match(row, given_up, by=biller, at=LATER)
        matching.unmatch(row, by=biller, at=LATER)
        assert (state(given_up), WriteOff.objects.get().amount) == (before, Decimal(850))
