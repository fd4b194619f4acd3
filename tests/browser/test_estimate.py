"""A patient signs the estimate: with a finger on the pad, or by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.models import Estimate, EstimateSignature
from claims.services.estimates import make_estimate
from claims.services.payers import set_fee
from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.hands import at_rest
from tests.browser.test_accessibility import axe

OPEN = Callable[..., Page]


@pytest.fixture
def estimate(people: Any) -> Estimate:
    biller = people[Role.BILLER]
    set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller, at=factories.AT)
    visit = factories.planned_visit(treating=people[Role.CLINICIAN].clinician)
    factories.coverage(person=visit.patient, by=biller)
    return make_estimate(visit, by=biller, at=factories.AT)


def test_a_patient_signs_with_a_finger_on_a_tablet(estimate: Estimate, people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.ASSISTANT], width=820, height=1180)
    page.goto(f"/estimates/{estimate.pk}/")
    assert axe(page) == []
    pad = page.locator("[data-signature] svg")
    pad.scroll_into_view_if_needed()
    box = at_rest(pad).bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 90)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 40 + 40 * step, box["y"] + (40 if step % 2 else 110))
    page.mouse.up()
    page.get_by_label("Full name of the person who signs").fill("Alex Doe")
    page.get_by_label("I have read this page").check()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", name="Signed")).to_be_visible()
    expect(page.get_by_role("img", name="The signature as it was drawn")).to_be_visible()
    kept = EstimateSignature.objects.get()
    assert len(kept.strokes[0]) > 8
    assert all(0 <= n <= 1000 for stroke in kept.strokes for n in stroke)
    assert axe(page) == []


def test_a_drawing_is_kept_where_the_form_comes_back_and_can_be_cleared(
    estimate: Estimate, people: Any, open_as: OPEN
) -> None:
    page = open_as(people[Role.ASSISTANT])
    page.goto(f"/estimates/{estimate.pk}/")
    pad, line = page.locator("[data-signature] svg"), page.locator("[data-signature] path")
    pad.scroll_into_view_if_needed()
    pad.click(position={"x": 60, "y": 40})
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Type the full name of the person who signs.").first).to_be_visible()
    expect(line).to_have_attribute("d", re.compile("^M"))
    page.get_by_role("button", name="Clear the drawing").click()
    expect(line).to_have_attribute("d", "")
    expect(page.locator('input[name="strokes"]')).to_have_value("")


def test_the_keyboard_alone_is_enough(estimate: Estimate, people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.ASSISTANT])
    page.goto(f"/estimates/{estimate.pk}/")
    page.get_by_label("Full name of the person who signs").focus()
    page.keyboard.type("Robin Doe")
    page.keyboard.press("Tab")
    page.keyboard.type("mother")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Signed")).to_be_visible()
    kept = EstimateSignature.objects.get()
    assert (kept.name, kept.on_behalf, kept.strokes) == ("Robin Doe", "mother", [])
