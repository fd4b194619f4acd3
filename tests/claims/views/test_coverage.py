"""What covers a patient, on the patient's page and on forms of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.test import RequestFactory

from claims.models import Authorization, Coverage, EligibilityCheck, Estimate
from claims.services.coverage import give_estimate, save_authorization
from documentation import papers
from documentation.models import AuditEvent
from tests import factories
from tests.claims.papers import scanned


def panel(tag: str, user: Any, **context: Any) -> str:
    request = RequestFactory().get("/here/")
    request.user = user
    return (
        Template("{% load panels %}{% " + tag + " %}")
        .render(Context({"now": factories.AT, "request": request, "once": "k", **context}))
        .strip()
    )


@pytest.fixture
def patient():
    return factories.patient()


def plan(by: Any, **more: Any) -> dict[str, Any]:
    return {"payer": by.pk, "plan_name": "PPO Gold", "member_id": "W1", "priority": "1", "relationship": "self", **more}


def test_a_coverage_is_added_from_the_patient_page(biller, patient) -> None:
    payer = factories.payer()
    answer = biller.post(
        f"/patients/{patient}/coverages/new/",
        plan(payer, effective_on="2024-01-01", signature_on_file="yes", assignment_of_benefits=""),
    )
    assert answer["Location"] == f"/patients/{patient}/#coverage"
    row = Coverage.objects.get()
    assert (row.member_id, row.signature_on_file, row.assignment_of_benefits) == ("W1", True, None)


@pytest.mark.parametrize(
    "change, field, word",
    [
        ({"payer": ""}, "payer", "required"),
        ({"effective_on": "2026-02-01", "terminated_on": "2026-01-01"}, "terminated_on", "before it begins"),
        ({"effective_on": "31/31/2026"}, "effective_on", "not a date"),
        ({"priority": "0"}, "priority", "1"),
        ({"zip": "98"}, "zip", "five or nine"),
        ({"state": "ZZ"}, "state", "two letters"),
    ],
)
def test_bad_input_is_refused_at_its_field(biller, patient, change: dict[str, str], field: str, word: str) -> None:
    answer = biller.post(
        f"/patients/{patient}/coverages/new/", plan(factories.payer(), member_id="Ünïque “7”", **change)
    )
    assert answer.status_code == 422
    assert word in " ".join(answer.context["form"].errors[field])
    assert "Ünïque “7”" in answer.content.decode()
    assert not Coverage.objects.exists()


def test_two_plans_cannot_both_pay_first_nor_be_listed_twice(biller, patient) -> None:
    factories.coverage(person=patient)
    other = factories.payer(name="Other Plan", payer_id="2")
    answer = biller.post(f"/patients/{patient}/coverages/new/", plan(other))
    assert "already has priority 1" in answer.context["form"].errors["priority"][0]
    same = Coverage.objects.get()
    answer = biller.post(
        f"/patients/{patient}/coverages/new/", plan(same.payer, member_id=same.member_id, priority="2")
    )
    assert "on the patient's list already" in answer.context["form"].errors["member_id"][0]


def test_a_stale_coverage_page_overwrites_nothing(biller, patient) -> None:
    row = factories.coverage(person=patient)
    url = f"/coverages/{row.pk}/correct/"
    assert biller.post(url, plan(row.payer, group_number="G1", seen=row.revision)).status_code == 302
    answer = biller.post(url, plan(row.payer, group_number="G2", seen=row.revision))
    assert answer.status_code == 409
    assert [(d.label, d.theirs, d.yours) for d in answer.context["differences"]] == [("Group number", "G1", "G2")]
    row.refresh_from_db()
    assert row.group_number == "G1"


def test_a_page_without_its_revision_counts_as_stale(biller, patient) -> None:
    row = factories.coverage(person=patient)
    assert biller.post(f"/coverages/{row.pk}/correct/", plan(row.payer)).status_code == 409


def test_a_coverage_taken_off_the_list_stays_readable(biller, patient) -> None:
    row = factories.coverage(person=patient)
    biller.post(f"/coverages/{row.pk}/retire/")
    row.refresh_from_db()
    assert not row.is_active
    assert "1 former coverage" in panel("patient_coverage patient", biller.user, patient=patient)


def test_unknown_amounts_of_a_check_stay_unknown(biller, patient) -> None:
    row = factories.coverage(person=patient)
    EligibilityCheck.objects.all().delete()
    answer = biller.post(
        f"/coverages/{row.pk}/checks/new/",
        {"checked_on": "2026-11-05", "method": "phone", "active": "yes", "covers_specialized_diagnostics": "unknown"},
    )
    assert answer.status_code == 302
    check = EligibilityCheck.objects.get()
    assert (check.active, check.deductible_remaining, check.coinsurance_percent) == (True, None, None)
    page = panel("patient_coverage patient", biller.user, patient=patient)
    assert page.count("not known") >= 4
    assert "yesterday" in page


def test_a_check_says_whether_the_plan_was_active(biller, patient) -> None:
    row = factories.coverage(person=patient)
    answer = biller.post(
        f"/coverages/{row.pk}/checks/new/",
        {"checked_on": "2026-11-05", "method": "phone", "coinsurance_percent": "120"},
    )
    assert {"active", "coinsurance_percent"} <= set(answer.context["form"].errors)


def test_prior_authorization_and_predetermination_stay_apart(biller, patient) -> None:
    row = factories.coverage(person=patient)
    url = f"/coverages/{row.pk}/authorizations/new/"
    biller.post(url, {"kind": "predetermination", "status": "requested", "codes": "d0371"})
    biller.post(url, {"kind": "prior_authorization", "status": "approved", "number": "PA-1", "codes": ""})
    page = panel("patient_coverage patient", biller.user, patient=patient)
    assert "an estimate, never a permission" in page
    assert "No. PA-1" in page
    assert [a.codes for a in Authorization.objects.order_by("pk")] == [["D0371"], []]


def test_a_stale_authorization_page_overwrites_nothing(biller, patient) -> None:
    row = factories.coverage(person=patient)
    biller.post(f"/coverages/{row.pk}/authorizations/new/", {"kind": "prior_authorization", "status": "requested"})
    asked = Authorization.objects.get()
    url = f"/authorizations/{asked.pk}/"
    values = {"kind": "prior_authorization", "seen": asked.revision}
    assert biller.post(url, {**values, "status": "denied"}).status_code == 302
    assert biller.post(url, {**values, "status": "approved", "number": "1"}).status_code == 409
    asked.refresh_from_db()
    assert asked.status == "denied"


def test_an_estimate_hangs_on_a_planned_visit(biller) -> None:
    visit = factories.planned_visit(service_date=date(2026, 12, 1))
    url = f"/encounters/{visit}/estimates/new/"
    refused = biller.post(url, {"low": "200", "high": "170", "given_on": "2026-11-06"})
    assert "Swap them" in refused.context["form"].errors["high"][0]
    assert (
        biller.post(url, {"low": "150", "high": "170", "given_on": "2026-11-06"})["Location"]
        == f"/encounters/{visit}/#estimate"
    )
    first = Estimate.objects.get()
    assert (first.low, first.high, first.acknowledged_on) == (Decimal(150), Decimal(170), None)
    biller.post(f"/estimates/{first.pk}/acknowledge/")
    assert Estimate.objects.first().acknowledged_on == factories.TODAY
    assert Estimate.objects.count() == 2


def test_an_estimate_that_was_replaced_cannot_be_agreed_to(biller) -> None:
    visit = factories.planned_visit()
    old = give_estimate(visit, {"low": Decimal(1), "high": Decimal(2)}, by=biller.user, at=factories.AT)
    give_estimate(visit, {"low": Decimal(5), "high": Decimal(6)}, by=biller.user, at=factories.AT)
    assert biller.post(f"/estimates/{old.pk}/acknowledge/").status_code == 409
    assert not Estimate.objects.filter(acknowledged_on__isnull=False).exists()


def test_the_panel_of_a_patient_without_coverage_teaches(biller, patient) -> None:
    page = panel("patient_coverage patient", biller.user, patient=patient)
    assert "No coverage yet" in page
    assert f"/patients/{patient}/coverages/new/" in page


def test_panels_render_nothing_for_people_who_may_not_see_them(patient) -> None:
    visit = factories.planned_visit(person=patient)
    nobody = factories.user(role="administrator")
    assert panel("patient_coverage patient", nobody, patient=patient) == ""
    assert panel("encounter_claims encounter", nobody, encounter=visit) == ""


def test_an_assistant_sees_coverage_and_no_claims(patient) -> None:
    encounter = factories.signed_encounter(person=patient)
    factories.claim_at(encounter=encounter)
    page = panel("encounter_claims encounter", factories.user(role="assistant"), encounter=encounter)
    assert "Patient&#x27;s share" in page or "Patient's share" in page
    assert "C00000" not in page


def test_what_to_settle_before_a_visit_says_what_is_not_known(biller, patient) -> None:
    visit = factories.planned_visit(person=patient, service_date=date(2026, 12, 20))
    factories.coverage(person=patient)
    page = panel("encounter_claims encounter", biller.user, encounter=visit)
    assert "Checked 48 days before the visit; 30 is the limit" in page
    assert "Start claim" not in page


def test_a_signed_record_offers_a_biller_its_claims_and_a_clinician_the_news(biller, clinician, patient) -> None:
    encounter = factories.signed_encounter(person=patient)
    factories.coverage(person=patient)
    assert "Start claim" in panel("encounter_claims encounter", biller.user, encounter=encounter)
    seen = panel("encounter_claims encounter", clinician.user, encounter=encounter)
    assert "Start claim" not in seen
    assert "A biller starts it" in seen


@pytest.mark.parametrize("role", ["administrator", ""])
def test_coverage_is_closed_to_others(person, patient, role: str) -> None:
    row = factories.coverage(person=patient)
    someone = person(role)
    for url in (
        f"/patients/{patient}/coverages/new/",
        f"/coverages/{row.pk}/correct/",
        f"/coverages/{row.pk}/checks/new/",
    ):
        assert someone.get(url).status_code == 403
    assert someone.post(f"/coverages/{row.pk}/retire/").status_code == 403


def test_looking_at_a_coverage_is_recorded(biller, patient) -> None:
    row = factories.coverage(person=patient)
    biller.get(f"/coverages/{row.pk}/correct/")
    assert AuditEvent.objects.filter(action="coverage.view", patient=patient, by=biller.user).count() == 1


def test_the_payers_letter_is_kept_private_with_the_authorization(biller, person, patient) -> None:
    row = factories.coverage(person=patient)
    pdf = scanned(1, "Letter")
    scan = SimpleUploadedFile("letter.pdf", pdf)
    values = {"kind": "prior_authorization", "status": "approved", "number": "PA-1", "codes": "D0371", "units": "2"}
    biller.post(f"/coverages/{row.pk}/authorizations/new/", values | {"scan": scan})
    asked = Authorization.objects.get()
    assert (asked.status, asked.units) == ("approved", 2)
    url = f"/authorizations/{asked.pk}/letter/"
    answer = biller.get(url)
    assert b"".join(answer.streaming_content if answer.streaming else [answer.content]) == papers.examine(pdf).clean
    assert "attachment" in answer["Content-Disposition"]
    assert biller.get(f"{url}?as=came").content == pdf
    assert person("administrator").get(url).status_code == 403
    page = panel("patient_coverage patient", biller.user, patient=asked.coverage.patient)
    assert "2 of 2 units left" in page
    assert "Payer's letter" in page.replace("&#x27;", "'")


def test_an_expired_authorization_is_folded_away(biller, patient) -> None:
    row = factories.coverage(person=patient)
    values = {"kind": "prior_authorization", "status": "approved", "number": "PA-OLD", "valid_to": date(2020, 1, 31)}
    save_authorization(row, None, values, by=biller.user, at=factories.AT)
    page = panel("patient_coverage patient", biller.user, patient=row.patient)
    assert page.index("1 expired or void") < page.index("PA-OLD")
    assert "None that still holds" in page


@pytest.mark.parametrize(
    "change, field",
    [
        ({"codes": "D03"}, "codes"),
        ({"units": "0"}, "units"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to"),
        ({"requested_on": "2026-02-01", "decided_on": "2026-01-01"}, "decided_on"),
    ],
)
def test_an_authorization_that_cannot_be_is_refused_at_its_field(biller, patient, change, field) -> None:
    row = factories.coverage(person=patient)
    values = {"kind": "prior_authorization", "status": "requested", "codes": "D0371"}
    answer = biller.post(f"/coverages/{row.pk}/authorizations/new/", values | change)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Authorization.objects.exists()


@pytest.mark.parametrize("typed, kept", [("  0012 34 ab ", "001234AB"), ("w-77", "W-77")])
def test_a_member_id_is_kept_as_the_card_shows_it(biller, patient, typed: str, kept: str) -> None:
    biller.post(f"/patients/{patient}/coverages/new/", plan(factories.payer(), member_id=typed))
    assert Coverage.objects.get().member_id == kept


@pytest.mark.parametrize("typed", ["--", "W*1", "Wé1", "1-"])
def test_a_member_id_that_no_card_shows_is_refused_at_its_field(biller, patient, typed: str) -> None:
    answer = biller.post(f"/patients/{patient}/coverages/new/", plan(factories.payer(), member_id=typed))
    assert answer.status_code == 422
    assert "Copy it from the card" in answer.context["form"].errors["member_id"][0]
