"""Every page in its main states: axe finds nothing, nothing sticks out on a phone, nothing is left in the browser.

A page that complains in the console, of the content security policy or of anything else, fails these tests, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from tests.browser.hands import field, until
from tests.browser.rooms import furnish, rooms

OPEN = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

STICKS_OUT = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 1)
    .map((e) => e.outerHTML.slice(0, 120));
}"""

LEFT_BEHIND = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map((d) => d.name), ...(await caches.keys()),
]"""


def axe(page: Page) -> list[Any]:
    # Not the state that the driver keeps: after a download it waits for a page that never comes.
    until(page, "document.readyState === 'complete'")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(violation["id"], [node["html"][:160] for node in violation["nodes"]]) for violation in found]


DESKS = {"clinical": {Role.CLINICIAN, Role.ADMINISTRATOR}, "billing": {Role.BILLER, Role.MANAGER}}
SHARES = 2
"""Each desk's pages are divided among so many tests, which may run side by side."""


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("desk", DESKS)
def test_every_page(people: Any, open_as: OPEN, desk: str, share: int) -> None:
    found = [room for room in rooms(furnish(people)) if room.role in DESKS[desk]]
    assert len(found) > 25
    pages: dict[Role, Page] = {}
    wrong: dict[str, Any] = {}
    for room in found[share::SHARES]:
        page = pages[room.role] = pages.get(room.role) or open_as(people[room.role])
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.goto(room.address)
        seen = {"axe": axe(page), "left behind": page.evaluate(LEFT_BEHIND)}
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        seen["sticks out"] = page.evaluate(STICKS_OUT)
        seen["headings of the page"] = page.locator("h1").all_inner_texts()[1:]
        if any(seen.values()):
            wrong[room.address] = {k: v for k, v in seen.items() if v}
    assert wrong == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_for_everybody(people: Any, open_as: OPEN, width: int) -> None:
    """The log-in, the page of an unknown address, and what says that a role does not open a page."""
    stranger, administrator = open_as(width=width), open_as(people[Role.ADMINISTRATOR], width=width)
    stranger.goto("/patients/")
    expect(field(stranger, "Username")).to_be_visible()
    administrator.goto("/patients/")
    for page in (stranger, administrator):
        assert axe(page) == []
        assert page.evaluate(STICKS_OUT) == []
    administrator.goto("/nowhere/")
    assert axe(administrator) == []
