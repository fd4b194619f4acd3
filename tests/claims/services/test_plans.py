"""Plans stand in the order that a person confirmed; what changes is asked for again; what is private stays so."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, PlanOrder
from claims.queries.claims import facts_of, report_of
from claims.queries.narrowing import footing, weighed
from claims.queries.plans import is_confirmed, order_of
from claims.services import plans, preparation, queues, submissions
from claims.services.coverage import save_coverage
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from tests import factories as f
from tests.claims.papers import scanned

pytestmark = pytest.mark.django_db

KNOWN = {"program": "commercial", "employment": "active"}


@pytest.fixture
def biller() -> Any:
    return f.user(role=Role.BILLER)


@pytest.fixture
def visit(biller: Any) -> Any:
    """A planned visit of a patient with a dental and a medical plan."""
    encounter = f.planned_visit()
    two_plans(encounter.patient, biller)
    return encounter


def two_plans(person: Any, by: Any) -> tuple[Any, Any]:
    dental = f.coverage(person=person, by=by)
    health = f.payer(by=by, name="Specimen Health", payer_id="99994", line="medical")
    medical = f.coverage(person=person, by=by, with_payer=health, priority=2, member_id="M5", plan_name="HMO")
    return dental, medical


def confirm(visit: Any, by: Any, **more: Any) -> PlanOrder:
    known = order_of(visit.patient, visit.service_date)
    order = [p.pk for p in known.suggested]
    given = {"seen": known.facts_sha256, "day": visit.service_date, "by": by, "at": f.AT, **more}
    return plans.confirm_order(visit.patient, given.pop("order", order), **given).order


def test_one_plan_needs_no_order_and_two_need_a_person(visit: Any, biller: Any) -> None:
    alone = f.planned_visit()
    f.coverage(person=alone.patient, by=biller)
    assert is_confirmed(alone.patient, alone.service_date)
    assert not is_confirmed(visit.patient, visit.service_date)
    kept = confirm(visit, biller)
    assert is_confirmed(visit.patient, visit.service_date)
    assert (kept.rule, kept.confirmed_by, kept.confirmed_at) == ("ORD-141", biller, f.AT)
    assert "pays first, because" in kept.why


@pytest.mark.parametrize("what", ["terms", "policy", "day"])
def test_what_changes_is_asked_for_again(visit: Any, biller: Any, what: str) -> None:
    from claims.services.payers import record_policy

    confirm(visit, biller)
    dental, medical = order_of(visit.patient, visit.service_date).plans
    if what == "terms":
        plans.save_terms(dental, {"employment": "retired"}, today=f.TODAY, by=biller, at=f.AT)
    elif what == "policy":
        record_policy(medical.payer, {"treats_as": "medical"}, by=biller, at=f.AT)
    else:
        save_coverage(visit.patient, medical, {"effective_on": date(2020, 2, 2)}, by=biller, at=f.AT)
    again = order_of(visit.patient, visit.service_date)
    assert again.is_stale
    assert not again.is_confirmed


def test_what_a_payer_took_the_service_for_long_ago_decides_no_order_and_is_asked(visit: Any, biller: Any) -> None:
    from claims.services.payers import record_fact

    assert [d.rule.id for d in order_of(visit.patient, visit.service_date).decisions if d.rule] == ["ORD-141"]
    for plan in visit.patient.coverages.all():
        old = {"value": "dental", "source": "call", "verified_on": visit.service_date - timedelta(days=400)}
        record_fact(plan.payer, "treats_as", old, by=biller, at=f.AT)
    known = order_of(visit.patient, visit.service_date)
    assert [d.rule.id for d in known.decisions if d.rule] == ["ORD-142"]
    asked = [q for q in known.questions if "dental or medical?" in q]
    assert len(asked) == 2
    assert all("was last verified on Oct 1, 2025, more than 365 days before." in q for q in asked)


def test_another_order_than_the_suggested_one_needs_a_reason_and_takes_the_places(visit: Any, biller: Any) -> None:
    dental, medical = order_of(visit.patient, visit.service_date).suggested
    with pytest.raises(ValidationError, match="Say why"):
        confirm(visit, biller, order=[medical.pk, dental.pk])
    confirm(visit, biller, order=[medical.pk, dental.pk], reason="Both payers asked, call 4411.")
    dental.refresh_from_db()
    medical.refresh_from_db()
    assert (medical.priority, dental.priority) == (1, 2)
    assert is_confirmed(visit.patient, visit.service_date)


def test_each_place_that_no_rule_decides_needs_a_reason_and_the_confirmed_order_stands(visit: Any, biller: Any) -> None:
    """Two plans as a dependent come behind the own one, and nothing decides between these two."""
    own, medical = order_of(visit.patient, visit.service_date).plans
    save_coverage(visit.patient, own, {"relationship": "self"}, by=biller, at=f.AT)
    values = {"relationship": "spouse", "subscriber_first_name": "Kim", "subscriber_last_name": "Doe"}
    save_coverage(visit.patient, medical, values, by=biller, at=f.AT)
    third = f.coverage(person=visit.patient, by=biller, with_payer=medical.payer, priority=3, member_id="M6", **values)
    known = order_of(visit.patient, visit.service_date)
    assert [d.rule.id if d.rule else "" for d in known.decisions] == ["ORD-121", ""]
    order = [own.pk, third.pk, medical.pk]
    for given in (order, [own.pk, medical.pk, third.pk]):
        with pytest.raises(ValidationError, match="No rule decides every place"):
            confirm(visit, biller, order=given)
    kept = confirm(visit, biller, order=order, reason="Both payers asked, call 4411.")
    again = order_of(visit.patient, visit.service_date)
    assert (again.is_confirmed, again.agrees, again.facts_sha256) == (True, True, kept.facts_sha256)


def test_visits_with_other_plans_in_force_keep_orders_of_their_own(biller: Any, django_assert_num_queries: Any) -> None:
    """The third plan covers the later visit only."""
    visit = f.planned_visit()
    dental, medical = two_plans(visit.patient, biller)
    day, later = visit.service_date, visit.service_date + timedelta(30)
    new = {"payer_id": "99995", "name": "Specimen Later", "line": "medical"}
    since = {"priority": 3, "member_id": "M7", "effective_on": day + timedelta(10)}
    f.coverage(person=visit.patient, by=biller, with_payer=f.payer(by=biller, **new), **since)
    given = {"reason": "All payers asked, call 4411."}
    for when, order in ((day, [dental, medical]), (later, None), (day, [dental, medical])):
        known = order_of(visit.patient, when)
        keys = [p.pk for p in order or known.plans]
        plans.confirm_order(visit.patient, keys, seen=known.facts_sha256, day=when, by=biller, at=f.AT, **given)
        assert is_confirmed(visit.patient, when)
    assert (is_confirmed(visit.patient, day), is_confirmed(visit.patient, later)) == (True, True)
    kept = PlanOrder.objects.count()
    with django_assert_num_queries(4):
        assert order_of(visit.patient, day).is_confirmed
    # The newest from the same facts counts: an order that was taken back comes not to life by its places alone.
    known = order_of(visit.patient, day)
    plans.confirm_order(
        visit.patient, [medical.pk, dental.pk], seen=known.facts_sha256, day=day, by=biller, at=f.AT, **given
    )
    assert (is_confirmed(visit.patient, day), PlanOrder.objects.count()) == (True, kept + 1)
    assert not is_confirmed(visit.patient, later)


def test_an_order_seen_before_a_change_is_not_confirmed(visit: Any, biller: Any) -> None:
    seen = order_of(visit.patient, visit.service_date).facts_sha256
    dental = visit.patient.coverages.first()
    plans.save_terms(dental, KNOWN, today=f.TODAY, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="changed meanwhile"):
        confirm(visit, biller, seen=seen)
    with pytest.raises(ValidationError, match="one of the patient's plans"):
        confirm(visit, biller, order=[dental.pk, 999])
    assert not PlanOrder.objects.exists()


def test_terms_are_not_overwritten_silently_and_days_lie_in_the_past(visit: Any, biller: Any) -> None:
    dental = visit.patient.coverages.first()
    plans.save_terms(dental, KNOWN, today=f.TODAY, by=biller, at=f.AT, seen=0)
    dental = type(dental).objects.get(pk=dental.pk)
    with pytest.raises(NotPossible, match="Somebody else"):
        plans.save_terms(dental, {"employment": "cobra"}, today=f.TODAY, by=biller, at=f.AT, seen=0)
    for name in ("kidney_since", "held_since"):
        with pytest.raises(ValidationError, match="future"):
            plans.save_terms(dental, {name: f.TODAY + timedelta(1)}, today=f.TODAY, by=biller, at=f.AT, seen=1)
    with pytest.raises(NotPermitted):
        plans.save_terms(dental, KNOWN, today=f.TODAY, by=f.user(role=Role.ADMINISTRATOR), at=f.AT)


def test_terms_of_a_payer_are_kept_version_by_version(biller: Any) -> None:
    payer = f.payer(by=biller)
    first = plans.record_payer_terms(payer, {"network": "in", "allowed": Decimal(800)}, by=biller, at=f.AT, seen=0)
    same = plans.record_payer_terms(payer, {"network": "in", "allowed": Decimal(800)}, by=biller, at=f.AT)
    assert same == first
    with pytest.raises(NotPossible, match="Somebody else"):
        plans.record_payer_terms(payer, {"network": "out"}, by=biller, at=f.AT, seen=0)
    plans.record_payer_terms(payer, {"network": "out"}, by=biller, at=f.AT, seen=first.pk)
    assert payer.terms.count() == 2


# --- A visit that the patient pays and wants kept private ------------------------------------------------------------

WISH = {"asked_on": f.TODAY, "reason": "Wants the employer's plan not to know.", "paid_in_full": True}


def test_no_claim_of_a_private_visit_is_started_made_ready_or_sent(biller: Any) -> None:
    ready = f.claim_at(preparation="ready", by=biller)
    f.sealed_packet(by=biller, claim=ready)
    kept = plans.restrict(ready.encounter, WISH, by=biller, at=f.AT)
    ready.refresh_from_db()
    assert (ready.preparation, kept.recorded_by) == ("held", biller)
    assert facts_of(ready, today=f.TODAY).restriction is not None
    assert "COB-111" in [r.rule for r in report_of(ready, today=f.TODAY).blockers]
    with pytest.raises(Refused, match="no plan is told"):
        preparation.mark_ready(ready, by=biller, at=f.AT)
    values = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R"}
    with pytest.raises(Refused, match="no plan is told"):
        submissions.submit(ready, values, by=biller, at=f.AT)
    other = f.signed_encounter()
    f.coverage(person=other.patient, by=biller)
    plans.restrict(other, WISH, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="No claim is started"):
        preparation.start_claims(other, by=biller, at=f.AT)
    assert not Claim.objects.filter(encounter=other).exists()


def test_whoever_may_not_hold_claims_still_keeps_a_visit_private(biller: Any) -> None:
    ready = f.claim_at(preparation="ready", by=biller)
    plans.restrict(ready.encounter, WISH, by=f.user(role=Role.ASSISTANT), at=f.AT)
    ready.refresh_from_db()
    assert ready.preparation == "ready"
    with pytest.raises(Refused, match="something changed"):
        f.sealed_packet(by=biller, claim=ready)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"paid_in_full": False}, "paid_in_full"),
        ({"reason": " "}, "reason"),
        ({"asked_on": date(2027, 1, 1)}, "asked_on"),
    ],
)
def test_a_wish_that_is_not_whole_is_refused_at_its_field(biller: Any, changes: dict[str, Any], field: str) -> None:
    visit = f.planned_visit()
    with pytest.raises(ValidationError) as refused:
        plans.restrict(visit, {**WISH, **changes}, by=biller, at=f.AT)
    assert list(refused.value.message_dict) == [field]


def test_a_wish_comes_too_late_for_a_claim_that_was_sent(biller: Any) -> None:
    sent = f.submission(by=biller).claim
    with pytest.raises(NotPossible, match="was sent"):
        plans.restrict(sent.encounter, WISH, by=biller, at=f.AT)


@pytest.mark.parametrize("closing", ["closed", "corrected", "written_off"])
def test_a_closed_claim_that_was_sent_told_a_plan_as_well(biller: Any, closing: str) -> None:
    sent = f.submission(by=biller).claim
    Claim.objects.filter(pk=sent.pk).update(closing=closing)
    with pytest.raises(NotPossible, match="was sent"):
        plans.restrict(sent.encounter, WISH, by=biller, at=f.AT)
    Claim.objects.filter(pk=sent.pk).update(closing="voided")
    assert plans.restrict(sent.encounter, WISH, by=biller, at=f.AT).pk


def test_only_a_reason_lifts_a_restriction_and_only_once(biller: Any) -> None:
    visit = f.planned_visit()
    kept = plans.restrict(visit, WISH, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="stands already"):
        plans.restrict(visit, WISH, by=biller, at=f.AT)
    with pytest.raises(ValidationError, match="who took it back"):
        plans.lift(kept, " ", by=biller, at=f.AT)
    lifted = plans.lift(kept, "The patient called.", by=biller, at=f.AT)
    assert lifted.lifted_by == biller
    with pytest.raises(NotPossible, match="lifted already"):
        plans.lift(kept, "Again.", by=biller, at=f.AT)
    plans.restrict(visit, WISH, by=biller, at=f.AT)


# --- The first plan's amounts reach the second claim -----------------------------------------------------------------


def test_the_posted_amounts_of_the_first_plan_reach_the_second_claim(biller: Any) -> None:
    from claims.packet.formdata import claim_data
    from tests.claims.checks import PAID, answer, post

    record = f.signed_encounter()
    two_plans(record.patient, biller)
    first, second = preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
    assert facts_of(second, today=f.TODAY).primary is None
    post(answer(first, PAID, payer_number="PC77"), by=biller, at=f.AT)
    facts = facts_of(second, today=f.TODAY)
    primary = facts.primary
    assert primary is not None
    assert (primary.paid_cents, primary.charge_cents, primary.payer_control) == (64000, 85000, "PC77")
    (line,) = primary.lines
    assert [(a.group, a.carc, a.cents) for a in line.adjustments] == [("CO", "45", 5000), ("PR", "2", 16000)]
    assert (line.allowed_cents, primary.is_even, primary.has_document) == (80000, True, False)
    told = claim_data(facts, "")
    (group,) = [g for g in told.groups if g.title == "What the first plan paid"]
    assert ("29", "Paid", "$640.00") in [(x.item, x.name, x.value) for x in group.fields]
    assert any("CO-45 $50.00, PR-2 $160.00" in x.value for x in group.fields)
    assert "COB-107" not in [r.rule for r in report_of(second, today=f.TODAY).failed]


def test_an_answer_that_was_taken_back_tells_the_second_plan_nothing(biller: Any) -> None:
    from tests.claims.checks import PAID, answer, post, taken_back

    record = f.signed_encounter()
    two_plans(record.patient, biller)
    first, second = preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
    post(answer(first, PAID), by=biller, at=f.AT)
    post(taken_back(first, PAID), by=biller, at=f.AT, trace="T2")
    assert facts_of(second, today=f.TODAY).primary is None


class TestAnsweredInParts:
    FIRST = (("CO", "45", "30"), ("PR", "2", "70"))
    REST = (("CO", "45", "20"), ("PR", "1", "30"))

    @pytest.fixture
    def pair(self, biller: Any) -> tuple[Claim, Claim]:
        record = f.signed_encounter()
        two_plans(record.patient, biller)
        first, second = preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
        return first, second

    def part(self, claim: Claim, n: int, charge: str, taken: Any, **known: Any) -> Any:
        from tests.claims.checks import answer

        return answer(claim, taken, charge=charge, line=f"{claim.number}-{n}", **known)

    def warns(self, second: Claim) -> bool:
        return "COB-107" in [r.rule for r in report_of(second, today=f.TODAY).failed]

    def test_the_second_plan_is_told_both_parts(self, biller: Any, pair: tuple[Claim, Claim]) -> None:
        from tests.claims.checks import post

        first, second = pair
        post(self.part(first, 1, "500", self.FIRST), by=biller, at=f.AT)
        found = facts_of(second, today=f.TODAY).primary
        assert found is not None
        assert (found.charge_cents, found.is_whole, self.warns(second)) == (50000, False, True)
        post(self.part(first, 2, "350", self.REST), by=biller, at=f.AT, trace="T2", paid_on=date(2026, 12, 3))
        found = facts_of(second, today=f.TODAY).primary
        assert found is not None
        assert (found.charge_cents, found.paid_cents, found.patient_cents) == (85000, 70000, 10000)
        assert [(line.charge_cents, line.paid_cents) for line in found.lines] == [(50000, 40000), (35000, 30000)]
        assert (found.is_even, found.is_whole, found.answered_on) == (True, True, date(2026, 12, 3))
        assert not self.warns(second)

    def test_a_part_that_was_taken_back_is_told_no_more(self, biller: Any, pair: tuple[Claim, Claim]) -> None:
        from claims.queries.billing import worded
        from tests.claims.checks import PAID_ON, post

        first, second = pair
        plans.record_payer_terms(second.coverage.payer, {"secondary_clock": "primary"}, by=biller, at=f.AT)
        post(self.part(first, 1, "500", self.FIRST), by=biller, at=f.AT)
        post(self.part(first, 2, "350", self.REST), by=biller, at=f.AT, trace="T2")
        turned = tuple((group, carc, f"-{cents}") for group, carc, cents in self.REST)
        gone = self.part(first, 2, "-350", turned, status="22")
        post(gone, by=biller, at=f.AT, trace="T3", paid_on=date(2026, 12, 9))
        found = facts_of(second, today=f.TODAY).primary
        assert found is not None
        assert (found.charge_cents, found.paid_cents, found.is_whole) == (50000, 40000, False)
        assert (found.answered_on, worded().get(pk=second.pk).first_answered_on) == (PAID_ON, PAID_ON)

    def test_a_correction_in_front_of_its_reversal_is_told(self, biller: Any, pair: tuple[Claim, Claim]) -> None:
        from claims.queries.billing import worded
        from tests.claims.checks import DEDUCTIBLE, PAID, answer, post, taken_back

        first, second = pair
        day = date(2026, 12, 9)
        post(answer(first, DEDUCTIBLE), by=biller, at=f.AT)
        post(answer(first, PAID), taken_back(first, DEDUCTIBLE), by=biller, at=f.AT, trace="T2", paid_on=day)
        found = facts_of(second, today=f.TODAY).primary
        assert found is not None
        assert (found.paid_cents, found.patient_cents, found.answered_on) == (64000, 16000, day)
        assert worded().get(pk=second.pk).first_answered_on == day

    def test_both_papers_go_along_where_they_are_wanted(self, biller: Any, pair: tuple[Claim, Claim]) -> None:
        from claims.models import Remittance
        from claims.queries.enclosed import documents_of_each
        from claims.services import posting
        from documentation.services.files import keep
        from tests.claims.checks import check, take

        first, second = pair
        plans.record_payer_terms(second.coverage.payer, {"cob_as": "attachment"}, by=biller, at=f.AT)
        parts = (self.part(first, 1, "500", self.FIRST), self.part(first, 2, "350", self.REST))
        for n, part in enumerate(parts):
            (row,) = take(check(part, trace=f"T{n}"), by=biller, at=f.AT).checks
            scan = keep(b"page %d" % n, media_type="application/pdf", at=f.AT)
            Remittance.objects.filter(pk=row.remittance.pk).update(scan=scan)
            posting.post(row.remittance, by=biller, at=f.AT)
        second = Claim.objects.get(pk=second.pk)
        facts = facts_of(second, today=f.TODAY)
        assert facts.primary is not None
        assert facts.primary.has_document
        found = documents_of_each({second.pk: facts}, [second])[second.pk]
        assert [c.part for c in found] == ["primary_eob", "primary_eob"]


def test_a_packet_that_tells_an_answer_which_changed_does_not_leave(biller: Any) -> None:
    from claims.packet.printed import changes
    from claims.queries.billing import board
    from claims.queries.packets import is_current
    from claims.services.payers import record_policy
    from documentation.kernel.wire import to_data
    from tests.claims import answered
    from tests.claims.checks import PAID, answer, post, taken_back

    record = f.signed_encounter()
    _, medical = two_plans(record.patient, biller)
    record_policy(medical.payer, {"treats_as": "medical", "covers_d0371": "yes"}, by=biller, at=f.AT)
    first, second = preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
    post(answer(first, PAID), by=biller, at=f.AT)
    packet = sealed(second, biller)
    plans.record_payer_terms(medical.payer, {"cob_method": "standard"}, by=biller, at=f.AT)
    assert is_current(packet, facts_of(second))
    # A packet of before the parts of an answer were told apart stays true.
    sealed_before = to_data(facts_of(second))
    del sealed_before["primary"]["is_whole"]
    assert changes(sealed_before, to_data(facts_of(second))) == ()
    with CaptureQueriesContext(connection) as for_one:
        board({}, at=f.AT)
    third = f.claim_at(preparation="ready", by=biller)
    answered.packet(third)
    with CaptureQueriesContext(connection) as for_two:
        assert board({}, at=f.AT).packed == [second, third]
    assert len(for_two) == len(for_one)
    post(taken_back(first, PAID), by=biller, at=f.AT, trace="T2")
    assert not is_current(packet, facts_of(second))
    assert (board({}, at=f.AT).to_pack, board({}, at=f.AT).packed) == ([second], [third])
    values = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R"}
    with pytest.raises(Refused, match="no longer true: the first plan's answer changed after it was sealed"):
        submissions.submit(second, values, by=biller, at=f.AT)


def sealed(claim: Claim, by: Any) -> Any:
    """The packet of a claim; reasons are given for what is only a warning."""
    for result in report_of(claim, today=f.TODAY).open_warnings:
        preparation.override(claim, result.rule, "Looked at.", by=by, at=f.AT)
    preparation.mark_ready(claim, by=by, at=f.AT)
    return f.sealed_packet(by=by, claim=claim)


def test_the_second_clock_starts_with_the_first_answer_where_that_is_known(biller: Any) -> None:
    from claims.queries.billing import worded
    from claims.queries.filing import filing_of_claim
    from claims.rules.filing import last_day
    from tests.claims.checks import PAID, PAID_ON, answer, post

    record = f.signed_encounter()
    _, medical = two_plans(record.patient, biller)
    first, second = preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
    post(answer(first, PAID), by=biller, at=f.AT)
    clock = filing_of_claim(worded().get(pk=second.pk), f.TODAY)
    assert clock.basis == "365 days from service"
    plans.record_payer_terms(medical.payer, {"secondary_clock": "primary"}, by=biller, at=f.AT)
    clock = filing_of_claim(worded().get(pk=second.pk), f.TODAY)
    assert (clock.basis, clock.due) == ("365 days from the first plan's answer", PAID_ON + timedelta(365))
    assert last_day(facts_of(second, today=f.TODAY)) == clock.due


@pytest.mark.parametrize(
    "then", ["nothing", "corrected", "taken back", "pended", "predetermined", "voided", "replaced"]
)
def test_the_second_clock_starts_with_the_same_answer_as_the_checks_see(biller: Any, then: str) -> None:
    from claims.queries.billing import worded
    from claims.queries.filing import filing_of_claim
    from claims.rules.filing import last_day
    from claims.services.closing import void
    from tests.claims.checks import DEDUCTIBLE, PAID, PAID_ON, PENDED, answer, post, taken_back

    record = f.signed_encounter()
    _, medical = two_plans(record.patient, biller)
    plans.record_payer_terms(medical.payer, {"secondary_clock": "primary"}, by=biller, at=f.AT)
    first, second = preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
    post(answer(first, PAID), by=biller, at=f.AT)
    if then == "corrected":
        later = f.planned_visit(person=record.patient)
        type(later).objects.filter(pk=later.pk).update(origin=record.pk, version=2, previous=record.pk)
        Claim.objects.filter(pk=second.pk).update(encounter=later.pk)
        queues.place(second.pk)
    elif then == "taken back":
        post(taken_back(first, PAID), by=biller, at=f.AT, trace="T2")
    elif then == "pended":
        post(answer(first, PENDED, status="4"), by=biller, at=f.AT, trace="T2")
    elif then == "predetermined":
        post(answer(first, PAID, status="25"), by=biller, at=f.AT, trace="T2", paid_on=date(2026, 12, 24))
    elif then == "voided":
        post(answer(first, DEDUCTIBLE), by=biller, at=f.AT, trace="T2")
        void(Claim.objects.get(pk=first.pk), "The wrong plan.", by=biller, at=f.AT)
    elif then == "replaced":
        Claim.objects.filter(pk=first.pk).update(closing="corrected")
        queues.place(first.pk)
    second = worded().get(pk=second.pk)
    clock = filing_of_claim(second, f.TODAY)
    tells = then in ("nothing", "corrected", "predetermined")
    facts = facts_of(second, today=f.TODAY)
    assert clock.due == (PAID_ON if tells else second.service_date) + timedelta(365)
    assert (last_day(facts), facts.primary is not None) == (clock.due, tells)
    assert weighed(footing(f.TODAY)).get(pk=second.pk).last_on == clock.due


def test_what_was_agreed_long_ago_starts_no_clock_and_counts_for_nothing(biller: Any) -> None:
    from claims.queries.billing import worded
    from claims.queries.filing import filing_of_claim
    from claims.queries.plans import payer_terms_of
    from claims.queries.shares import known_of
    from claims.rules.filing import last_day
    from tests.claims.checks import PAID, answer, post

    record = f.signed_encounter()
    _, medical = two_plans(record.patient, biller)
    old = record.service_date - timedelta(days=400)
    agreed = {
        "secondary_clock": "primary", "network": "in", "allowed": Decimal(780), "cob_method": "standard",
        "source": "contract 2025", "verified_on": old,
    }  # fmt: skip
    plans.record_payer_terms(medical.payer, agreed, by=biller, at=f.AT)
    first, second = preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
    post(answer(first, PAID), by=biller, at=f.AT)
    facts, clock = facts_of(second, today=f.TODAY), filing_of_claim(worded().get(pk=second.pk), f.TODAY)
    assert (clock.event, last_day(facts)) == ("service", clock.due)
    assert weighed(footing(f.TODAY)).get(pk=second.pk).last_on == clock.due
    assert (facts.coverage.payer.terms.secondary_clock, facts.coverage.payer.terms.network) == ("unknown", "unknown")
    known = known_of(medical, record.service_date)
    assert (known.allowed, known.in_network, known.method) == (None, None, None)
    assert "contract 2025; this was last verified on Oct 1, 2025" in known.receipts[0].source
    assert payer_terms_of(medical, record.service_date) is None
    plans.record_payer_terms(medical.payer, {**agreed, "verified_on": f.TODAY}, by=biller, at=f.AT)
    assert filing_of_claim(worded().get(pk=second.pk), f.TODAY).event == "the first plan's answer"
    assert facts_of(second, today=f.TODAY).coverage.payer.terms.secondary_clock == "primary"


def test_an_appeal_against_a_late_filing_names_the_strongest_proof(biller: Any) -> None:
    from claims.queries.letters import denial_facts

    sent = f.submission(by=biller)
    for kind, number in (("999", "N9"), ("277ca", "N277"), ("portal", "P1")):
        arrived = {"kind": kind, "received_on": f.TODAY, "reference": number}
        submissions.prove(sent, arrived, by=biller, at=f.AT)
    denial = f.denial(by=biller, claim=sent.claim, carc="29", cause="timely_filing")
    (known,) = denial_facts(denial).sent
    assert (known.proof, known.proof_reference) == ("277ca", "N277")


@pytest.mark.parametrize(("way", "enclosed"), [("attachment", ["first-plan-eob.pdf"]), ("data", [])])
def test_a_scanned_eob_goes_along_where_the_second_payer_wants_it(biller: Any, way: str, enclosed: list[str]) -> None:
    second = answered_on_paper(biller, way)
    packet = sealed(second, biller)
    assert [p.name for p in packet.parts.all() if p.name.startswith("first-plan")] == enclosed


def answered_on_paper(by: Any, way: str) -> Claim:
    """The claim to a second plan, whose payer wants the first one's amounts in this way; the first came as a scan."""
    from claims.services.payers import record_policy
    from claims.services.posting import post

    record = f.signed_encounter()
    _, medical = two_plans(record.patient, by)
    plans.record_payer_terms(medical.payer, {"cob_as": way}, by=by, at=f.AT)
    record_policy(medical.payer, {"treats_as": "medical", "covers_d0371": "yes"}, by=by, at=f.AT)
    first, second = preparation.start_claims(record, by=by, at=f.AT, fee=Decimal("850.00"))
    post(typed(first, by, trace="E1"), by=by, at=f.AT)
    return second


@cache
def scan_of_an_eob() -> bytes:
    return scanned(1, "What was paid")


def typed(claim: Claim, by: Any, *, trace: str) -> Any:
    """An answer that was typed from the one scan."""
    from claims.services.remittances import type_eob
    from documentation.services import files

    scan = files.keep(scan_of_an_eob(), media_type="application/pdf", at=f.AT)
    line = {
        "code": "D0371", "charge": Decimal(850), "paid": Decimal(640), "remarks": [],
        "adjustments": [
            {"group": "CO", "carc": "45", "amount": Decimal(50)}, {"group": "PR", "carc": "2", "amount": Decimal(160)},
        ],
    }  # fmt: skip
    given = {"trace": trace, "paid_on": f.TODAY, "amount": Decimal(640)}
    return type_eob(claim, given, [line], scan=scan, by=by, at=f.AT)


def test_a_scan_that_tells_of_another_patient_is_not_enclosed(biller: Any) -> None:
    from claims.services.evidence import enclosures_of

    second = answered_on_paper(biller, "attachment")
    assert [e.name for e in enclosures_of(second)] == ["first-plan-eob.pdf"]
    typed(f.claim_at(by=biller), biller, trace="E2")
    with pytest.raises(Refused, match="tells of other patients"):
        enclosures_of(second)
    plans.record_payer_terms(second.coverage.payer, {"cob_as": "data"}, by=biller, at=f.AT)
    assert enclosures_of(Claim.objects.get(pk=second.pk)) == []
