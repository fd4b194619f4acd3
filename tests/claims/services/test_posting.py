"""Posting: a payer's answer becomes the state of the claim, exactly once; zero paid is never a write-off."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from claims.models import Appeal, Claim, Denial, Remittance
from claims.queries import checks as checks_shown
from claims.queries.worklists import queued
from claims.services import appeals, closing, posting, remittances, submissions
from claims.services.recount import differences
from claims.workflow import ClaimWord
from documentation.kernel.machine import NotPermitted, Refused
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import PAID_ON, answer, check, take, taken_back

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "edi" / "samples"
AT = f.AT + timedelta(days=30)
SERVICE = f.SERVICE_DATE


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


def sent(**known: Any) -> Claim:
    row = answered.claim(SERVICE, transport="sent", **known)
    answered.sent(row, SERVICE + timedelta(days=1))
    return row


def fresh(claim: Claim) -> Claim:
    return Claim.objects.get(pk=claim.pk)


def in_appeal(denial: Denial, by: User, *, status: str = "sent", on: date = PAID_ON) -> Appeal:
    """An appeal opened by the verb, brought to `sealed` or `sent` with a blank packet."""
    appeal = appeals.open_appeal(denial, by=by, at=answered.moment(on))
    if status != "draft":
        Appeal.objects.filter(pk=appeal.pk).update(status="sealed", packet=answered.packet(denial.claim, kind="appeal"))
        appeal.refresh_from_db()
    if status == "sent":
        values = {"channel": "portal", "sent_on": on, "proof": "receipt", "proof_reference": "R"}
        submissions.send_appeal(appeal, values, by=by, at=answered.moment(on))
    return appeal


ESTIMATE = (("OA", "101", "850"),)
ZERO_BY_CONTRACT = (("CO", "24", "850"),)
HIDDEN = (("CO", "45", "850"),)


@pytest.mark.parametrize(
    ("taken", "known", "adjudication", "closing", "word", "queue", "denied"),
    [
        (checks.PAID, {}, "paid", "closed", ClaimWord.PAID, None, None),
        (checks.DENIED, {}, "denied", "open", ClaimWord.DENIED, "denied", 850),
        (checks.PARTLY, {}, "partly_paid", "open", ClaimWord.DENIED, "denied", 300),
        (checks.DEDUCTIBLE, {}, "patient_share", "open", ClaimWord.PAID, "answered", None),
        (ZERO_BY_CONTRACT, {}, "patient_share", "open", ClaimWord.PAID, "answered", None),
        (HIDDEN, {}, "denied", "open", ClaimWord.DENIED, "denied", 850),
        (checks.PENDED, {}, "pended", "open", ClaimWord.SUBMITTED, "waiting", None),
        (ESTIMATE, {"status": "25"}, "none", "open", ClaimWord.SUBMITTED, "waiting", None),
        (ESTIMATE, {}, "none", "open", ClaimWord.SUBMITTED, "waiting", None),
        ((), {}, "paid", "closed", ClaimWord.PAID, None, None),
    ],
    ids="paid denied partly deductible capitation hidden pended predetermination estimate whole".split(),
)
def test_every_kind_of_answer(
    biller: User, taken: Any, known: Any, adjudication: str, closing: str, word: Any, queue: Any, denied: Any
) -> None:
    claim = sent()
    checks.post(answer(claim, taken, **known), by=biller, at=AT)
    claim = fresh(claim)
    assert (claim.adjudication, claim.closing, claim.word) == (adjudication, closing, word)
    assert [c.queue for c in queued()] == ([queue] if queue else [])
    assert [d.amount for d in claim.denials.all()] == ([denied] if denied else [])
    assert claim.figures.at_risk == (denied or 0)
    assert differences() == (1, 0)


class TestOnce:
    def test_a_second_posting_changes_nothing(self, biller: User) -> None:
        claim = sent()
        row = checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        before = (fresh(claim).revision, AuditEvent.objects.count(), row.posted_at)
        assert posting.post(row, by=f.user(role="manager"), at=AT + timedelta(days=1)) is False
        row.refresh_from_db()
        assert (fresh(claim).revision, AuditEvent.objects.count(), row.posted_at) == before
        assert (row.posted_by, claim.denials.count()) == (biller, 1)

    def test_it_is_all_or_nothing(self, biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
        one, other = sent(), sent()
        (taken,) = take(check(answer(one), answer(other, checks.DENIED)), by=biller, at=AT).checks

        def breaks(*args: Any, **known: Any) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr("claims.services.denials.record", breaks)
            with pytest.raises(ZeroDivisionError):
                posting.post(taken.remittance, by=biller, at=AT)
        assert [fresh(c).adjudication for c in (one, other)] == ["none", "none"]
        assert posting.post(taken.remittance, by=biller, at=AT)
        assert [fresh(c).adjudication for c in (one, other)] == ["paid", "denied"]

    def test_the_money_posted_is_that_of_the_check(self, biller: User) -> None:
        rows = [sent() for _ in range(3)]
        row = checks.post(
            *(answer(c, t) for c, t in zip(rows, (checks.PAID, checks.PARTLY, checks.DENIED), strict=True)),
            by=biller,
            at=AT,
        )
        assert sum(fresh(c).figures.paid for c in rows) == row.amount == Decimal(1140)

    @pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
    def test_only_billing_posts(self, biller: User, role: str) -> None:
        (taken,) = take(check(answer(sent())), by=biller, at=AT).checks
        with pytest.raises(NotPermitted):
            posting.post(taken.remittance, by=f.user(role=role), at=AT)


class TestForeign:
    def test_it_is_posted_by_nobody_without_a_reason(self, biller: User) -> None:
        claim = sent()
        (taken,) = take(check(answer(claim), npi="1457312068"), by=biller, at=AT).checks
        assert taken.remittance.is_foreign
        for reason in ("", "   "):
            with pytest.raises(Refused, match="another payee"):
                posting.post(taken.remittance, by=biller, at=AT, reason=reason)
        assert fresh(claim).adjudication == "none"
        assert posting.post(taken.remittance, by=biller, at=AT, reason="Our former number.")
        taken.remittance.refresh_from_db()
        assert taken.remittance.foreign_reason == "Our former number."
        assert fresh(claim).adjudication == "paid"

    def test_a_check_without_a_payee_is_not_foreign(self, biller: User) -> None:
        (taken,) = take(check(answer(sent()), npi=""), by=biller, at=AT).checks
        assert not taken.remittance.is_foreign


class TestReversal:
    def test_reversal_and_new_decision_net_and_both_rows_stay(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        checks.post(taken_back(claim, checks.DENIED), answer(claim, checks.PAID), by=biller, at=AT, trace="T2")
        claim = fresh(claim)
        assert [a.outcome for a in claim.answers.order_by("pk")] == ["denied", "reversal", "paid"]
        assert (claim.adjudication, claim.closing, claim.figures.paid) == ("paid", "closed", 640)
        denial = claim.denials.get()
        assert (denial.status, denial.resolution, denial.resolved_on) == ("resolved", "Paid by a later answer", PAID_ON)
        assert (claim.figures.at_risk, claim.figures.initially_denied, claim.figures.paid_first_time) == (
            0,
            True,
            False,
        )

    def test_a_reversal_alone_takes_the_decision_back(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.PAID), by=biller, at=AT)
        checks.post(taken_back(claim, checks.PAID), by=biller, at=AT, trace="T2", amount="-640")
        claim = fresh(claim)
        assert (claim.adjudication, claim.closing, claim.figures.paid) == ("none", "open", 0)
        assert [c.queue for c in queued()] == ["waiting"]

    def test_paid_then_taken_back_and_denied_is_seen_again(self, biller: User) -> None:
        """The claim was closed: what is taken back must not vanish behind that."""
        claim = sent()
        checks.post(answer(claim, checks.PAID), by=biller, at=AT)
        checks.post(
            taken_back(claim, checks.PAID), answer(claim, checks.DENIED), by=biller, at=AT, trace="T2", amount="-640"
        )
        claim = fresh(claim)
        assert (claim.closing, claim.word, claim.figures.at_risk) == ("open", ClaimWord.DENIED, 850)
        assert [c.queue for c in queued()] == ["denied"]
        assert not claim.figures.initially_denied
        assert claim.figures.paid_first_time

    def test_a_second_denial_replaces_the_first_and_counts_its_dollars_once(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        checks.post(answer(claim, (("CO", "252", "850"),), "N40"), by=biller, at=AT, trace="T2")
        first, second = claim.denials.order_by("pk")
        assert (first.status, first.resolution) == ("resolved", "Replaced by a later answer")
        assert (first.is_first, second.is_first, second.status) == (True, False, "open")
        figures = fresh(claim).figures
        assert (figures.at_risk, figures.first_denied, figures.first_cause) == (850, 850, "medical_necessity")

    def test_denied_again_while_an_appeal_waits_the_dollars_count_once(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        in_appeal(claim.denials.get(), biller)
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T2", paid_on=PAID_ON + timedelta(days=5))
        assert claim.denials.count() == 2
        assert fresh(claim).figures.at_risk == 850
        assert differences() == (1, 0)


class TestAppealsAndPayments:
    def test_the_worked_files_denied_appealed_and_won(self, biller: User) -> None:
        """Domain reference 3.10: CO-252 with N40 and N457, appealed, reversed and paid $640."""
        claim = sent(pk=101)
        at = answered.moment(date(2026, 12, 1))
        (denied,) = remittances.import_file(
            (SAMPLES / "denied_for_images.835").read_bytes(), "1.835", by=biller, at=at
        ).checks
        posting.post(denied.remittance, by=biller, at=at)
        denial = claim.denials.get()
        assert (denial.group, denial.carc, denial.rarcs, denial.cause) == ("CO", "252", ["N40", "N457"], "images")
        assert denial.packet == claim.submissions.get().packet
        appeal = in_appeal(denial, biller, on=date(2026, 12, 4))
        assert fresh(claim).word == ClaimWord.APPEAL

        at = answered.moment(date(2026, 12, 23))
        (won,) = remittances.import_file(
            (SAMPLES / "paid_after_appeal.835").read_bytes(), "2.835", by=biller, at=at
        ).checks
        assert posting.post(won.remittance, by=biller, at=at)
        appeal.refresh_from_db()
        denial.refresh_from_db()
        assert (appeal.status, appeal.outcome, appeal.recovered) == ("decided", "overturned_full", 640)
        assert appeal.decided_on == date(2026, 12, 22)
        assert (denial.status, denial.resolution) == ("resolved", "Overturned on appeal")
        claim = fresh(claim)
        assert (claim.word, claim.closing) == (ClaimWord.PAID, "closed")
        figures = claim.figures
        assert (figures.initially_denied, figures.first_cause, figures.first_denied) == (True, "images", 850)
        assert (figures.appeals_decided, figures.appeals_overturned, figures.recovered) == (1, 1, 640)
        assert (figures.paid, figures.at_risk, figures.at_risk_until) == (640, 0, None)
        assert (figures.answered_on, figures.paid_on) == (date(2026, 11, 30), date(2026, 12, 22))
        assert differences() == (1, 0)

    def test_a_check_dated_ahead_decides_on_the_day_it_is_known(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        appeal = in_appeal(claim.denials.get(), biller)
        checks.post(answer(claim, checks.PAID), by=biller, at=AT, trace="T2", paid_on=AT.date() + timedelta(days=3))
        appeal.refresh_from_db()
        assert (appeal.outcome, appeal.decided_on) == ("overturned_full", AT.date())

    def test_paid_in_part_overturns_in_part_and_the_rest_stays_denied(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        appeal = in_appeal(claim.denials.get(), biller)
        checks.post(answer(claim, checks.PARTLY), by=biller, at=AT, trace="T2", paid_on=PAID_ON + timedelta(days=3))
        appeal.refresh_from_db()
        assert (appeal.outcome, appeal.recovered) == ("overturned_partial", 500)
        first, rest = claim.denials.order_by("pk")
        assert (first.status, rest.status, rest.amount) == ("resolved", "open", 300)
        assert fresh(claim).figures.at_risk == 300

    def test_a_payment_from_before_the_appeal_does_not_decide_it(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        appeal = in_appeal(claim.denials.get(), biller)
        checks.post(answer(claim, checks.PAID), by=biller, at=AT, trace="T2", paid_on=PAID_ON - timedelta(days=1))
        appeal.refresh_from_db()
        assert appeal.status == "sent"

    @pytest.mark.parametrize("status", ["draft", "sealed"])
    def test_paid_before_the_appeal_was_sent_it_is_withdrawn(self, biller: User, status: str) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        appeal = in_appeal(claim.denials.get(), biller, status=status)
        checks.post(answer(claim, checks.PAID), by=biller, at=AT, trace="T2", paid_on=PAID_ON + timedelta(days=1))
        appeal.refresh_from_db()
        assert appeal.status == "withdrawn"
        assert claim.denials.get().status == "resolved"
        claim = fresh(claim)
        assert (claim.word, claim.figures.at_risk, claim.figures.appeals_decided) == (ClaimWord.PAID, 0, 0)
        assert differences() == (1, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("taken", [checks.DENIED, checks.PAID])
def test_two_at_the_same_moment_post_it_once(taken: Any) -> None:
    biller = f.user(role="biller")
    claim = sent()
    (imported,) = take(check(answer(claim, taken)), by=biller, at=AT).checks
    start, outcomes = threading.Barrier(2), []

    def work() -> None:
        try:
            mine = Remittance.objects.get(pk=imported.remittance.pk)
            start.wait()
            outcomes.append(posting.post(mine, by=biller, at=AT))
        except Refused as e:
            outcomes.append(e.reasons)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 1
    assert len(outcomes) == 2
    assert AuditEvent.objects.filter(action="remittance.post").count() == 1
    assert claim.denials.count() == (1 if taken == checks.DENIED else 0)
    assert differences() == (1, 0)


@pytest.mark.parametrize(
    ("taken", "queue"),
    [(checks.PAID, "answered"), (checks.DEDUCTIBLE, "answered"), (checks.DENIED, "denied"), (checks.PENDED, None)],
    ids="paid deductible denied pended".split(),
)
def test_what_a_payer_decides_of_a_void_claim_brings_it_back_to_work(biller: User, taken: Any, queue: Any) -> None:
    claim = sent(closing="voided")
    instead = Claim.objects.create(
        encounter=claim.encounter, coverage=claim.coverage, kind="dental", service_date=SERVICE,
        created_at=AT, created_by=biller,
    )  # fmt: skip
    (row,) = take(check(answer(claim, taken)), by=biller, at=AT).checks
    (told,) = [checks_shown.answer(a) for a in checks_shown.answers_of(row.remittance)]
    assert any(effect.startswith("Opens the claim again, which is void") for effect in told.effects) is bool(queue)
    assert posting.post(row.remittance, by=biller, at=AT)
    assert {c.pk: c.queue for c in queued()} == {instead.pk: "to_prepare", **({claim.pk: queue} if queue else {})}
    assert AuditEvent.objects.filter(action="claim.answer_void", subject=claim.number).exists() is bool(queue)


def test_a_reversal_leaves_a_void_claim_void(biller: User) -> None:
    claim = sent()
    checks.post(answer(claim, checks.DEDUCTIBLE), by=biller, at=AT)
    closing.void(fresh(claim), "The wrong plan.", "By phone on Nov 30, call 7.", by=biller, at=AT)
    checks.post(taken_back(claim, checks.DEDUCTIBLE), by=biller, at=AT, trace="T2")
    assert (fresh(claim).closing, list(queued())) == ("voided", [])
