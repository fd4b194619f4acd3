"""A visit that is billed to some of its plans only: what is left of it is offered, counted and timed, nothing else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from claims.models import Claim
from claims.queries.billing import board
from claims.queries.claims import report_of
from claims.queries.filing import shortest_clocks
from claims.queries.worklists import visits_to_bill
from claims.services import closing, preparation, queues
from claims.services.payers import record_policy, set_fee
from documentation.views import context
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.services.test_versions import corrected
from tests.claims.views.test_dashboard import text


def plan(person: Any, by: Any, name: str, priority: int, *, days: int = 365, **known: Any) -> Any:
    """A dental plan of a payer whose claims must arrive within so many days."""
    payer = f.payer(by=by, name=name, payer_id=f"X{priority}")
    record_policy(payer, {"covers_d0371": "yes", "timely_filing_days": days, "verified_on": f.TODAY}, by=by, at=f.AT)
    return f.coverage(person=person, by=by, with_payer=payer, priority=priority, member_id=f"M{priority}", **known)


def signed(by: Any) -> Any:
    set_fee("D0371", Decimal("850.00"), effective_on=f.SERVICE_DATE, by=by, at=f.AT)
    return f.signed_encounter()


def test_a_plan_that_is_not_in_force_has_no_clock_and_is_not_offered(biller: Any) -> None:
    visit, by = signed(biller.user), biller.user
    ended = plan(visit.patient, by, "Former Dental", 1, days=10, terminated_on=f.SERVICE_DATE - timedelta(days=1))
    plan(visit.patient, by, "Current Dental", 2, days=1000)
    today = visit.location.today(timezone.now())
    due = f.SERVICE_DATE + timedelta(days=1000)

    assert shortest_clocks([(visit, today)])[visit.pk].due == due  # Today
    board = biller.get("/ready-to-bill/")
    (row,) = board.context["to_start"]
    assert (row["filing"].due, [p.payer.name for p in row["plans"]]) == (due, ["Current Dental"])
    page = text(biller.get(f"/encounters/{visit}/"))
    assert "Current Dental: " in page
    assert "Former Dental: " not in page
    biller.post(f"/encounters/{visit}/claims/start/")
    assert "Add a claim for" not in text(biller.get(f"/encounters/{visit}/"))
    # Where no plan is in force, each that is known counts: the checks of its claim say what is wrong with it.
    type(ended).objects.exclude(pk=ended.pk).update(terminated_on=f.SERVICE_DATE - timedelta(days=1))
    assert shortest_clocks([(visit, today)])[visit.pk].due == f.SERVICE_DATE + timedelta(days=10)


def test_a_claim_for_another_plan_is_added_while_the_paid_one_stands_as_it_is(biller: Any) -> None:
    visit, by = signed(biller.user), biller.user
    plan(visit.patient, by, "First Dental", 1)
    first = preparation.start_claims(visit, by=by, at=f.AT)[0]
    checks.post(checks.answer(first), by=by, at=f.AT)
    plan(visit.patient, by, "Second Dental", 2)
    page = text(biller.get(f"/encounters/{visit}/"))
    assert "Add a claim for Second Dental" in page
    added = biller.post(f"/encounters/{visit}/claims/start/")["Location"]
    second = Claim.objects.get(coverage__payer__name="Second Dental")
    assert added == f"/claims/{second}/"
    claims = [(c.pk, c.sequence, c.closing) for c in Claim.objects.order_by("pk")]
    assert claims == [(first.pk, 1, "closed"), (second.pk, 2, "open")]
    assert not {r.rule for r in report_of(second, today=f.TODAY).blockers} & {"FIL-111", "COB-101"}
    assert preparation.start_claims(visit, by=by, at=f.AT) == [first, second]


def test_a_plan_whose_claim_was_voided_waits_to_be_billed_again(biller: Any, django_assert_num_queries: Any) -> None:
    visit, by = signed(biller.user), biller.user
    plan(visit.patient, by, "First Dental", 1)
    second_plan = plan(visit.patient, by, "Second Dental", 2)
    first, second = preparation.start_claims(visit, by=by, at=f.AT)
    assert waiting(biller) == []
    closing.void(second, "Wrong diagnosis.", by=by, at=f.AT)
    assert waiting(biller) == [(visit.number, ["Second Dental"])]
    page = text(biller.get("/ready-to-bill/"))
    assert "the claim to this plan was voided" in page
    # A plan that is on the list no more has no claim to wait for.
    type(second_plan).objects.filter(pk=second_plan.pk).update(terminated_on=f.SERVICE_DATE - timedelta(days=1))
    queues.bill_patient(visit.patient)
    assert waiting(biller) == []
    type(second_plan).objects.filter(pk=second_plan.pk).update(terminated_on=f.SERVICE_DATE)
    queues.bill_patient(visit.patient)
    # The void claim counts for the visit, whichever version of its record it came from.
    newer = corrected(visit)
    assert waiting(biller) == [(newer.number, ["Second Dental"])]
    closing.void(Claim.objects.get(pk=first.pk), "Wrong diagnosis.", by=by, at=f.AT)
    assert waiting(biller) == [(newer.number, ["First Dental", "Second Dental"])]
    biller.post(f"/encounters/{newer}/claims/start/")
    assert waiting(biller) == []
    for count in (1, 2):
        of_visit, void = answered.claim(f.SERVICE_DATE), answered.claim(f.SERVICE_DATE, closing="voided")
        before = void.encounter_id
        Claim.objects.filter(pk=void.pk).update(encounter=of_visit.encounter)
        queues.bill([before, of_visit.encounter_id])
        with django_assert_num_queries(3):  # which are shown, what is known of them, and what their checks look at
            assert len(board({}, at=f.AT).billed) == count


def test_the_navigation_counts_to_99_and_says_that_there_are_more(biller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MOST_COUNTED", 3)

    def badge() -> str:
        groups = biller.get("/claims/").context["navigation"]
        return next(item["count"] for g in groups for item in g["items"] if item["label"] == "Ready to bill")

    counted = [badge()]
    for _ in range(4):
        f.signed_encounter()
        counted.append(badge())
    assert counted == ["", "1", "2", "2+", "2+"]


def waiting(biller: Any) -> list[tuple[str, list[str]]]:
    """The visits of Ready to bill with the plans to start, as many as the navigation counts."""
    rows = biller.get("/ready-to-bill/").context["to_start"]
    assert len(rows) == visits_to_bill().count()
    return [(row["encounter"].number, [p.payer.name for p in row["plans"]]) for row in rows]


def test_a_void_claim_that_was_paid_says_which_claim_stands_beside_it(biller: Any) -> None:
    visit, by = signed(biller.user), biller.user
    plan(visit.patient, by, "First Dental", 1)
    (void,) = preparation.start_claims(visit, by=by, at=f.AT)
    closing.void(void, "Wrong diagnosis.", by=by, at=f.AT)
    (again,) = preparation.start_claims(visit, by=by, at=f.AT)
    checks.post(checks.answer(void), by=by, at=f.AT)
    page = text(biller.get(f"/claims/{void}/"))
    assert "The payer answered this claim though it was void, so it is open again." in page
    assert f"The plan is asked for this visit by {again}, too" in page
    assert "Opened again though it was void: The payer answered it all the same." in page
    assert "FIL-111" in {r.rule for r in report_of(again, today=f.TODAY).blockers}
    assert preparation.start_claims(visit, by=by, at=f.AT) == [again]
