"""The page of what a patient owes: its sentences, its forms, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from claims.models import BillingRelease, Claim, PatientPayment
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.views.conftest import Person
from tests.claims.views.test_dashboard import text

SHARED = (("CO", "45", "50"), ("PR", "2", "160"))
HELD = (("PR", "2", "160"), ("CO", "50", "300"))


@pytest.fixture
def claim(biller: Person) -> Claim:
    row = answered.claim(f.SERVICE_DATE, transport="sent")
    checks.post(checks.answer(row, SHARED), by=biller.user, at=f.AT)
    return row


@pytest.fixture
def held(biller: Person) -> Claim:
    row = answered.claim(f.SERVICE_DATE, transport="sent")
    checks.post(checks.answer(row, HELD), by=biller.user, at=f.AT, trace="H1")
    return row


def money(amount: str, **other: str) -> dict[str, str]:
    return {"amount": amount, "paid_on": str(f.TODAY), "method": "card", **other}


def test_a_payment_an_overpayment_and_its_refund(biller: Person, claim: Claim) -> None:
    page = f"/claims/{claim}/account/"
    assert "Patient's balance · $160.00 May be billed" in text(biller.get(page))
    assert "Patient's balance: $160.00 due" in text(biller.get(f"/claims/{claim}/"))
    assert "The patient owes $160.00 of this visit." in text(biller.get(page + "pay/"))
    assert biller.post(page + "pay/", money("200.00", reference="R-1"))["Location"] == page
    said = text(biller.get(page))
    assert "Patient's share $160.00 Paid by the patient $200.00 Overpaid $40.00" in said
    assert "$40.00 goes back to the patient." in said
    assert biller.post(page + "refund/", money("40"))["Location"] == page
    assert "Refunded $40.00 Still due $0.00" in text(biller.get(page))
    assert "Nothing due" in text(biller.get(page))


def test_the_same_press_twice_is_one_payment(biller: Person, claim: Claim) -> None:
    key = "11111111-2222-4333-8444-555555555555"
    for _ in range(2):
        biller.client.post(f"/claims/{claim}/account/pay/", {"once": key, **money("10")})
    assert PatientPayment.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (money(""), "Give the amount."),
        (money("-5"), "must be more than nothing"),
        (money("abc"), "This is not an amount."),
        (money("1.234"), "at most two decimal places"),
        (money("5", paid_on="2099-01-01"), "lies in the future"),
        (money("5", method=""), "Choose how it was paid."),
    ],
)
def test_what_cannot_be_is_refused_in_words(biller: Person, claim: Claim, values: dict[str, str], said: str) -> None:
    answer = biller.post(f"/claims/{claim}/account/pay/", values)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not PatientPayment.objects.exists()


def test_a_refund_of_more_than_came_is_refused(biller: Person, claim: Claim) -> None:
    answer = biller.post(f"/claims/{claim}/account/refund/", money("1"))
    assert answer.status_code == 409
    assert "No more than that can go back." in text(answer)


def test_a_slip_is_taken_back_and_stays(biller: Person, claim: Claim) -> None:
    biller.post(f"/claims/{claim}/account/pay/", money("1600"))
    row = PatientPayment.objects.get()
    assert biller.post(f"/payments/{row.pk}/undo/", {"reason": ""}).status_code == 422
    biller.post(f"/payments/{row.pk}/undo/", {"reason": "One zero too many."})
    said = text(biller.get(f"/claims/{claim}/account/"))
    assert "Taken back by" in said
    assert "One zero too many." in said
    assert "Still due $160.00" in said
    assert "Payment or refund taken back as wrong" in text(biller.get(f"/claims/{claim}/"))


def test_only_a_manager_releases_and_takes_it_back(biller: Person, person: Callable[[str], Any], held: Claim) -> None:
    page, manager = f"/claims/{held}/account/", person("manager")
    said = text(biller.get(page))
    assert "Do not bill the patient yet. What is decided now may change what the patient owes." in said
    assert f"A denial of {held} over $300.00 is open." in said
    assert "Bill the patient all the same" not in said
    assert biller.post(page + "release/", {"reason": "Asked."}).status_code == 403
    assert "Bill the patient all the same" in text(manager.get(page))
    assert manager.post(page + "release/", {"reason": " "}).status_code == 422
    manager.post(page + "release/", {"reason": "The patient asked."})
    said = text(biller.get(page))
    assert "May be billed" in said
    assert "The patient asked." in said
    assert "Take it back" not in said
    manager.post(page + "hold/", {"reason": "It was another patient."})
    assert "Do not bill the patient yet." in text(biller.get(page))
    assert BillingRelease.objects.count() == 2


def test_the_page_of_the_patient_adds_the_visits_up(biller: Person, claim: Claim) -> None:
    patient = claim.encounter.patient
    other = answered.claim(f.TODAY, transport="sent", person=patient)
    checks.post(checks.answer(other, HELD), by=biller.user, at=f.AT, trace="T5")
    said = text(biller.get(f"/patients/{patient}/account/"))
    assert "Due $320.00 May be billed now $160.00 Overpaid $0.00" in said
    assert "Do not bill yet" in said
    assert "Patient's balance" in text(biller.get(f"/patients/{patient}/"))


def test_a_claim_that_is_void_has_no_account(biller: Person, claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(closing="voided")
    assert biller.get(f"/claims/{claim}/account/").status_code == 404
    assert "Patient's balance:" not in text(biller.get(f"/claims/{claim}/"))
