"""An estimate is counted from what is known, put on one page, signed before a witness, and changes no more."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pikepdf
import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from claims.models import Estimate, EstimateSignature
from claims.services import coverage, estimates, plans
from claims.services.payers import set_fee
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.services import files
from tests import factories as f

pytestmark = pytest.mark.django_db

DRAWN = [[100, 200, 200, 50, 300, 220], [550, 150, 700, 120]]


@pytest.fixture
def biller() -> Any:
    return f.user(role=Role.BILLER)


@pytest.fixture
def visit(biller: Any) -> Any:
    """A planned visit with a verified plan, a fee and what the payer allows."""
    set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller, at=f.AT)
    encounter = f.planned_visit()
    plan = f.coverage(person=encounter.patient, by=biller)
    plans.record_payer_terms(
        plan.payer, {"network": "in", "allowed": Decimal(800), "source": "contract 2026"}, by=biller, at=f.AT
    )
    return encounter


def words_of(estimate: Estimate | EstimateSignature) -> str:
    reader = pypdf.PdfReader(io.BytesIO(files.read(estimate.document)))
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


def test_it_is_counted_from_fee_contract_and_eligibility_with_their_receipts(visit: Any, biller: Any) -> None:
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    # 800 allowed, no deductible left, 20 % for the patient.
    assert (made.low, made.high, made.kind, made.given_on) == (Decimal(160), Decimal(160), "plans", f.TODAY)
    words = words_of(made)
    assert "We think you will pay $160.00." in words
    assert "agreed with Example Dental Plan, contract 2026" in words
    assert "eligibility check of Nov 2, 2026, portal" in words
    assert "fee schedule, from Jan 1, 2020" in words


def test_the_page_is_archivable_and_tagged(visit: Any, biller: Any) -> None:
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    with pikepdf.open(io.BytesIO(files.read(made.document))) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["pdfuaid:part"] == "1"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "en-US"


def test_what_is_not_known_widens_it_and_stands_on_the_page(visit: Any, biller: Any) -> None:
    plan = visit.patient.coverages.get()
    coverage.record_check(
        plan, {"checked_on": f.TODAY, "method": "phone", "active": True, "deductible_remaining": Decimal(0)},
        by=biller, at=f.AT,
    )  # fmt: skip
    made = estimates.make_estimate(f.planned_visit(person=visit.patient, service_date=f.TODAY), by=biller, at=f.AT)
    assert made.low < made.high
    assert len(made.basis["questions"]) == 2
    assert "How much of the cost Example Dental Plan pays." in words_of(made)


def test_a_check_that_is_too_old_counts_nothing_and_says_so(visit: Any, biller: Any) -> None:
    later = f.planned_visit(person=visit.patient, service_date=date(2026, 12, 12))
    made = estimates.make_estimate(later, by=biller, at=f.AT)
    assert made.low < made.high
    assert len(made.basis["questions"]) == 3
    assert "eligibility check of Nov 2, 2026, portal, EL-77120; too old, ask again" in words_of(made)


def test_an_old_answer_that_the_plan_is_not_active_is_a_question(visit: Any, biller: Any) -> None:
    plan = visit.patient.coverages.get()
    said = {"checked_on": f.TODAY, "method": "phone", "active": False}
    coverage.record_check(plan, said, by=biller, at=f.AT)
    firm = estimates.make_estimate(visit, by=biller, at=f.AT)
    assert firm.low == firm.high
    later = f.planned_visit(person=visit.patient, service_date=date(2027, 1, 12))
    made = estimates.make_estimate(later, by=biller, at=f.AT)
    assert made.low < made.high


def test_a_waiting_period_pays_nothing_and_a_limit_on_how_often_is_a_question(visit: Any, biller: Any) -> None:
    plan = visit.patient.coverages.get()
    known = {
        "checked_on": visit.service_date, "method": "phone", "active": True, "coinsurance_percent": 20,
        "covers_specialized_diagnostics": "yes", "deductible_remaining": Decimal(0),
        "annual_maximum_remaining": Decimal(1000),
    }  # fmt: skip
    waits = {**known, "waiting_until": visit.service_date}
    coverage.record_check(plan, waits, by=biller, at=f.AT)
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    assert made.low == made.high > Decimal(160)
    coverage.record_check(plan, {**known, "frequency_limit": "once in 12 months"}, by=biller, at=f.AT)
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    assert made.low == Decimal(160) < made.high
    (asked,) = made.basis["questions"]
    assert "still pays this time: once in 12 months" in str(asked)


def test_two_plans_are_counted_by_the_way_of_the_second(visit: Any, biller: Any) -> None:
    health = f.payer(by=biller, name="Specimen Health", payer_id="99994", line="medical")
    second = f.coverage(person=visit.patient, by=biller, with_payer=health, priority=2, member_id="M5")
    plans.record_payer_terms(
        health, {"network": "in", "allowed": Decimal(780), "cob_method": "non_duplication"}, by=biller, at=f.AT
    )
    assert estimates.make_estimate(visit, by=biller, at=f.AT).high == Decimal(160)
    plans.save_terms(second, {"cob_method": "standard"}, today=f.TODAY, by=biller, at=f.AT)
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    assert (made.low, made.high) == (Decimal(0), Decimal(0))
    assert [p["name"] for p in made.basis["plans"]] == ["Example Dental Plan", "Specimen Health"]


def test_without_a_plan_it_is_a_good_faith_estimate_with_what_that_must_hold(visit: Any, biller: Any) -> None:
    made = estimates.make_estimate(visit, without_plan=True, by=biller, at=f.AT)
    assert (made.kind, made.low, made.high) == ("good_faith", Decimal(850), Decimal(850))
    words = words_of(made)
    for held in (
        "good-faith estimate, not a contract",
        "$400 or more",
        "120 days",
        "D0371",
        "Provider's NPI",
        "Tax ID",
    ):
        assert held in words.replace("’", "'"), held
    assert "Example Dental Plan" not in words


def test_a_private_visit_gets_a_good_faith_estimate_that_names_no_plan(visit: Any, biller: Any) -> None:
    wish = {"asked_on": f.TODAY, "reason": "Private.", "paid_in_full": True}
    plans.restrict(visit, wish, by=biller, at=f.AT)
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    assert made.kind == "good_faith"
    assert "You asked us not to tell your plan." in words_of(made)


def test_without_a_fee_or_a_tax_id_nothing_is_promised(biller: Any) -> None:
    bare = f.planned_visit()
    with pytest.raises(Refused, match="no fee for D0371"):
        estimates.make_estimate(bare, by=biller, at=f.AT)
    set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller, at=f.AT)
    type(bare.location).objects.filter(pk=bare.location.pk).update(tax_id="")
    bare.refresh_from_db()
    with pytest.raises(Refused, match="tax ID"):
        estimates.make_estimate(bare, by=biller, at=f.AT)
    with pytest.raises(NotPermitted):
        estimates.make_estimate(bare, by=f.user(role=Role.ADMINISTRATOR), at=f.AT)
    assert not Estimate.objects.exists()


def test_a_drawn_signature_is_kept_with_time_and_witness_on_the_page(visit: Any, biller: Any) -> None:
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    kept = estimates.sign_estimate(made, name="Alex Doe", agreed=True, strokes=DRAWN, by=biller, at=f.AT)
    made.refresh_from_db()
    assert (kept.strokes, kept.witnessed_by, kept.signed_at) == (DRAWN, biller, f.AT)
    assert made.acknowledged_on == f.TODAY
    words = words_of(kept)
    assert "Signed by Alex Doe" in words
    assert f"Witness: {biller.display_name}" in words
    assert kept.document_id != made.document_id


def test_a_typed_name_and_the_mark_are_enough(visit: Any, biller: Any) -> None:
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    kept = estimates.sign_estimate(made, name="Robin Doe", agreed=True, on_behalf="mother", by=biller, at=f.AT)
    assert kept.strokes == []
    assert "Robin Doe (mother)" in words_of(kept)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"agreed": False}, "agreed"),
        ({"strokes": [[1, 2, 3]]}, "strokes"),
        ({"strokes": [[1, 2, 3, 4000]]}, "strokes"),
        ({"strokes": [["<script>", 2, 3, 4]]}, "strokes"),
        ({"strokes": [[1, 2] * 4000]}, "strokes"),
        ({"strokes": [[True, 2, 3, 4]]}, "strokes"),
    ],
)
def test_a_signature_that_is_not_whole_is_refused_at_its_field(
    visit: Any, biller: Any, given: dict[str, Any], field: str
) -> None:
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    with pytest.raises(ValidationError) as refused:
        estimates.sign_estimate(made, **{"name": "Alex Doe", "agreed": True, **given}, by=biller, at=f.AT)
    assert list(refused.value.message_dict) == [field]
    assert not EstimateSignature.objects.exists()


def test_only_the_newest_page_is_signed_and_only_once(visit: Any, biller: Any) -> None:
    old = estimates.make_estimate(visit, by=biller, at=f.AT)
    new = estimates.make_estimate(visit, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="newer estimate"):
        estimates.sign_estimate(old, name="Alex Doe", agreed=True, by=biller, at=f.AT)
    estimates.sign_estimate(new, name="Alex Doe", agreed=True, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="signed already"):
        estimates.sign_estimate(new, name="Alex Doe", agreed=True, by=biller, at=f.AT)
    typed = coverage.give_estimate(visit, {"low": Decimal(1), "high": Decimal(2)}, by=biller, at=f.AT)
    with pytest.raises(NotPossible, match="was typed"):
        estimates.sign_estimate(typed, name="Alex Doe", agreed=True, by=biller, at=f.AT)


def test_nothing_of_a_signed_estimate_changes(visit: Any, biller: Any) -> None:
    made = estimates.make_estimate(visit, by=biller, at=f.AT)
    estimates.sign_estimate(made, name="Alex Doe", agreed=True, by=biller, at=f.AT)
    rows = Estimate.objects.filter(pk=made.pk)
    for values in ({"low": Decimal(1)}, {"acknowledged_on": None}, {"basis": {}}):
        with pytest.raises(DatabaseError, match="signed and locked"), transaction.atomic():
            rows.update(**values)
    with pytest.raises(DatabaseError), transaction.atomic():
        EstimateSignature.objects.update(name="Somebody")
