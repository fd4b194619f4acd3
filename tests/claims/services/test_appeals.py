"""Appeals: one level after the other, never late, decided with a day and an amount that can be."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from claims.models import Appeal, Claim, Denial, PlaybookFact
from claims.queries.worklists import appeals_by_deadline, queued
from claims.services import appeals, denials, submissions
from claims.services.recount import differences
from claims.workflow import AppealOutcome, ClaimWord
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.models import User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import PAID_ON, answer

pytestmark = pytest.mark.django_db
AT = f.AT + timedelta(days=30)
SENT_ON = date(2026, 12, 8)


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


def denied(biller: User, *remarks: str, appeal_days: int | None = None) -> Denial:
    claim = answered.claim(f.SERVICE_DATE, of=f"Payer {appeal_days}", transport="sent")
    answered.sent(claim, f.TODAY)
    if appeal_days:
        PlaybookFact.objects.create(
            payer=claim.coverage.payer, key="appeal_days", value=appeal_days, source="provider manual",
            verified_on=f.TODAY, recorded_at=AT, recorded_by=biller,
        )  # fmt: skip
    checks.post(answer(claim, checks.DENIED, *remarks), by=biller, at=AT, trace=claim.number)
    return Denial.objects.get(claim=claim)


@pytest.fixture
def denial(biller: User) -> Denial:
    return denied(biller)


def sealed(appeal: Appeal) -> Appeal:
    """With a blank packet: sealing has tests of its own."""
    Appeal.objects.filter(pk=appeal.pk).update(status="sealed", packet=answered.packet(appeal.claim, kind="appeal"))
    appeal.refresh_from_db()
    return appeal


def send(appeal: Appeal, by: User, on: date = SENT_ON) -> Appeal:
    values = {"channel": "mail", "sent_on": on, "proof": "tracking_number", "proof_reference": "9400"}
    submissions.send_appeal(appeal, values, by=by, at=noon(on))
    appeal.refresh_from_db()
    return appeal


def noon(day: date) -> datetime:
    return answered.moment(day) + timedelta(hours=8)


def decide(appeal: Appeal, by: User, outcome: str, on: date, recovered: str = "0") -> Appeal:
    values = {"outcome": outcome, "decided_on": on, "recovered": Decimal(recovered)}
    return appeals.decide(appeal, values, by=by, at=noon(on))


def claim_of(denial: Denial) -> Claim:
    return Claim.objects.get(pk=denial.claim_id)


def sent_appeal(denial: Denial, by: User) -> Appeal:
    return send(sealed(appeals.open_appeal(denial, by=by, at=AT)), by)


class TestOpening:
    def test_the_first_is_level_one_with_its_last_day_and_the_reason(self, biller: User) -> None:
        denial = denied(biller, appeal_days=120)
        appeal = appeals.open_appeal(denial, by=biller, at=AT)
        assert (appeal.level, appeal.status) == (1, "draft")
        assert appeal.due_on == PAID_ON + timedelta(days=120)
        assert appeal.due_reason == "120 days from the notice of November 30, 2026 (provider manual)"
        denial.refresh_from_db()
        assert denial.status == "appealed"
        assert claim_of(denial).word == ClaimWord.APPEAL
        assert [c.queue for c in queued()] == ["appeal_due"]
        assert claim_of(denial).figures.at_risk_until == appeal.due_on

    def test_where_the_limit_is_not_known_the_law_counts_and_says_so(self, denial: Denial, biller: User) -> None:
        appeal = appeals.open_appeal(denial, by=biller, at=AT)
        assert appeal.due_on == PAID_ON + timedelta(days=180)
        assert "29 CFR 2560.503-1" in appeal.due_reason

    @pytest.mark.parametrize("status", ["draft", "sealed", "sent"])
    def test_a_second_one_while_the_first_is_open_is_refused(self, denial: Denial, biller: User, status: str) -> None:
        appeal = appeals.open_appeal(denial, by=biller, at=AT)
        if status != "draft":
            sealed(appeal)
        if status == "sent":
            send(appeal, biller)
        with pytest.raises(NotPossible, match="level 1 is open already"):
            appeals.open_appeal(denial, by=biller, at=AT)
        assert denial.appeals.count() == 1  # type: ignore[attr-defined]

    def test_the_last_day_itself_is_in_time_the_next_is_late(self, biller: User) -> None:
        last = PAID_ON + timedelta(days=60)
        late = denied(biller, appeal_days=60)
        with pytest.raises(Refused, match="The last day for this appeal was January 29, 2027: 60 days"):
            appeals.open_appeal(late, by=biller, at=noon(last + timedelta(days=1)))
        assert not Appeal.objects.exists()
        late.refresh_from_db()
        assert late.status == "open"
        # Ten in the evening in Seattle is the next day in UTC, and still in time.
        evening = answered.moment(last) + timedelta(hours=18)
        assert appeals.open_appeal(late, by=biller, at=evening).due_on == last

    def test_where_the_payer_gives_no_right_there_is_none(self, biller: User) -> None:
        with pytest.raises(Refused, match="no right of appeal"):
            appeals.open_appeal(denied(biller, "MA130"), by=biller, at=AT)

    def test_a_resolved_denial_is_opened_again_by_its_appeal(self, denial: Denial, biller: User) -> None:
        denials.resolve(denial, "The patient pays.", on=AT.date(), by=biller, at=AT)
        appeals.open_appeal(denial, by=biller, at=AT)
        denial.refresh_from_db()
        assert denial.status == "appealed"
        assert claim_of(denial).figures.at_risk == 850

    @pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
    def test_only_billing_appeals(self, denial: Denial, role: str) -> None:
        with pytest.raises(NotPermitted):
            appeals.open_appeal(denial, by=f.user(role=role), at=AT)


class TestLevels:
    @pytest.mark.parametrize("outcome", ["upheld", "dismissed_procedure", "reprocessed_same", "no_response"])
    def test_a_lost_one_opens_the_next_and_its_days_count_from_the_decision(
        self, denial: Denial, biller: User, outcome: str
    ) -> None:
        decide(sent_appeal(denial, biller), biller, outcome, date(2027, 1, 15))
        denial.refresh_from_db()
        assert denial.status == "open"
        assert claim_of(denial).figures.at_risk_until == date(2027, 1, 15) + timedelta(days=180)
        second = appeals.open_appeal(denial, by=biller, at=noon(date(2027, 1, 20)))
        assert (second.level, second.due_on) == (2, date(2027, 1, 15) + timedelta(days=180))
        assert second.due_reason.startswith("180 days from the decision of January 15, 2027")
        assert differences() == (1, 0)

    def test_a_won_one_leaves_nothing_to_appeal(self, denial: Denial, biller: User) -> None:
        decide(sent_appeal(denial, biller), biller, "overturned_full", date(2027, 1, 15), "640")
        with pytest.raises(NotPossible, match="nothing left to appeal"):
            appeals.open_appeal(denial, by=biller, at=noon(date(2027, 1, 16)))

    def test_after_a_part_the_rest_may_be_appealed(self, denial: Denial, biller: User) -> None:
        decide(sent_appeal(denial, biller), biller, "overturned_partial", date(2027, 1, 15), "300")
        assert claim_of(denial).figures.at_risk == 550
        assert appeals.open_appeal(denial, by=biller, at=noon(date(2027, 1, 16))).level == 2

    def test_a_withdrawn_level_may_be_used_again(self, denial: Denial, biller: User) -> None:
        first = appeals.open_appeal(denial, by=biller, at=AT)
        appeals.withdraw(first, by=biller, at=AT)
        denial.refresh_from_db()
        assert denial.status == "open"
        assert appeals.open_appeal(denial, by=biller, at=AT).level == 1
        assert differences() == (1, 0)


class TestTheLetter:
    def test_it_is_kept_as_edited_and_only_as_it_was_seen(self, denial: Denial, biller: User) -> None:
        appeal = appeals.open_appeal(denial, by=biller, at=AT)
        saved = appeals.save_letter(appeal, "Dear reviewer,", by=biller, at=AT, seen=appeal.revision)
        assert saved.letter == "Dear reviewer,"
        with pytest.raises(NotPossible, match="meanwhile"):
            appeals.save_letter(appeal, "Other words", by=biller, at=AT, seen=appeal.revision)
        assert Appeal.objects.get().letter == "Dear reviewer,"

    def test_what_is_sealed_is_not_edited(self, denial: Denial, biller: User) -> None:
        appeal = sealed(appeals.open_appeal(denial, by=biller, at=AT))
        with pytest.raises(NotPossible, match="sealed"):
            appeals.save_letter(appeal, "Other words", by=biller, at=AT, seen=appeal.revision)


class TestSending:
    def test_it_waits_then_and_its_last_day_runs_no_longer(self, denial: Denial, biller: User) -> None:
        appeal = sent_appeal(denial, biller)
        sending = appeal.submissions.get()  # type: ignore[attr-defined]
        assert (sending.packet, sending.claim, sending.sent_on) == (appeal.packet, denial.claim, SENT_ON)
        figures = claim_of(denial).figures
        assert (figures.at_risk, figures.at_risk_until) == (850, None)
        assert figures.submitted_on == f.TODAY
        assert [c.queue for c in queued()] == ["appeal_waiting"]
        assert differences() == (1, 0)

    def test_a_draft_cannot_be_sent(self, denial: Denial, biller: User) -> None:
        with pytest.raises(NotPossible, match="draft"):
            send(appeals.open_appeal(denial, by=biller, at=AT), biller)

    @pytest.mark.parametrize("on", [AT.date() - timedelta(days=40), SENT_ON + timedelta(days=1)])
    def test_on_an_impossible_day_neither(self, denial: Denial, biller: User, on: date) -> None:
        appeal = sealed(appeals.open_appeal(denial, by=biller, at=AT))
        values = {"channel": "mail", "sent_on": on, "proof": "tracking_number", "proof_reference": "9400"}
        with pytest.raises(ValidationError) as caught:
            submissions.send_appeal(appeal, values, by=biller, at=noon(SENT_ON))
        assert list(caught.value.message_dict) == ["sent_on"]
        appeal.refresh_from_db()
        assert appeal.status == "sealed"


DECIDED_ON = date(2027, 1, 15)


class TestDeciding:
    def test_won_in_full(self, denial: Denial, biller: User) -> None:
        appeal = decide(sent_appeal(denial, biller), biller, "overturned_full", DECIDED_ON, "640")
        denial.refresh_from_db()
        assert (appeal.status, appeal.outcome, appeal.decided_on) == ("decided", "overturned_full", DECIDED_ON)
        assert (denial.status, denial.resolution, denial.resolved_on) == (
            "resolved",
            "Overturned on appeal",
            DECIDED_ON,
        )
        figures = claim_of(denial).figures
        assert (figures.appeals_decided, figures.appeals_overturned, figures.recovered) == (1, 1, 640)
        assert (figures.at_risk, figures.initially_denied) == (0, True)
        assert differences() == (1, 0)

    def test_won_by_letter_and_paid_later_it_is_counted_once(self, denial: Denial, biller: User) -> None:
        decide(sent_appeal(denial, biller), biller, "overturned_full", DECIDED_ON, "640")
        claim = claim_of(denial)
        paid_on = DECIDED_ON + timedelta(days=7)
        checks.post(
            checks.taken_back(claim, checks.DENIED), answer(claim, checks.PAID), by=biller, at=noon(paid_on),
            trace="T2", paid_on=paid_on,
        )  # fmt: skip
        figures = claim_of(denial).figures
        assert (figures.recovered, figures.paid, figures.appeals_decided) == (640, 640, 1)
        assert differences() == (1, 0)

    def test_upheld_it_is_denied_again(self, denial: Denial, biller: User) -> None:
        decide(sent_appeal(denial, biller), biller, "upheld", DECIDED_ON)
        claim = claim_of(denial)
        assert claim.word == ClaimWord.DENIED
        assert (claim.figures.appeals_decided, claim.figures.appeals_overturned) == (1, 0)
        assert (claim.figures.recovered, claim.figures.at_risk) == (0, 850)
        assert [c.queue for c in queued()] == ["denied"]

    @pytest.mark.parametrize(
        ("values", "field", "words"),
        [
            ({"outcome": ""}, "outcome", "Choose how"),
            ({"outcome": "hopeful"}, "outcome", "Choose how"),
            ({"decided_on": None}, "decided_on", "Give the day"),
            ({"decided_on": DECIDED_ON + timedelta(days=1)}, "decided_on", "in the future"),
            ({"decided_on": SENT_ON - timedelta(days=1)}, "decided_on", "cannot have been decided before"),
            ({"recovered": Decimal("850.01")}, "recovered", "Between $0.00 and $850.00"),
            ({"recovered": Decimal("-1")}, "recovered", "Between $0.00 and $850.00"),
            ({"recovered": Decimal(0)}, "recovered", "Give the amount"),
            ({"recovered": None}, "recovered", "Give the amount"),
            ({"outcome": "upheld"}, "recovered", "Leave this empty"),
        ],
    )
    def test_what_cannot_be_is_said_at_its_field(
        self, denial: Denial, biller: User, values: dict[str, Any], field: str, words: str
    ) -> None:
        appeal = sent_appeal(denial, biller)
        given = {"outcome": "overturned_full", "decided_on": DECIDED_ON, "recovered": Decimal(640), **values}
        with pytest.raises(ValidationError) as caught:
            appeals.decide(appeal, given, by=biller, at=noon(DECIDED_ON))
        assert list(caught.value.message_dict) == [field]
        assert words in caught.value.message_dict[field][0]
        appeal.refresh_from_db()
        assert (appeal.status, appeal.outcome) == ("sent", "")

    def test_every_outcome_has_its_place(self, biller: User) -> None:
        for outcome in AppealOutcome:
            denial = denied(biller)
            amount = "100" if outcome in ("overturned_full", "overturned_partial") else "0"
            assert decide(sent_appeal(denial, biller), biller, outcome, DECIDED_ON, amount).outcome == outcome
        rows, wrong = differences()
        assert (rows, wrong) == (len(AppealOutcome), 0)

    @pytest.mark.parametrize("status", ["draft", "sealed"])
    def test_what_was_not_sent_cannot_be_decided(self, denial: Denial, biller: User, status: str) -> None:
        appeal = appeals.open_appeal(denial, by=biller, at=AT)
        if status == "sealed":
            sealed(appeal)
        with pytest.raises(NotPossible, match=status):
            decide(appeal, biller, "upheld", DECIDED_ON)

    def test_nor_decided_twice_nor_withdrawn_afterwards(self, denial: Denial, biller: User) -> None:
        appeal = decide(sent_appeal(denial, biller), biller, "upheld", DECIDED_ON)
        with pytest.raises(NotPossible):
            decide(appeal, biller, "overturned_full", DECIDED_ON, "640")
        with pytest.raises(NotPossible):
            appeals.withdraw(appeal, by=biller, at=noon(DECIDED_ON))
        assert claim_of(denial).figures.recovered == 0


def test_the_tracker_lists_by_deadline_what_is_to_be_sent_first(biller: User) -> None:
    late, soon, waiting, done = (denied(biller, appeal_days=n) for n in (150, 40, 90, 30))
    for denial in (late, soon):
        appeals.open_appeal(denial, by=biller, at=AT)
    sent_appeal(waiting, biller)
    decide(sent_appeal(done, biller), biller, "upheld", DECIDED_ON)
    assert [a.denial for a in appeals_by_deadline()] == [soon, late, waiting, done]


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_open_one_appeal() -> None:
    biller = f.user(role="biller")
    denial = denied(biller)
    start, outcomes = threading.Barrier(2), []

    def work() -> None:
        try:
            mine = Denial.objects.get(pk=denial.pk)
            start.wait()
            appeals.open_appeal(mine, by=biller, at=AT)
            outcomes.append("opened")
        except NotPossible:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["opened", "refused"]
    assert Appeal.objects.get().level == 1
