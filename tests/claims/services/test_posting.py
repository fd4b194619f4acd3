"""Posting: a payer's answer becomes the state of the claim, exactly once; zero paid is never a write-off."""

from __future__ import annotations

import itertools
import threading
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.models import Appeal, Claim, ClaimFigures, Coverage, Denial, Remittance
from claims.queries import calls, previews
from claims.queries import checks as checks_shown
from claims.queries.worklists import queued
from claims.services import appeals, closing, matching, posting, remittances, writing_off
from claims.services.recount import differences
from claims.workflow import ClaimWord
from documentation.kernel.machine import NotPermitted, Refused
from documentation.models import AuditEvent, User
from documentation.services.audit import first_bad_event
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
        Appeal.objects.filter(pk=appeal.pk).update(status="sealed", packet=answered.packet(denial.claim, of=appeal))
        appeal.refresh_from_db()
    if status == "sent":
        answered.sent(denial.claim, on, appeal=appeal)
        Appeal.objects.filter(pk=appeal.pk).update(status="sent")
        appeal.refresh_from_db()
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
            broken.setattr("claims.services.posting_plain.record_many", breaks)
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

    def test_a_denial_that_is_taken_back_is_no_longer_open(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        checks.post(taken_back(claim, checks.DENIED), by=biller, at=AT, trace="T2")
        denial = claim.denials.get()
        assert (denial.status, denial.resolution) == ("resolved", "The payer took this decision back")
        claim = fresh(claim)
        assert (claim.adjudication, claim.figures.at_risk, claim.figures.initially_denied) == ("none", 0, True)
        assert [c.queue for c in queued()] == ["waiting"]
        assert differences() == (1, 0)

    def test_a_denial_in_appeal_waits_for_the_decision_though_it_was_taken_back(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
        appeal = in_appeal(claim.denials.get(), biller)
        checks.post(taken_back(claim, checks.DENIED), by=biller, at=AT, trace="T2")
        appeal.refresh_from_db()
        assert (appeal.status, claim.denials.get().status) == ("sent", "appealed")

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


FIRST_PART = {"charge": "500", "taken": (("CO", "45", "100"),)}
OTHER_PART = {"charge": "350", "taken": (("CO", "50", "350"),)}


class TestSplit:
    """A payer answers a claim in parts: neither replaces the other, on one check or on two."""

    @pytest.mark.parametrize("denied_first", [True, False])
    @pytest.mark.parametrize("on_one_check", [True, False])
    def test_a_paid_part_does_not_resolve_the_denied_one(
        self, biller: User, denied_first: bool, on_one_check: bool
    ) -> None:
        claim = sent()
        parts: list[Any] = [
            answer(claim, line=f"{claim.number}-{n}", **part)  # type: ignore[arg-type]
            for n, part in enumerate((FIRST_PART, OTHER_PART), 1)
        ]
        parts = parts[::-1] if denied_first else parts
        if on_one_check:
            checks.post(*parts, by=biller, at=AT)
        else:
            checks.post(parts[0], by=biller, at=AT)
            checks.post(parts[1], by=biller, at=AT + timedelta(days=1), trace="T2")
        claim = fresh(claim)
        assert (claim.adjudication, claim.closing, claim.word) == ("partly_paid", "open", ClaimWord.DENIED)
        denial = claim.denials.get()
        assert (denial.status, denial.amount, claim.figures.paid, claim.figures.at_risk) == ("open", 350, 400, 350)
        assert differences() == (1, 0)

    def test_a_part_alone_does_not_close_the_claim(self, biller: User) -> None:
        claim = sent()
        checks.post(answer(claim, **FIRST_PART), by=biller, at=AT)  # type: ignore[arg-type]
        assert (fresh(claim).adjudication, fresh(claim).closing) == ("paid", "open")
        assert [c.queue for c in queued()] == ["answered"]
        rest = answer(claim, charge="350", taken=(), line="")
        checks.post(rest, by=biller, at=AT + timedelta(days=1), trace="T2")
        assert (fresh(claim).adjudication, fresh(claim).closing, fresh(claim).figures.paid) == ("paid", "closed", 750)

    def test_a_part_that_is_taken_back_leaves_the_other(self, biller: User) -> None:
        claim = sent()
        checks.post(
            answer(claim, line="", **FIRST_PART),  # type: ignore[arg-type]
            answer(claim, line="", **OTHER_PART),  # type: ignore[arg-type]
            by=biller,
            at=AT,
        )
        back = answer(claim, (("CO", "45", "-100"),), status="22", charge="-500", line="")
        checks.post(back, by=biller, at=AT + timedelta(days=1), trace="T2", amount="-400")
        claim = fresh(claim)
        assert (claim.adjudication, claim.figures.paid, claim.denials.get().status) == ("denied", 0, "open")


class TestTogether:
    """Plain answers are written together, and the rows are those of one by one."""

    def test_the_rows_are_the_same_as_one_by_one(self, biller: User, monkeypatch: pytest.MonkeyPatch) -> None:
        kinds: list[Any] = [checks.PAID, checks.DENIED, checks.PARTLY, checks.DEDUCTIBLE, checks.PENDED, HIDDEN, ()]
        rows = [sent() for _ in kinds]
        estimated, closed, denied, appealed, unsent, part = (sent() for _ in range(6))
        Claim.objects.filter(pk=closed.pk).update(closing="written_off")
        checks.post(answer(denied, checks.DENIED), answer(appealed, checks.DENIED), by=biller, at=AT, trace="T0")
        in_appeal(appealed.denials.get(), biller)
        never_sent = answered.claim(SERVICE, transport="none")
        given = [answer(c, k) for c, k in zip(rows, kinds, strict=True)]
        given += [answer(estimated, ESTIMATE, status="25"), answer(closed), answer(never_sent, checks.DENIED)]
        given += [
            answer(denied, checks.PAID),
            answer(appealed, checks.PAID),
            answer(unsent),
            answer(part, **FIRST_PART),
        ]
        given += [answer(part, line="", **OTHER_PART), taken_back(unsent, checks.PAID), answer(number="X-9")]
        (taken,) = take(check(*given), by=biller, at=AT).checks

        def written() -> dict[str, Any]:
            began = AuditEvent.objects.order_by("-seq").values_list("seq", flat=True)[0]
            with transaction.atomic():
                assert posting.post(taken.remittance, by=biller, at=AT)
                assert first_bad_event() is None
                events = AuditEvent.objects.filter(seq__gt=began)
                hidden = ("id", "seq", "hash", "previous_hash")
                found = {
                    "claims": list(Claim.objects.order_by("pk").values()),
                    "figures": list(ClaimFigures.objects.order_by("claim").values()),
                    "denials": sorted((without(d, "id") for d in Denial.objects.values()), key=str),
                    "appeals": list(Appeal.objects.order_by("pk").values()),
                    "events": sorted((without(e, *hidden) for e in events.values()), key=str),
                }
                assert differences() == (len(found["claims"]), 0)
                transaction.set_rollback(True)
            return found

        together = written()
        monkeypatch.setattr(
            posting, "post_plain", lambda row, **_: set(row.answers.exclude(claim=None).values_list("claim", flat=True))
        )
        assert together == written()
        assert {c["adjudication"] for c in together["claims"]} == {
            "none", "paid", "denied", "partly_paid", "patient_share", "pended",
        }  # fmt: skip

    def test_many_take_no_more_queries_than_few(self, biller: User) -> None:
        def asked(number: int, trace: str) -> int:
            kinds = itertools.cycle((checks.PAID, checks.DENIED, checks.PARTLY))
            text = check(*(answer(sent(), k) for k, _ in zip(kinds, range(number), strict=False)), trace=trace)
            (taken,) = take(text, by=biller, at=AT).checks
            with CaptureQueriesContext(connection) as queries:
                posting.post(taken.remittance, by=biller, at=AT)
            return len(queries)

        assert asked(12, "T1") == asked(3, "T2")


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


class TestAppealsAndPayments:
    def test_the_worked_files_denied_appealed_and_won(self, biller: User) -> None:
        """Domain reference 3.10: CO-252 with N40 and N457, appealed, reversed and paid $640."""
        claim = sent(pk=101)
        Coverage.objects.filter(pk=claim.coverage_id).update(member_id="W123456789")
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
    (told,) = previews.explained(row.remittance, checks_shown.answers_of(row.remittance), at=AT)
    (change,) = told.changes
    assert any(step.startswith("Opens the claim again, which is void") for step in change.steps) is bool(queue)
    assert posting.post(row.remittance, by=biller, at=AT)
    assert {c.pk: c.queue for c in queued()} == {instead.pk: "to_prepare", **({claim.pk: queue} if queue else {})}
    assert AuditEvent.objects.filter(action="claim.answer_void", subject=claim.number).exists() is bool(queue)


def test_a_reversal_leaves_a_void_claim_void(biller: User) -> None:
    claim = sent()
    checks.post(answer(claim, checks.DEDUCTIBLE), by=biller, at=AT)
    closing.void(fresh(claim), "The wrong plan.", "By phone on Nov 30, call 7.", by=biller, at=AT)
    checks.post(taken_back(claim, checks.DEDUCTIBLE), by=biller, at=AT, trace="T2")
    assert (fresh(claim).closing, list(queued())) == ("voided", [])


def test_a_correction_in_front_of_its_reversal_stands(biller: User) -> None:
    claim = sent()
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT, trace="T0")
    later = AT + timedelta(days=1)
    checks.post(answer(claim), taken_back(claim, checks.DENIED), by=biller, at=later, trace="T1")
    row = fresh(claim)
    assert (row.adjudication, row.closing, row.figures.paid, claim.denials.get().status) == (
        "paid", "closed", 640, "resolved"
    )  # fmt: skip
    assert differences() == (1, 0)


@pytest.mark.parametrize(
    ("then", "closing"), [(checks.PAID, "closed"), (checks.PARTLY, "open"), (checks.DENIED, "open")]
)
def test_an_answer_after_a_write_off_opens_the_claim_again(biller: User, then: Any, closing: str) -> None:
    claim = sent()
    checks.post(answer(claim, checks.DENIED), by=biller, at=AT)
    asked = writing_off.request(claim, "Given up.", denial=claim.denials.get(), by=biller, at=AT)
    writing_off.approve(asked, by=f.user(role="manager"), at=AT)
    checks.post(answer(claim, then), by=biller, at=AT, trace="T2")
    asked.refresh_from_db()
    assert (fresh(claim).closing, asked.status) == (closing, "reversed")
    assert [d.status for d in claim.denials.order_by("pk")] == ["resolved", "open"][: 1 if closing == "closed" else 2]
    assert differences() == (1, 0)


@pytest.mark.parametrize(
    ("then", "outcome", "recovered"),
    [(checks.PARTLY, "reprocessed_same", 0), ((("CO", "45", "50"), ("CO", "50", "100")), "overturned_partial", 200)],
)
def test_an_appeal_wins_what_is_denied_no_more(biller: User, then: Any, outcome: str, recovered: int) -> None:
    claim = sent()
    checks.post(answer(claim, checks.PARTLY), by=biller, at=AT, trace="T0")
    appeal = answered.appeal(claim.denials.get(), status="sent")
    answered.sent(claim, PAID_ON, appeal=appeal)
    claim.denials.update(status="appealed")
    back = taken_back(claim, checks.PARTLY)
    checks.post(back, answer(claim, then), by=biller, at=AT + timedelta(days=10), trace="T2")
    appeal.refresh_from_db()
    assert (appeal.status, appeal.outcome, appeal.recovered) == ("decided", outcome, recovered)
    assert fresh(claim).figures.recovered == recovered
    assert differences() == (1, 0)


def test_a_pended_line_beside_a_paid_one_settles_nothing(biller: User) -> None:
    one, two = sent(billed="1700.00"), sent(billed="1700.00")
    for number, claim in enumerate((one, two)):
        said = [
            f"CLP*{claim.number}*1*1700*640**12*P{number}",
            "SVC*AD:D0371*850*640**1",
            "CAS*CO*45*50",
            "CAS*PR*2*160",
            "SVC*AD:D0371*850*0**1",
            "CAS*OA*133*850",
        ]
        if number:  # the same by the slow road, after a denial
            checks.post(answer(claim, checks.DENIED, charge="850"), by=biller, at=AT, trace="T0")
        checks.post((640, said), by=biller, at=AT, trace=f"T{number + 1}")
        assert (fresh(claim).adjudication, fresh(claim).closing) == ("paid", "open")
    assert differences() == (2, 0)


def test_a_pended_claim_is_called_about(biller: User) -> None:
    claim = sent()
    checks.post(answer(claim, checks.PENDED), by=biller, at=AT)
    assert list(calls.silent(date(2027, 3, 1))) == [claim]


class TestTwoSources:
    """One check, typed from paper and arriving as an 835."""

    LINE = {
        "code": "D0371", "charge": Decimal(850), "paid": Decimal(640),
        "adjustments": [{"group": "CO", "carc": "45", "amount": Decimal(50)},
                        {"group": "PR", "carc": "2", "amount": Decimal(160)}],
    }  # fmt: skip

    def typed(self, claim: Claim, by: User, **values: Any) -> Remittance:
        known = {"trace": "T1", "paid_on": PAID_ON, **values}
        return remittances.type_eob(claim, known, [self.LINE], scan=None, by=by, at=AT)

    @pytest.mark.parametrize("values", [{}, {"trace": ""}, {"paid_on": PAID_ON - timedelta(days=1)}])
    def test_a_posted_eob_is_not_posted_again_with_its_835(self, biller: User, values: Any) -> None:
        claim, other = sent(), sent()
        posting.post(self.typed(claim, biller, **values), by=biller, at=AT)
        (taken,) = take(check(answer(claim), answer(other)), by=biller, at=AT).checks
        with pytest.raises(Refused, match="posted twice") as refused:
            posting.post(taken.remittance, by=biller, at=AT)
        assert claim.number in str(refused.value.args)
        # The way out that the sentence names.
        matching.unmatch(taken.remittance.answers.get(claim=claim), by=biller, at=AT)
        assert posting.post(taken.remittance, by=biller, at=AT)
        assert (fresh(claim).figures.paid, fresh(other).figures.paid) == (640, 640)

    def test_what_came_as_an_835_is_not_typed(self, biller: User) -> None:
        claim = sent()
        take(check(answer(claim)), by=biller, at=AT)
        with pytest.raises(ValidationError, match="came as an 835 already"):
            self.typed(claim, biller)
        assert self.typed(claim, biller, trace="T9", paid_on=PAID_ON - timedelta(days=2)).source == "eob"


def test_another_check_under_a_known_key_is_kept_aside(biller: User) -> None:
    """Advices without money often share their number."""
    one, two = sent(), sent()
    checks.post(answer(one, checks.DENIED), by=biller, at=AT, trace="NOPAY")
    other = check(answer(two, checks.DENIED), trace="NOPAY")
    (taken,) = take(other, by=biller, at=AT).checks
    assert (taken.already, two.answers.count()) == (False, 1)
    assert "has the same number, payer, date and amount, and other content" in taken.remittance.problems[0]
    with pytest.raises(Refused):
        posting.post(taken.remittance, by=biller, at=AT)
    assert [again.already for again in take(other, by=biller, at=AT).checks] == [True]
    assert take(check(answer(one, checks.DENIED), trace="NOPAY"), by=biller, at=AT).checks[0].already
