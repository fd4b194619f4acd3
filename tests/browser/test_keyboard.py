"""The whole record by the keyboard alone, section by section, and the list of keys that helps with it.

The mouse is never touched here: no click, no fill, no focus set by the test. Every stop of the Tab key can be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter
from documentation.queries.encounters import draft_facts
from tests import factories
from tests.browser.conftest import PASSWORD
from tests.browser.hands import card, field, group, saved, until

OPEN = Callable[..., Page]

SEEN = """() => {
  const element = document.querySelector(":focus");
  if (!element) return true;
  const marked = (e) => {
    if (!e) return false;
    const s = getComputedStyle(e);
    return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
  };
  const cursor = element.matches("[data-duct]") && document.querySelector("[data-cursor]");
  const shown = cursor && getComputedStyle(cursor).visibility === "visible";
  return shown || element.matches(".dm-marker") || [element, element.labels?.[0], element.parentElement].some(marked);
}"""


def tab_to(page: Page, target: Locator, *, most: int = 90) -> None:
    """Press Tab until the target has the focus; every stop on the way can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        until(page, SEEN)  # A drawing that is made anew keeps the focus, and has it again a moment later.
        if target.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"{target} was not reached by {most} tabs")


def write(page: Page, target: Locator, text: str) -> None:
    tab_to(page, target)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def go_on(page: Page, heading: str) -> None:
    """Save, and on to the next section; its first Tab stop leads past what stands on every page."""
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("heading", name=heading, exact=True, level=2)).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_whole_record_by_keyboard_alone(people: Any, open_as: OPEN) -> None:
    clinician = people[Role.CLINICIAN]
    encounter = factories.drafted(treating=clinician.clinician, besides=("plan",))
    page = open_as(clinician)
    page.goto(f"/encounters/{encounter.number}/visit/")
    write(page, field(page, "Assistant"), "Robin Helper")
    go_on(page, "Medical justification")
    justify(page)
    go_on(page, "Procedure")
    write(page, field(page, "Amount of fluid"), "35")
    go_on(page, "Findings")
    use_the_duct_map(page)
    go_on(page, "Images")
    write(page, field(page.locator(".picture").first, "Caption"), "Stenosis before dilation")
    saved(page)
    go_on(page, "Interpretation")
    tab_to(page, field(group(page, "Image quality"), "Good"))
    page.keyboard.press("ArrowRight")
    expect(field(group(page, "Image quality"), "Limited")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    go_on(page, "Plan of care")
    plan(page)
    go_on(page, "Review and sign")
    write(page, field(page, "Your password"), PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed and locked.")).to_be_visible()

    signed = Encounter.objects.get(pk=encounter.pk)
    record = draft_facts(signed)
    assert signed.status == "signed"
    assert record.assistant == "Robin Helper"
    assert record.justification.symptoms == ("pain", "fever")
    assert [c.type for c in record.justification.prior_care] == ["hydration", "sialogogue"]
    assert record.justification.relation_to_meals is False
    assert record.procedure.irrigation_ml == 35
    assert [(f.type, f.distance_from_papilla_mm) for f in record.findings] == [
        ("stenosis", Decimal("12.0")),
        ("normal", Decimal("50.0")),
    ]
    assert record.images[0].caption == "Stenosis before dilation"
    assert (record.diagnoses, record.plan.follow_up_days) == (("K11.8",), 42)


def justify(page: Page) -> None:
    """Chips of a list, chips of one answer, a row that comes and goes."""
    symptoms = group(page, "Symptoms")
    for word in ("Pain", "Fever"):
        tab_to(page, field(symptoms, word))
        page.keyboard.press("Space")
        expect(field(symptoms, word)).to_be_checked()
    meals = group(card(page, "The complaint"), "Worse at meals")
    tab_to(page, field(meals, "Yes"))
    page.keyboard.press("ArrowRight")
    expect(field(meals, "No")).to_be_checked()
    tab_to(page, page.get_by_role("button", name="Add treatment"))
    page.keyboard.press("Enter")
    third = group(page, "Treatment 3")
    expect(field(third, "Treatment")).to_be_focused()
    page.keyboard.type("Mass")
    expect(field(third, "Treatment").locator("option:checked")).to_have_text("Massage")
    tab_to(page, third.get_by_role("button", name="Remove"))
    page.keyboard.press("Enter")
    expect(third).to_have_count(0)
    expect(page.locator(":focus")).to_be_visible()


def use_the_duct_map(page: Page) -> None:
    """Place a finding, move it, name it, take it away again."""
    line = page.get_by_role("slider", name=re.compile("^Place a finding"))
    tab_to(page, line)
    page.keyboard.press("Home")
    for key in ("Shift+ArrowUp", "Shift+ArrowUp", "ArrowUp", "Shift+ArrowUp", "PageUp"):
        page.keyboard.press(key)
    expect(line).to_have_attribute("aria-valuenow", "26")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stone", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    mark = page.get_by_role("slider", name="Finding 3")
    expect(mark).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(mark).to_have_attribute("aria-valuenow", "27")
    page.keyboard.press("Delete")
    expect(mark).to_have_count(0)
    expect(line).to_be_focused()


def plan(page: Page) -> None:
    write(page, field(page, "ICD-10-CM codes"), "k11.8")
    write(page, field(page, "Recommendations"), "sialogogues and massage for four weeks")
    tab_to(page, page.get_by_role("button", name="6 weeks"))
    page.keyboard.press("Space")
    expect(field(page, "Next visit in")).to_have_value("42")
    page.keyboard.press("Control+s")
    saved(page)


# --- The list of keys ---------------------------------------------------------------------------------------------


def test_the_list_of_keys_opens_and_closes_by_a_key(people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.CLINICIAN])
    page.goto("/today/")
    listed = page.get_by_role("dialog", name="Keyboard")
    page.keyboard.press("?")
    expect(listed).to_be_visible()
    expect(listed.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("?")
    expect(page.get_by_role("combobox", name="Find a patient or claim")).to_have_value("?")
    expect(listed).to_be_hidden()


def test_every_key_that_does_something_is_listed() -> None:
    root = Path(settings.BASE_DIR)
    shown = (root / "templates/components/shortcuts.html").read_text(encoding="utf-8")
    listed = {key.casefold() for keys in re.findall(r'data-names="([^"]+)"', shown) for key in keys.split()}
    pages = "".join(p.read_text(encoding="utf-8") for p in (root / "templates").rglob("*.html"))
    scripts = "".join(
        (root / f"static/js/{n}.js").read_text(encoding="utf-8") for n in ("duct", "ductmap", "shortcuts")
    )
    used = set(re.findall(r'<(?:a|button)[^>]* data-key="([^"]+)"', pages))
    used |= {key for key in re.findall(r'(?:event\.key|(?<!\.)name) === "([^"]+)"', scripts) if key not in (" ", "z")}
    assert used >= {"Ctrl+s", "Alt+ArrowDown", "Home", "Delete", "?", "/", "Escape"}
    assert {key for key in used if key.casefold() not in listed} == set()


# --- One hand -----------------------------------------------------------------------------------------------------

SMALL = """(least) => [...document.querySelectorAll(
  ".work-bar .btn, .rows-add .btn, .chips .form-check-label, .chip, .work-form .form-control, .work-form .form-select")]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < least && !e.closest(".visually-hidden"))
  .map((e) => `${e.className}: ${e.textContent.trim().slice(0, 30)} ${e.getBoundingClientRect().height}`)"""


@pytest.mark.parametrize(("width", "height"), [(768, 1024), (390, 844)])
def test_a_hand_reaches_what_is_next_and_nothing_is_clipped(
    people: Any, open_as: OPEN, width: int, height: int
) -> None:
    clinician = people[Role.CLINICIAN]
    encounter = factories.drafted(treating=clinician.clinician)
    page = open_as(clinician, width=width, height=height, has_touch=True)
    for section in ("intake", "justification", "procedure", "findings", "plan"):
        page.goto(f"/encounters/{encounter.number}/{section}/")
        bar = page.locator(".work-bar .btn").bounding_box()
        assert bar is not None
        assert bar["y"] + bar["height"] <= height, "what is next lies under the thumb"
        assert bar["y"] > height * 0.75, section
        assert page.evaluate(SMALL, 40 - 1) == [], section
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), section
    page.goto(f"/encounters/{encounter.number}/findings/")
    drawn = page.locator(".duct-scroll")
    assert drawn.evaluate("e => e.scrollWidth <= e.clientWidth"), "the whole duct is in sight"
