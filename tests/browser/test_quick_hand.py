"""A hand that is quicker than the scripts of a page: what it did before they came, they find done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.hands import group, press, quicker_than, write
from tests.browser.test_paper_eob import photo
from tests.claims import answered

OPEN = Callable[..., Page]
SCRIPTS = "**/*.js"


def test_whoever_typed_before_the_scripts_came_is_warned_before_it_is_left(people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.CLINICIAN])
    with quicker_than(page, SCRIPTS):
        page.goto("/patients/new/", wait_until="commit")
        write(page, "First name", "Alex")
    page.wait_for_load_state()
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    # Answered, and waited for: Chromium falls over now and then where the window goes while the question is put away.
    with page.expect_event("close"):
        asked.value.accept()


def test_a_search_typed_before_the_scripts_came_is_made(people: Any, open_as: OPEN) -> None:
    for name in ("Alex", "Robin"):
        factories.patient(first_name=name)
    page = open_as(people[Role.CLINICIAN])
    with quicker_than(page, SCRIPTS):
        page.goto("/patients/", wait_until="commit")
        page.locator("#id_q").fill("Robin")
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    expect(page.locator("#id_q")).to_have_value("Robin")


def test_a_choice_made_before_the_scripts_came_draws_what_it_asks_for(people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.MANAGER])
    first = group(page, "Condition 1")
    with quicker_than(page, SCRIPTS):
        page.goto("/rules/own/new/", wait_until="commit")
        first.get_by_label("What to ask").select_option(label="Pain")
    expect(first.get_by_label("How to compare")).to_be_visible()
    expect(first.get_by_label("What to ask").locator("option:checked")).to_have_text("Pain")


def test_what_is_typed_while_a_part_of_the_form_is_drawn_anew_stays(people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.MANAGER])
    page.goto("/rules/own/new/")
    first = group(page, "Condition 1")
    first.get_by_label("What to ask").select_option(label="Pain")
    value = first.get_by_label("Value", exact=True)
    value.fill("3")
    said = page.locator("#said")
    expect(said).to_contain_text("3")
    with quicker_than(page, "**/rules/own/build/"):
        with page.expect_request("**/rules/own/build/"):
            press(page, "Add a condition")
        value.fill("8")
    expect(group(page, "Condition 2")).to_be_visible()
    expect(group(page, "Condition 3")).to_have_count(0)
    expect(value).to_have_value("8")
    expect(said).to_contain_text("8")


def test_an_eob_chosen_before_the_scripts_came_is_shown_and_the_number_in_hand_is_marked(
    people: Any, open_as: OPEN
) -> None:
    claim = answered.claim(factories.SERVICE_DATE, transport="sent")
    page = open_as(people[Role.BILLER])
    scan = {"name": "eob.png", "mimeType": "image/png", "buffer": photo()}
    with quicker_than(page, SCRIPTS):
        page.goto(f"/claims/{claim.number}/eob/", wait_until="commit")
        page.locator("input[type=file]").set_input_files(scan)
    expect(page.locator(".scan-page")).to_be_visible()

    page.goto(f"/claims/{claim.number}/eob/")
    with quicker_than(page, SCRIPTS):
        with page.expect_request("**/eob/"):
            page.locator("input[type=file]").set_input_files(scan)
        page.locator(".scan-page").wait_for(state="attached")
        page.get_by_label("Date of the EOB").fill("2026-11-06")
    expect(page.locator("[data-marking]")).to_have_text("Date of the EOB: not marked yet.")
    page.keyboard.press("Alt+m")
    expect(page.locator("[data-marking]")).to_have_text("Date of the EOB: marked on page 1.")
