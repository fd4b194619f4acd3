"""Two people, two browsers, one draft: nobody's work is lost, and nobody overwrites in silence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter, Finding
from documentation.queries.encounters import draft_facts, with_record
from tests import factories
from tests.browser.hands import add_row, field, group, pick, press, saved, write

pytestmark = pytest.mark.every_engine

OPEN = Callable[..., Page]


@pytest.fixture
def draft(people: Any) -> Encounter:
    return factories.drafted(treating=people[Role.CLINICIAN].clinician)


def section(encounter: Encounter, key: str) -> str:
    return f"/encounters/{encounter.number}/{key}/"


@pytest.fixture
def both(people: Any, open_as: OPEN) -> tuple[Page, Page]:
    """The clinician's browser and the assistant's."""
    return open_as(people[Role.CLINICIAN]), open_as(people[Role.ASSISTANT])


def kept(encounter: Encounter) -> Any:
    return draft_facts(with_record().get(pk=encounter.pk))


def save(page: Page) -> None:
    page.locator("#section-form").get_by_role("button", name="Save", exact=True).click()
    saved(page)


def test_what_each_changed_is_put_together_and_shown(draft: Encounter, both: tuple[Page, Page]) -> None:
    first, second = both
    for page in both:
        page.goto(section(draft, "justification"))
    write(first, "Worst pain", "7")
    saved(first)
    write(second, "Complaint", "Swelling at every meal.")
    saved(second)
    expect(field(second, "Worst pain")).to_have_value("7")
    expect(second.locator("#toasts")).to_contain_text("Somebody else changed this meanwhile, it is shown now: Worst")
    j = kept(draft).justification
    assert (j.pain, j.statement) == (7, "Swelling at every meal.")

    write(second, "Worst pain", "8")  # having seen the 7
    save(second)
    write(first, "Episodes", "5")
    save(first)
    expect(field(first, "Worst pain")).to_have_value("8")
    j = kept(draft).justification
    assert (j.pain, j.episodes_per_month) == (8, 5)


def test_the_same_field_is_a_choice(draft: Encounter, both: tuple[Page, Page]) -> None:
    first, second = both
    for page in both:
        page.goto(section(draft, "justification"))
    write(first, "Complaint", "What the clinician says.")
    write(first, "Worst pain", "7")
    saved(first)
    write(second, "Complaint", "What the assistant says.")
    expect(second.locator("[data-save-state]")).to_have_attribute("data-state", "conflict")
    note = second.get_by_role("alert")
    expect(note.get_by_role("group", name="Complaint")).to_contain_text("What the clinician says.")
    expect(note.get_by_role("group")).to_have_count(1)
    expect(field(second, "Complaint")).to_have_value("What the assistant says.")
    assert kept(draft).justification.statement == "What the clinician says."

    note.get_by_label(re.compile("Stored now")).check()
    press(second, "Save with these choices")
    saved(second)
    expect(note).to_have_count(0)
    expect(field(second, "Complaint")).to_have_value("What the clinician says.")
    expect(field(second, "Worst pain")).to_have_value("7")

    write(first, "Complaint", "What the clinician says now.")
    save(first)
    write(second, "Complaint", "What the assistant says now.")
    second.get_by_role("alert").get_by_label(re.compile("You typed")).check()
    press(second, "Save with these choices")
    saved(second)
    assert kept(draft).justification.statement == "What the assistant says now."


def test_rows_of_both_stand_and_images_stay_with_their_findings(draft: Encounter, both: tuple[Page, Page]) -> None:
    first, second = both
    for page in both:
        page.goto(section(draft, "findings"))
    linked = {i.figure: i.finding for i in kept(draft).images}
    row = add_row(first, "finding", 3)
    pick(row, "Finding", "Mucus plug")
    saved(first)
    two = group(second, "Finding 2")
    two.locator("summary").first.click()
    write(two, "From the papilla", "48")
    saved(second)
    expect(group(second, "Finding 3")).to_contain_text("Mucus plug")
    row = group(first, "Finding 3")
    write(row, "From the papilla", "20")
    save(first)
    facts = kept(draft)
    assert [(f.type, f.distance_from_papilla_mm) for f in facts.findings][1:] == [("normal", 48), ("mucus_plug", 20)]
    assert Finding.objects.filter(encounter=draft).count() == 3
    assert {i.figure: i.finding for i in facts.images} == linked


def test_without_a_script_it_is_put_together_just_so(draft: Encounter, people: Any, open_as: OPEN) -> None:
    first, second = (open_as(people[r], java_script_enabled=False) for r in (Role.CLINICIAN, Role.ASSISTANT))
    for page in (first, second):
        page.goto(section(draft, "plan"))
    write(first, "Plan", "What the clinician says.")
    write(first, "Next visit in", "90")
    press(first, "Save")
    write(second, "Plan", "What the assistant says.")
    press(second, "Save")
    note = second.get_by_role("alert")
    expect(note).to_contain_text("What the clinician says.")
    note.get_by_label(re.compile("You typed")).check()
    press(second, "Save with these choices")
    expect(field(second, "Next visit in")).to_have_value("90")
    plan = kept(draft).plan
    assert (plan.statement, plan.follow_up_days) == ("What the assistant says.", 90)


def test_an_answer_that_was_lost_makes_no_clash(draft: Encounter, people: Any, open_as: OPEN, heard: Any) -> None:
    """The server stored it, the answer never came: the next save goes on from there."""
    page = open_as(people[Role.CLINICIAN])
    page.goto(section(draft, "plan"))

    def arrive_unheard(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/plan/", arrive_unheard, times=1)
    write(page, "Plan", "Half a")
    expect(page.locator("[data-save-state]")).to_have_attribute("data-state", "offline")
    write(page, "Plan", "Half a sentence.")
    save(page)
    assert kept(draft).plan.statement == "Half a sentence."
    heard.complaints = [c for c in heard.complaints if "ERR_FAILED" not in c]
