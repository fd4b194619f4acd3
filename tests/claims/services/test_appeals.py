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
from claims.queries import payers
from claims.queries.appeals import undecided
from claims.queries.letters import title_of
from claims.queries.worklists import appeals_by_deadline, queued
from claims.services import appeals, denials, submissions, writing_off
from claims.services.calls import note_call
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
    Appeal.objects.filter(pk=appeal.pk).update(status="sealed", packet=answered.packet(appeal.claim, of=appeal))
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

    def test_a_last_day_that_nobody_verified_is_passed_with_a_reason_alone(self, denial: Denial, biller: User) -> None:
        late = noon(PAID_ON + timedelta(days=181))
        with pytest.raises(Refused, match="The last day for this appeal was May 29, 2027"):
            appeals.open_appeal(denial, by=biller, at=late)
        appeal = appeals.open_appeal(denial, by=biller, at=late, because="The payer gives a year, call 4471.")
        assert (appeal.due_on, appeal.opened_because) == (date(2027, 5, 29), "The payer gives a year, call 4471.")

    def test_no_reason_passes_a_last_day_that_somebody_verified(self, biller: User) -> None:
        firm = denied(biller, appeal_days=60)
        with pytest.raises(Refused, match="January 29, 2027"):
            appeals.open_appeal(firm, by=biller, at=noon(PAID_ON + timedelta(days=61)), because="We hope so.")

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

    @pytest.mark.parametrize("because", ["", "   "])
    def test_no_second_one_before_the_outcome_of_the_first_without_a_reason(
        self, denial: Denial, biller: User, because: str
    ) -> None:
        sent_appeal(denial, biller)
        with pytest.raises(NotPossible, match="sent and is not decided"):
            appeals.open_appeal(denial, by=biller, at=noon(SENT_ON), because=because)

    def test_with_a_reason_the_second_begins_and_the_first_still_waits(self, denial: Denial, biller: User) -> None:
        first = sent_appeal(denial, biller)
        second = appeals.open_appeal(denial, by=biller, at=noon(SENT_ON), because="The portal shows no decision.")
        assert (second.level, second.opened_because) == (2, "The portal shows no decision.")
        assert second.due_reason.startswith("180 days from the sending of December 8, 2026")
        first.refresh_from_db()
        assert first.status == "sent"
        assert differences() == (1, 0)
        # A third would skip the second, whatever the reason.
        with pytest.raises(NotPossible, match="level 2 is open already"):
            appeals.open_appeal(denial, by=biller, at=noon(SENT_ON), because="Faster.")

    def test_the_first_lost_meanwhile_leaves_the_denial_in_appeal(self, denial: Denial, biller: User) -> None:
        first = sent_appeal(denial, biller)
        second = appeals.open_appeal(denial, by=biller, at=noon(SENT_ON), because="No decision.")
        decide(first, biller, "upheld", date(2027, 1, 15))
        denial.refresh_from_db()
        assert denial.status == "appealed"
        appeals.withdraw(second, by=biller, at=noon(date(2027, 1, 16)))
        denial.refresh_from_db()
        assert denial.status == "open"
        assert differences() == (1, 0)

    def test_the_first_won_meanwhile_leaves_nothing_to_write(self, denial: Denial, biller: User) -> None:
        first = sent_appeal(denial, biller)
        second = appeals.open_appeal(denial, by=biller, at=noon(SENT_ON), because="No decision.")
        decide(first, biller, "overturned_full", date(2027, 1, 15), "850")
        denial.refresh_from_db()
        second.refresh_from_db()
        assert (denial.status, second.status) == ("resolved", "withdrawn")
        assert differences() == (1, 0)

    def test_paid_while_two_levels_wait_the_money_counts_once(self, denial: Denial, biller: User) -> None:
        sent_appeal(denial, biller)
        because = "No decision."
        second = appeals.open_appeal(denial, by=biller, at=noon(SENT_ON), because=because)
        send(sealed(second), biller)
        claim = claim_of(denial)
        paid_on = date(2027, 1, 22)
        checks.post(
            checks.taken_back(claim, checks.DENIED), answer(claim, checks.PAID), by=biller, at=noon(paid_on),
            trace="T2", paid_on=paid_on,
        )  # fmt: skip
        told = list(Appeal.objects.order_by("level").values_list("outcome", "recovered"))
        assert told == [("no_response", 0), ("overturned_full", 640)]
        assert claim_of(denial).figures.recovered == 640
        assert differences() == (1, 0)

    def test_a_level_that_the_rules_do_not_know_needs_a_reason(self, biller: User) -> None:
        denial = denied(biller, appeal_days=60)
        _rules(denial, biller, "tricare")
        decide(sent_appeal(denial, biller), biller, "upheld", date(2027, 1, 15))
        with pytest.raises(Refused, match="“TRICARE”, by which this plan goes, knows no appeal of level 2"):
            appeals.open_appeal(denial, by=biller, at=noon(date(2027, 1, 20)))
        asked = "The letter of January 15 names a formal review."
        second = appeals.open_appeal(denial, by=biller, at=noon(date(2027, 1, 20)), because=asked)
        assert (second.level, second.opened_because) == (2, asked)

    def test_a_dental_plan_that_stands_alone_has_no_external_review_by_law(self, biller: User) -> None:
        denial = denied(biller, appeal_days=60)
        _rules(denial, biller, "erisa")
        decide(sent_appeal(denial, biller), biller, "upheld", date(2027, 1, 15))
        second = appeals.open_appeal(denial, by=biller, at=noon(date(2027, 1, 20)))
        assert second.name == "Second internal appeal"
        send_on = date(2027, 1, 20)
        submissions.send_appeal(
            sealed(second),
            {"channel": "mail", "sent_on": send_on, "proof": "tracking_number", "proof_reference": "9401"},
            by=biller,
            at=noon(send_on),
        )
        decide(second, biller, "upheld", date(2027, 2, 15))
        with pytest.raises(Refused, match="External review does not apply to dental plans that stand alone"):
            appeals.open_appeal(denial, by=biller, at=noon(date(2027, 2, 20)))
        third = appeals.open_appeal(denial, by=biller, at=noon(date(2027, 2, 20)), because="State law gives one.")
        assert title_of(third) == "Request for external review"


def _rules(denial: Denial, biller: User, regime: str) -> None:
    PlaybookFact.objects.create(
        payer=denial.claim.coverage.payer, key="appeal_rules", value=regime, source="plan document",
        verified_on=PAID_ON, recorded_at=AT, recorded_by=biller,
    )  # fmt: skip


class TestThePayersTime:
    def test_until_when_it_decides_is_counted_when_it_is_sent(self, biller: User) -> None:
        denial = denied(biller, appeal_days=60)
        _rules(denial, biller, "erisa")
        appeal = sent_appeal(denial, biller)
        appeal.refresh_from_db()
        assert appeal.decide_by == SENT_ON + timedelta(days=60)
        assert appeal.decide_reason == "60 days from the sending of December 8, 2026 (29 CFR 2560.503-1(h)(3)(i))"

    def test_without_a_decision_it_comes_up_the_day_after_and_again_as_a_call_says(self, biller: User) -> None:
        denial = denied(biller, appeal_days=60)
        _rules(denial, biller, "erisa")
        appeal = sent_appeal(denial, biller)
        last = SENT_ON + timedelta(days=60)
        assert list(undecided(last)) == []
        assert list(undecided(last + timedelta(days=1))) == [appeal]
        asked = last + timedelta(days=2)
        values = {"outcome": "in_process", "called_on": asked, "next_on": asked + timedelta(days=7)}
        note_call(claim_of(denial), values, by=biller, at=noon(asked))
        assert list(undecided(asked + timedelta(days=7))) == []
        assert list(undecided(asked + timedelta(days=8))) == [appeal]

    def test_where_no_rule_is_known_it_comes_up_after_sixty_days(self, denial: Denial, biller: User) -> None:
        appeal = sent_appeal(denial, biller)
        appeal.refresh_from_db()
        assert appeal.decide_by is None
        assert list(undecided(SENT_ON + timedelta(days=60))) == []
        assert list(undecided(SENT_ON + timedelta(days=61))) == [appeal]

    def test_no_answer_in_time_is_said_only_when_the_time_is_over(self, biller: User) -> None:
        denial = denied(biller, appeal_days=60)
        _rules(denial, biller, "erisa")
        appeal = sent_appeal(denial, biller)
        appeal.refresh_from_db()
        with pytest.raises(ValidationError, match="The payer may decide until February 6, 2027"):
            decide(appeal, biller, "no_response", date(2027, 2, 6))
        assert decide(appeal, biller, "no_response", date(2027, 2, 7)).outcome == "no_response"


def test_what_appeals_brought_stands_in_the_payers_record_by_cause(denial: Denial, biller: User) -> None:
    decide(sent_appeal(denial, biller), biller, "overturned_full", date(2027, 1, 15), "640")
    told = [o.words for o in payers.outcomes(denial.claim.coverage.payer)]
    assert any(words.startswith("1 of 1 appeal for ") and words.endswith(" won") for words in told), told


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


def test_what_is_written_off_is_opened_again_before_it_is_appealed(biller: User, denial: Denial, settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 1000
    writing_off.request(denial.claim, "Given up.", denial=denial, by=biller, at=AT)
    with pytest.raises(NotPossible, match="Open it again before you appeal"):
        appeals.open_appeal(denial, by=biller, at=AT)
