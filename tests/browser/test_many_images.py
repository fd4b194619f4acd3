"""Two hundred pictures in one encounter: small, loaded when in sight, nothing jumps, one is open at a time."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from PIL import Image
from playwright.sync_api import Page, Response, expect

from documentation.imaging import Accepted, examine_many
from documentation.kernel.permissions import Role
from documentation.models import Encounter, EncounterImage
from documentation.services import images
from tests import factories
from tests.browser.hands import saved, until

MANY = 200
MOST_BYTES = 40 * 1024
WATCH_SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push(entry.value);
  }).observe({ type: "layout-shift", buffered: true });
"""


def noise(size: tuple[int, int]) -> bytes:
    """A picture that is as hard to press as any."""
    stream = io.BytesIO()
    pixels = random.Random(0).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, pixels).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def draft_with(count: int, clinician: Any) -> Encounter:
    """A draft with so many pictures, upright and across. Three were examined; the others look like them."""
    made = factories.drafted(treating=clinician.clinician, with_images=False)
    kinds = list(examine_many([noise((640, 480)), noise((480, 640)), noise((1280, 720))]))
    assert all(isinstance(r, Accepted) for r in kinds)

    def looks_like_them(data: Sequence[bytes]) -> list[Any]:
        return [kinds[n % 3] for n, _ in enumerate(data)]

    uploads = [images.Upload(f"{n}.jpg", f"picture {n}".encode()) for n in range(count)]
    with transaction.atomic():
        images.take_in(made, uploads, by=clinician, at=factories.AT, examine=looks_like_them)
    return made


def test_it_opens_at_once_and_stays_still_and_usable(people: Any, open_as: Callable[..., Page]) -> None:
    full = draft_with(MANY, people[Role.CLINICIAN])
    page = open_as(people[Role.CLINICIAN])
    page.add_init_script(WATCH_SHIFTS)
    thumbnails: list[Response] = []
    page.on("response", lambda r: thumbnails.append(r) if r.url.endswith("/thumbnail/") else None)
    page.goto(f"/encounters/{full.number}/images/")
    until(page, "document.querySelector('#tiles img').naturalWidth > 0")
    page.wait_for_load_state("networkidle")
    assert 0 < len(thumbnails) < MANY / 2
    expect(page.locator("#tiles > .tile")).to_have_count(MANY)
    expect(page.locator(".picture")).to_have_count(1)
    sized = page.locator("#tiles img[width][height]")
    assert sized.count() == MANY

    page.locator("#tiles").evaluate("list => list.scrollTo(0, list.scrollHeight / 2)")
    until(page, "document.querySelectorAll('#tiles img')[100].naturalWidth > 0")
    assert all(0 < len(r.body()) <= MOST_BYTES for r in thumbnails)
    assert page.evaluate("shifts") == []

    page.locator("#tiles > .tile").nth(149).locator("a").click()
    expect(page.locator(".picture")).to_have_attribute("aria-label", "Figure 150")
    caption = page.locator(".picture").get_by_label("Caption")
    expect(caption).to_be_focused()
    caption.fill("The hundred and fiftieth")
    page.get_by_role("link", name="Figure 151", exact=True).click()
    expect(page.locator(".picture")).to_have_attribute("aria-label", "Figure 151")
    saved(page)
    assert EncounterImage.objects.get(encounter=full, position=150).caption == "The hundred and fiftieth"

    page.get_by_role("button", name="Move figure 200", exact=True).press("Home")
    # In words until the line tells the time again, a moment later.
    expect(page.locator("[data-save-text]")).to_have_text(re.compile("^(The order is s|S)aved"))
    assert EncounterImage.objects.get(encounter=full, position=1).original_name == "199.jpg"
    expect(page.locator(".picture")).to_have_attribute("aria-label", "Figure 152")
    for width in (768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        box = page.locator("#tiles > .tile").first.bounding_box()
        assert box
        assert box["height"] > box["width"] / 2


def test_without_a_script_each_is_a_page_of_its_own(people: Any, open_as: Callable[..., Page]) -> None:
    several = draft_with(14, people[Role.CLINICIAN])
    page = open_as(people[Role.CLINICIAN], java_script_enabled=False)
    page.goto(f"/encounters/{several.number}/images/")
    page.locator("#tiles > .tile").nth(12).locator("a").click()
    expect(page.locator(".picture")).to_have_attribute("aria-label", "Figure 13")
    page.locator("#picture-before").click()
    expect(page.locator(".picture")).to_have_attribute("aria-label", "Figure 12")
    page.get_by_role("button", name="Move figure 12 up").click()
    expect(page.locator(".picture")).to_have_attribute("aria-label", "Figure 11")
    assert EncounterImage.objects.get(encounter=several, position=11).original_name == "11.jpg"
