"""The order of the pictures: dragged by mouse or finger, moved by keys; the figures follow everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter, EncounterImage
from documentation.services import encounters
from tests import factories
from tests.browser.hands import at_rest, field, quicker_than
from tests.browser.test_images_in import jpeg

OPEN = Callable[..., Page]


@pytest.fixture
def clinician(people: Any) -> Any:
    return people[Role.CLINICIAN]


@pytest.fixture
def draft(clinician: Any) -> Encounter:
    made = factories.drafted(treating=clinician.clinician)
    text = "Figure 1 shows the stenosis."
    encounters.save_section(made, "interpretation", {"text": text}, by=clinician, at=factories.AT)
    return made


def page_of(encounter: Encounter) -> str:
    return f"/encounters/{encounter.number}/images/"


def names(encounter: Encounter) -> list[str]:
    return list(EncounterImage.objects.filter(encounter=encounter).values_list("original_name", flat=True))


def tile(page: Page, number: int) -> Locator:
    return page.locator("#tiles > .tile").nth(number - 1)


def spot(place: Locator, across: float) -> tuple[float, float]:
    """A point of it, so far across of its width."""
    box = at_rest(place).bounding_box()
    assert box
    return box["x"] + box["width"] * across, box["y"] + box["height"] / 2


def stored(page: Page) -> None:
    # In words until the line tells the time again, a moment later.
    expect(page.locator("[data-save-text]")).to_have_text(re.compile("^(The order is s|S)aved"))


def test_a_picture_is_dragged_and_every_figure_follows(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto(page_of(draft))
    tile(page, 1).scroll_into_view_if_needed()
    page.mouse.move(*spot(tile(page, 1), 0.3))
    page.mouse.down()
    page.mouse.move(*spot(tile(page, 2), 0.7), steps=5)
    page.mouse.move(*spot(tile(page, 3), 0.7), steps=5)
    page.mouse.up()
    stored(page)
    assert names(draft) == ["fig2.jpg", "fig3.jpg", "fig1.jpg", "fig4.jpg"]
    expect(page.locator(".picture").nth(2)).to_have_attribute("aria-label", "Figure 3")
    expect(page.locator(".picture").nth(2).locator("img")).to_have_attribute("alt", re.compile("^Figure 3: "))
    page.goto(page_of(draft).replace("images", "interpretation"))
    expect(field(page, "Interpretation")).to_have_value("Figure 3 shows the stenosis.")
    page.goto(f"/encounters/{draft.number}/")
    expect(page.locator(".shot").nth(2)).to_contain_text("Fig. 3")


def test_keys_move_a_picture_and_the_focus_stays_with_it(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto(page_of(draft))
    grip = page.get_by_role("button", name="Move figure 1", exact=True)
    grip.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#order-said")).to_have_text("Now figure 3 of 4.")
    stored(page)
    assert names(draft) == ["fig2.jpg", "fig3.jpg", "fig1.jpg", "fig4.jpg"]
    expect(page.get_by_role("button", name="Move figure 3", exact=True)).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator("#order-said")).to_have_text("Now figure 1 of 4.")
    expect(page.locator(".picture").first.locator("img")).to_have_attribute("src", re.compile("/thumbnail/"))
    stored(page)
    expect(page.locator(".picture h3, .picture b.num").first).to_have_text("Fig. 1")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#order-said")).to_have_text("It is the first already.")


def test_a_finger_drags_by_the_grip_and_what_is_typed_stays(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician, width=768, height=1024, has_touch=True)
    page.goto(page_of(draft))
    caption = page.locator(".picture").nth(3).get_by_label("Caption")
    caption.fill("Typed while the order changes")
    grip = tile(page, 4).locator(".tile-grip")
    grip.scroll_into_view_if_needed()
    start, end = spot(grip, 0.5), spot(tile(page, 1), 0.2)
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    send("touchStart", start)
    for step in range(1, 9):
        send("touchMove", tuple(a + (b - a) * step / 8 for a, b in zip(start, end, strict=True)))  # type: ignore[arg-type]
    send("touchEnd")
    expect(page.locator("#tiles .tile").first.locator("img")).to_have_attribute("alt", re.compile("Figure 1"))
    expect(page.locator(".picture").first.get_by_label("Caption")).to_have_value("Typed while the order changes")
    assert names(draft) == ["fig4.jpg", "fig1.jpg", "fig2.jpg", "fig3.jpg"]


def test_a_move_made_while_the_page_asks_for_new_pictures_is_not_dropped_in_silence(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    page = open_as(clinician)
    page.goto(page_of(draft))
    with quicker_than(page, "**/images/"):
        with page.expect_request("**/images/"):
            page.locator("#id_upload").set_input_files({"name": "new.jpg", "mimeType": "image/jpeg", "buffer": jpeg(5)})
        page.get_by_role("button", name="Move figure 1", exact=True).press("ArrowRight")
        expect(page.locator("#order-said")).to_have_text("Now figure 2 of 4.")
    expect(page.locator(".toasts")).to_contain_text("Pictures were added or removed meanwhile.")
    expect(page.locator("#tiles > .tile")).to_have_count(5)
    expect(page.locator("[data-save-text]")).to_have_text("Nothing was moved")
    assert names(draft) == ["fig1.jpg", "fig2.jpg", "fig3.jpg", "fig4.jpg", "new.jpg"]


def test_a_picture_that_went_meanwhile_is_told_and_the_page_is_as_it_is(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    page = open_as(clinician)
    page.goto(page_of(draft))
    factories.images.remove(draft.images.last(), by=clinician, at=factories.AT)  # type: ignore[attr-defined]
    page.get_by_role("button", name="Move figure 1", exact=True).press("ArrowRight")
    expect(page.locator(".toasts")).to_contain_text("Pictures were added or removed meanwhile.")
    expect(page.locator("#tiles > .tile")).to_have_count(3)
    assert names(draft) == ["fig1.jpg", "fig2.jpg", "fig3.jpg"]
