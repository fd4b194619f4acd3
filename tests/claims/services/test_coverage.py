"""Verbs on coverages, checks, authorizations and estimates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from claims.models import Authorization, Claim, Coverage, Estimate
from claims.queries.claims import facts_of
from claims.queries.coverage import authorizations_of
from claims.services.coverage import (
    acknowledge_estimate,
    give_estimate,
    record_check,
    retire_coverage,
    save_authorization,
    save_coverage,
)
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller():
    return factories.user(role="biller")


@pytest.fixture
def plan(biller):
    return factories.coverage(person=factories.patient(), by=biller)


def test_a_plan_taken_off_frees_its_place(biller, plan) -> None:
    values = {"payer": plan.payer, "member_id": plan.member_id, "priority": 1, "relationship": "self"}
    with pytest.raises(ValidationError, match="already has priority 1"):
        save_coverage(plan.patient, None, {**values, "member_id": "W2"}, by=biller, at=AT)
    with pytest.raises(ValidationError, match="on the patient's list already"):
        save_coverage(plan.patient, None, {**values, "priority": 2}, by=biller, at=AT)
    retire_coverage(plan, by=biller, at=AT)
    save_coverage(plan.patient, None, values, by=biller, at=AT)
    assert Coverage.objects.filter(patient=plan.patient).count() == 2


def test_a_correction_from_an_old_page_is_refused_and_the_event_names_fields_alone(biller, plan) -> None:
    save_coverage(plan.patient, plan, {"member_id": "SECRET-7"}, by=biller, at=AT, seen=plan.revision)
    with pytest.raises(NotPossible):
        save_coverage(plan.patient, plan, {"member_id": "W8"}, by=biller, at=AT, seen=plan.revision)
    event = AuditEvent.objects.get(action="coverage.change")
    assert "member_id" in event.detail
    assert "SECRET-7" not in event.detail


@pytest.mark.parametrize(
    "values",
    [{"coinsurance_percent": 101}, {"deductible_remaining": Decimal("-1")}, {"method": "rumour"}, {"checked_on": None}],
)
def test_an_impossible_answer_of_a_payer_is_refused(biller, plan, values) -> None:
    known = {"checked_on": date(2026, 11, 5), "method": "phone", "active": True}
    before = plan.eligibility_checks.count()
    with pytest.raises(ValidationError) as refused:
        record_check(plan, {**known, **values}, by=biller, at=AT)
    assert set(refused.value.message_dict) == set(values)
    assert plan.eligibility_checks.count() == before


def test_checks_are_added_and_the_newest_stands_first(biller, plan) -> None:
    record_check(plan, {"checked_on": date(2026, 11, 6), "method": "phone", "active": False}, by=biller, at=AT)
    assert [c.active for c in plan.eligibility_checks.all()] == [False, True]


def test_an_authorization_that_ends_before_it_begins_is_refused(biller, plan) -> None:
    values = {"kind": "prior_authorization", "valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}
    with pytest.raises(ValidationError) as refused:
        save_authorization(plan, None, values, by=biller, at=AT)
    assert set(refused.value.message_dict) == {"valid_to"}
    assert not Authorization.objects.exists()


def test_what_became_of_an_authorization_is_not_overwritten_from_an_old_page(biller, plan) -> None:
    asked = save_authorization(plan, None, {"kind": "prior_authorization"}, by=biller, at=AT)
    save_authorization(plan, asked, {"status": "denied"}, by=biller, at=AT, seen=asked.revision)
    with pytest.raises(NotPossible):
        save_authorization(plan, asked, {"status": "cancelled"}, by=biller, at=AT, seen=asked.revision)


@pytest.mark.parametrize(
    "values, field",
    [
        ({"low": Decimal(5), "high": Decimal(4)}, "high"),
        ({"low": Decimal(-5), "high": Decimal(4)}, "low"),
        (
            {
                "low": Decimal(1),
                "high": Decimal(4),
                "given_on": date(2026, 11, 5),
                "acknowledged_on": date(2026, 11, 4),
            },
            "acknowledged_on",
        ),
    ],
)
def test_an_impossible_estimate_is_refused_at_its_field(biller, values, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        give_estimate(factories.planned_visit(), values, by=biller, at=AT)
    assert set(refused.value.message_dict) == {field}
    assert not Estimate.objects.exists()


def test_agreeing_keeps_the_amounts_and_happens_once(biller) -> None:
    given = give_estimate(factories.planned_visit(), {"low": Decimal(1), "high": Decimal(2)}, by=biller, at=AT)
    agreed = acknowledge_estimate(given, on=date(2026, 11, 6), by=biller, at=AT)
    assert (agreed.low, agreed.high, agreed.given_on) == (1, 2, date(2026, 11, 6))
    for old in (given, agreed):
        with pytest.raises(NotPossible):
            acknowledge_estimate(old, on=date(2026, 11, 6), by=biller, at=AT)


@pytest.mark.parametrize("role", ["administrator", ""])
def test_coverage_is_kept_by_intake_and_billing_alone(plan, role: str) -> None:
    someone = factories.user(role=role)
    with pytest.raises(NotPermitted):
        save_coverage(plan.patient, plan, {"member_id": "W8"}, by=someone, at=AT)
    with pytest.raises(NotPermitted):
        retire_coverage(plan, by=someone, at=AT)
    with pytest.raises(NotPermitted):
        record_check(plan, {}, by=someone, at=AT)
    with pytest.raises(NotPermitted):
        save_authorization(plan, None, {}, by=someone, at=AT)
    with pytest.raises(NotPermitted):
        give_estimate(factories.planned_visit(), {"low": 1, "high": 2}, by=someone, at=AT)


# --- Authorizations as objects ------------------------------------------------------------------------------------


def approved(biller, plan, **values):
    given = {"kind": "prior_authorization", "status": "approved", "number": "PA-1", "codes": ["D0371"], **values}
    return save_authorization(plan, None, given, by=biller, at=AT)


def test_an_authorization_reaches_its_state_by_the_steps_of_its_machine(biller, plan) -> None:
    asked = save_authorization(plan, None, {"kind": "prior_authorization"}, by=biller, at=AT)
    assert asked.status == "requested"
    asked = save_authorization(plan, asked, {"status": "approved", "number": "PA-2"}, by=biller, at=AT)
    assert (asked.status, asked.number) == ("approved", "PA-2")
    asked = save_authorization(plan, asked, {"status": "cancelled"}, by=biller, at=AT)
    with pytest.raises(ValidationError, match="What is void cannot become approved"):
        save_authorization(plan, asked, {"status": "approved"}, by=biller, at=AT)
    asked.refresh_from_db()
    assert asked.status == "cancelled"
    with pytest.raises(ValidationError):
        save_authorization(plan, asked, {"status": "perhaps"}, by=biller, at=AT)


def test_units_are_taken_by_claims_and_the_last_one_goes_to_the_earlier_claim(biller) -> None:
    first = factories.claim_at(by=biller)
    plan = first.coverage
    approved(biller, plan, units=1)
    facts = facts_of(first, today=factories.TODAY)
    assert facts.references == (("G1", "PA-1"),)
    (left,) = authorizations_of(plan)
    assert (left.units, left.units_left) == (1, 0)
    later = Claim.objects.get(pk=first.pk)
    later.pk = first.pk + 1000
    (taken,) = authorizations_of(plan, before=later)
    assert not taken.covers("D0371", first.service_date)
    Claim.objects.filter(pk=first.pk).update(closing="voided")
    (free,) = authorizations_of(plan)
    assert free.units_left == 1


def test_permission_and_estimate_are_never_swapped_on_a_claim(biller) -> None:
    claim = factories.claim_at(by=biller)
    approved(biller, claim.coverage, kind="predetermination", number="PD-9")
    assert facts_of(claim, today=factories.TODAY).references == (("G3", "PD-9"),)
    approved(biller, claim.coverage)
    assert facts_of(claim, today=factories.TODAY).references == (("G1", "PA-1"), ("G3", "PD-9"))


@pytest.mark.parametrize(
    "values", [{"codes": ["D7979"]}, {"valid_to": date(2026, 11, 4)}, {"valid_from": date(2026, 11, 6)}]
)
def test_one_that_does_not_fit_code_and_date_stays_off_the_claim(biller, values) -> None:
    claim = factories.claim_at(by=biller)
    approved(biller, claim.coverage, **values)
    assert facts_of(claim, today=factories.TODAY).references == ()


def test_what_was_decided_before_it_was_asked_is_refused(biller, plan) -> None:
    with pytest.raises(ValidationError) as refused:
        approved(biller, plan, requested_on=date(2026, 11, 3), decided_on=date(2026, 11, 2))
    assert "decided_on" in refused.value.message_dict


def test_two_people_who_change_one_coverage_never_overwrite_each_other(biller, plan) -> None:
    seen = plan.revision
    save_coverage(plan.patient, plan, {"group_number": "G1"}, by=biller, at=AT, seen=seen)
    with pytest.raises(NotPossible, match="Somebody else"):
        save_coverage(plan.patient, plan, {"group_number": "G2"}, by=biller, at=AT, seen=seen)
    plan.refresh_from_db()
    assert plan.group_number == "G1"


def test_another_payer_or_plan_counts_the_last_days_of_its_denials_again() -> None:
    from claims.services.figures import refresh
    from claims.services.payers import record_fact

    by = factories.user(role="biller")
    denial = factories.denial(by=by)
    refresh(denial.claim)
    plan, figures = denial.claim.coverage, denial.claim.figures
    asked = {"source": "call", "verified_on": factories.TODAY}
    record_fact(plan.payer, "appeal_days", {**asked, "value": 40, "plan_name": "Short Plan"}, by=by, at=AT)
    other = factories.payer(by=by, name="Specimen Dental", payer_id="99996")
    record_fact(other, "appeal_days", {**asked, "value": 50}, by=by, at=AT)
    for values, days in (({"plan_name": "Short Plan"}, 40), ({"payer": other}, 50)):
        save_coverage(plan.patient, plan, values, by=by, at=AT)
        figures.refresh_from_db()
        assert figures.at_risk_until == denial.denied_on + timedelta(days=days)
    assert figures.payer == other
