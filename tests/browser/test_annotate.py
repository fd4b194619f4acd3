"""Drawing on a picture with pointer and keyboard: kept at once, undone, read back, printed."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from documentation.figures.pixels import INKS
from documentation.kernel.permissions import Role
from documentation.models import Encounter, EncounterImage
from documentation.queries.encounters import annotations_of
from documentation.services import files, images, signing
from documentation.services.annotations import annotate
from tests import factories
from tests.browser.hands import at_rest, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def picture(people: Any) -> EncounterImage:
    return factories.drafted(treating=people[Role.CLINICIAN].clinician).images.get(position=1)


@pytest.fixture
def page(people: Any, open_as: Callable[..., Page], picture: EncounterImage) -> Page:
    opened = open_as(people[Role.CLINICIAN], width=1440, height=1000)
    opened.goto(address_of(picture))
    expect(opened.get_by_role("application")).to_be_visible()
    return opened


def address_of(picture: EncounterImage) -> str:
    return f"/encounters/{picture.encounter.number}/images/{picture.pk}/annotate/"


def tool(page: Page, name: str) -> None:
    page.get_by_role("group", name="Tool").get_by_role("button", name=name).click()


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place of the picture, in shares of its width and height, on the screen."""
    box = at_rest(page.locator("[data-stage]")).bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*spot(page, *start))
    page.mouse.down()
    page.mouse.move(*spot(page, *[(a + b) / 2 for a, b in zip(start, end, strict=True)]), steps=3)
    page.mouse.move(*spot(page, *end), steps=3)
    page.mouse.up()


def marks(page: Page) -> Any:
    return page.locator("[data-stage] [data-drawing] [data-mark]:not(.mark-away)")


def drawn(page: Page, count: int) -> None:
    """Wait until the server has drawn so many marks, and nothing is left to save."""
    expect(marks(page)).to_have_count(count)
    expect(page.locator("[data-pen] [data-line]")).to_have_count(0)
    saved(page)


def near(given: int, share: float) -> bool:
    return abs(given - 10_000 * share) < 60


def test_every_kind_is_drawn_with_the_pointer_and_is_there_again_after_a_reload(
    page: Page, picture: EncounterImage
) -> None:
    tool(page, "Measure")
    expect(page.get_by_text("First the scale")).to_be_visible()
    drag(page, (0.15, 0.92), (0.42, 0.92))
    expect(page.get_by_label("This line is")).to_have_value("1.10")
    page.get_by_role("button", name="Set the scale").click()
    drawn(page, 1)
    drag(page, (0.43, 0.5), (0.57, 0.5))
    drawn(page, 2)
    tool(page, "Arrow")
    drag(page, (0.25, 0.2), (0.43, 0.4))
    drawn(page, 3)
    page.get_by_label("Label of the arrow").fill("membrane")
    drawn(page, 3)
    page.get_by_role("button", name="Sky blue").click()
    tool(page, "Ellipse")
    drag(page, (0.36, 0.33), (0.64, 0.67))
    drawn(page, 4)
    tool(page, "Text")
    page.mouse.click(*spot(page, 0.8, 0.1))
    page.get_by_label("Words in the picture").fill("before dilation")
    page.keyboard.press("Enter")
    drawn(page, 5)

    kept = {m.kind: m for m in annotations_of(picture)}
    assert near(kept["arrow"].x1, 0.25)
    assert near(kept["arrow"].y2, 0.4)
    assert (kept["arrow"].label, kept["arrow"].ink, kept["ellipse"].ink) == ("membrane", "blue", "blue")
    assert (str(kept["scale"].length_mm), kept["scale"].label) == ("1.10", "width of the endoscope")
    said = page.locator("#mark-list li")
    expect(said.filter(has_text="Measurement at the center: ≈ 0.6 mm")).to_have_count(1)
    before = page.locator("[data-stage] [data-drawing] svg").inner_html()
    page.reload()
    drawn_again = page.locator("[data-stage] [data-drawing] svg")
    expect(drawn_again.locator("[data-mark]")).to_have_count(5)
    names = "path => [...path.querySelectorAll('[d]')].map(p => p.getAttribute('d'))"
    assert drawn_again.evaluate(names) == page.evaluate(
        "html => { const s = new DOMParser().parseFromString('<svg>' + html + '</svg>', 'text/html');"
        " return [...s.querySelectorAll('[d]')].map(p => p.getAttribute('d')) }",
        before,
    )


def test_every_kind_is_drawn_moved_and_resized_with_the_keyboard_alone(page: Page, picture: EncounterImage) -> None:
    page.get_by_role("application").focus()
    page.keyboard.press("s")
    for key in ("Enter", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_label("This line is")).to_be_focused()
    page.keyboard.press("Enter")
    drawn(page, 1)
    for letter in ("a", "e", "m"):
        page.keyboard.press(letter)
        page.keyboard.press("Enter")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Enter")
        drawn(page, "saem".index(letter) + 1)
    page.keyboard.press("t")
    page.keyboard.press("Enter")
    page.keyboard.type("lumen")
    page.keyboard.press("Enter")
    drawn(page, 5)
    kept = {m.kind: m for m in annotations_of(picture)}
    assert (kept["scale"].x1, kept["scale"].x2) == (5000, 6000)
    assert kept["arrow"].x2 - kept["arrow"].x1 == kept["arrow"].y2 - kept["arrow"].y1 == 500
    assert kept["text"].label == "lumen"

    arrow = page.locator(f'[data-stage] [data-mark="{kept["arrow"].key}"]')
    arrow.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    drawn(page, 5)
    moved = next(m for m in annotations_of(picture) if m.kind == "arrow")
    assert (moved.x1, moved.y1) == (kept["arrow"].x1 - 50, kept["arrow"].y1 - 500)
    assert (moved.x2, moved.y2) == (kept["arrow"].x2 - 50, kept["arrow"].y2 - 500)
    page.get_by_role("button", name="Tip", exact=True).focus()
    page.keyboard.press("Shift+ArrowRight")
    drawn(page, 5)
    assert next(m for m in annotations_of(picture) if m.kind == "arrow").x2 == moved.x2 + 500
    expect(page.get_by_role("button", name="Tip", exact=True)).to_be_focused()

    arrow.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Label of the arrow")).to_be_focused()
    page.keyboard.type("stone")
    page.keyboard.press("Enter")
    drawn(page, 5)
    expect(arrow).to_be_focused()
    page.keyboard.press("Delete")
    drawn(page, 4)
    page.keyboard.press("Control+z")
    drawn(page, 5)
    assert next(m for m in annotations_of(picture) if m.kind == "arrow").label == "stone"
    page.keyboard.press("Control+Shift+z")
    drawn(page, 4)


def test_a_mark_is_moved_and_reshaped_with_the_pointer_and_undone(page: Page, picture: EncounterImage) -> None:
    tool(page, "Ellipse")
    drag(page, (0.2, 0.2), (0.5, 0.5))
    drawn(page, 1)
    drag(page, (0.2, 0.35), (0.4, 0.45))  # at its left edge
    drawn(page, 1)
    moved = annotations_of(picture)[0]
    assert near(moved.x1, 0.4)
    assert near(moved.y1, 0.3)
    drag(page, (0.7, 0.6), (0.8, 0.8))  # its second corner
    drawn(page, 1)
    assert near(annotations_of(picture)[0].x2, 0.8)
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    drawn(page, 0)
    assert annotations_of(picture) == ()
    page.get_by_role("button", name="Redo").click()
    drawn(page, 1)
    assert near(annotations_of(picture)[0].x1, 0.2)


def test_two_people_who_draw_on_one_picture_keep_what_both_drew(
    page: Page, picture: EncounterImage, people: Any
) -> None:
    other = {"key": "other", "kind": "arrow", "x1": 1000, "y1": 1000, "x2": 2000, "y2": 2000, "label": "theirs"}
    annotate(picture, [other], by=people[Role.ASSISTANT], at=factories.AT)
    tool(page, "Ellipse")
    drag(page, (0.4, 0.4), (0.6, 0.6))
    expect(page.get_by_role("alert")).to_contain_text("Somebody else drew on this picture meanwhile.")
    assert [m.key for m in annotations_of(picture)] == ["other"]
    page.get_by_role("button", name="Keep both").click()
    drawn(page, 2)
    kept = annotations_of(picture)
    assert {m.kind for m in kept} == {"arrow", "ellipse"}
    assert next(m for m in kept if m.key == "other").author == people[Role.ASSISTANT].display_name


def test_what_is_drawn_without_a_connection_is_kept_until_it_is_back(
    page: Page, picture: EncounterImage, heard: Any
) -> None:
    page.context.set_offline(True)
    tool(page, "Arrow")
    drag(page, (0.2, 0.2), (0.5, 0.5))
    expect(page.locator("[data-save-text]")).to_contain_text("no connection")
    expect(page.locator("[data-pen] [data-line]")).to_have_count(1)
    page.context.set_offline(False)
    drawn(page, 1)
    assert len(annotations_of(picture)) == 1
    heard.complaints = [c for c in heard.complaints if "ERR_INTERNET_DISCONNECTED" not in c]


def test_without_a_script_marks_are_read_and_removed(
    people: Any, open_as: Callable[..., Page], picture: EncounterImage
) -> None:
    factories.annotated(encounter=picture.encounter)
    page = open_as(people[Role.CLINICIAN], java_script_enabled=False)
    page.goto(address_of(picture))
    expect(page.locator("#mark-list li")).to_have_count(5)
    page.get_by_role("button", name="Remove: Arrow to the center: membrane").click()
    expect(page.locator("#mark-list li")).to_have_count(4)
    assert "arrow" not in {m.kind for m in annotations_of(picture)}


def test_what_was_drawn_is_signed_and_burned_into_the_packet(page: Page, picture: EncounterImage, people: Any) -> None:
    page.get_by_role("button", name="Sky blue").click()
    tool(page, "Ellipse")
    drag(page, (0.2, 0.2), (0.8, 0.8))
    drawn(page, 1)
    encounter = Encounter.objects.get(pk=picture.encounter_id)
    signing.sign(encounter, by=people[Role.CLINICIAN], at=factories.AT)
    claim = factories.claim_at(preparation="ready", by=people[Role.BILLER], encounter=encounter)
    packet = factories.sealed_packet(by=people[Role.BILLER], claim=claim)
    with zipfile.ZipFile(io.BytesIO(files.read(packet.zip))) as archive:
        assert archive.read("fig-01.jpg") == files.read(picture.clean_copy)
        burned = Image.open(io.BytesIO(archive.read("fig-01-annotated.jpg")))
        figure = json.loads(archive.read("manifest.json"))["figures"][0]
    clean = Image.open(io.BytesIO(files.read(picture.clean_copy)))
    edge = annotations_of(picture)[0].x1 * clean.width // 10_000
    height = (annotations_of(picture)[0].y1 + annotations_of(picture)[0].y2) * clean.height // 20_000
    seen = [burned.getpixel((edge + n, height)) for n in range(-3, 4)]
    assert min(max(abs(a - b) for a, b in zip(s, INKS["blue"], strict=True)) for s in seen) < 30
    assert clean.getpixel((edge, height)) != burned.getpixel((edge, height))
    assert figure["annotated"]["file"] == "fig-01-annotated.jpg"
    page.goto(address_of(picture))
    expect(page).to_have_url(re.compile(rf"/encounters/{encounter.number}/#figure-1$"))
    expect(page.locator("#figure-1 .marks [data-mark]")).to_have_count(1)


def test_a_caption_is_proposed_from_the_finding_and_taken_with_enter_or_one_click(
    people: Any, open_as: Callable[..., Page], picture: EncounterImage
) -> None:
    by = people[Role.CLINICIAN]
    for number in (1, 2):
        images.describe(picture.encounter.images.get(position=number), {"caption": ""}, by=by, at=factories.AT)
    page = open_as(by, width=1440, height=1000)
    page.goto(f"/encounters/{picture.encounter.number}/images/")
    first, second = (page.get_by_role("region", name=f"Figure {n}", exact=True) for n in (1, 2))
    proposal = "Left Wharton's duct, stenosis 2 mm long, 12 mm from the papilla"
    expect(first.locator("[data-caption-offer]")).to_have_text(proposal)
    expect(first.get_by_label("Caption", exact=True)).to_have_value("")
    first.get_by_label("Caption", exact=True).press("Enter")
    expect(first.get_by_label("Caption", exact=True)).to_have_value(proposal)
    expect(first.locator("[data-caption-offer]")).to_have_count(0)
    second.get_by_label("Shows").select_option("f2")
    second.locator("[data-caption-offer]").click()
    expect(second.get_by_label("Caption", exact=True)).to_have_value(
        "Left Wharton's duct, normal, 50 mm from the papilla"
    )
    saved(page)
    captions = [EncounterImage.objects.get(encounter=picture.encounter, position=n).caption for n in (1, 2)]
    assert captions == [proposal, "Left Wharton's duct, normal, 50 mm from the papilla"]
    expect(page.locator("#finding-images li").nth(1)).to_contain_text("Fig. 2")
