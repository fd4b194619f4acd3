"""The shelf of a visit on its page: add, take off, put back; what is told where it is no longer possible."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from claims.models import VisitDocument
from documentation.models import AuditEvent, Encounter
from documentation.services import versions
from tests import factories as f
from tests.claims import papers

PAPER = papers.scanned(words="Referral")


@pytest.fixture
def visit() -> Encounter:
    row: Encounter = f.signed_encounter()
    return row


def add(person: Any, visit: Encounter, data: bytes = PAPER) -> Any:
    paper = SimpleUploadedFile("paper.pdf", data, "application/pdf")
    values = {"kind": "referral", "title": "", "dated_on": str(f.SERVICE_DATE), "came_from": "Dr. Example"}
    return person.post(reverse("visit_document_add", args=[visit.pk]), {**values, "file": paper})


def move(person: Any, row: VisitDocument, to: str) -> Any:
    return person.post(reverse("visit_document_move", args=[row.pk]), {"to": to})


def page(person: Any, visit: Encounter) -> str:
    text: str = person.get(reverse("encounter", args=[visit.pk])).content.decode()
    return text


def test_a_document_is_added_taken_off_and_put_back(biller: Any, visit: Encounter) -> None:
    assert add(biller, visit)["Location"] == f"/encounters/{visit.number}/#documents"
    row = VisitDocument.objects.get()
    assert "Take off<" in page(biller, visit)
    assert "Put back<" not in page(biller, visit)
    assert move(biller, row, "nowhere").status_code == 404
    move(biller, row, "off")
    text = page(biller, visit)
    assert "Taken off (1)" in text
    assert "Take off<" not in text
    move(biller, row, "shelf")
    assert "Take off<" in page(biller, visit)


def test_what_was_added_again_meanwhile_is_not_put_back(biller: Any, visit: Encounter) -> None:
    add(biller, visit)
    row = VisitDocument.objects.get()
    move(biller, row, "off")
    add(biller, visit)
    assert "Put back<" not in page(biller, visit)
    answer = move(biller, row, "shelf")
    assert answer.status_code == 409
    assert "added again meanwhile" in answer.content.decode()


def test_it_leads_back_to_the_newest_version_and_says_so_in_the_audit_trail(biller: Any, visit: Encounter) -> None:
    add(biller, visit)
    row = VisitDocument.objects.get()
    newer = versions.unlock(visit, "The side was wrong.", by=visit.clinician.user, at=f.AT)
    assert move(biller, row, "off")["Location"] == f"/encounters/{newer.number}/#documents"
    answer = biller.get(reverse("visit_document", args=[row.pk]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert newer.number in answer["Content-Disposition"]
    assert AuditEvent.objects.get(action="evidence.view").subject == newer.number


def test_a_paper_of_somebody_else_and_a_person_who_may_not_are_refused(
    biller: Any, clinician: Any, visit: Encounter
) -> None:
    add(biller, visit)
    row = VisitDocument.objects.get()
    assert "another patient" in add(biller, f.signed_encounter()).content.decode()
    assert move(clinician, row, "off").status_code == 403
    assert add(clinician, visit, papers.scanned(words="Report")).status_code == 403
    assert VisitDocument.objects.get().removed_at is None
