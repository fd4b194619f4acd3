"""The note writes itself from the findings, keeps the clinician's words, and says when a finding changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter, Phrase
from documentation.services.encounters import save_section
from tests import factories as f
from tests.browser.hands import field, press, saved

FIELD = "interpretation.text"


@pytest.fixture
def draft(people: dict[Role, Any]) -> Encounter:
    return f.drafted(treating=people[Role.CLINICIAN].clinician, besides=("interpretation",))


def test_text_from_facts(people: dict[Role, Any], draft: Encounter, open_as: Any) -> None:
    casey = people[Role.CLINICIAN]
    Phrase.objects.create(field=FIELD, title="Second look", body="A second look after [weeks] weeks is advised.")
    page: Page = open_as(casey)
    page.goto(f"/encounters/{draft}/interpretation/")
    text = field(page, "Interpretation")
    panel = page.locator("#prose-interpretation-text")

    # What was typed a moment ago goes along, and everything proposed is put behind it.
    text.fill("My own first words.")
    panel.locator("#offer-interpretation-text summary").click()
    press(panel, "Take all into: The interpretation")
    expect(text).to_have_value(re.compile("No stone was seen.$"))
    expect(text).to_have_value(f"My own first words. {' '.join(s['text'] for s in stored(draft))}")

    # Focus on a sentence shows its facts, and each leads to its field.
    sentence = panel.locator(".prose-told .prose-sentence").nth(1)
    sentence.focus()
    fact = panel.locator(".prose-told li").nth(1).get_by_role("link", name="Finding 1")
    expect(fact).to_be_visible()
    expect(fact).to_have_attribute("href", f"/encounters/{draft}/findings/#id_findings-0-type")

    # So does the pointer that rests on it.
    panel.locator(".prose-told li").nth(2).hover()
    expect(panel.locator(".prose-told li").nth(2).get_by_role("link", name="Finding 2")).to_be_visible()

    # A finding changes: the sentence is marked, the text stands until somebody decides.
    values, rows = f.sections()["findings"]
    moved = [dict(r) for r in rows["findings"]]
    moved[0]["distance_from_papilla_mm"] = "15"
    save_section(draft, "findings", values, {**rows, "findings": moved}, by=casey, at=f.AT)
    page.reload()
    expect(panel.get_by_text("The record changed.")).to_be_visible()
    assert "12 mm from the papilla" in text.input_value()
    press(panel, "Take the new sentence")
    expect(panel.get_by_text("The record changed.")).to_have_count(0)
    expect(text).to_have_value(re.compile(r"^My own first words\. .*15 mm from the papilla", re.DOTALL))

    # A phrase goes in at the cursor; its prompt is chosen, so that typing fills it.
    text.press("Control+End")
    panel.locator("#phrases-interpretation-text summary").click()
    panel.get_by_role("button", name="Second look").click()
    saved(page)
    expect(page.get_by_text("The interpretation still has the prompt [weeks].").first).to_be_visible()
    page.keyboard.type("six")
    saved(page)
    expect(page.get_by_text("still has the prompt")).to_have_count(0)
    assert text.input_value().endswith("A second look after six weeks is advised.")


def test_the_panel_works_without_scripts(people: dict[Role, Any], draft: Encounter, open_as: Any) -> None:
    page: Page = open_as(people[Role.CLINICIAN], java_script_enabled=False)
    page.goto(f"/encounters/{draft}/interpretation/")
    field(page, "Interpretation").fill("Typed without scripts.")
    panel = page.locator("#prose-interpretation-text")
    panel.locator("#offer-interpretation-text summary").click()
    panel.locator(f'button[value="take:{FIELD}:no_stone"]').click()
    expect(field(page, "Interpretation")).to_have_value("Typed without scripts. No stone was seen.")


def stored(draft: Encounter) -> list[dict[str, Any]]:
    draft.interpretation.refresh_from_db()
    found: list[dict[str, Any]] = draft.interpretation.sources["text"]
    return found
