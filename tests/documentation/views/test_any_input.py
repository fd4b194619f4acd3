"""Whatever is typed or pasted into any field of any section is taken whole or refused at the field with a reason.

One table of texts, one of dates, one of numbers; every field of the guided record meets each entry through the page.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from documentation.forms.fields import CleanField, LinesField
from documentation.forms.intake import TYPED_IN
from documentation.forms.record import SectionForm
from documentation.kernel.text import clean_text
from documentation.models import Encounter
from documentation.queries.encounters import with_record
from documentation.queries.stored import base_of
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db

TYPED = [key for key, section in TYPED_IN.items() if section.body]

TEXTS = {
    "ten thousand characters": "x" * 10_000,
    "ten thousand wide characters": "🦷" * 10_000,
    "pasted from a word processor": (
        "\u201cSwells\u201d\u00a0at\tmeals \u2013 \u2022 twice\r\n\u2028a\u2029w\u000bso\u00ad"
    ),
    "pasted from a page": "<p style='x'>3&nbsp;<b>mm</b></p><script>alert(1)</script>",
    "quotes and slashes": 'O\'Neil "said" \\ {{ 7*7 }} {% now %} ${x} %s %(a)s; DROP TABLE patient;--',
    "right to left": "\u200fمرحبا بالعالم שלום\u202eabc\u2066",
    "letters with many marks": "e\u0301 Z" + "\u0300" * 60 + " 각 がぎ Łukasz ß ﬁ",
    "emoji of several parts": "👩🏽‍⚕️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☠️",
    "controls": "a\u0001\u0007\u001b[31mb\u007f\u0085",
    "nothing that shows": "\u200b\u2060\ufeff\u00a0 \u3164",
    "no characters at all": "a\ufffe\uffff\ue000b",
    "a null": "a\u0000b",
}
DATES = ["2026-02-30", "2026-13-01", "0000-00-00", "0001-01-01", "99999-01-01", "31/31/2026", "soon", "-1"]
TIMES = ["25:00", "12:60", "noonish", "-1:00", "9" * 500]
NUMBERS = ["-1", "9" * 5000, "1e400", "NaN", "Infinity", "-0.0001", "0x10", "1,2,3", "many", "\u00bd", "12 34"]
WORDS = ["dragon", "\u0000", "x" * 10_000]
BY_ITSELF = {"HX-Request": "true"}
"""The page saves by itself: the answer is a fragment."""


@pytest.fixture
def encounter() -> Encounter:
    return f.drafted(with_images=False)


@pytest.fixture
def client(encounter: Encounter, log_in: LogIn) -> Client:
    assert encounter.clinician.user
    return log_in(encounter.clinician.user)


def shown(encounter: Encounter, section: str) -> SectionForm:
    return SectionForm(TYPED_IN[section], with_record().get(pk=encounter.pk))


def fields(typed: SectionForm, *kinds: type[forms.Field]) -> dict[str, forms.Field]:
    """The fields of these kinds by their names on the page, those of the rows included."""
    every = [typed.form, *(row for rows in typed.lists.values() for row in rows.forms)]
    return {
        form.add_prefix(name): field
        for form in every
        for name, field in form.fields.items()
        if isinstance(field, kinds) and not field.widget.is_hidden and not isinstance(field.widget, forms.Select)
    }


def as_shown(encounter: Encounter, section: str) -> dict[str, Any]:
    """What the page would send if nobody changed anything."""
    typed = shown(encounter, section)
    data: dict[str, Any] = {"base": json.dumps(base_of(typed.encounter, section)), "go": "stay"}
    for name, rows in typed.lists.items():
        data |= {f"{name}-TOTAL_FORMS": str(len(rows.forms)), f"{name}-INITIAL_FORMS": "0"}
    for form in (typed.form, *(row for rows in typed.lists.values() for row in rows.forms)):
        for bound in form:
            value = bound.value()
            if value not in (None, "", [], False):
                is_chips = isinstance(value, list) and not isinstance(bound.field, LinesField)
                data[bound.html_name] = value if is_chips else bound.field.widget.format_value(value)
    return data


def refused(answer: Any) -> dict[str, str]:
    """The sentence at each field that was refused, as the page leads to it."""
    found = re.findall(r'data-field="id_([^"]+)" data-sentence="([^"]+)"', answer.content.decode())
    return {name: unescape(sentence) for name, sentence in found}


def stored(typed: SectionForm, name: str) -> Any:
    found = re.fullmatch(r"(\w+)-(\d+)-(\w+)", name)
    form, key = (typed.lists[found[1]].forms[int(found[2])], found[3]) if found else (typed.form, name)
    return form[key].value()


def whole(field: forms.Field, text: str) -> Any:
    """The text as it must be stored when it is taken: cleaned, never cut."""
    if isinstance(field, LinesField):
        lines = [clean_text(line) for line in text.replace("\r", "\n").split("\n")]
        return [line for line in lines if line]
    return clean_text(text, multiline=isinstance(field.widget, forms.Textarea))


@pytest.mark.parametrize("section", [key for key in TYPED if key != "intake"])
def test_any_text_is_taken_whole_or_refused_at_its_field(client: Client, encounter: Encounter, section: str) -> None:
    typed = fields(shown(encounter, section), CleanField, LinesField)
    address = reverse("encounter_section", args=[encounter.pk, section])
    for what, text in TEXTS.items():
        before = as_shown(encounter, section)
        answer = client.post(address, {**before, **dict.fromkeys(typed, text)}, headers=BY_ITSELF)
        assert answer.status_code in (200, 422), what
        sentences = refused(answer) if answer.status_code == 422 else {}
        assert bool(sentences) == (answer.status_code == 422), what
        assert set(sentences) <= set(typed), f"{what}: nothing else is to blame"
        taken = {name: text for name in typed if name not in sentences}
        if sentences:
            assert as_shown(encounter, section) == before, f"{what}: nothing was saved"
            answer = client.post(address, {**before, **taken}, headers=BY_ITSELF)
            assert answer.status_code == 200, (what, refused(answer))
        kept = shown(encounter, section)
        for name in taken:
            assert stored(kept, name) == whole(typed[name], text), (what, name)
        if "<script>" in text:
            assert "<script>alert" not in client.get(address).content.decode()


def test_what_was_refused_stands_in_its_field_as_it_was_typed(client: Client, encounter: Encounter) -> None:
    address = reverse("encounter_section", args=[encounter.pk, "procedure"])
    page = client.post(address, {**as_shown(encounter, "procedure"), "irrigation": "y" * 10_000}).content.decode()
    assert "This has 10000 characters; at most 200 are kept. Please shorten it." in page
    assert "y" * 10_000 in page


@pytest.mark.parametrize("section", TYPED)
def test_what_is_no_date_no_time_and_no_number_is_refused_at_its_field(
    client: Client, encounter: Encounter, section: str
) -> None:
    form = shown(encounter, section)
    sorts = {forms.DateField: DATES, forms.TimeField: TIMES, forms.IntegerField: NUMBERS, forms.ChoiceField: WORDS}
    wrong = {name: values for sort, values in sorts.items() for name in fields(form, sort)}
    before = as_shown(encounter, section)
    address = reverse("encounter_section", args=[encounter.pk, section])
    for turn in range(max(map(len, sorts.values()))):
        typed = {name: values[turn % len(values)] for name, values in wrong.items()}
        answer = client.post(address, {**before, **typed}, headers=BY_ITSELF)
        assert answer.status_code == 422, typed
        assert set(refused(answer)) >= set(typed), typed
    assert as_shown(encounter, section) == before


@pytest.mark.parametrize("section", TYPED)
def test_a_count_of_rows_that_was_tampered_with_breaks_nothing(
    client: Client, encounter: Encounter, section: str
) -> None:
    lists = shown(encounter, section).lists
    address = reverse("encounter_section", args=[encounter.pk, section])
    for count in ["", "-1", "x", "999999999", "9" * 5000, "\u0661"] if lists else ():
        data = {**as_shown(encounter, section), **{f"{name}-TOTAL_FORMS": count for name in lists}}
        assert client.post(address, data, headers=BY_ITSELF).status_code in (200, 409, 422), count
