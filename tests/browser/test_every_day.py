"""The search of every page, by the keyboard alone: it opens over the page, is read out, and closes without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.test_accessibility import LEFT_BEHIND, STICKS_OUT, axe

OPEN = Callable[..., Page]


def test_find_and_open_by_keys_and_leave_nothing(people: Any, open_as: OPEN) -> None:
    patient = factories.patient(first_name="Zelda", last_name="Quillfeather")
    page = open_as(people[Role.BILLER])
    page.goto("/payers/")
    before = page.get_by_role("link", name="Skip to the page")
    before.focus()
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Find a patient, claim or payer")
    words = dialog.get_by_role("combobox")
    expect(words).to_be_focused()
    expect(dialog.get_by_role("option", name="Ready to bill")).to_be_visible()
    page.keyboard.type("quill")
    found = dialog.get_by_role("option", name="Quillfeather, Zelda")
    expect(found).to_have_attribute("aria-selected", "true")
    expect(words).to_have_attribute("aria-activedescendant", str(found.get_attribute("id")))
    expect(dialog.get_by_role("status")).to_have_text("1 found")
    assert axe(page) == []
    assert page.evaluate(LEFT_BEHIND) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(before).to_be_focused()
    assert "Quillfeather" not in page.content()

    page.keyboard.press("/")
    page.keyboard.type("import a rem")
    expect(dialog.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/remittances/import/")

    page.keyboard.press("Control+k")
    page.keyboard.type(f"{patient}".lower())
    page.keyboard.press("Enter")  # ahead of the list, as a quick hand is
    page.wait_for_url(f"**/patients/{patient}/")

    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("searchbox").press_sequentially("quill")
    expect(dialog.get_by_role("option", name="Quillfeather, Zelda")).to_be_visible()
    expect(words).to_have_value("quill")
    assert page.evaluate(STICKS_OUT) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_the_schedule_is_for_everybody_at_every_width(people: Any, open_as: OPEN) -> None:
    treating = people[Role.CLINICIAN].clinician
    bare = factories.planned_visit(treating=treating, service_date=factories.TODAY)
    factories.coverage(person=factories.planned_visit(treating=treating, service_date=factories.TODAY).patient)
    page = open_as(people[Role.ASSISTANT])
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for address in ("/schedule/", "/schedule/?span=week", "/schedule/?form=print", "/words/"):
            page.goto(address)
            assert axe(page) == [], address
            assert page.evaluate(STICKS_OUT) == [], address
    page.goto("/schedule/")
    page.get_by_role("link", name=f"Add plan for {bare}").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.go_back()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_text("Nobody comes on this day")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/visits-to-verify/")
    page.get_by_role("button", name="What “Eligibility check” means").click()
    expect(page.get_by_role("note")).to_contain_text("A dated answer that a coverage was active")
    page.keyboard.press("Escape")
    expect(page.get_by_role("note")).to_be_hidden()
