"""The patient's share where a second plan pays: asked before anybody is billed, and forgiven once, where it stands."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, Coverage, SelfPayRestriction, WriteOff
from claims.queries.accounts import accounts_of
from claims.services import closing, patient_money, writing_off
from documentation.kernel.machine import NotPossible, Refused
from documentation.models import User
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import answer
from tests.claims.services.test_patient_money import AT, second_of, seen
from tests.claims.services.test_plans import WISH
from tests.claims.views.test_dashboard import text

pytestmark = pytest.mark.django_db
SECONDARY = (("OA", "23", "50"), ("CO", "45", "60"), ("PR", "2", "40"))
"""The second plan: it was told of the 50 that the first took off, and leaves 40 to the patient."""


@pytest.fixture(autouse=True)
def limit(settings: Any) -> None:
    settings.WRITE_OFF_LIMIT = 1000


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def claim(biller: User) -> Claim:
    """Answered by the plan that pays first: all but the contract is deductible."""
    found = answered.claim(f.SERVICE_DATE, transport="sent")
    checks.post(answer(found, checks.DEDUCTIBLE), by=biller, at=AT)
    return found


def opened(claim: Claim, by: User) -> Claim:
    if Claim.objects.get(pk=claim.pk).closing == "closed":
        closing.reopen(claim, by=by, at=AT)
    return Claim.objects.get(pk=claim.pk)


def forgive(claim: Claim, by: User) -> WriteOff:
    return writing_off.request(opened(claim, by), "Hardship.", with_share=True, by=by, at=AT)


class TestForgiven:
    def test_what_the_second_plan_leaves_is_written_off_with_its_claim(self, biller: User, claim: Claim) -> None:
        second = second_of(claim, transport="sent")
        checks.post(answer(second, SECONDARY, status="2"), by=biller, at=AT, trace="T2")
        assert seen(claim).due == Decimal(40)
        with pytest.raises(NotPossible, match=f"Example Health decided after this plan.*written off of {second}"):
            forgive(claim, biller)
        assert forgive(second, biller).amount == Decimal(40)
        for one in (claim, second):
            assert (seen(one).forgiven, seen(one).due, seen(one).may_bill) == (Decimal(40), 0, False)

    def test_nothing_is_given_up_before_the_second_plan_decided(self, biller: User, claim: Claim) -> None:
        second = second_of(claim, transport="sent")
        with pytest.raises(NotPossible, match=f"Example Health has not decided on {second}"):
            forgive(claim, biller)
        Claim.objects.filter(pk=second.pk).update(closing="voided")
        with pytest.raises(NotPossible, match="Example Health was not asked yet"):
            forgive(claim, biller)
        assert not WriteOff.objects.exists()

    def test_what_was_forgiven_before_another_plan_was_known_stays_forgiven(self, biller: User, claim: Claim) -> None:
        assert forgive(claim, biller).amount == Decimal(800)
        second = second_of(claim, transport="sent")
        checks.post(answer(second, SECONDARY, status="2"), by=biller, at=AT, trace="T2")
        assert (seen(claim).share, seen(claim).forgiven, seen(claim).due) == (Decimal(40), Decimal(40), 0)

    def test_what_nobody_put_on_the_patient_forgives_nothing_when_a_second_plan_pays(self, biller: User) -> None:
        first = answered.claim(f.SERVICE_DATE, transport="sent")
        checks.post(answer(first, (("CO", "45", "50"), ("OA", "A8", "40"), ("PR", "2", "160"))), by=biller, at=AT)
        for denial in first.denials.all():
            writing_off.request(opened(first, biller), "Small.", denial=denial, by=biller, at=AT)
        if not WriteOff.objects.exists():
            writing_off.request(opened(first, biller), "Small.", by=biller, at=AT)
        assert (WriteOff.objects.get().amount, seen(first).forgiven) == (Decimal(40), 0)
        second = second_of(first, transport="sent")
        checks.post(answer(second, (("OA", "23", "690"), ("PR", "2", "60")), status="2"), by=biller, at=AT, trace="T2")
        assert (seen(first).forgiven, seen(first).due) == (0, Decimal(60))

    def test_a_second_person_agrees_to_nothing_that_another_plan_decides_by_then(
        self, biller: User, claim: Claim, settings: Any
    ) -> None:
        settings.WRITE_OFF_LIMIT = 100
        asked = forgive(claim, biller)
        second_of(claim, transport="sent")
        with pytest.raises(Refused, match="The claim changed since"):
            writing_off.approve(asked, by=f.user(role="manager"), at=AT)

    def test_the_claim_says_with_which_one_it_is_written_off(self, biller: User, claim: Claim) -> None:
        second = second_of(claim, transport="sent")
        checks.post(answer(second, SECONDARY, status="2"), by=biller, at=AT, trace="T2")
        opened(claim, biller)
        page = Client()
        page.force_login(biller)
        said = text(page.get(f"/claims/{claim}/"))
        assert f"Example Health decided after this plan. What is left of the visit is written off of {second}." in said
        assert "Write off the patient's share" not in said
        assert f"written off of {second}" in text(page.get(f"/claims/{claim}/write-off/"))


class TestNotAskedYet:
    @pytest.fixture
    def plan(self, claim: Claim) -> Coverage:
        return Coverage.objects.create(
            patient=claim.encounter.patient, payer=answered.payer("Example Health"), member_id="M2", priority=2
        )

    def test_a_plan_that_was_not_asked_holds_the_bill_until_a_manager_says_otherwise(
        self, claim: Claim, plan: Coverage
    ) -> None:
        account = seen(claim)
        assert [(h.why, h.claim) for h in account.holds] == [("Example Health was not asked yet.", claim)]
        assert (account.due, account.may_bill) == (Decimal(800), False)
        why, by = "The plan ended in spring.", f.user(role="manager")
        patient_money.release(claim, why, by=by, at=AT + timedelta(days=1))
        assert seen(claim).may_bill

    def test_a_plan_that_may_not_be_told_holds_nothing(self, biller: User, claim: Claim, plan: Coverage) -> None:
        known = {**WISH, "recorded_at": AT, "recorded_by": biller}
        SelfPayRestriction.objects.create(encounter=claim.encounter, **known)
        assert seen(claim).may_bill

    def test_a_plan_that_was_not_in_force_holds_nothing(self, claim: Claim, plan: Coverage) -> None:
        Coverage.objects.filter(pk=claim.coverage_id).update(effective_on=date(2020, 1, 1))
        Coverage.objects.filter(pk=plan.pk).update(terminated_on=f.SERVICE_DATE - timedelta(days=1))
        assert seen(claim).may_bill

    def test_visits_are_asked_for_together(self, biller: User, claim: Claim, plan: Coverage) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as found:
                accounts = accounts_of(claim.encounter.patient)
            assert {len(a.holds) for a in accounts} == {1}
            return len(found)

        once = asked()
        for day in range(1, 6):
            other = answered.claim(date(2026, 10, day), transport="sent", person=claim.encounter.patient)
            Claim.objects.filter(pk=other.pk).update(coverage=claim.coverage)
            checks.post(answer(other, checks.DEDUCTIBLE), by=biller, at=AT, trace=f"N{day}")
        assert asked() == once
