"""What leaves on paper: the letters to the patient, and the request with all that was said of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pikepdf
import pypdfium2
import pytest

from claims.packet.printed import changes
from claims.queries.claims import facts_of
from claims.services.patient_copies import give
from documentation.kernel.amendments import GROUND, GROUND_SENTENCES
from documentation.kernel.wire import to_data
from documentation.prose.note import sections
from documentation.queries.encounters import with_record
from documentation.services import files, signing
from documentation.services.amendment_papers import print_letter, print_request
from documentation.services.printing import print_note
from tests import factories as f
from tests.claims.services.test_patient_copies import ASKED
from tests.documentation.services.test_amendments import CAME, do, taken_in

pytestmark = pytest.mark.django_db


def words_of(pdf: bytes) -> str:
    """All words of a PDF in one line."""
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    return " ".join(text.split())


def test_every_reason_has_its_sentence_in_the_letter() -> None:
    assert set(GROUND) == set(GROUND_SENTENCES)


def test_the_denial_tells_the_reason_and_what_the_patient_can_do() -> None:
    encounter = f.signed_encounter()
    request = taken_in(encounter)
    pdf = print_letter(do(request, "deny", ground="accurate", said="The images show the right duct"))
    said = words_of(pdf)
    for words in (
        request.number, encounter.patient.full_name, "It was the left side.", GROUND_SENTENCES["accurate"],
        "The images show the right duct.", "disagree in writing", "complain to our privacy official",
        "Secretary of the U.S. Department of Health and Human Services", encounter.location.name,
    ):  # fmt: skip
        assert words in said
    assert pikepdf.open(io.BytesIO(pdf)).Root.MarkInfo.Marked, "it can be read aloud"
    assert print_letter(request.steps.get()) == pdf, "printed again it is the same"


def test_extension_and_acceptance_say_by_when_and_by_what() -> None:
    encounter = f.signed_encounter()
    request, until = taken_in(encounter), CAME + timedelta(days=75)
    letter = words_of(print_letter(do(request, "extend", until=until, said="The clinician is away")))
    assert f"by {until:%B} {until.day}, {until.year}" in letter
    assert "The clinician is away." in letter
    added = signing.add(encounter, "It was the left side.", by=encounter.clinician.user, at=f.AT)
    letter = words_of(print_letter(do(request, "accept", amended=f"addendum-{added.pk}", tell="Dr. Other")))
    assert f"an addendum to the record {encounter.number}" in letter
    assert "Dr. Other." in letter


def test_request_denial_statement_and_rebuttal_go_along_with_the_record() -> None:
    encounter = f.signed_encounter()
    request = taken_in(encounter, words="I felt it there.")
    do(request, "deny", ground="accurate", said="The images show it.")
    do(request, "dispute", said="I know which side hurt.")
    do(request, "rebut", said="We looked again.")
    wanted = ("It was the left side.", "I felt it there.", "The images show it.", "which side hurt", "We looked again.")
    request.refresh_from_db()
    for said in (
        words_of(print_request(request, printed_on=f.TODAY)),
        words_of(print_note(with_record().get(pk=encounter.pk), at=f.AT)),
    ):
        assert [words for words in wanted if words not in said] == []

    copy = give(encounter.patient, ASKED, by=f.user(), at=f.AT, today=f.TODAY)
    with zipfile.ZipFile(io.BytesIO(files.read(copy.file))) as archive:
        assert "We looked again." in words_of(archive.read(f"amendments/{request.number}.pdf"))
        listed = archive.read("amendments/amendments.csv").decode("utf-8-sig")
    assert "It is accurate and complete" in listed
    assert "I know which side hurt." in listed


def changed_since(packet: Any) -> tuple[str, ...]:
    """What the packet prints that is otherwise now."""
    return changes(json.loads(packet.facts), to_data(facts_of(packet.claim)))


def test_a_packet_takes_them_along_and_one_sealed_before_is_no_longer_true() -> None:
    sealed = f.sealed_packet()
    claim, encounter = sealed.claim, sealed.claim.encounter
    assert changed_since(sealed) == ()
    content = encounter.signature.content
    request = taken_in(encounter)
    do(request, "deny", ground="accurate", said="The images show it.")
    assert changed_since(sealed) == ("a denied amendment's text",)
    do(request, "dispute", said="I know which side hurt.")
    note = next(part for part in sections(facts_of(claim).encounter) if part.key == "signature")
    assert [row.value for row in note.rows if row.label == "Amendment denied" and "which side hurt" in row.value]
    encounter.refresh_from_db()
    assert encounter.signature.content == content, "what was signed stays as it was"


def test_the_note_is_silent_of_what_was_not_denied_and_of_other_records() -> None:
    encounter = f.signed_encounter()
    taken_in(encounter)
    do(taken_in(f.signed_encounter()), "deny", ground="accurate")
    assert "Denied requests" not in words_of(print_note(with_record().get(pk=encounter.pk), at=f.AT))
