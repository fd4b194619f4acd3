"""What follows a plan's answer: the next plan's claim, by itself or by one press, and never sent twice."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from claims.codes.crossover import CARRIER, REASONS, REMARKS, STATUSES, PassedOn, passing
from claims.models import (
    Claim,
    ClaimFigures,
    Coverage,
    Dispatch,
    DispatchedClaim,
    ReasonCode,
    Remittance,
    RemittanceClaim,
    Submission,
    Transmission,
)
from claims.queries import calls
from claims.queries import next_plan as queries
from claims.queries.accounts import account_of
from claims.queries.claims import facts_of
from claims.queries.code_book import code_book
from claims.queries.next_plan import next_of, waiting_for_somebody
from claims.queries.plans import order_of
from claims.services import closing, matching, next_plan, plans, posting, preparation
from claims.services.next_plan import start_next
from claims.services.reason_codes import save_reason
from claims.services.submissions import submit
from documentation.kernel.machine import NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, StoredFile
from tests import factories as f
from tests.claims import answered
from tests.claims.checks import DENIED, PAID, PAID_ON, answer, check, merged, post, take, taken_back
from tests.claims.services.test_plans import WISH, confirm, two_plans
from tests.claims.views.test_dashboard import text

pytestmark = pytest.mark.django_db
FULL = (("CO", "45", "50"),)


@pytest.fixture
def biller() -> Any:
    return f.user(role=Role.BILLER)


@pytest.fixture
def first(biller: Any) -> Claim:
    """The claim to the plan that pays first; the other plan has none yet, and nobody confirmed the order."""
    record = f.signed_encounter()
    two_plans(record.patient, biller)
    plan = order_of(record.patient, record.service_date).plans[0]
    return preparation.start_claim(record, plan, by=biller, at=f.AT, fee=Decimal("850.00"))


def started(first: Claim) -> list[Claim]:
    return list(Claim.objects.exclude(pk=first.pk).order_by("pk"))


def handed_over(claim: Claim, by: Any) -> Dispatch:
    """The claim behind the mark of the outbox: its file may lie with the clearinghouse."""
    known = {"kind": "837P", "interchange": 1, "first_set": 1, "written_at": f.AT, "written_by": by}
    file = StoredFile.objects.create(sha256="0" * 64, path="x", size=1, media_type="x", stored_at=f.AT)
    written = Transmission.objects.create(file=file, **known)
    row = Dispatch.objects.create(way="folder", transmission=written, planned_at=f.AT, planned_by=by, released_at=f.AT)
    DispatchedClaim.objects.create(dispatch=row, claim=claim, claim_revision=claim.revision)
    return row


class TestStartedByTheAnswer:
    def test_where_the_order_is_confirmed_it_starts_by_itself_with_the_amounts(self, biller: Any) -> None:
        record = f.signed_encounter()
        two_plans(record.patient, biller)
        confirm(record, biller)
        plan = order_of(record.patient, record.service_date).plans[0]
        first = preparation.start_claim(record, plan, by=biller, at=f.AT, fee=Decimal("850.00"))
        post(answer(first, PAID), by=biller, at=f.AT)
        (second,) = started(first)
        assert (second.sequence, second.preparation, second.transport, second.total) == (
            2, "draft", "none", Decimal("850.00"),
        )  # fmt: skip
        primary = facts_of(second, today=f.TODAY).primary
        assert primary is not None
        assert (primary.paid_cents, primary.patient_cents, primary.payer) == (
            64000, 16000, first.coverage.payer.name,
        )  # fmt: skip
        post(taken_back(first, PAID), answer(first, PAID), by=biller, at=f.AT, trace="T2")
        assert started(first) == [second]

    def test_where_nobody_confirmed_it_waits_for_one_press(self, biller: Any, first: Claim) -> None:
        post(answer(first, PAID), by=biller, at=f.AT)
        assert started(first) == []
        found = next_of(first)
        assert found is not None
        assert (found.claim, found.left, found.is_confirmed, found.place) == (None, Decimal(160), False, 2)
        page = Client()
        page.force_login(biller)
        said = text(page.get(f"/claims/{first}/account/"))
        assert f"{found.plan.payer.name} was not asked yet." in said
        assert f"Start the claim to {found.plan.payer.name}" in text(page.get(f"/claims/{first}/"))
        pressed = page.post(f"/claims/{first}/next-plan/", {"once": "11111111-2222-4333-8444-555555555555"})
        assert pressed["Location"] == f"/claims/{started(first)[0]}/"
        assert "was not asked yet" not in text(page.get(f"/claims/{first}/account/"))
        second = start_next(first, by=biller, at=f.AT)
        assert started(first) == [second]
        assert start_next(first, by=biller, at=f.AT) == second

    def test_nothing_follows_before_all_is_decided_or_where_nothing_is_left(self, biller: Any, first: Claim) -> None:
        assert next_of(first) is None
        post(answer(first, (("PR", "2", "60"),), charge="500"), by=biller, at=f.AT)
        assert next_of(first) is None
        with pytest.raises(NotPossible, match="No other plan"):
            start_next(first, by=biller, at=f.AT)
        post(answer(first, FULL), by=biller, at=f.AT, trace="T2")
        assert next_of(first) is None

    def test_what_is_refused_is_decided_by_people_first(self, biller: Any, first: Claim) -> None:
        post(answer(first, DENIED), by=biller, at=f.AT)
        assert next_of(first) is None

    def test_a_visit_that_no_plan_is_told_of_stays_so(self, biller: Any, first: Claim) -> None:
        post(answer(first, PAID), by=biller, at=f.AT)
        plans.restrict(first.encounter, WISH, by=biller, at=f.AT)
        assert next_of(first) is None

    def test_an_answer_is_posted_although_its_next_claim_cannot_be_started(self, biller: Any, first: Claim) -> None:
        from tests.browser.rooms import unlocked

        confirm(first.encounter, biller)
        unlocked(first.encounter)
        posted = post(answer(Claim.objects.get(pk=first.pk), PAID, status="19"), by=biller, at=f.AT)
        assert posted.posted_at == f.AT
        assert started(first) == []
        with pytest.raises(NotPossible, match="is being corrected"):
            start_next(first, by=biller, at=f.AT)


class TestPassedOn:
    @pytest.mark.parametrize(
        ("taken", "remarks", "status", "code"),
        [
            (PAID, (), "19", "19"),
            (PAID, (), "20", "20"),
            (PAID, ("MA18",), "1", "MA18"),
            (PAID, ("N89",), "1", "N89"),
            ((*PAID, ("OA", "290", "10")), (), "1", "290"),
        ],
    )
    def test_the_other_plans_claim_is_written_down_as_sent_and_never_sent_twice(
        self, biller: Any, first: Claim, taken: Any, remarks: tuple[str, ...], status: str, code: str
    ) -> None:
        post(answer(first, taken, *remarks, status=status), by=biller, at=f.AT)
        (second,) = started(first)
        assert (second.transport, Submission.objects.count()) == ("sent", 0)
        assert second.passed_on_by is not None
        assert second.passed_on_by.claim == first
        found = next_of(first)
        assert found is not None
        assert found.said is not None
        assert (found.said.code, found.claim) == (code, second)
        with pytest.raises((NotPossible, Refused)):
            submit(second, {"channel": "portal", "sent_on": f.TODAY, "proof": "none"}, by=biller, at=f.AT)
        assert start_next(first, by=biller, at=f.AT) == second
        account = account_of(first)
        assert account is not None
        assert not account.may_bill

    def test_a_plan_of_the_line_that_the_code_names_has_it_and_no_other(self, biller: Any, first: Claim) -> None:
        Coverage.objects.filter(payer__line="medical").update(priority=3)
        other = f.payer(by=biller, name="Second Dental", payer_id="99995")
        between = f.coverage(person=first.encounter.patient, by=biller, with_payer=other, priority=2, member_id="M6")
        post(answer(first, (("OA", "290", "850"),)), by=biller, at=f.AT)
        (made,) = started(first)
        assert (made.coverage.payer.line, made.transport, made.sequence) == ("medical", "sent", 3)
        assert not Claim.objects.filter(coverage=between).exists()

    @pytest.mark.parametrize("code", ["291", "B11"])
    def test_where_no_plan_is_known_to_have_it_nothing_is_written_down_as_sent(
        self, biller: Any, first: Claim, code: str
    ) -> None:
        post(answer(first, (("OA", code, "850"),)), by=biller, at=f.AT)
        assert (started(first), next_of(first)) == ([], None)
        with pytest.raises(NotPossible, match="No other plan"):
            start_next(first, by=biller, at=f.AT)
        post(answer(first, (*PAID, ("OA", code, "10"))), by=biller, at=f.AT, trace="T2")
        found = next_of(first)
        assert found is not None
        assert (started(first), found.passed_on) == ([], None)

    @pytest.mark.parametrize(
        ("name", "number", "status"),
        [
            ("SPECIMEN HEALTH", "", "19"),
            ("SPECIMEN HEALTH OF OHIO", "", "1"),
            ("ANOTHER NAME", "99994", "19"),
            ("", "99994", "1"),
        ],
    )
    def test_the_plan_that_the_answer_names_has_it(
        self, biller: Any, first: Claim, name: str, number: str, status: str
    ) -> None:
        Coverage.objects.filter(payer__line="medical").update(priority=3)
        other = f.payer(by=biller, name="Second Dental", payer_id="99995")
        f.coverage(person=first.encounter.patient, by=biller, with_payer=other, priority=2, member_id="M6")
        post(carried(first, name, number, status), by=biller, at=f.AT)
        (made,) = started(first)
        assert (made.coverage.payer.payer_id, made.transport) == ("99994", "sent")
        found = next_of(first)
        assert found is not None
        assert found.said is not None
        assert found.said.code == ("19" if status == "19" else CARRIER)

    def test_a_plan_that_nobody_knows_of_is_asked_for_and_nothing_is_sent(self, biller: Any, first: Claim) -> None:
        posted = post(carried(first, "OTHER MUTUAL", "70001", "19"), by=biller, at=f.AT)
        found = next_of(first)
        assert found is not None
        assert (started(first), found.passed_on) == ([], None)
        page = Client()
        page.force_login(biller)
        assert "passed it on to OTHER MUTUAL 70001" in text(page.get(f"/remittances/{posted.pk}/"))
        said = text(page.get(f"/claims/{first}/"))
        assert "which is none of the plans that pay after it (19)" in said

    def test_where_the_name_fits_more_than_one_payer_a_person_says_which(self, biller: Any, first: Claim) -> None:
        other = f.payer(by=biller, name="Specimen Mutual", payer_id="99995")
        f.coverage(person=first.encounter.patient, by=biller, with_payer=other, priority=3, member_id="M6")
        confirm(first.encounter, biller, reason="The patient told us.")
        posted = post(carried(first, "SPECIMEN", "70001", "19"), by=biller, at=f.AT)
        found = next_of(first)
        assert found is not None
        # Nothing is started or sent, though the order of the plans is confirmed.
        assert (started(first), found.passed_on) == ([], None)
        assert sorted(plan.payer.name for plan in found.may_be) == ["Specimen Health", "Specimen Mutual"]
        page = Client()
        page.force_login(biller)
        assert re.search("That may be Specimen (Mutual or Specimen Health|Health or Specimen Mutual), and it may",
                         text(page.get(f"/claims/{first}/")))  # fmt: skip
        with pytest.raises(NotPossible, match="No other plan is to be told"):
            start_next(first, plan=first.coverage_id, by=biller, at=f.AT)
        chosen = next(plan for plan in found.may_be if plan.payer == other)
        for _ in range(2):  # pressed again it is the same claim
            page.post(f"/claims/{first}/next-plan/", {"plan": str(chosen.pk), "once": str(uuid4())})
        (made,) = started(first)
        assert (made.coverage, made.transport, made.passed_on_by) == (chosen, "sent", first.answers.get())
        now = next_of(first)
        assert now is not None
        assert (now.plan, now.claim, now.may_be) == (chosen, made, ())
        posting.post(posted, by=biller, at=f.AT)
        assert started(first) == [made]

    def test_a_loose_name_does_not_turn_the_order_of_the_plans(self, biller: Any, first: Claim) -> None:
        """The third plan may be meant: what was left goes to the second one unless a person says that the third has it,
        and once either was sent nothing is written down as passed on.
        """
        other = f.payer(by=biller, name="Harbor Life of Ohio", payer_id="99995")
        third = f.coverage(person=first.encounter.patient, by=biller, with_payer=other, priority=3, member_id="M6")
        post(carried(first, "OHIO", "", "19"), by=biller, at=f.AT)
        found = next_of(first)
        assert found is not None
        assert (found.plan.payer.name, found.may_be, found.may_be_pressed) == ("Specimen Health", (third,), True)
        page = Client()
        page.force_login(biller)
        said = text(page.get(f"/claims/{first}/"))
        assert "Specimen Health is told what it answered" in said
        assert "It is none of these: start the claim to Specimen Health" in said
        assert "It is Harbor Life of Ohio: write it down as passed on" in said
        assert "Start the claim to Harbor" not in said
        second = start_next(first, by=biller, at=f.AT)
        assert (second.coverage, second.sequence, second.transport) == (found.plan, 2, "none")
        # While it is a draft, somebody may still find out where the claim is.
        assert "It is Harbor Life of Ohio" in text(page.get(f"/claims/{first}/"))
        last = preparation.start_claim(first.encounter, third, sequence=3, by=biller, at=f.AT, fee=Decimal("850.00"))
        for sent in (second, last):
            Claim.objects.filter(pk=sent.pk).update(transport="sent")
            said = text(page.get(f"/claims/{first}/"))
            assert f"{sent} is the claim to it" in said
            assert "write it down as passed on" not in said
            assert "says that it passed" not in said
            with pytest.raises(NotPossible, match=f"{sent} to {sent.coverage.payer.name} was sent by the practice"):
                start_next(first, plan=third.pk, by=biller, at=f.AT)
            pressed = page.post(f"/claims/{first}/next-plan/", {"once": str(uuid4())}, follow=True)
            assert "was sent before. Nothing was changed." in text(pressed)
            Claim.objects.filter(pk=sent.pk).update(transport="none")
        chosen = start_next(first, plan=third.pk, by=biller, at=f.AT)
        assert (chosen, chosen.transport, chosen.passed_on_by) == (last, "sent", first.answers.get())

    def test_where_nothing_is_left_only_the_plan_that_has_it_is_written_down(self, biller: Any, first: Claim) -> None:
        other = f.payer(by=biller, name="Harbor Life of Ohio", payer_id="99995")
        third = f.coverage(person=first.encounter.patient, by=biller, with_payer=other, priority=3, member_id="M6")
        post(carried(first, "OHIO", "", "19", FULL), by=biller, at=f.AT)
        page = Client()
        page.force_login(biller)
        said = text(page.get(f"/claims/{first}/"))
        assert "ask before anything is sent" in said
        assert "start the claim to" not in said
        with pytest.raises(NotPossible, match="No other plan"):
            start_next(first, by=biller, at=f.AT)
        assert start_next(first, plan=third.pk, by=biller, at=f.AT).transport == "sent"

    def test_what_waits_for_somebody_stands_among_what_is_to_be_billed(self, biller: Any, first: Claim) -> None:
        page = Client()
        page.force_login(biller)
        assert waiting_for_somebody(PAID_ON).rows == ()
        post(answer(first, PAID), by=biller, at=f.AT)  # nobody confirmed the order
        ((claim, found),) = waiting_for_somebody(PAID_ON).rows
        assert (claim, found.claim, found.left) == (first, None, 160)
        assert waiting_for_somebody(PAID_ON + timedelta(days=366)).rows == ()
        figures = ClaimFigures.objects.filter(claim=first)
        figures.update(answered_on=None)  # of what nobody knows the day, it is not known to be old
        assert len(waiting_for_somebody(PAID_ON + timedelta(days=366)).rows) == 1
        said = text(page.get("/ready-to-bill/"))
        assert "Answered, the next plan to be told" in said
        assert f"{first}" in said
        assert "Nobody confirmed which plan pays first" in said
        made = start_next(first, by=biller, at=f.AT)
        assert waiting_for_somebody(PAID_ON).rows == ()
        # One that people voided on purpose is not asked for again.
        closing.void(made, "The plan ended.", by=biller, at=f.AT)
        assert waiting_for_somebody(PAID_ON).rows == ()

    def test_the_oldest_that_waits_is_not_pushed_out_by_what_waits_for_nobody(
        self, biller: Any, first: Claim, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answered_of_two_plans(*, days: int, told: bool = False) -> Claim:
            record = f.signed_encounter()
            two_plans(record.patient, biller)
            mine, later = order_of(record.patient, record.service_date).plans[:2]
            claim = preparation.start_claim(record, mine, by=biller, at=f.AT, fee=Decimal("850.00"))
            post(answer(claim, PAID), by=biller, at=f.AT, trace=f"T{claim}")
            Claim.objects.filter(pk=claim.pk).update(service_date=f.SERVICE_DATE - timedelta(days=days))
            if told:
                made = preparation.start_claim(record, later, sequence=2, by=biller, at=f.AT, fee=Decimal("850.00"))
                closing.void(made, "The plan ended.", by=biller, at=f.AT)
            return claim

        post(answer(first, PAID), by=biller, at=f.AT)
        older = answered_of_two_plans(days=2)
        answered_of_two_plans(days=4, told=True)  # is older, and people took its next claim back
        monkeypatch.setattr(queries, "MOST_LOOKED_AT", 2)
        found = waiting_for_somebody(PAID_ON)
        assert ([claim for claim, _ in found.rows], found.is_cut) == ([older, first], False)
        page = Client()
        page.force_login(biller)
        assert "There are more" not in text(page.get("/ready-to-bill/"))
        monkeypatch.setattr(queries, "MOST_LOOKED_AT", 1)
        found = waiting_for_somebody(PAID_ON)
        assert ([claim for claim, _ in found.rows], found.is_cut) == ([older], True)
        assert "There are more: they come up here as these are done." in text(page.get("/ready-to-bill/"))

    def test_the_preview_says_that_somebody_must_choose(self, biller: Any, first: Claim) -> None:
        other = f.payer(by=biller, name="Specimen Mutual", payer_id="99995")
        f.coverage(person=first.encounter.patient, by=biller, with_payer=other, priority=3, member_id="M6")
        (taken,) = take(check(carried(first, "SPECIMEN", "", "19")), by=biller, at=f.AT).checks
        page = Client()
        page.force_login(biller)
        said = text(page.get(f"/remittances/{taken.remittance.pk}/"))
        assert "waits for somebody to say, on the claim's page, which of the patient's plans SPECIMEN is" in said

    def test_what_the_practice_writes_down_of_a_code_counts_from_its_day(self, biller: Any, first: Claim) -> None:
        known = {"text": "Sent on", "source": "Their manual", "effective_on": PAID_ON}
        for code, to in (("MA18", "no"), ("N999", "medical")):
            save_reason(None, {"of_list": "rarc", "code": code, "passes_on": to, **known}, by=biller, at=f.AT)
        post(answer(first, PAID, "MA18"), by=biller, at=f.AT)
        assert started(first) == []
        post(answer(first, PAID, "N999"), by=biller, at=f.AT, trace="T2")
        assert [c.transport for c in started(first)] == ["sent"]
        ReasonCode.objects.filter(code="MA18").update(passes_on="")
        assert passing("1", [("rarc", "MA18")], passes=code_book(None, PAID_ON).passes) == PassedOn("MA18", "next")

    def test_a_draft_that_waits_is_not_sent_either(self, biller: Any, first: Claim) -> None:
        confirm(first.encounter, biller)
        both = preparation.start_claims(first.encounter, by=biller, at=f.AT, fee=Decimal("850.00"))
        second = Claim.objects.exclude(pk=first.pk).get()
        assert second in both
        mine, other = sorted(Claim.objects.all(), key=lambda c: c.sequence)
        post(answer(mine, PAID, status="19"), by=biller, at=f.AT)
        other.refresh_from_db()
        assert (other.transport, other.passed_on_by is not None) == ("sent", True)

    def test_it_comes_up_for_a_call_where_that_plan_stays_silent(self, biller: Any, first: Claim) -> None:
        post(answer(first, PAID, status="19"), by=biller, at=f.AT)
        (second,) = started(first)
        later = calls.told(calls.silent(PAID_ON.replace(year=2027)))
        assert [(one.claim, one.sent_on) for one in later if one.claim == second] == [(second, PAID_ON)]

    def test_what_that_plan_never_got_is_sent_by_hand(self, biller: Any, first: Claim) -> None:
        from claims.services.submissions import reject

        post(answer(first, PAID, status="19"), by=biller, at=f.AT)
        (second,) = started(first)
        reject(second, "It is not on file there.", by=biller, at=f.AT)
        second.refresh_from_db()
        assert second.transport == "rejected"

    def test_a_claim_that_is_leaving_is_not_written_down_as_sent_by_another(self, biller: Any, first: Claim) -> None:
        (plan,) = order_of(first.encounter.patient, first.service_date).plans[1:]
        fee = Decimal("850.00")
        second = preparation.start_claim(first.encounter, plan, sequence=2, by=biller, at=f.AT, fee=fee)
        leaving = handed_over(second, biller)
        post(answer(first, PAID, status="19"), by=biller, at=f.AT)
        with pytest.raises(NotPossible, match="being handed over"):
            start_next(first, by=biller, at=f.AT)
        second.refresh_from_db()
        assert (second.transport, second.passed_on_by) == ("none", None)
        DispatchedClaim.objects.filter(dispatch=leaving).update(is_waiting=False)
        assert start_next(first, by=biller, at=f.AT).transport == "sent"

    def test_codes_are_told_apart_and_dated(self) -> None:
        assert passing("1", [("carc", "45"), ("carc", "23"), ("rarc", "N130")]) is None
        assert passing("19", [("rarc", "MA18")]) == PassedOn("19", "next")
        assert passing("1", [("carc", "B11"), ("carc", "291")]) == PassedOn("291", "dental")
        assert passing("1", [("carc", "MA18"), ("own", "290")]) is None
        assert all(
            p.checked_on and p.source and p.says for p in (*STATUSES.values(), *REMARKS.values(), *REASONS.values())
        )


def carried(claim: Claim, name: str, number: str, status: str, taken: Any = PAID) -> Any:
    """An answer that names the plan that it passed the claim on to (NM1*TT)."""
    paid, said = answer(claim, taken, status=status)
    return paid, [*said[:2], f"NM1*TT*2*{name}*****PI*{number}", *said[2:]]


def unmatched(first: Claim, by: Any) -> RemittanceClaim:
    """An answer of a posted check that names no claim of ours, and says that the claim was passed on."""
    post(answer(number="OLD-1", taken=PAID, status="19"), by=by, at=f.AT)
    return Remittance.objects.get().answers.get()


class TestLate:
    """What is matched, divided or broken off after the check was posted is followed all the same."""

    def test_an_answer_that_a_person_matches_is_followed(self, biller: Any, first: Claim) -> None:
        matching.match(unmatched(first, biller), first, by=biller, at=f.AT)
        (second,) = started(first)
        assert (second.transport, second.passed_on_by is not None) == ("sent", True)

    def test_an_answer_that_a_person_divides_is_followed(self, biller: Any, first: Claim) -> None:
        other = answered.claim(f.SERVICE_DATE, transport="sent")
        confirm(first.encounter, biller)
        post(merged(first, other), by=biller, at=f.AT)
        row = Remittance.objects.get().answers.get()
        matching.split(row, [first, other], by=biller, at=f.AT)
        made = Claim.objects.exclude(pk__in=[first.pk, other.pk]).get()
        assert (made.encounter, made.sequence) == (first.encounter, 2)

    def test_what_was_broken_off_behind_the_posting_is_caught_up_with(
        self, biller: Any, first: Claim, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(posting, "follow", lambda *_, **__: None)
            posted = post(answer(first, PAID, status="19"), by=biller, at=f.AT)
        assert started(first) == []
        assert posting.post(posted, by=biller, at=f.AT) is False
        (second,) = started(first)
        assert second.transport == "sent"
        assert posting.post(posted, by=biller, at=f.AT) is False
        assert started(first) == [second]

    def test_what_people_voided_is_not_started_again_without_them(self, biller: Any, first: Claim) -> None:
        confirm(first.encounter, biller)
        posted = post(answer(first, PAID), by=biller, at=f.AT)
        (second,) = started(first)
        closing.void(second, "The plan ended.", by=biller, at=f.AT)
        posting.post(posted, by=biller, at=f.AT)
        assert started(first) == [second]
        assert start_next(first, by=biller, at=f.AT) != second

    @pytest.mark.parametrize("error", [ValidationError("No fee."), IntegrityError("Beside another one.")])
    def test_one_that_cannot_be_started_keeps_no_other_from_it(
        self, biller: Any, first: Claim, error: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = next_plan.start_claim

        def start(encounter: Any, *rest: Any, **more: Any) -> Claim:
            if encounter == first.encounter:
                raise error
            return known(encounter, *rest, **more)

        record = f.signed_encounter()
        two_plans(record.patient, biller)
        plan = order_of(record.patient, record.service_date).plans[0]
        other = preparation.start_claim(record, plan, by=biller, at=f.AT, fee=Decimal("850.00"))
        monkeypatch.setattr(next_plan, "start_claim", start)
        posted = post(answer(first, PAID, status="19"), answer(other, PAID, status="19"), by=biller, at=f.AT)
        assert posted.posted_at == f.AT
        assert [c.encounter for c in started(first) if c != other] == [record]


class TestNeverPassedOn:
    """A match that is taken back takes back what it wrote down of the next plan's claim."""

    @pytest.fixture
    def row(self, biller: Any, first: Claim) -> RemittanceClaim:
        found = unmatched(first, biller)
        matching.match(found, first, by=biller, at=f.AT)
        return found

    def test_the_claim_that_it_started_goes_with_it(self, biller: Any, first: Claim, row: RemittanceClaim) -> None:
        (second,) = started(first)
        matching.unmatch(row, by=biller, at=f.AT)
        assert started(first) == []
        assert AuditEvent.objects.filter(action="claim.never_passed_on", subject=second.number).count() == 1
        assert AuditEvent.objects.filter(action="claim.start_taken_back", subject=second.number).count() == 1
        matching.match(row, first, by=biller, at=f.AT)
        (anew,) = started(first)
        assert (anew.transport, anew.passed_on_by, anew.started_after) == ("sent", row, row)

    def test_a_claim_that_stood_before_stays_and_is_not_sent(self, biller: Any, first: Claim) -> None:
        (plan,) = order_of(first.encounter.patient, first.service_date).plans[1:]
        fee = Decimal("850.00")
        second = preparation.start_claim(first.encounter, plan, sequence=2, by=biller, at=f.AT, fee=fee)
        row = unmatched(first, biller)
        matching.match(row, first, by=biller, at=f.AT)
        matching.unmatch(row, by=biller, at=f.AT)
        second.refresh_from_db()
        assert (started(first), second.transport, second.passed_on_by) == ([second], "none", None)

    def test_what_people_worked_on_stays(self, biller: Any, first: Claim, row: RemittanceClaim) -> None:
        (second,) = started(first)
        lines = [{"code": "42699", "fee": Decimal("850.00"), "description": "By report", "documented": True}]
        matching.unmatch(row, by=biller, at=f.AT)
        matching.match(row, first, by=biller, at=f.AT)
        (second,) = started(first)
        Claim.objects.filter(pk=second.pk).update(transport="none", passed_on_by=None)
        second.refresh_from_db()
        preparation.save_lines(second, lines, by=biller, at=f.AT, seen=second.revision)
        matching.unmatch(row, by=biller, at=f.AT)
        second.refresh_from_db()
        assert (second.closing, second.started_after) == ("open", None)

    def test_where_another_answer_leads_to_it_it_stays(self, biller: Any, first: Claim, row: RemittanceClaim) -> None:
        (second,) = started(first)
        post(answer(first, PAID), by=biller, at=f.AT, trace="T2")
        matching.unmatch(row, by=biller, at=f.AT)
        second.refresh_from_db()
        assert (second.transport, second.started_after) == ("none", first.answers.get())

    def test_not_where_the_next_plan_answered_it(self, biller: Any, first: Claim, row: RemittanceClaim) -> None:
        (second,) = started(first)
        post(answer(second, (("OA", "23", "690"), ("PR", "2", "60")), status="2"), by=biller, at=f.AT, trace="T2")
        with pytest.raises(Refused, match=f"{second} was passed on by this answer"):
            matching.unmatch(row, by=biller, at=f.AT)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.adjudication, second.transport, second.passed_on_by) == ("paid", "sent", row)

    def test_a_division_is_taken_back_with_it(self, biller: Any, first: Claim) -> None:
        other = answered.claim(f.SERVICE_DATE, transport="sent")
        paid, said = merged(first, other)
        post((paid, [said[0].replace("*1*1700", "*19*1700"), *said[1:]]), by=biller, at=f.AT)
        row = Remittance.objects.get().answers.get()
        matching.split(row, [first, other], by=biller, at=f.AT)
        made = Claim.objects.exclude(pk__in=[first.pk, other.pk]).get()
        assert made.transport == "sent"
        matching.unsplit(row, by=biller, at=f.AT)
        assert (Claim.objects.filter(pk=made.pk).exists(), row.parts.count()) == (False, 0)
