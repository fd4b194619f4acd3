"""An examination that was not complete: a branch of the section 'Procedure', from the answer 'No' to what is coded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter
from documentation.queries.encounters import draft_facts, with_record
from tests import factories
from tests.browser.hands import chip, field, group, pick, press, saved, write, yes_no
from tests.browser.test_accessibility import axe

OPEN = Callable[..., Page]
BRANCH = ("What ended it", "What could not be judged", "What follows")


@pytest.fixture
def draft(people: Any) -> Encounter:
    return factories.drafted(treating=people[Role.CLINICIAN].clinician)


def open_gland(page: Page, encounter: Encounter) -> Locator:
    page.goto(f"/encounters/{encounter.number}/procedure/")
    row = group(page, "Gland 1")
    row.locator("summary").first.click()
    return row


def gland_of(encounter: Encounter) -> Any:
    return draft_facts(with_record().get(pk=encounter.pk)).procedure.glands[0]


def test_the_answer_no_opens_its_questions_and_the_words_follow(draft: Encounter, people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.CLINICIAN])
    row = open_gland(page, draft)
    for legend in BRANCH:
        expect(group(row, legend)).to_be_hidden()
    expect(field(row, "In your own words")).to_be_hidden()

    yes_no(row, "Examination complete", False)
    for legend in BRANCH:
        expect(group(row, legend)).to_be_visible()
    expect(page.locator("#report")).to_contain_text("does not say why")
    assert axe(page) == []
    pick(row, "Extent", "Middle duct")
    chip(row, "What ended it", "Bleeding hid the view")
    write(row, "In your own words", "after the second dilation")
    chip(row, "What could not be judged", "Hilum", "Second-order branches")
    chip(row, "What follows", "MR sialography")
    press(page, "Save")
    saved(page)
    expect(page.locator("#report")).not_to_contain_text("does not say why")
    expect(row.locator("summary").first).to_contain_text("middle duct, not complete, bleeding hid the view")
    kept = gland_of(draft)
    assert (kept.incomplete_causes, kept.not_judged) == (("bleeding",), ("hilum", "second_order"))
    assert (kept.incomplete_reason, kept.next_steps) == ("after the second dilation", ("mr_sialography",))

    page.goto(f"/encounters/{draft.number}/interpretation/")
    offers = page.locator("#prose-interpretation, .prose-panel").first
    offers.get_by_text("Write from the findings").first.click()
    expect(offers).to_contain_text(
        "followed to its middle part; the examination ended there, because bleeding hid the view"
        " (after the second dilation)."
    )
    expect(offers).to_contain_text("The hilum and the second-order branches were not seen and cannot be judged.")


def test_a_duct_that_was_never_entered_is_told_how_it_is_billed(draft: Encounter, people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.CLINICIAN])
    row = open_gland(page, draft)
    report = page.locator("#report")
    pick(row, "Extent", "Duct not entered")
    yes_no(row, "Examination complete", False)
    press(page, "Save")
    saved(page)
    expect(report).to_contain_text("The record says that an endoscope was in a duct, but no duct was entered.")
    yes_no(page, "Was an endoscope in the duct?", False)
    chip(row, "What ended it", "Papilla too narrow or scarred")
    press(page, "Save")
    saved(page)
    expect(report).to_contain_text("No duct was entered, so this is no D0371.")
    expect(report).not_to_contain_text("an endoscope was in a duct")
