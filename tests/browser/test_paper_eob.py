"""A paper EOB with two denied lines: typed beside its photo, tied to its spots, classified, posted, decided."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from claims.models import ClaimLine, Decision, Denial, Remittance, WriteOff
from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.hands import at_rest, press
from tests.browser.test_accessibility import axe
from tests.claims import answered


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 560), "white").save(out, "PNG")
    return out.getvalue()


def test_a_paper_eob_with_two_denied_lines_is_typed_classified_and_decided(
    people: Any, open_as: Callable[..., Page]
) -> None:
    biller = people[Role.BILLER]
    claim = answered.claim(factories.SERVICE_DATE, transport="sent")
    if not claim.lines.exists():
        ClaimLine.objects.create(claim=claim, position=1, code="D0371", fee=Decimal(850))
    ClaimLine.objects.create(claim=claim, position=2, code="D0330", fee=Decimal(120))
    factories.own_code(payer=claim.coverage.payer, by=biller)
    page = open_as(biller)
    page.goto(f"/claims/{claim.number}/eob/")

    # The photo comes up beside the form as soon as it is chosen.
    page.set_input_files("input[type=file]", {"name": "eob.png", "mimeType": "image/png", "buffer": photo()})
    sheet = page.locator(".scan-page")
    expect(sheet).to_be_visible()
    page.get_by_label("Date of the EOB").fill("2026-11-06")
    first, second = page.locator("[data-line]").nth(0), page.locator("[data-line]").nth(1)

    # The balance is told as it is typed.
    first.locator("[name$=group1]").select_option("ZZ")
    first.locator("[name$=carc1]").fill("X12")
    first.locator("[name$=amount1]").fill("800")
    expect(first.locator("[data-balance]")).to_have_text("$50.00 unaccounted for")
    first.locator("[name$=amount1]").fill("850")
    expect(first.locator("[data-balance]")).to_have_text("adds up")

    # A number is tied to its spot by dragging; with the keyboard, too.
    box = at_rest(sheet).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.25, steps=3)
    page.mouse.up()
    expect(page.locator("[data-marking]")).to_contain_text("line 1: marked on page 1")
    second.locator("[name$=group1]").select_option("CO")
    second.locator("[name$=carc1]").fill("97")
    second.locator("[name$=amount1]").fill("120")
    for key in ("Alt+m", "ArrowDown", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(second.locator("[name$=amount1]")).to_be_focused()
    expect(page.locator(".spots rect")).to_have_count(2)
    expect(page.locator(".spots rect.is-lit")).to_have_count(1)
    assert axe(page) == []

    press(page, "Look at what it does")
    expect(page.get_by_text("Opens a denial of $970.00: missing image or reading")).to_be_visible()
    page.locator(".spot-list a").last.click()
    assert axe(page) == []
    press(page, "Post this EOB")
    expect(page.get_by_text("It can never be posted again.")).to_be_visible()
    spots = Remittance.objects.get().spots
    assert dict(spots.values_list("field", "top"))["lines-1-amount1"] == 4900
    assert spots.count() == 2

    denial = Denial.objects.get()
    assert [(c["group"], c["carc"], c["line"]) for c in denial.codes] == [("ZZ", "X12", 1), ("CO", "97", 2)]
    page.goto(f"/denials/{denial.pk}/")
    expect(page.get_by_role("row", name="X12")).to_contain_text("line 1")
    expect(page.get_by_role("row", name="CO-97")).to_contain_text("line 2")
    assert axe(page) == []
    page.locator(".way").filter(has_text="given up for good").get_by_role("link").click()
    page.get_by_label("Why this way?").fill("The records are lost.")
    assert axe(page) == []
    press(page, "Write off")
    expect(page.get_by_text("$970.00 waits for a second person to be written off.")).to_be_visible()
    assert Decision.objects.get().way == "write_off"

    other = open_as(people[Role.MANAGER])
    other.goto("/write-offs/")
    other.get_by_role("link", name=claim.number).click()
    other.get_by_label("Approve: the amount is written off").check()
    assert axe(other) == []
    press(other, "Record your decision")
    expect(other.get_by_text("is written off.")).to_be_visible()
    assert (WriteOff.objects.get().status, Denial.objects.get().status) == ("approved", "resolved")
