"""A request to amend the record: from the patient's page over the denial to the statement, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from documentation.models import AmendmentRequest
from tests import factories
from tests.browser.test_accessibility import LEFT_BEHIND, PHONE, STICKS_OUT, axe

OPEN = Callable[..., Page]


def is_sound(page: Page) -> None:
    assert axe(page) == []
    assert page.evaluate(LEFT_BEHIND) == []
    size = page.viewport_size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate(STICKS_OUT) == []
    page.set_viewport_size(size)  # type: ignore[arg-type]


def fill(page: Page, label: str, words: str) -> None:
    page.get_by_label(label).focus()
    page.keyboard.type(words)


def press(page: Page, role: Any, name: str, *, then: str) -> None:
    """Follow it with the keyboard; `then` is what the next page is called."""
    page.get_by_role(role, name=name, exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(then)


def test_a_request_is_taken_in_denied_and_disputed(people: Any, open_as: OPEN) -> None:
    encounter = factories.signed_encounter(treating=people[Role.CLINICIAN].clinician)
    page = open_as(people[Role.ASSISTANT])
    page.goto(f"/patients/{encounter.patient}/")
    press(page, "link", "Take in a request to amend the record", then="Take in a request")
    is_sound(page)
    page.get_by_label("How it came").focus()
    page.keyboard.type("By mail")
    page.get_by_label("What it is about").focus()
    page.keyboard.type(encounter.number)
    fill(page, "What is to be changed", "The swelling began in May.")
    press(page, "button", "Take it in", then="asks to amend")
    expect(page.get_by_role("heading", name="To answer by")).to_be_visible()
    request = AmendmentRequest.objects.get()
    assert (request.way, request.encounter) == ("mail", encounter)

    manager = open_as(people[Role.MANAGER])
    manager.goto("/amendments/")
    is_sound(manager)
    press(manager, "link", request.number, then="asks to amend")
    is_sound(manager)
    press(manager, "link", "Deny", then="Deny")
    manager.get_by_label("Reason").focus()
    manager.keyboard.type("It is accurate")
    fill(manager, "In a sentence", "The record says what you told us then.")
    is_sound(manager)
    press(manager, "button", "Deny", then="asks to amend")
    expect(manager.get_by_role("link", name="Print the letter")).to_be_visible()

    page.reload()
    press(page, "link", "Record the statement of disagreement", then="Record the statement")
    fill(page, "The statement", "I never said March.")
    press(page, "button", "Record the statement of disagreement", then="asks to amend")
    expect(page.get_by_text("I never said March.")).to_be_visible()
    is_sound(page)
    page.goto(f"/encounters/{encounter}/")
    expect(page.get_by_role("heading", name="Requests to amend")).to_be_visible()
