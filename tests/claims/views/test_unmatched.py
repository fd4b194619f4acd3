"""Pages of what no number matches, of deposits by day, and of calls to payers that do not answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, Coverage, Remittance, RemittanceClaim, StatusCall
from claims.queries import calls, deposits, matching
from claims.services import posting, writing_off
from claims.services.calls import note_call
from claims.services.payers import record_fact
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import PENDED, answer, check, merged, post, take
from tests.claims.views.test_dashboard import text

WAITS = (("OA", "133", "250"),)
CUT = (("CO", "50", "200"),)
SERVICE = f.SERVICE_DATE - timedelta(days=60)


def sent(**known: Any) -> Claim:
    row = answered.claim(SERVICE, transport="sent", **known)
    answered.sent(row, SERVICE + timedelta(days=1))
    return row


class TestUnmatched:
    def test_candidates_are_shown_with_score_and_reasons_and_matched(self, biller: Any) -> None:
        claim = sent()
        given = answer(number="OLD", member=claim.coverage.member_id, charge="849", taken=(), day=SERVICE)
        take(check(given), by=biller.user, at=f.AT)
        row = RemittanceClaim.objects.get()
        said = text(biller.get("/remittances/unmatched/"))
        assert f"70 {claim.number}" in said
        assert "the same: member ID, date of service, code; not: name, charge" in said
        assert biller.post(f"/remittances/answers/{row.pk}/match/", {"number": claim.number}).status_code == 302
        said = text(biller.get("/remittances/unmatched/?state=by_hand"))
        assert claim.number in said
        biller.post(f"/remittances/answers/{row.pk}/undo/")
        row.refresh_from_db()
        assert row.claim is None

    def test_a_page_asks_the_same_questions_for_few_as_for_many(self, biller: Any) -> None:
        f.location()

        def asked(n: int) -> int:
            known = RemittanceClaim.objects.count()
            for k in range(known, known + n):
                ours = sent()
                given = answer(number=f"OLD{k}", member=ours.coverage.member_id, charge="849", taken=(), day=SERVICE)
                take(check(given, trace=f"U{k}"), by=biller.user, at=f.AT)
            with CaptureQueriesContext(connection) as queries:
                page = text(biller.get("/remittances/unmatched/"))
            assert page.count("the same: member ID, date of service, code") == known + n
            return len(queries)

        asked(1)
        assert asked(1) == asked(8)

    def test_candidates_are_those_of_each_answer_and_of_many_alike_the_first(
        self, biller: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("claims.queries.matching.MOST_CANDIDATES", 2)
        alike = [sent() for _ in range(4)]
        other = answered.claim(SERVICE - timedelta(days=9), transport="sent", billed="333.00")
        day = other.service_date
        given = [
            answer(number="A", charge="850", taken=(), day=SERVICE, name="NOBODY*NAMED"),
            answer(number="B", charge="1", taken=(), day=SERVICE, name=f"{alike[3].encounter.patient.last_name}*ALEX"),
            answer(number="C", charge="333", taken=(), day=day, name="NOBODY*NAMED"),
            answer(number=other.number, charge="1", taken=(), day=date(2020, 1, 1), name="NOBODY*NAMED"),
        ]
        take(check(*given), by=biller.user, at=f.AT)
        answers = list(RemittanceClaim.objects.filter(claim=None).order_by("position"))
        found = matching.candidates_of(answers)
        told = {a.patient_control: [c.claim for c in found[a.pk]] for a in answers}
        assert told["A"] == [alike[1], alike[0]]
        assert told["B"] == [alike[3]]
        assert told["C"] == [other]
        assert {a.pk: matching.candidates(a) for a in answers} == found

    def test_put_aside_with_a_reason_and_taken_back(self, biller: Any) -> None:
        f.location()
        take(check(answer(number="OLD")), by=biller.user, at=f.AT)
        row = RemittanceClaim.objects.get()
        refused = biller.post(f"/remittances/answers/{row.pk}/park/", {"reason": ""})
        assert (refused.status_code, "Say why it is put aside" in text(refused)) == (422, True)
        biller.post(f"/remittances/answers/{row.pk}/park/", {"reason": "Of the former system."})
        assert "Of the former system." in text(biller.get("/remittances/unmatched/?state=parked"))
        biller.post(f"/remittances/answers/{row.pk}/undo/")
        row.refresh_from_db()
        assert row.parked_at is None

    def test_divided_by_the_numbers_that_its_lines_bear(self, biller: Any) -> None:
        one, other = sent(), sent()
        take(check(merged(one, other)), by=biller.user, at=f.AT)
        row = RemittanceClaim.objects.get()
        shown = biller.get("/remittances/unmatched/")
        page = shown.content.decode()
        assert f"It bears the numbers of {one.number} , {other.number} : one answer on several claims" in text(shown)
        assert f'value="{one.number}"' in page
        assert f'value="{other.number}"' in page
        refused = biller.post(f"/remittances/answers/{row.pk}/split/", {"claim1": one.number, "claim2": "C999999"})
        assert (refused.status_code, "There is no claim with this number" in text(refused)) == (422, True)
        biller.post(f"/remittances/answers/{row.pk}/split/", {"claim1": one.number, "claim2": other.number})
        assert [part.claim for part in row.parts.order_by("pk")] == [one, other]
        assert one.number in text(biller.get("/remittances/unmatched/?state=by_hand"))


class TestDeposits:
    def test_each_check_and_each_day_adds_up(self, biller: Any) -> None:
        claim = sent()
        (taken,) = take(check(answer(claim), answer(number="OLD")), by=biller.user, at=f.AT).checks
        before = deposits.deposit_of(taken.remittance)
        assert (before.posted, before.unposted, before.taken, before.difference) == (0, 1280, 0, 0)
        posting.post(taken.remittance, by=biller.user, at=f.AT)
        text_of = check(answer(sent()), trace="T2", amount="540").replace(
            "SE*", "PLB*1234567893*20261231*WO:P-77*100~SE*"
        )
        count = text_of.count("~")
        text_of = text_of.replace(f"SE*{count - 1}*", f"SE*{count}*")
        (other,) = take(text_of, by=biller.user, at=f.AT).checks
        assert not other.remittance.problems
        (day,) = deposits.deposits_of(list(deposits.days()))
        assert (day.day, day.amount, day.posted, day.unposted, day.taken, day.difference) == (
            checks.PAID_ON, 1820, 640, 1280, 100, 0,
        )  # fmt: skip
        assert "$1,820.00" in text(biller.get("/remittances/deposits/"))
        (besides,) = deposits.besides_of(other.remittance)
        assert (besides.words, besides.cents, besides.answer) == ("Overpayment taken back", 10_000, None)
        assert "Overpayment taken back" in text(biller.get(f"/remittances/{other.remittance.pk}/"))

    def test_an_overpayment_names_the_claim_that_it_is_of(self, biller: Any) -> None:
        claim = sent()
        take(check(answer(claim, payer_number="P-77")), by=biller.user, at=f.AT)
        row = Remittance(provider_adjustments=[{"reason": "WO", "reference": "P-77", "cents": 5000}])
        (besides,) = deposits.besides_of(row)
        assert besides.answer is not None
        assert besides.answer.claim == claim

    def test_one_that_does_not_add_up_says_by_how_much(self, biller: Any) -> None:
        take(check(answer(sent()), amount="700"), by=biller.user, at=f.AT)
        assert "$60.00 do not add up" in text(biller.get("/remittances/deposits/"))


class TestCalls:
    def test_a_claim_comes_up_when_the_payers_days_are_over(self, biller: Any) -> None:
        claim, day = sent(), SERVICE + timedelta(days=1)
        assert not calls.silent(day + timedelta(days=29)).exists()
        (one,) = calls.told(calls.silent(day + timedelta(days=30)))
        assert (one.claim.pk, one.days, one.is_known, one.due_on) == (claim.pk, 30, False, day + timedelta(days=30))
        known = {"value": 10, "source": "call", "verified_on": day}
        record_fact(claim.coverage.payer, "answer_days", known, by=biller.user, at=f.AT)
        (one,) = calls.told(calls.silent(day + timedelta(days=10)))
        assert (one.days, one.is_known) == (10, True)
        # What counts for its plan alone counts before that of the payer, until nobody knows it any more.
        Coverage.objects.filter(pk=claim.coverage_id).update(plan_name="Gold")
        for value, days in ((20, 20), (None, 10)):
            own = {"value": value, "source": "call", "verified_on": day, "plan_name": "Gold"}
            record_fact(claim.coverage.payer, "answer_days", own, by=biller.user, at=f.AT)
            (one,) = calls.told(calls.silent(day + timedelta(days=20)))
            assert (one.days, one.due_on) == (days, day + timedelta(days=days))

    def test_what_was_answered_or_not_sent_never_comes_up(self, biller: Any) -> None:
        answered.claim(SERVICE)
        for adjudication in ("paid", "denied"):
            sent(adjudication=adjudication)
        sent(closing="voided")
        assert not calls.silent(SERVICE + timedelta(days=900)).exists()

    def test_a_page_asks_the_same_questions_for_few_as_for_many(self, biller: Any) -> None:
        def asked(n: int) -> int:
            for _ in range(n):
                sent(of=f"Payer {Claim.objects.count()}")
            with CaptureQueriesContext(connection) as queries:
                biller.get("/worklist/calls/")
            return len(queries)

        asked(1)  # what is cached once is not counted
        assert asked(1) == asked(8)

    def test_the_longest_silent_come_first_and_a_page_holds_no_more_than_it_shows(
        self, biller: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("claims.views.calls.SHOWN", 2)
        rows = [sent() for _ in range(3)]
        late = StatusCall.objects.create(
            claim=rows[0], called_on=SERVICE + timedelta(days=2), outcome="in_process", recorded_at=f.AT,
            next_on=SERVICE + timedelta(days=40), recorded_by=biller.user,
        )  # fmt: skip
        found = calls.silent(f.TODAY)
        assert [c.pk for c in found] == [rows[1].pk, rows[2].pk, rows[0].pk]
        assert calls.told(found)[2].last == late
        first, second = (biller.get(f"/worklist/calls/?page={n}").content.decode() for n in (1, 2))
        assert [f">{c.number}</a>" in first for c in rows] == [False, True, True]
        assert [f">{c.number}</a>" in second for c in rows] == [True, False, False]

    def test_a_call_is_noted_and_the_claim_comes_up_on_the_next_day(self, biller: Any) -> None:
        claim = sent()
        assert claim.number in text(biller.get("/worklist/calls/"))
        page = text(biller.get(f"/claims/{claim.number}/call/"))
        assert "Is it on file" in page
        assert claim.coverage.member_id in page
        given = {"called_on": "2026-11-06", "outcome": "in_process", "next_on": "2026-11-20", "reference": "R-9"}
        assert biller.post(f"/claims/{claim.number}/call/", given).status_code == 302
        assert f">{claim.number}</a>" not in biller.get("/worklist/calls/").content.decode()
        call = StatusCall.objects.get()
        assert (call.outcome, call.reference, call.recorded_by) == ("in_process", "R-9", biller.user)
        (again,) = calls.told(calls.silent(date(2026, 11, 20)))
        assert again.last == call
        assert AuditEvent.objects.filter(action="claim.call", subject=claim.number).exists()
        # Sent again, the days are counted anew.
        answered.sent(claim, date(2026, 11, 10))
        assert not calls.silent(date(2026, 11, 20)).exists()

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"outcome": ""}, "Choose what the payer said"),
            ({"next_on": "2026-11-06"}, "Choose a day after today"),
            ({"called_on": "2026-11-07"}, "lies in the future"),
        ],
    )
    def test_what_cannot_be_is_said(self, biller: Any, changes: dict[str, str], sentence: str) -> None:
        claim = sent()
        given = {"called_on": "2026-11-06", "outcome": "in_process", "next_on": "2026-11-20", **changes}
        refused = biller.post(f"/claims/{claim.number}/call/", given)
        assert (refused.status_code, sentence in text(refused)) == (422, True)
        assert not StatusCall.objects.exists()

    @pytest.mark.parametrize("taken", [PENDED, ()])
    def test_what_was_pended_or_answered_in_part_is_asked_about_too(self, biller: Any, taken: Any) -> None:
        claim = sent()
        post(answer(claim, taken, charge="850" if taken else "500"), by=biller.user, at=f.AT)
        given = {"called_on": "2026-11-06", "outcome": "in_process", "next_on": "2026-11-20"}
        assert biller.post(f"/claims/{claim.number}/call/", given).status_code == 302
        assert f"/claims/{claim.number}/write-off/" in biller.get(f"/claims/{claim.number}/call/").content.decode()
        # On the day that was chosen it comes up again, until the payer has answered all of it.
        assert [c.pk for c in calls.silent(date(2026, 11, 20))] == [claim.pk]
        assert not calls.silent(date(2026, 11, 19)).exists()
        rest = answer(claim, (), charge="850" if taken else "350", line=f"{claim.number}-2")
        post(rest, by=biller.user, at=f.AT + timedelta(days=1), trace="T2")
        assert not calls.silent(date(2026, 11, 20)).exists()

    @pytest.mark.parametrize(("charge", "taken", "left"), [("500", (), 350), ("500", CUT, 350), ("850", WAITS, 250)])
    def test_the_rest_of_what_was_answered_in_part_comes_up_by_itself(
        self, biller: Any, charge: str, taken: Any, left: int
    ) -> None:
        claim, day = sent(), SERVICE + timedelta(days=1)
        post(answer(claim, taken, charge=charge), by=biller.user, at=f.AT)
        assert not calls.silent(day + timedelta(days=29)).exists()
        (one,) = calls.told(calls.silent(day + timedelta(days=30)))
        assert (one.claim.pk, one.is_in_part, one.open_amount) == (claim.pk, True, left)
        assert calls.due_of(claim) == one
        said = text(biller.get("/worklist/calls/"))
        assert f"$850.00 ${left}.00 of it not decided yet" in said
        page = text(biller.get(f"/claims/{claim.number}/call/"))
        assert f"What became of the other ${left}.00" in page
        assert f"Not decided yet ${left}.00" in text(biller.get(f"/claims/{claim.number}/"))
        post(answer(claim, (), charge="850" if taken == WAITS else "350", line=f"{claim.number}-2"),
             by=biller.user, at=f.AT, trace="T2")  # fmt: skip
        assert not calls.silent(day + timedelta(days=900)).exists()

    def test_what_waits_for_a_second_person_keeps_the_day_of_its_call(self, biller: Any) -> None:
        claim = sent()
        given = {"called_on": f.TODAY, "outcome": "in_process", "next_on": date(2026, 11, 20)}
        note_call(claim, given, by=biller.user, at=f.AT)
        writing_off.request(claim, "It never answers.", unanswered=True, by=biller.user, at=f.AT)
        assert [c.pk for c in calls.silent(date(2026, 11, 20))] == [claim.pk]

    def test_of_a_claim_that_waits_for_nobody_nothing_is_asked(self, biller: Any) -> None:
        claim = answered.claim(SERVICE)
        page = biller.get(f"/claims/{claim.number}/call/")
        assert "does not wait for its payer, so there is nothing to ask" in text(page)
        assert b"Note the call" not in page.content
        assert "No payer holds this claim" in text(biller.get(f"/claims/{claim.number}/write-off/"))

    def test_only_who_sends_claims_notes_one_and_only_while_it_waits(self, biller: Any) -> None:
        values = {"called_on": f.TODAY, "next_on": f.TODAY + timedelta(days=7), "outcome": "paid"}
        with pytest.raises(NotPermitted):
            note_call(sent(), values, by=f.user(role="clinician"), at=f.AT)
        with pytest.raises(NotPossible, match="does not wait"):
            note_call(sent(adjudication="paid"), values, by=biller.user, at=f.AT)
        with pytest.raises(ValidationError):
            note_call(sent(), {**values, "outcome": "unheard of"}, by=biller.user, at=f.AT)
        assert not StatusCall.objects.exists()
