"""Claims follow their plans when an order is confirmed or a plan goes or comes, but for those that left."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim, PlanOrder
from claims.queries.billing import history
from claims.queries.claims import report_of
from claims.queries.plans import order_of, sent_otherwise
from claims.services import closing, coverage, plans, preparation, submissions
from claims.services.submissions import _Sendable
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> Any:
    return f.user(role=Role.BILLER)


@pytest.fixture
def record(biller: Any) -> Any:
    """A signed visit of a patient whose dental plan stands first, the medical one second."""
    encounter = f.signed_encounter()
    f.coverage(person=encounter.patient, by=biller)
    health = f.payer(by=biller, name="Specimen Health", payer_id="99994", line="medical")
    f.coverage(person=encounter.patient, by=biller, with_payer=health, priority=2, member_id="M5", plan_name="HMO")
    return encounter


def confirm(record: Any, by: Any, *, medical_first: bool) -> plans.Confirmed:
    known = order_of(record.patient, record.service_date)
    order = sorted(known.plans, key=lambda plan: (plan.payer.line == "medical") != medical_first)
    given = {"reason": "Both payers asked, call 4411.", "seen": known.facts_sha256, "day": record.service_date}
    return plans.confirm_order(record.patient, [plan.pk for plan in order], by=by, at=f.AT, **given)


def started(record: Any, by: Any, **states: str) -> tuple[Claim, Claim]:
    """The dental claim, first, in these states, and the medical one, second, which waits for it."""
    f.claim_at(encounter=record, by=by)
    preparation.start_claims(record, by=by, at=f.AT, fee=Decimal("850.00"))
    dental, medical = Claim.objects.filter(encounter=record).order_by("sequence")
    assert (dental.sequence, medical.sequence) == (1, 2)
    confirm(record, by, medical_first=False)
    if states.get("preparation") == "ready":
        preparation.mark_ready(dental, by=by, at=f.AT)
    Claim.objects.filter(pk=dental.pk).update(**states)
    dental.refresh_from_db()
    answered.packet(dental)
    assert not _Sendable(dental, f.TODAY).packet_problem
    return dental, medical


def blockers(claim: Claim) -> list[str]:
    return [r.rule for r in report_of(claim, today=f.TODAY).blockers]


@pytest.mark.parametrize(
    ("states", "place", "preparation_then"),
    [
        ({}, 2, "draft"),
        ({"preparation": "ready"}, 2, "draft"),
        ({"preparation": "held"}, 2, "held"),
        ({"preparation": "ready", "transport": "rejected"}, 2, "draft"),
        ({"preparation": "ready", "transport": "sent"}, 1, "ready"),
        ({"closing": "voided"}, 1, "draft"),
    ],
)
def test_what_has_not_left_takes_its_new_place_and_what_left_stays(
    record: Any, biller: Any, states: dict[str, str], place: int, preparation_then: str
) -> None:
    dental, medical = started(record, biller, **states)
    before, has_moved = dental.revision, place == 2
    moved = confirm(record, biller, medical_first=True).moved
    dental.refresh_from_db()
    medical.refresh_from_db()
    assert set(moved) == ({dental, medical} if has_moved else {medical})
    assert (dental.sequence, dental.preparation, medical.sequence) == (place, preparation_then, 1)
    assert "COB-101" not in blockers(medical)
    assert ("COB-101" in blockers(dental)) == has_moved
    assert dental.packets.count() == 1
    assert bool(_Sendable(dental, f.TODAY).packet_problem) == has_moved
    assert (dental.revision > before) == has_moved
    told = [event["what"] for event in history(dental, [])]
    assert ("Another place among the plans" in told) == has_moved
    went_back = states.get("preparation") == "ready" and has_moved
    assert ("Back to draft: the plans pay in another order now" in told) == went_back
    said = [(claim, words) for claim, words in sent_otherwise(record.patient)]
    if states.get("transport") == "sent":
        ((claim, words),) = said
        assert claim == dental
        assert "paid first. It stays as it was sent; this plan pays second now." in words
    else:
        assert said == []


def test_other_visits_with_both_plans_follow_and_other_people_are_left_alone(record: Any, biller: Any) -> None:
    dental, medical = started(record, biller)
    other = f.claim_at(by=biller)
    before = other.revision
    assert set(confirm(record, biller, medical_first=True).moved) == {dental, medical}
    assert confirm(record, biller, medical_first=True).moved == ()
    other.refresh_from_db()
    assert (other.sequence, other.revision) == (1, before)
    told = AuditEvent.objects.filter(action="claim.renumber", patient=record.patient)
    assert sorted(told.values_list("subject", flat=True)) == sorted([dental.number, medical.number])


def test_a_claim_that_comes_back_takes_the_place_that_its_plan_has_by_then(record: Any, biller: Any) -> None:
    dental, _ = started(record, biller, preparation="ready", transport="sent")
    confirm(record, biller, medical_first=True)
    assert sent_otherwise(record.patient)
    submissions.reject(dental, "Subscriber not found (A7:158).", by=biller, at=f.AT)
    dental.refresh_from_db()
    assert (dental.sequence, dental.preparation, dental.transport) == (2, "draft", "rejected")
    assert _Sendable(dental, f.TODAY).packet_problem
    assert sent_otherwise(record.patient) == []


def days(first: date | None, last: date | None) -> dict[str, Any]:
    return {"effective_on": first, "terminated_on": last}


def ended(plan: Any, by: Any) -> None:
    before = f.SERVICE_DATE - timedelta(1)
    coverage.save_coverage(plan.patient, plan, days(None, before), by=by, at=f.AT)


def ended_by_the_payers_word(plan: Any, by: Any) -> None:
    told = {"method": "edi", "checked_on": f.TODAY, "ends_on": f.SERVICE_DATE - timedelta(1), "active": False}
    coverage.record_check(plan, told, by=by, at=f.AT)


def retired(plan: Any, by: Any) -> None:
    coverage.retire_coverage(plan, by=by, at=f.AT)


@pytest.mark.parametrize("goes", [retired, ended, ended_by_the_payers_word], ids=lambda g: g.__name__)
@pytest.mark.parametrize("transport", ["none", "sent"])
def test_a_plan_that_stays_alone_is_first_unless_one_that_was_in_force_was_told_before(
    record: Any, biller: Any, goes: Any, transport: str
) -> None:
    dental, medical = started(record, biller)
    Claim.objects.filter(pk=dental.pk).update(transport=transport)
    goes(dental.coverage, biller)
    medical.refresh_from_db()
    stays = goes is retired and transport == "sent"
    assert medical.sequence == (2 if stays else 1)
    assert ("COB-101" in blockers(medical)) == stays
    if stays:
        closing.void(dental, "Entered by mistake.", "Told by phone on Nov 6.", by=biller, at=f.AT)
        medical.refresh_from_db()
        assert medical.sequence == 1


def test_a_plan_whose_days_cover_the_visit_again_takes_its_place_back(record: Any, biller: Any) -> None:
    dental, medical = started(record, biller)
    ended(dental.coverage, biller)
    dental.coverage.refresh_from_db()
    coverage.save_coverage(record.patient, dental.coverage, days(None, None), by=biller, at=f.AT)
    for claim in (dental, medical):
        claim.refresh_from_db()
    assert (dental.sequence, medical.sequence) == (1, 2)


def test_whoever_may_not_prepare_claims_confirms_and_a_ready_claim_cannot_leave_unchecked(
    record: Any, biller: Any
) -> None:
    dental, _ = started(record, biller, preparation="ready")
    confirm(record, f.user(role=Role.ASSISTANT), medical_first=True)
    dental.refresh_from_db()
    assert (dental.sequence, dental.preparation) == (2, "ready")
    assert _Sendable(dental, f.TODAY).packet_problem
    with pytest.raises(Refused, match="something changed"):
        f.sealed_packet(by=biller, claim=dental)


def test_an_order_is_confirmed_with_its_claims_or_not_at_all(
    record: Any, biller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dental, _ = started(record, biller)
    known = PlanOrder.objects.count()

    def fails(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("claims.services.renumbering.changed", fails)
    with pytest.raises(OSError, match="disk"):
        confirm(record, biller, medical_first=True)
    dental.refresh_from_db()
    assert (dental.sequence, dental.coverage.priority, PlanOrder.objects.count()) == (1, 1, known)


@pytest.mark.parametrize("how", ["a confirmed order", "a reason"])
def test_an_order_that_nobody_confirmed_holds_a_claim_until_somebody_does_or_says_why(
    record: Any, biller: Any, how: str
) -> None:
    f.claim_at(encounter=record, by=biller)
    preparation.start_claims(record, by=biller, at=f.AT, fee=Decimal("850.00"))
    dental, _ = Claim.objects.filter(encounter=record).order_by("sequence")
    assert [r.rule for r in report_of(dental, today=f.TODAY).open_warnings] == ["COB-106"]
    with pytest.raises(Refused, match="Nobody confirmed which plan pays first"):
        preparation.mark_ready(dental, by=biller, at=f.AT)
    if how == "a reason":
        preparation.override(dental, "COB-106", "The dental plan said so, call 12.", by=biller, at=f.AT)
    else:
        confirm(record, biller, medical_first=False)
    assert preparation.mark_ready(dental, by=biller, at=f.AT).preparation == "ready"
