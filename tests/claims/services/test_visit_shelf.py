"""The shelf of a visit: documents before there is a claim, offered to each claim, sent only where somebody says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.models import Evidence, VisitDocument
from claims.queries.billing import history
from claims.queries.evidence import of_visit, of_visit_unused, shelf_of
from claims.services import evidence, preparation, shelf, visit_shelf
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import papers

pytestmark = pytest.mark.django_db
REFERRAL = {"kind": "referral", "title": "", "dated_on": f.SERVICE_DATE, "came_from": "Dr. Example"}
PAPER = papers.scanned(words="Referral")


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


def test_a_document_lies_with_the_visit_before_any_claim_and_leaves_where_somebody_says_so(biller: User) -> None:
    visit = f.signed_encounter()
    row, _ = visit_shelf.lay_down(visit, REFERRAL, PAPER, by=biller, at=f.AT)
    assert (row.title, row.pages, of_visit(visit.pk)) == ("Referral", 2, [row])
    assert AuditEvent.objects.filter(action="visit.document_add", subject=visit.number).count() == 1

    f.coverage(person=visit.patient, by=biller)
    (claim,) = preparation.start_claims(visit, by=biller, at=f.AT, fee=850)
    assert (of_visit_unused(claim), shelf_of(claim)) == ([row], [])
    kept = shelf.use_of_visit(claim, row.pk, by=biller, at=f.AT)
    assert ([s.row for s in shelf_of(claim)], kept.file, kept.came_from) == ([kept], row.file, "Dr. Example")
    assert of_visit_unused(claim) == []
    with pytest.raises(NotPossible, match="here already"):
        shelf.use_of_visit(claim, row.pk, by=biller, at=f.AT)

    visit_shelf.take_off(row, by=biller, at=f.AT)
    assert (of_visit(visit.pk), Evidence.objects.filter(removed_at=None).count()) == ([], 1)
    visit_shelf.put_back(row, by=biller, at=f.AT)
    assert of_visit(visit.pk) == [row]
    assert [h["what"] for h in history(claim, []) if h["what"].startswith("Document")] == [
        "Document put back with the visit",
        "Document taken off the shelf of the visit",
        "Document laid with the visit",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"kind": "payer_letter"}, "kind"), ({"dated_on": f.TODAY + timedelta(days=2)}, "dated_on"), ({}, "file")],
)
def test_what_does_not_belong_there_is_refused_in_a_sentence(biller: User, change: dict[str, Any], field: str) -> None:
    visit = f.signed_encounter()
    if not change:
        visit_shelf.lay_down(visit, REFERRAL, PAPER, by=biller, at=f.AT)
    with pytest.raises(ValidationError) as refused:
        visit_shelf.lay_down(visit, {**REFERRAL, **change}, PAPER, by=biller, at=f.AT)
    assert list(refused.value.message_dict) == [field]
    assert VisitDocument.objects.count() == (not change)


def test_a_paper_of_one_patient_lies_with_no_other(biller: User) -> None:
    visit = f.signed_encounter()
    visit_shelf.lay_down(visit, REFERRAL, PAPER, by=biller, at=f.AT)
    other = f.claim_at(by=biller)
    with pytest.raises(ValidationError, match="another patient"):
        visit_shelf.lay_down(other.encounter, REFERRAL, PAPER, by=biller, at=f.AT)
    with pytest.raises(ValidationError, match="another patient"):
        evidence.add_evidence(other, REFERRAL, PAPER, by=biller, at=f.AT)
    with pytest.raises(NotPermitted):
        visit_shelf.lay_down(visit, REFERRAL, PAPER, by=f.user(role="clinician"), at=f.AT)


def test_a_paper_that_lay_with_the_wrong_patient_is_taken_off_there_and_laid_with_the_right_one(biller: User) -> None:
    wrong, right = f.signed_encounter(), f.signed_encounter()
    slip, _ = visit_shelf.lay_down(wrong, REFERRAL, PAPER, by=biller, at=f.AT)
    visit_shelf.take_off(slip, by=biller, at=f.AT)
    row, _ = visit_shelf.lay_down(right, REFERRAL, PAPER, by=biller, at=f.AT)
    assert of_visit(right.pk) == [row]
    with pytest.raises(NotPossible, match="another patient"):
        visit_shelf.put_back(slip, by=biller, at=f.AT)
    assert of_visit(wrong.pk) == []
