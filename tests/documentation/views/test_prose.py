"""The panel beside the note's prose, by plain form actions; the pages of phrases; the count on Today."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Role
from documentation.models import Encounter, Phrase
from documentation.services import signing
from documentation.services.encounters import save_section
from documentation.views.once import new_key
from tests import factories as f

pytestmark = pytest.mark.django_db
FIELD = "interpretation.text"


@pytest.fixture
def draft() -> Encounter:
    return f.drafted(besides=("interpretation",))


@pytest.fixture
def client(draft: Encounter, log_in: Callable[..., Client]) -> Client:
    return log_in(draft.clinician.user)


def page(client: Client, draft: Encounter, key: str = "interpretation") -> str:
    return client.get(reverse("encounter_section", args=[draft.pk, key])).content.decode()


def press(client: Client, draft: Encounter, value: str, **typed: str) -> Any:
    """Press a button of the panel as a browser without scripts does: the whole form goes along."""
    url = reverse("encounter_section", args=[draft.pk, "interpretation"])
    shown = client.get(url).context
    sent = {"base": shown["base"], **{k: v for k, v in shown["typed"].form.initial.items() if v}, **typed}
    return client.post(
        reverse("encounter_prose", args=[draft.pk, "interpretation"]), {"once": new_key(), **sent, "prose": value}
    )


def test_the_section_offers_what_the_findings_say(client: Client, draft: Encounter) -> None:
    shown = page(client, draft)
    assert "Write from the findings" in shown
    assert "Figures 1 and 2 show a stenosis" in shown
    assert f'value="take:{FIELD}:finding:f1"' in shown
    assert "#id_findings-0-type" in shown


def test_taking_all_writes_the_text_and_keeps_what_was_typed(client: Client, draft: Encounter) -> None:
    answer = press(client, draft, f"take:{FIELD}", text="My own words.", quality="good")
    assert answer.status_code == 302
    assert answer["Location"].endswith("#id_text")
    draft.interpretation.refresh_from_db()
    assert draft.interpretation.text.startswith("My own words. The left Wharton's duct was entered")
    assert draft.interpretation.quality == "good"
    assert "Sentences from the record" in page(client, draft)


def test_one_sentence_is_taken(client: Client, draft: Encounter) -> None:
    press(client, draft, f"take:{FIELD}:no_stone")
    draft.interpretation.refresh_from_db()
    assert draft.interpretation.text == "No stone was seen."


def test_a_changed_finding_is_pointed_out_with_both_ways_out(client: Client, draft: Encounter) -> None:
    press(client, draft, f"take:{FIELD}")
    values, rows = f.sections()["findings"]
    changed = [dict(r) for r in rows["findings"]]
    changed[0]["distance_from_papilla_mm"] = "15"
    save_section(draft, "findings", values, {**rows, "findings": changed}, by=draft.clinician.user, at=f.AT)
    shown = page(client, draft)
    assert "The record changed." in shown
    assert "15 mm from the papilla" in shown
    assert f'value="keep:{FIELD}:finding:f1"' in shown
    press(client, draft, f"keep:{FIELD}:finding:f1")
    assert "The record changed." not in page(client, draft)


def test_the_page_to_sign_names_what_changed_since_it_was_written(client: Client, draft: Encounter) -> None:
    sign = reverse("encounter_sign", args=[draft.pk])
    press(client, draft, f"take:{FIELD}")
    assert 'id="outdated"' not in client.get(sign).content.decode()
    values, rows = f.sections()["findings"]
    moved = [{**rows["findings"][0], "distance_from_papilla_mm": "15"}, *rows["findings"][1:]]
    save_section(draft, "findings", values, {**rows, "findings": moved}, by=draft.clinician.user, at=f.AT)
    shown = client.get(sign).content.decode()
    note = shown[shown.index('id="outdated"') :]
    assert "12 mm from the papilla" in note
    assert "Now: <bdi>Figures 1 and 2 show a stenosis 2 mm long in the distal duct, 15 mm from the papilla" in note
    assert f"/encounters/{draft}/interpretation/#id_text" in note
    press(client, draft, f"keep:{FIELD}:finding:f1")
    assert 'id="outdated"' not in client.get(sign).content.decode()


def test_a_prompt_that_nobody_filled_cannot_be_signed(client: Client, draft: Encounter) -> None:
    by = draft.clinician.user
    save_section(draft, "plan", {"statement": "Review in [weeks] weeks."}, by=by, at=f.AT)
    shown = client.get(reverse("encounter_sign", args=[draft.pk])).content.decode()
    assert "The plan still has the prompt [weeks]." in shown[shown.index('id="blockers"') :]
    with pytest.raises(Refused, match=r"The plan still has the prompt \[weeks\]"):
        signing.sign(draft, by=by, at=f.AT)


def test_what_cannot_be_saved_is_told_and_nothing_is_taken(client: Client, draft: Encounter) -> None:
    answer = press(client, draft, f"take:{FIELD}", text="x" * 30_000)
    assert answer.status_code == 422
    draft.interpretation.refresh_from_db()
    assert draft.interpretation.text == ""


@pytest.mark.parametrize("value", ["", "take", "take:plan.statement", "eat:interpretation.text", "take:odd.field:x"])
def test_an_address_edited_by_hand_finds_nothing(client: Client, draft: Encounter, value: str) -> None:
    assert press(client, draft, value).status_code == 404


def test_a_phrase_is_put_in_and_counted_on_today(client: Client, draft: Encounter) -> None:
    phrase = Phrase.objects.create(field=FIELD, title="Stone", body="A stone of [size] mm at [place].")
    assert "A stone of [size]" in page(client, draft)
    press(client, draft, f"insert:{FIELD}:{phrase.pk}")
    draft.interpretation.refresh_from_db()
    assert draft.interpretation.text == phrase.body
    today = client.get(reverse("today")).content.decode()
    assert "2 unfilled prompts in the text." in today
    assert "The interpretation still has the prompt [size]" in page(client, draft)


def test_a_phrase_that_is_gone_is_a_refusal(client: Client, draft: Encounter) -> None:
    assert press(client, draft, f"insert:{FIELD}:999").status_code == 409


# ----------------------------------------------------------------------------------------------- pages of phrases


def kept(client: Client, key: str, url: str, **values: Any) -> Any:
    given = {"field": FIELD, "title": "Stone", "body": "A stone of [size] mm.", "once": key, **values}
    return client.post(url, given)


def test_a_phrase_is_added_changed_and_taken_away(client: Client, key: str, draft: Encounter) -> None:
    assert kept(client, key, reverse("phrase_new"), shared="on").status_code == 302
    phrase = Phrase.objects.get()
    assert phrase.owner is None
    listed = client.get(reverse("phrase_list")).content.decode()
    assert "A stone of [size] mm." in listed
    assert "1 prompt" in listed
    url = reverse("phrase_edit", args=[phrase.pk])
    assert "Change" in client.get(url).content.decode()
    kept(client, key, url, body="Two stones.", seen=1)
    phrase.refresh_from_db()
    assert (phrase.body, phrase.owner) == ("Two stones.", draft.clinician.user)
    client.post(reverse("phrase_remove", args=[phrase.pk]), {"once": key})
    assert not Phrase.objects.exists()
    assert "No phrases yet" in client.get(reverse("phrase_list")).content.decode()


def test_a_phrase_without_words_comes_back_with_the_reason(client: Client, key: str) -> None:
    answer = kept(client, key, reverse("phrase_new"), body="")
    assert answer.status_code == 422
    assert "The phrase is empty" in answer.content.decode()


def test_a_phrase_changed_meanwhile_is_a_conflict(client: Client, key: str) -> None:
    phrase = Phrase.objects.create(field=FIELD, title="Stone", body="One.", revision=3)
    answer = kept(client, key, reverse("phrase_edit", args=[phrase.pk]), seen=1)
    assert answer.status_code == 409
    assert "A stone of [size] mm." in answer.content.decode()


def test_assistants_share_no_phrases(log_in: Callable[..., Client], key: str) -> None:
    assistant = log_in(f.user(role=Role.ASSISTANT))
    assert 'name="shared"' not in assistant.get(reverse("phrase_new")).content.decode()
    kept(assistant, key, reverse("phrase_new"), shared="on")
    assert Phrase.objects.get().owner is not None
