"""Pages of plans, estimates and proofs: what they show, what they refuse at which field, and who overwrites whom."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import ANY

import pytest

from claims.models import (
    Claim,
    CodeMapping,
    CoverageTerms,
    Estimate,
    EstimateSignature,
    FilingProof,
    PlanOrder,
    SelfPayRestriction,
)
from claims.queries.plans import order_of
from claims.services import coverage, estimates, payers, plans, preparation
from documentation.models import AuditEvent
from tests import factories as f

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    import re

    page = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("&#x27;", "'").split())


@pytest.fixture
def visit(biller: Any) -> Any:
    """A planned visit of a patient with a dental and a medical plan, with a fee and what one payer allows."""
    payers.set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller.user, at=f.AT)
    encounter = f.planned_visit()
    first = f.coverage(person=encounter.patient, by=biller.user)
    health = f.payer(by=biller.user, name="Specimen Health", payer_id="99994", line="medical")
    f.coverage(person=encounter.patient, by=biller.user, with_payer=health, priority=2, member_id="M5")
    agreed = {"network": "in", "allowed": Decimal(800), "source": "contract 2026"}
    plans.record_payer_terms(first.payer, agreed, by=biller.user, at=f.AT)
    return encounter


def url(visit: Any, rest: str = "plans/side-by-side/") -> str:
    return f"/encounters/{visit.number}/{rest}"


def test_a_stale_time_to_file_stands_side_by_side_with_its_reason(biller: Any, visit: Any) -> None:
    payer = visit.patient.coverages.get(priority=1).payer
    old = {"value": 365, "source": "manual", "verified_on": f.SERVICE_DATE - timedelta(days=400)}
    payers.record_fact(payer, "timely_filing_days", old, by=biller.user, at=f.AT)
    said = text(biller.get(url(visit)))
    assert "90 days from service counted: the payer's limit was last verified on Oct 1, 2025" in said
    assert "By Feb 3, 2027" in said


def test_an_old_or_waiting_check_stands_side_by_side_as_open(biller: Any, visit: Any) -> None:
    first, second = visit.patient.coverages.order_by("priority")
    for plan in (first, second):
        plan.eligibility_checks.all().delete()
    asked = {"method": "phone", "active": True}
    old = {**asked, "checked_on": visit.service_date - timedelta(days=60)}
    waits = {**asked, "checked_on": visit.service_date, "waiting_until": visit.service_date}
    coverage.record_check(first, old, by=biller.user, at=f.AT)
    coverage.record_check(second, waits, by=biller.user, at=f.AT)
    said = text(biller.get(url(visit)))
    assert "Checked 60 days before the visit; 30 is the limit" in said
    assert "A waiting period is not over on the day of the visit" in said


def test_the_plans_stand_side_by_side_with_the_rule_and_what_if(biller: Any, visit: Any) -> None:
    said = text(biller.get(url(visit)))
    for part in (
        "Nobody confirmed it",
        "pays first, because that is what the payers take sialoendoscopy for",
        "(ORD-141;",
        "ADA Dental Claim Form or 837D",
        "CMS-1500 or 837P",
        "D0371",
        "42699",
        "365 days from service",
        "What if the other plan paid first",
        "Specimen Health (PPO Gold) first",
        "first plan's EOB: how, not known",
    ):
        assert part in said, part
    assert AuditEvent.objects.filter(action="coverage.view", patient=visit.patient).exists()


ASKED = {"kind": "prior_authorization", "status": "approved", "number": "PA-1"}
NEEDED, WAIVED = {"prior_authorization": "required"}, {"prior_authorization": "not_required"}


@pytest.mark.parametrize(
    ("rule", "answers", "said"),
    [
        ({}, [], ("not known, ask", "", True)),
        (NEEDED, [], ("Required, none on file", "", True)),
        (WAIVED, [], ("Not required", "", False)),
        (NEEDED, [ASKED], ("Approved · PA-1", "the payer’s rule: required", False)),
        (NEEDED, [{**ASKED, "valid_to": f.SERVICE_DATE - timedelta(1)}], ("Required, none on file", "", True)),
        (NEEDED, [{**ASKED, "codes": ["D7979"]}], ("Required, none on file", "", True)),
        (NEEDED, [{**ASKED, "kind": "predetermination"}], ("Required, none on file", "", True)),
        (NEEDED, [ASKED, {**ASKED, "status": "cancelled", "number": "PA-2"}], ("Approved · PA-1", ANY, False)),
        (NEEDED, [ASKED, {**ASKED, "status": "denied", "number": ""}], ("Approved · PA-1", ANY, False)),
        ({}, [{**ASKED, "status": "not_required"}], ("Not required · PA-1", "the payer’s rule: not known, ask", False)),
        (NEEDED, [{**ASKED, "status": "requested", "number": ""}], ("Requested", ANY, True)),
    ],
    ids=lambda v: "",
)
def test_permission_stands_side_by_side_as_the_claim_will_match_it(
    biller: Any, visit: Any, rule: Any, answers: Any, said: Any
) -> None:
    first = visit.patient.coverages.get(priority=1)
    payers.record_policy(first.payer, {"verified_on": f.SERVICE_DATE, **rule}, by=biller.user, at=f.AT)
    for values in answers:
        coverage.save_authorization(first, None, values, by=biller.user, at=f.AT)
    cell = cells(biller, visit, "Prior authorization")[0]
    assert (cell.value, cell.note, cell.is_open) == said


def cells(biller: Any, visit: Any, label: str) -> Any:
    (row,) = [r for r in biller.get(url(visit)).context["table"].rows if r.label == label]
    return row.cells


def test_the_medical_code_and_its_permission_follow_the_crosswalk(biller: Any, visit: Any) -> None:
    assert [c.value for c in cells(biller, visit, "Code")] == ["D0371", "42699"]
    assert "no listed code names an endoscopy" in cells(biller, visit, "Code")[1].note
    second = visit.patient.coverages.get(priority=2)
    coverage.save_authorization(second, None, {**ASKED, "codes": ["42660"]}, by=biller.user, at=f.AT)
    assert cells(biller, visit, "Prior authorization")[1].value != "Approved · PA-1"
    visit.interventions.create(position=1, type="balloon_dilation")
    told = cells(biller, visit, "Code")[1]
    assert (told.value, "compared with 42660; or 42650: balloon dilation was done" in told.note) == ("42699", True)
    permit = cells(biller, visit, "Prior authorization")[1]
    assert (permit.value, permit.note[:10]) == ("Approved · PA-1", "for 42660;")
    for code in ("42699", "42650", "42660"):
        known = {"cdt": "D0371", "code": code, "payer": second.payer, "is_taken": False, "source": "payer's letter"}
        CodeMapping.objects.create(**known, effective_on=date(2026, 1, 1), recorded_at=f.AT, recorded_by=biller.user)
    assert (cells(biller, visit, "Code")[1].value, cells(biller, visit, "Code")[1].is_open) == ("none known, ask", True)


def test_confirming_needs_what_was_shown_and_a_reason_for_another_order(biller: Any, visit: Any) -> None:
    known = order_of(visit.patient, visit.service_date)
    first, second = known.suggested
    other = {"first": str(second.pk), "facts": known.facts_sha256}
    refused = biller.post(url(visit, "plans/confirm/"), other)
    assert refused.status_code == 422
    assert "Say why: a payer may ask" in text(refused)
    stale = biller.post(url(visit, "plans/confirm/"), {"first": str(first.pk), "facts": "0" * 64})
    assert stale.status_code == 409
    assert "changed meanwhile" in text(stale)
    assert not PlanOrder.objects.exists()
    biller.post(url(visit, "plans/confirm/"), {"first": str(first.pk), "facts": known.facts_sha256})
    said = text(biller.get(url(visit)))
    assert f"Confirmed by {biller.user.display_name}" in said
    assert "Change the order" in said
    biller.post(url(visit, "plans/confirm/"), {**other, "reason": "Both payers asked, call 4411."})
    assert [plan.pk for plan in order_of(visit.patient, visit.service_date).plans] == [second.pk, first.pk]
    shown = biller.get(url(visit)).context["form"]
    assert shown.initial["first"] == second.pk
    for odd in ("", "x", "999999"):
        again = biller.post(url(visit, "plans/confirm/"), {"first": odd, "facts": known.facts_sha256})
        assert again.status_code == 422


def test_confirming_says_which_claims_moved_and_which_had_left(biller: Any) -> None:
    record = f.signed_encounter()
    f.coverage(person=record.patient, by=biller.user)
    health = f.payer(by=biller.user, name="Specimen Health", payer_id="99994", line="medical")
    f.coverage(person=record.patient, by=biller.user, with_payer=health, priority=2, member_id="M5")
    first, second = preparation.start_claims(record, by=biller.user, at=f.AT, fee=Decimal("850.00"))
    Claim.objects.filter(pk=first.pk).update(transport="sent")
    known = order_of(record.patient, record.service_date)
    given = {"first": str(second.coverage_id), "reason": "Both payers asked.", "facts": known.facts_sha256}
    assert biller.post(url(record, "plans/confirm/"), given).status_code == 302
    said = text(biller.get(url(record)))
    assert f"Claim {second.number} takes its new place in it. Check it again before it leaves." in said
    assert "Specimen Health pays first. That is not what the rules suggest:" in said
    assert f"{first.number} was sent when Example Dental Plan (PPO Gold) paid first. It stays as it was sent" in said


def test_two_people_never_overwrite_what_decides_a_place(biller: Any, visit: Any) -> None:
    plan = visit.patient.coverages.first()
    page = f"/coverages/{plan.pk}/terms/"
    given = {
        "program": "commercial", "employment": "active", "employer_size": "unknown", "has_cob_clause": "unknown",
        "cob_method": "unknown", "medicare_reason": "unknown", "parent": "unknown",
    }  # fmt: skip
    assert biller.post(page, given).status_code == 302
    second = biller.post(page, {**given, "employment": "cobra"})
    assert second.status_code == 409
    assert "saved now Active work , you typed COBRA" in text(second)
    assert CoverageTerms.objects.get().employment == "active"
    assert biller.post(page, {**given, "employment": "cobra", "seen": "1"}).status_code == 302
    bad = biller.post(page, {**given, "held_since": "31 February", "seen": "2"})
    assert bad.status_code == 422
    assert bad.context["form"].errors["held_since"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allowed", "eight hundred"),
        ("allowed", "-1"),
        ("allowed", "1.234"),
        ("verified_on", "2026-13-01"),
        ("network", ""),
    ],
)
def test_what_was_agreed_is_refused_with_the_reason_at_its_field(biller: Any, name: str, value: str) -> None:
    payer = f.payer(by=biller.user)
    given = {
        "network": "in",
        "allowed": "$800",
        "cob_method": "unknown",
        "cob_as": "data",
        "secondary_clock": "unknown",
    }
    refused = biller.post(f"/payers/{payer.pk}/terms/", {**given, name: value})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [name]
    assert not payer.terms.exists()
    assert biller.post(f"/payers/{payer.pk}/terms/", given).status_code == 302
    assert payer.terms.get().allowed == Decimal(800)
    stale = biller.post(f"/payers/{payer.pk}/terms/", {**given, "network": "out"})
    assert stale.status_code == 409
    assert "$800.00" in text(biller.get(f"/payers/{payer.pk}/"))


def test_a_visit_is_kept_private_and_says_so(biller: Any, visit: Any) -> None:
    page = url(visit, "restriction/new/")
    refused = biller.post(page, {"asked_on": "2026-11-02", "reason": "Private."})
    assert refused.status_code == 422
    assert "only where the patient pays in full" in text(refused)
    biller.post(page, {"asked_on": "2026-11-02", "reason": "The employer should not know.", "paid_in_full": "on"})
    kept = SelfPayRestriction.objects.get()
    assert kept.asked_on == date(2026, 11, 2)
    said = text(biller.get(url(visit)))
    assert "No plan is told of this visit." in said
    assert "The employer should not know." in said
    assert "good-faith" in text(biller.get(url(visit, "estimates/page/")))
    assert biller.post(f"/restrictions/{kept.pk}/lift/", {"reason": ""}).status_code == 422
    biller.post(f"/restrictions/{kept.pk}/lift/", {"reason": "The patient called on Nov 6."})
    assert "No plan is told" not in text(biller.get(url(visit)))


def test_an_estimate_is_counted_with_receipts_made_and_signed(biller: Any, visit: Any) -> None:
    said = text(biller.get(url(visit, "estimates/page/")))
    assert "$0.00 to $120.00" in said
    assert "how Specimen Health counts what the first plan paid" in said
    assert "contract 2026" in said
    biller.post(url(visit, "estimates/page/"))
    made = Estimate.objects.get()
    page = f"/estimates/{made.pk}/"
    assert "We think you will pay between $0.00 and $120.00." in text(biller.get(page))
    drawn = json.dumps([[1, 2, 300, 200]])
    for given, field in (
        ({"agreed": "on"}, "name"),
        ({"name": "Alex Doe"}, "agreed"),
        ({"name": "Alex Doe", "agreed": "on", "strokes": "[[1,2,"}, "strokes"),
        ({"name": "Alex Doe", "agreed": "on", "strokes": "[" * 20000}, "strokes"),
        ({"name": "Alex Doe", "agreed": "on", "strokes": '{"a": 1}'}, "strokes"),
    ):
        refused = biller.post(f"{page}sign/", given)
        assert refused.status_code == 422
        assert list(refused.context["form"].errors) == [field]
    assert not EstimateSignature.objects.exists()
    hidden = biller.post(f"{page}sign/", {"name": "\u200b \u200b", "agreed": "on"})
    assert list(hidden.context["form"].errors) == ["name"]
    typed = {"name": " Alex\u200b Doe\u202e ", "on_behalf": "\u200bmother ", "agreed": "on", "strokes": drawn}
    biller.post(f"{page}sign/", typed)
    kept = EstimateSignature.objects.get()
    assert (kept.name, kept.on_behalf) == ("Alex Doe", "mother")
    said = text(biller.get(page))
    assert "Witness:" in said
    assert "Sign here" not in said
    assert biller.get(f"{page}pdf/").headers["Content-Type"] == "application/pdf"
    assert "signed on Nov 6, 2026" in text(biller.get(f"/encounters/{visit.number}/"))
    again = biller.post(f"{page}sign/", {"name": "Alex Doe", "agreed": "on"})
    assert again.status_code == 409


def test_a_typed_estimate_has_no_page_to_sign(biller: Any, visit: Any) -> None:
    typed = coverage.give_estimate(visit, {"low": Decimal(1), "high": Decimal(2)}, by=biller.user, at=f.AT)
    assert "These amounts were typed." in text(biller.get(f"/estimates/{typed.pk}/"))
    assert biller.get(f"/estimates/{typed.pk}/pdf/").status_code == 404


def test_a_denial_shows_what_the_patient_signed(biller: Any) -> None:
    payers.set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller.user, at=f.AT)
    claim = f.claim_at(by=biller.user)
    made = estimates.make_estimate(claim.encounter, by=biller.user, at=f.AT)
    f.denial(by=biller.user, claim=claim)
    assert "The patient signed an estimate" not in text(biller.get(f"/claims/{claim}/"))
    estimates.sign_estimate(made, name="Alex Doe", agreed=True, by=biller.user, at=f.AT)
    said = text(biller.get(f"/claims/{claim}/"))
    assert "The patient signed an estimate on Nov 6, 2026" in said


# --- The clock of filing ---------------------------------------------------------------------------------------------


def test_the_clock_stands_on_every_row_from_the_day_of_service(biller: Any) -> None:
    record = f.signed_encounter()
    f.coverage(person=record.patient, by=biller.user)
    clock = "364 days left by Nov 5, 2027 365 days from service · provider manual 2026, section 4"
    assert clock in text(biller.get("/ready-to-bill/"))
    assert clock in text(biller.get(f"/encounters/{record.number}/"))
    claim = f.claim_at(by=biller.user, encounter=record)
    for page in ("/ready-to-bill/", "/claims/", "/worklist/?queue=to_prepare", f"/claims/{claim}/"):
        assert clock in text(biller.get(page)), page


def test_a_limit_that_nobody_knows_is_counted_as_ninety_days_and_said(biller: Any) -> None:
    claim = f.claim_at(by=biller.user)
    payers.record_policy(claim.coverage.payer, {"covers_d0371": "yes"}, by=biller.user, at=f.AT)
    said = text(biller.get("/claims/"))
    assert "89 days left by Feb 3, 2027 90 days from service counted: not known, ask" in said


def test_what_was_taken_in_shows_its_proof_instead_of_the_clock(biller: Any) -> None:
    sent = f.submission(by=biller.user)
    page = f"/submissions/{sent.pk}/proofs/new/"
    assert "364 days left" in text(biller.get("/claims/"))
    for given, field in (
        ({"kind": "277ca", "received_on": "2026-11-06"}, "reference"),
        ({"kind": "277ca", "received_on": "2026-11-01", "reference": "R1"}, "received_on"),
        ({"kind": "277ca", "received_on": f"{f.TODAY + timedelta(9)}", "reference": "R1"}, "received_on"),
        ({"received_on": "2026-11-06", "reference": "R1"}, "kind"),
    ):
        refused = biller.post(page, given)
        assert refused.status_code == 422
        assert list(refused.context["form"].errors) == [field]
    biller.post(page, {"kind": "277ca", "received_on": "2026-11-06", "reference": "TRN88"})
    kept = FilingProof.objects.get()
    sent.claim.refresh_from_db()
    assert (kept.submission_id, sent.claim.transport) == (sent.pk, "accepted")
    for where in ("/claims/", "/worklist/?queue=waiting", f"/claims/{sent.claim}/"):
        said = text(biller.get(where))
        assert "277CA, accepted · Nov 6, 2026 · TRN88" in said, where
        assert "days left by" not in said, where


def test_where_no_plan_is_asked_the_last_day_of_the_written_estimate_is_said(biller: Any) -> None:
    payers.set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller.user, at=f.AT)
    planned = f.planned_visit(service_date=f.TODAY + timedelta(days=30))
    # Planned on Friday, November 6, far ahead: three business days, and Veterans Day is none.
    said = text(biller.get(url(planned, "estimates/page/")))
    assert "owed this estimate in writing by Nov 12, 2026" in said
