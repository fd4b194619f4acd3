"""One door for text: whichever way a text comes in, what is kept of it is the same on both engines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from claims.edi.remittance_835 import read
from claims.models import Remittance
from claims.services.remittances import import_file
from documentation.kernel.permissions import Role
from documentation.kernel.text import clean_text, is_visible
from documentation.models import EncounterImage, HeldUpload, Patient, Phrase
from documentation.queries.patients import search
from documentation.services import images
from documentation.views.once import new_key
from tests import factories as f
from tests.assurance import record
from tests.claims import checks
from tests.dicoms import dicom, gradient
from tests.hostile.test_uploads import jpeg, person
from tests.hostile.words import WORDS, text_fields

pytestmark = pytest.mark.django_db

ODD = {
    "a NUL": "A\x00lex",
    "nothing but what does not show": "\u200b\u2060\ufeff",
    "an accent by itself": "Jose\u0301",
    "turned round": "\u202eexA\u2066l\u2069",
    "a break": "Al\r\nex",
    "an escape": "A\x1b[31mlex",
    "joined": "👩🏽\u200d⚕️",
    "right to left": "\u200fعلي",
}
HALF = "A\ud800lex"
"""Half a character: no browser writes it, JSON can."""


def assert_clean(text: str) -> None:
    assert text in (clean_text(text), clean_text(text, multiline=True))
    assert text == "" or is_visible(text)
    assert text.encode("utf-8").decode("utf-8") == text
    assert not set(text) & set("\x00\x1b\r\u202e\u2066\u2069\u200b\ufeff")


def test_every_word_is_stored_as_it_was_cleaned_on_this_engine() -> None:
    """One line and several, as the database gives them back to anybody who asks it directly."""
    kept = {}
    for n, word in enumerate([*WORDS, *ODD.values()]):
        row = Phrase.objects.create(field="plan.statement", title=f"{n} {word}"[:80], body=word)
        kept[row.pk] = (clean_text(f"{n} {word}"[:80]), clean_text(word, multiline=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, title, body FROM documentation_phrase ORDER BY id")
        found = {key: (title, body) for key, title, body in cursor.fetchall()}
    assert found == kept
    for pair in found.values():
        for text in pair:
            assert_clean(text)
    record("inputs_tried", 2 * len(kept))


# --- Forms --------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk() -> Client:
    f.organization()
    f.location()
    return person(f.user(role=Role.ASSISTANT))


def register(desk: Client, **values: str) -> Any:
    known = {"first_name": "Alex", "last_name": "Doe", "birth_date": "1980-02-03", "chart_number": "D-1", **values}
    return desk.post(reverse("patient_new"), {**known, "once": new_key()})


@pytest.mark.parametrize("what", ODD)
def test_a_name_in_a_form(desk: Client, what: str) -> None:
    answer = register(desk, last_name=ODD[what])
    row = Patient.objects.filter(chart_number="D-1").first()
    if what == "nothing but what does not show":
        assert answer.status_code == 422
        assert row is None
        return
    assert row is not None
    assert row.last_name == clean_text(ODD[what])
    assert_clean(row.last_name)
    page = desk.get(reverse("patient", args=[row.pk])).content.decode()
    assert f"<bdi>{row.full_name}</bdi>" in page.replace("&#x27;", "'")


def test_the_same_name_written_in_two_ways_is_one_patient_in_a_search(desk: Client) -> None:
    register(desk, last_name="Jose\u0301")
    for typed in ("José", "Jose\u0301", "jose", "JOSÉ"):
        assert [p.last_name for p in search(typed)] == ["José"]


def test_letters_that_look_alike_do_not_make_two_people_one(desk: Client) -> None:
    """Cyrillic а in Pаul: another name to every search, and nobody's record is given out as the other's."""
    register(desk, last_name="Paul")
    register(desk, last_name="Pаul", chart_number="D-2")
    assert Patient.objects.count() == 2
    assert [p.chart_number for p in search("Paul")] == ["D-1"]
    assert [p.chart_number for p in search("Pаul")] == ["D-2"]


@pytest.mark.parametrize("name", ["X", "Null", "True", "NaN", "0x1", "None", "undefined", "İ", "ß", "Ñ", "王", "علي"])
def test_names_that_programs_take_for_something_else_are_names(desk: Client, name: str) -> None:
    assert register(desk, first_name=name, last_name=name).status_code == 302
    row = Patient.objects.get()
    assert (row.first_name, row.last_name) == (name, name)
    assert [p.pk for p in search(name)] == [row.pk]


# --- JSON, and what a page saves by itself ------------------------------------------------------------------------


@pytest.mark.parametrize("word", [*ODD.values(), HALF], ids=ascii)
def test_a_label_that_a_page_saves_by_itself(word: str) -> None:
    draft = f.drafted()
    picture = draft.images.first()
    assert picture is not None
    mark = {**f.MARKS[1], "label": word}
    raw = json.dumps([{k: str(v) if k == "length_mm" else v for k, v in mark.items()}])
    client = person(draft.clinician.user)
    answer = client.post(
        reverse("image_annotate", args=[draft.pk, picture.pk]),
        {"marks": raw, "seen": picture.drawing_revision, "once": new_key()},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code in (200, 422)
    for row in picture.annotations.all():
        assert_clean(row.label)


@pytest.mark.parametrize(
    "raw",
    ["[" * 100_000, '{"a":' * 50_000, "NaN", '"\\ud800"', '{"\\u0000": "\\u0000"}', "1" * 5_000, "", "null"],
    ids=lambda raw: repr(raw[:8]),
)
def test_what_a_page_says_of_itself_may_be_anything(raw: str) -> None:
    draft = f.drafted(with_images=False)
    client = person(draft.clinician.user)
    given = {"base": raw, "go": "stay", "statement": "Review in two weeks.", "keep-statement": raw[:200]}
    answer = client.post(reverse("encounter_section", args=[draft.pk, "plan"]), given, headers={"HX-Request": "true"})
    assert answer.status_code < 500
    answer = client.post(
        reverse("encounter_section", args=[draft.pk, "plan"]), {**given, "unanswered": [raw, raw[:50]]},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "odd",
    [
        {"key": HALF}, {"key": "\x00"}, {"key": "x" * 5000}, {"kind": HALF}, {"ink": "\x00"}, {"label": "x" * 100_000},
        {"length_mm": "1e999999"}, {"length_mm": "NaN"}, {"length_mm": "-Infinity"}, {"length_mm": HALF},
        {"x1": 10**400}, {"x1": -1},
    ],
    ids=ascii,
)  # fmt: skip
def test_a_mark_of_anything_is_refused_in_words(odd: dict[str, Any]) -> None:
    draft = f.drafted()
    picture = draft.images.first()
    assert picture is not None
    scale = {**f.MARKS[0], "length_mm": "1.10", **odd}
    answer = person(draft.clinician.user).post(
        reverse("image_annotate", args=[draft.pk, picture.pk]),
        {"marks": json.dumps([scale]), "seen": picture.drawing_revision, "once": new_key()},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 422 or "key" in odd
    for row in picture.annotations.all():
        assert_clean(row.key)


# --- Files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ODD)
def test_a_name_in_a_dicom_file(what: str) -> None:
    draft = f.drafted(with_images=False)
    data = dicom(
        gradient(), SpecificCharacterSet="ISO_IR 192", PatientName=f"{ODD[what]}^Robin", PatientID=ODD[what][:60]
    )
    (taken,) = images.take_in(draft, [images.Upload("film.dcm", data)], by=draft.clinician.user, at=f.AT)
    assert taken.held or taken.image
    for row in HeldUpload.objects.all():
        for value in row.identity.values():
            assert_clean(value)


@pytest.mark.parametrize("what", ODD)
def test_a_name_of_a_file(what: str) -> None:
    draft = f.drafted(with_images=False)
    file = SimpleUploadedFile("plain.jpg", jpeg())
    file._name = f"{ODD[what]}.jpg"
    url = reverse("image_add", args=[draft.pk])
    answer = person(draft.clinician.user).post(
        url, {"images": [file], "once": new_key()}, headers={"HX-Request": "true"}
    )
    assert_clean(answer.json()["outcomes"][0]["name"])
    assert_clean(EncounterImage.objects.get().original_name)


@pytest.mark.parametrize("what", [*ODD, "half"])
def test_a_text_in_a_remittance(what: str) -> None:
    word = {**ODD, "half": HALF}[what].encode("utf-8", "surrogatepass")
    named = checks.answer(number="X@@", payer_number="P@@", name="R@@*A@@")
    data = checks.file(checks.check(named, trace="T@@")).replace(b"@@", word)
    (advice,) = read(data).checks
    (claim,) = advice.claims
    for text in (advice.trace, claim.patient_control, claim.payer_control, claim.patient_last_name):
        assert_clean(text)
        assert len(text) > 1 or what == "nothing but what does not show"
    import_file(data, f"{what}.835", by=f.user(role=Role.BILLER), at=f.AT)
    row = Remittance.objects.get()
    answer = row.answers.get()
    for kept in (row, answer):
        for field in text_fields(type(kept)):
            assert_clean(getattr(kept, field.name))
