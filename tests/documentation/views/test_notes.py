"""The encounter note as a PDF: what stands in it, who opens it, and that every opening is recorded."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from documentation.facts import AddendumFacts
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent
from documentation.queries.versions import versions_of
from documentation.services import encounters, files, signing, versions
from documentation.services.printing import signed_versions
from documentation.typesetting.note import Version, note_pdf
from tests import factories as f
from tests.claims.packet.records import RECORDS

AT = datetime(2026, 11, 6, 18, tzinfo=UTC)


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.split())


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_every_record_can_be_printed(name: str) -> None:
    e = RECORDS[name]
    pdf = note_pdf(replace(e, signature=None), images={}, printed_at=AT)
    assert pdf.startswith(b"%PDF-")
    assert "this note is not signed" in words(pdf)


def test_the_same_record_gives_the_same_bytes() -> None:
    e = RECORDS["reference"]
    assert note_pdf(e, images={}, printed_at=AT) == note_pdf(e, images={}, printed_at=AT)


@pytest.mark.parametrize(
    ("status", "mark"), [("draft", "DRAFT"), ("planned", "DRAFT"), ("superseded", "REPLACED"), ("signed", "")]
)
def test_what_is_not_in_force_is_marked_on_every_page(status: str, mark: str) -> None:
    pdf = note_pdf(replace(RECORDS["reference"], status=status), images={}, printed_at=AT)
    for page in pypdfium2.PdfDocument(io.BytesIO(pdf)):
        text = page.get_textpage().get_text_range()
        assert [m for m in ("DRAFT", "REPLACED", "CANCELLED") if m in text] == ([mark] if mark else [])


def test_addenda_and_versions_are_printed() -> None:
    e = replace(
        RECORDS["reference"],
        status="signed",
        version=2,
        addenda=(AddendumFacts("No swelling since.", "C. Example", AT),),
    )
    versions = (Version(1, "Casey Example, DDS", AT), Version(2, "Casey Example, DDS", AT, "The side was wrong."))
    text = words(note_pdf(e, images={}, printed_at=AT, versions=versions))
    assert "No swelling since." in text
    assert "C. Example, November 6, 2026, 10:00 AM PST" in text
    assert "Opened again because: The side was wrong." in text


@pytest.mark.django_db
class TestTheAddress:
    def test_a_signed_note_holds_its_figures_its_signature_and_its_addendum(
        self, log_in: Callable[..., Client]
    ) -> None:
        encounter = f.signed_encounter()
        signing.add(encounter, "The patient called: no swelling.", by=encounter.clinician.user, at=f.AT)
        answer = log_in(f.user(role=Role.BILLER)).get(reverse("encounter_note_pdf", args=[encounter.pk]))
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Cache-Control"] == "no-store, private"
        assert f'filename="{encounter}-version-1.pdf"' in answer["Content-Disposition"]
        text = words(answer.content)
        assert "Figure 1." in text
        assert encounter.signature.content_sha256 in text
        assert "The patient called: no swelling." in text
        assert "DRAFT" not in text
        event = AuditEvent.objects.order_by("-seq").first()
        assert event is not None
        assert (event.action, event.patient) == ("encounter.print", encounter.patient)

    def test_a_draft_is_marked(self, log_in: Callable[..., Client]) -> None:
        draft = f.drafted()
        answer = log_in(draft.clinician.user).get(reverse("encounter_note_pdf", args=[draft.pk]))
        assert "DRAFT" in words(answer.content)

    def test_an_administrator_opens_no_chart(self, log_in: Callable[..., Client]) -> None:
        draft = f.drafted(with_images=False)
        administrator = log_in(f.user(role=Role.ADMINISTRATOR))
        assert administrator.get(reverse("encounter_note_pdf", args=[draft.pk])).status_code == 403

    def test_a_picture_that_storage_lost_is_said(self, log_in: Callable[..., Client], monkeypatch: Any) -> None:
        draft = f.drafted()

        def lost(file: object) -> bytes:
            raise files.MissingFile("The file is missing from storage.")

        monkeypatch.setattr(files, "read", lost)
        answer = log_in(draft.clinician.user).get(reverse("encounter_note_pdf", args=[draft.pk]))
        assert answer.status_code == 422
        assert "missing from storage" in answer.content.decode()

    def test_the_first_version_stands_alone(self) -> None:
        encounter = f.signed_encounter()
        (version,) = signed_versions(versions_of(encounter))
        assert version.number == 1
        assert version.signed_at == encounter.signature.signed_at

    def test_a_replaced_note_says_by_which_and_the_new_one_what_changed(self, log_in: Callable[..., Client]) -> None:
        first = f.signed_encounter()
        by = first.clinician.user
        signing.add(first, "The patient called: no swelling.", by=by, at=f.AT)
        second = versions.unlock(first, "The pain was noted wrongly.", by=by, at=f.AT)
        encounters.save_section(second, "justification", {"pain": 9}, {}, by=by, at=f.AT)
        signing.sign(second, by=by, at=f.AT)
        biller = log_in(f.user(role=Role.BILLER))
        old, new = (words(biller.get(reverse("encounter_note_pdf", args=[e.pk])).content) for e in (first, second))
        assert f"Replaced by version 2 ({second}), signed by Casey Example, DDS on November 6, 2026" in old
        assert "REPLACED" in old
        assert first.signature.content_sha256 in old
        assert "Changed since" not in old
        for text in (old, new):
            assert "The patient called: no swelling." in text
            assert "Opened again because: The pain was noted wrongly." in text
        assert "to version 1" in new
        assert "Changed since version 1 Pain Before: 3 Now: 9" in new
        assert "REPLACED" not in new
