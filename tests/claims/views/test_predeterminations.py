"""Asking a plan beforehand, on the pages of a visit that is planned."""

from __future__ import annotations

from typing import Any

import pytest

from claims.models import Predetermination
from claims.services.plans import restrict
from documentation.models import AuditEvent, Encounter
from tests import factories as f

FORM = {"code1": "d0371", "fee1": "$850.00", "area1": "40"}


@pytest.fixture
def visit() -> Encounter:
    f.organization()
    return f.planned_visit()


@pytest.fixture
def plan(visit: Encounter) -> Any:
    return f.coverage(person=visit.patient)


def asked(biller: Any, visit: Encounter, to: Any, **more: str) -> Any:
    return biller.post(f"/encounters/{visit}/predeterminations/new/", {"plan": to.pk, **FORM, **more})


def test_a_biller_asks_from_the_planned_visit_and_takes_the_file(biller: Any, visit: Encounter, plan: Any) -> None:
    assert "Ask the payer beforehand" in biller.get(f"/encounters/{visit}/").text
    answer = asked(biller, visit, plan)
    row = Predetermination.objects.get()
    assert answer["Location"] == f"/predeterminations/{row.pk}/"
    assert row.lines == [{"code": "D0371", "cents": 85000, "area": "40"}]
    page = biller.get(answer["Location"]).text
    assert "Waiting for the answer" in page
    assert "Write down an answer on paper" in page
    assert row.number in biller.get(f"/encounters/{visit}/").text
    file = biller.get(f"/predeterminations/{row.pk}/file/")
    assert b"**********PB~" in b"".join(file.streaming_content if file.streaming else [file.content])
    assert AuditEvent.objects.filter(action="predetermination.view").count() == 1


def test_an_answer_on_paper_is_written_down_and_told(biller: Any, visit: Encounter, plan: Any) -> None:
    asked(biller, visit, plan)
    row = Predetermination.objects.get()
    said = {"kind": "predetermination", "status": "approved", "number": "PD-77", "codes": "D0371", "note": "Pays $640."}
    biller.post(f"/authorizations/{row.authorization_id}/", {**said, "seen": row.authorization.revision})
    page = biller.get(f"/predeterminations/{row.pk}/").text
    assert "PD-77" in page
    assert "Pays $640." in page
    assert "Waiting" not in page


@pytest.mark.parametrize(
    "change, said",
    [
        ({"plan": ""}, "Choose the plan"),
        ({"code1": "42699"}, "no CDT code"),
        ({"fee1": "-1"}, "amount in dollars"),
        ({"code2": "D0330"}, "Give the full fee"),
        ({"fee3": "90"}, "Give the code of this fee"),
        ({"area1": "77"}, "77"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_nothing_is_kept(
    change: dict[str, str], said: str, biller: Any, visit: Encounter, plan: Any
) -> None:
    answer = asked(biller, visit, plan, **change)
    assert answer.status_code == 422
    assert said in answer.text
    assert not Predetermination.objects.exists()


def test_what_the_file_needs_is_told_above_the_form(biller: Any, visit: Encounter, plan: Any) -> None:
    visit.location.zip = "98101"
    visit.location.save()
    answer = asked(biller, visit, plan)
    assert answer.status_code == 422
    assert "needs all nine digits" in answer.text


def test_nothing_leads_to_asking_where_no_plan_may_be_told(biller: Any, visit: Encounter, plan: Any) -> None:
    wish = {"asked_on": f.TODAY, "reason": "Private.", "paid_in_full": True}
    restrict(visit, wish, by=f.user(role="biller"), at=f.AT)
    assert "Ask the payer beforehand" not in biller.get(f"/encounters/{visit}/").text
    assert "no plan is told" in asked(biller, visit, plan).text
    assert not Predetermination.objects.exists()


def test_a_patient_without_a_dental_plan_leads_to_the_patient(biller: Any, visit: Encounter) -> None:
    assert "Ask the payer beforehand" not in biller.get(f"/encounters/{visit}/").text
    answer = biller.get(f"/encounters/{visit}/predeterminations/new/")
    assert answer.status_code == 409
    assert "no dental plan" in answer.text
