"""Findings entered on the duct map: by pointer, by keyboard, by the row; map, list and sentence say the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from documentation.ductmap import nearest_mm, place, segment_at
from documentation.kernel.permissions import Role
from documentation.models import Encounter, Finding
from documentation.services import encounters
from tests import factories
from tests.browser.hands import add_row, at_rest, chip, field, group, pick, press, saved, write

OPEN = Callable[..., Page]
DUCTS = [("parotid", "R"), ("parotid", "L"), ("submandibular", "R"), ("submandibular", "L")]
TABS = {
    ("parotid", "R"): "Right parotid",
    ("parotid", "L"): "Left parotid",
    ("submandibular", "R"): "Right submandibular",
    ("submandibular", "L"): "Left submandibular",
}


@pytest.fixture
def clinician(people: Any) -> Any:
    return people[Role.CLINICIAN]


@pytest.fixture
def draft(clinician: Any) -> Encounter:
    """The reference record with nothing found yet."""
    return factories.drafted(treating=clinician.clinician, with_images=False, besides=("findings", "interpretation"))


def open_findings(page: Page, encounter: Encounter) -> Locator:
    page.goto(f"/encounters/{encounter.number}/findings/")
    drawing = page.locator("svg.ductmap")
    expect(drawing.get_by_role("slider", name=re.compile("Place a finding"))).to_be_attached()
    return drawing


def show(page: Page, duct: tuple[str, str]) -> None:
    page.get_by_role("button", name=re.compile(f"^{TABS[duct]}")).click()
    expect(page.locator("svg.ductmap")).to_have_id(f"ductmap-{duct[0]}-{duct[1]}")


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """A point of the drawing where the pointer finds it, once the page stands still."""
    spot = at_rest(page.locator("svg.ductmap")).evaluate(
        "(svg, [x, y]) => { const p = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [p.x, p.y]; }",
        [x, y],
    )
    return spot[0], spot[1]


def press_duct(page: Page, duct: tuple[str, str], mm: float) -> None:
    page.mouse.click(*on_screen(page, *place(*duct, mm)))


def mark(page: Page, number: int) -> Locator:
    return page.get_by_role("slider", name=f"Finding {number}", exact=True)


def says(page: Page, number: int, words: str) -> None:
    expect(mark(page, number)).to_have_attribute("aria-valuetext", words)


def row_of(page: Page, number: int) -> Locator:
    return group(page, f"Finding {number}")


def distance(page: Page, number: int) -> Locator:
    return page.locator(f"#id_findings-{number - 1}-distance_from_papilla_mm")


def stored(encounter: Encounter) -> list[tuple[str, str, str, str, Decimal | None]]:
    rows = Finding.objects.filter(encounter=encounter)
    return [(f.type, f.gland, f.side, f.segment, f.distance_from_papilla_mm) for f in rows]


# --- Pointer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1440, 768])
def test_a_press_on_the_duct_places_a_finding_there(
    draft: Encounter, clinician: Any, open_as: OPEN, width: int
) -> None:
    page = open_as(clinician, width=width, height=1000)
    open_findings(page, draft)
    expected = []
    for duct in DUCTS:
        show(page, duct)
        for mm in (3, 17.4, 38.7, 58):
            press_duct(page, duct, mm)
            expected.append((duct, mm))
            expect(mark(page, len(expected))).to_be_visible()
            expect(page.locator("[data-sketch]")).to_have_count(0)
    saved(page)
    rows = stored(draft)
    assert len(rows) == len(expected)
    for (_, gland, side, segment, found), (duct, mm) in zip(rows, expected, strict=True):
        assert (gland, side) == duct
        assert found is not None
        assert abs(float(found) - mm) <= 0.5
        assert segment == segment_at(gland, float(found))


@pytest.mark.parametrize("width", [1440, 768])
def test_page_and_document_agree_on_every_millimetre(
    draft: Encounter, clinician: Any, open_as: OPEN, width: int
) -> None:
    page = open_as(clinician, width=width, height=1000)
    open_findings(page, draft)
    for duct in DUCTS:
        show(page, duct)
        line = page.get_by_role("slider", name=re.compile("Place a finding"))
        for mm in range(71):
            x, y = place(*duct, mm)
            assert round(nearest_mm(*duct, x, y)) == mm
            page.mouse.move(*on_screen(page, x, y))
            expect(line).to_have_attribute("aria-valuenow", str(mm))


def test_a_finding_takes_two_presses(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    press_duct(page, ("submandibular", "L"), 12)
    press(page, "Stenosis")
    says(page, 1, "Stenosis, 12 mm from the papilla, left Wharton's duct")
    expect(row_of(page, 1).locator(".fold > summary")).to_contain_text(
        "Stenosis, left submandibular, 12 mm from the papilla"
    )
    expect(mark(page, 1)).to_be_focused()
    saved(page)
    assert stored(draft) == [("stenosis", "submandibular", "L", "distal", Decimal("12.0"))]


def test_a_mark_is_dragged(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    duct = ("submandibular", "L")
    press_duct(page, duct, 12)
    press(page, "Stone")
    expect(mark(page, 1)).to_be_visible()
    page.mouse.move(*on_screen(page, *place(*duct, 12)))
    page.mouse.down()
    for mm in (15, 22, 31):
        page.mouse.move(*on_screen(page, *place(*duct, mm)))
    page.mouse.up()
    expect(distance(page, 1)).to_have_value("31")
    says(page, 1, "Stone, 31 mm from the papilla, left Wharton's duct")
    expect(page.locator("svg.ductmap")).to_contain_text("at 31 mm")
    saved(page)
    assert stored(draft) == [("stone", "submandibular", "L", "middle", Decimal("31.0"))]


def test_a_finger_places_and_the_page_still_scrolls(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician, width=768, height=1024, has_touch=True)
    open_findings(page, draft)
    page.touchscreen.tap(*on_screen(page, *place("submandibular", "L", 24)))
    expect(distance(page, 1)).to_have_value("24")
    page.get_by_role("button", name="Stone", exact=True).tap()
    says(page, 1, "Stone, 24 mm from the papilla, left Wharton's duct")
    actions = "e => getComputedStyle(e).touchAction"
    assert page.locator("svg.ductmap").evaluate(actions) == "auto"
    assert page.locator("[data-duct]").evaluate(actions) == "manipulation"
    saved(page)
    # All at once, since the list of findings is written anew whenever one of them changes.
    small = page.evaluate(
        """() => {
            const grips = [...document.querySelectorAll(".dm-grip")];
            const buttons = [...document.querySelectorAll(".duct button")].filter(e => e.checkVisibility());
            const least = (e, edge) => {
                const box = e.getBoundingClientRect();
                return Math.min(box.width, box.height) + edge;
            };
            return [
                grips.map(e => least(e, parseFloat(getComputedStyle(e).strokeWidth) || 0)),
                buttons.map(e => least(e, 0)),
            ];
        }"""
    )
    assert all(small), "there are grips, and there are buttons"
    assert min(map(min, small)) >= 24, small


# --- Keyboard -----------------------------------------------------------------------------------------------------


def test_a_finding_by_keyboard_alone(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    show(page, ("parotid", "L"))
    line = page.get_by_role("slider", name="Place a finding, left Stensen's duct")
    line.focus()
    for key in ("Home", "Shift+ArrowRight", "Shift+ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(line).to_have_attribute("aria-valuetext", "11 mm from the papilla, distal")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stone", exact=True)).to_be_focused()
    expect(page.locator("[data-duct-said]")).to_have_text(
        "Finding 1 placed 11 mm from the papilla, left Stensen's duct. What is it?"
    )
    page.keyboard.press("Enter")
    expect(mark(page, 1)).to_be_focused()
    for key, mm in (("ArrowRight", 12), ("Shift+ArrowUp", 17), ("ArrowDown", 16), ("End", 50), ("Home", 0)):
        page.keyboard.press(key)
        expect(mark(page, 1)).to_have_attribute("aria-valuenow", str(mm))
        expect(distance(page, 1)).to_have_value(str(mm))
    page.keyboard.press("End")
    expect(page.locator("svg.ductmap")).to_contain_text("at 50 mm")
    expect(mark(page, 1)).to_be_focused()
    saved(page)
    assert stored(draft) == [("stone", "parotid", "L", "hilum", Decimal("50.0"))]


def test_arrows_follow_the_drawing_on_the_mirrored_side(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    show(page, ("submandibular", "R"))
    press_duct(page, ("submandibular", "R"), 20)
    press(page, "Stone")
    mark(page, 1).focus()
    page.keyboard.press("ArrowLeft")
    expect(distance(page, 1)).to_have_value("21")
    page.keyboard.press("ArrowUp")
    expect(distance(page, 1)).to_have_value("22")


def test_a_finding_can_go_to_every_millimetre_to_ninety(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    press_duct(page, ("submandibular", "L"), 68)
    press(page, "Stone")
    mark(page, 1).focus()
    for mm in range(69, 91):
        page.keyboard.press("ArrowUp")
        expect(distance(page, 1)).to_have_value(str(mm))
    page.keyboard.press("ArrowUp")
    expect(distance(page, 1)).to_have_value("90")
    expect(page.locator("svg.ductmap")).to_contain_text("at 90 mm")
    expect(page.locator("svg.ductmap")).to_have_attribute("data-end-mm", "90")
    saved(page)
    assert stored(draft) == [("stone", "submandibular", "L", "parenchyma", Decimal("90.0"))]


# --- In step ------------------------------------------------------------------------------------------------------


def test_what_is_typed_in_a_row_moves_its_mark(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    row = add_row(page, "finding", 1)
    pick(row, "Finding", "Stenosis")
    pick(row, "Gland", "Submandibular")
    chip(row, "Side", "Left")
    write(row, "From the papilla", "24")
    says(page, 1, "Stenosis, 24 mm from the papilla, left Wharton's duct")
    summary = row.locator(".fold > summary")
    expect(summary).to_contain_text("Stenosis, left submandibular, 24 mm from the papilla")
    expect(page.locator("svg.ductmap")).to_have_id("ductmap-submandibular-L")

    write(row, "From the papilla", "12.5")
    says(page, 1, "Stenosis, 12.5 mm from the papilla, left Wharton's duct")
    pick(row, "Finding", "Stone")
    says(page, 1, "Stone, 12.5 mm from the papilla, left Wharton's duct")
    pick(row, "Gland", "Parotid")
    chip(row, "Side", "Right")
    expect(page.locator("svg.ductmap")).to_have_id("ductmap-parotid-R")
    says(page, 1, "Stone, 12.5 mm from the papilla, right Stensen's duct")
    expect(summary).to_contain_text("Stone, right parotid, 12.5 mm from the papilla")
    saved(page)
    assert stored(draft) == [("stone", "parotid", "R", "", Decimal("12.5"))]


def test_the_segment_goes_with_its_distance_unless_it_was_chosen(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    press_duct(page, ("submandibular", "L"), 12)
    press(page, "Stone")
    press(page, "Details")
    row = row_of(page, 1)
    segment = page.locator("#id_findings-0-segment")
    row.get_by_text("More", exact=True).click()
    expect(segment).to_have_value("distal")
    write(row, "From the papilla", "40")
    expect(segment).to_have_value("knee")
    segment.select_option("third_order")
    write(row, "From the papilla", "45")
    expect(segment).to_have_value("third_order")


def test_a_row_that_cannot_be_read_yet_breaks_nothing(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    press_duct(page, ("submandibular", "L"), 12)
    press(page, "Stone")
    press(page, "Details")
    write(row_of(page, 1), "From the papilla", "about 12")
    expect(page.locator(".duct")).to_contain_text("Stone")
    write(row_of(page, 1), "From the papilla", "13")
    says(page, 1, "Stone, 13 mm from the papilla, left Wharton's duct")
    saved(page)


def test_a_mark_removed_comes_back(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    for mm, kind in ((12, "Stenosis"), (40, "Stone")):
        press_duct(page, ("submandibular", "L"), mm)
        press(page, kind)
        expect(page.get_by_role("slider", name=re.compile("^Finding "))).to_have_count(1 if mm == 12 else 2)
    saved(page)
    mark(page, 1).focus()
    page.keyboard.press("Delete")
    expect(page.locator("#id_findings [data-row]")).to_have_count(1)
    says(page, 1, "Stone, 40 mm from the papilla, left Wharton's duct")
    expect(page.get_by_role("slider", name=re.compile("^Finding "))).to_have_count(1)
    press(page, "Undo")
    says(page, 1, "Stenosis, 12 mm from the papilla, left Wharton's duct")
    says(page, 2, "Stone, 40 mm from the papilla, left Wharton's duct")
    saved(page)
    assert [row[0] for row in stored(draft)] == ["stenosis", "stone"]

    remove = row_of(page, 2).get_by_role("button", name="Remove finding 2", exact=True)
    if not remove.is_visible():
        row_of(page, 2).locator(".fold > summary").click()
    remove.click()
    expect(page.get_by_role("slider", name=re.compile("^Finding "))).to_have_count(1)
    page.locator("[data-duct]").focus()
    press(page, "Undo")
    says(page, 2, "Stone, 40 mm from the papilla, left Wharton's duct")


def test_a_treated_finding_removed_is_saved_and_comes_back(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    values = {"key": "f1", "type": "stone", "gland": "submandibular", "side": "L", "distance_from_papilla_mm": 30}
    rows = {"findings": [values], "interventions": [{"type": "basket_retrieval", "finding": "f1", "note": ""}]}
    encounters.save_section(draft, "findings", {}, rows, by=clinician, at=factories.AT)
    page = open_as(clinician)
    open_findings(page, draft)
    mark(page, 1).focus()
    page.keyboard.press("Delete")
    saved(page)
    assert stored(draft) == []
    page.keyboard.press("Control+z")
    says(page, 1, "Stone, 30 mm from the papilla, left Wharton's duct")
    saved(page)
    (treatment,) = draft.interventions.all()  # type: ignore[attr-defined]
    assert treatment.finding.type == "stone"


def test_a_saved_finding_that_comes_back_has_its_images(clinician: Any, open_as: OPEN) -> None:
    encounter = factories.drafted(treating=clinician.clinician)
    page = open_as(clinician)
    open_findings(page, encounter)
    expect(row_of(page, 1)).to_contain_text("Figures 1 and 2")
    mark(page, 1).focus()
    page.keyboard.press("Delete")
    saved(page)
    assert encounter.images.filter(finding=None).count() == 2  # type: ignore[attr-defined]
    press(page, "Undo")
    expect(row_of(page, 1)).to_contain_text("Figures 1 and 2 · treated: hydrostatic dilation")
    saved(page)
    keys = [i.finding.key for i in encounter.images.all()]  # type: ignore[attr-defined]
    assert keys == ["f1", "f1", "f2", "f2"]
    assert encounter.interventions.get().finding.key == "f1"  # type: ignore[attr-defined]


def test_without_a_connection_a_mark_shows_at_once(draft: Encounter, clinician: Any, open_as: OPEN, heard: Any) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    page.context.set_offline(True)
    press_duct(page, ("submandibular", "L"), 30)
    says(page, 1, "Finding, 30 mm from the papilla, left Wharton's duct")
    press(page, "Stone")
    says(page, 1, "Stone, 30 mm from the papilla, left Wharton's duct")
    expect(mark(page, 1)).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    says(page, 1, "Stone, 35 mm from the papilla, left Wharton's duct")
    page.keyboard.press("Delete")
    expect(mark(page, 1)).to_have_count(0)
    press_duct(page, ("submandibular", "L"), 20)
    press(page, "Stenosis")
    page.context.set_offline(False)
    saved(page)
    expect(page.locator(".dm-marker .dm-label")).to_have_text(re.compile("^stenosis", re.IGNORECASE))
    says(page, 1, "Stenosis, 20 mm from the papilla, left Wharton's duct")
    assert [(row[0], row[4]) for row in stored(draft)] == [("stenosis", 20)]
    heard.complaints = [c for c in heard.complaints if "ERR_INTERNET_DISCONNECTED" not in c]


def test_what_somebody_else_places_shows_on_the_map(
    draft: Encounter, clinician: Any, people: Any, open_as: OPEN
) -> None:
    mine, theirs = open_as(clinician), open_as(people[Role.ASSISTANT])
    for page in (mine, theirs):
        open_findings(page, draft)
    press_duct(theirs, ("submandibular", "L"), 12)
    press(theirs, "Stenosis")
    saved(theirs)
    press(mine, "None, diagnostic only")
    saved(mine)
    says(mine, 1, "Stenosis, 12 mm from the papilla, left Wharton's duct")
    mark(mine, 1).focus()
    mine.keyboard.press("ArrowRight")
    expect(distance(mine, 1)).to_have_value("13")
    saved(mine)
    assert stored(draft) == [("stenosis", "submandibular", "L", "distal", Decimal("13.0"))]


def test_sublingual_is_a_plain_choice(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, draft)
    press(page, "Add a sublingual finding")
    row = row_of(page, 1)
    expect(field(row, "Gland")).to_have_value("sublingual")
    pick(row, "Finding", "Mucus plug")
    chip(row, "Side", "Right")
    expect(page.get_by_role("button", name=re.compile("^Right sublingual"))).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".duct")).to_contain_text("Without a place yet: finding 1.")


# --- Before, without a script, for everybody ----------------------------------------------------------------------


@pytest.fixture
def return_visit(clinician: Any) -> Encounter:
    """A second visit of somebody whose stenosis at 12 mm was signed before."""
    first = factories.signed_encounter(treating=clinician.clinician)
    again = factories.planned_visit(treating=clinician.clinician, person=first.patient, service_date=factories.TODAY)
    return encounters.start(again, by=clinician, at=factories.AT)


def test_the_last_visit_shows_faint(return_visit: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    open_findings(page, return_visit)
    show(page, ("submandibular", "L"))
    ghosts = page.locator(".dm-ghost")
    expect(ghosts.first).to_be_visible()
    expect(ghosts.first).to_have_css("opacity", "0.55")
    expect(page.locator(".duct-before").first).to_contain_text(
        "Faint: last visit, Nov 5, 2026: Stenosis, 12 mm from the papilla"
    )
    expect(page.get_by_role("slider", name=re.compile("^Finding "))).to_have_count(0)
    show(page, ("parotid", "R"))
    expect(ghosts).to_have_count(0)


def test_without_a_script_the_rows_do_everything(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician, java_script_enabled=False)
    page.goto(f"/encounters/{draft.number}/findings/")
    press(page, "Add finding")
    row = row_of(page, 1)
    pick(row, "Finding", "Stone")
    pick(row, "Gland", "Parotid")
    chip(row, "Side", "Right")
    write(row, "From the papilla", "33")
    press(page, "Right parotid")
    expect(page.locator("svg.ductmap#ductmap-parotid-R")).to_contain_text("at 33 mm")
    expect(page.get_by_text("Delete removes it")).to_be_hidden()
    press(page, "Save")
    assert stored(draft) == [("stone", "parotid", "R", "", Decimal("33.0"))]


@pytest.mark.parametrize("width", [1440, 768, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(return_visit: Encounter, clinician: Any, open_as: OPEN, width: int, theme: Any) -> None:
    page = open_as(clinician, width=width, height=1000, color_scheme=theme)
    open_findings(page, return_visit)
    show(page, ("submandibular", "L"))
    line = page.get_by_role("slider", name=re.compile("Place a finding"))
    for mm, kind in ((20, "Stone"), (35, "Mucus plug")):
        line.focus()
        page.keyboard.press("Home")
        for _ in range(mm // 5):
            page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("Enter")
        press(page, kind)
    expect(mark(page, 2)).to_be_focused()
    saved(page)
    found = Axe().run(page).response["violations"]
    assert [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
