"""Pictures of every page at three widths, to be looked at: `pytest tests/browser/screens.py`.

Its name keeps it out of the tests. The pictures go to test-results/screens, which is never committed;
SCREENS="claim patient" takes only the pages whose address name contains one of the words.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from documentation.kernel.permissions import Role
from tests.browser.rooms import Room, furnish, rooms

FOLDER = Path("test-results/screens")
WIDTHS = {1440: 1000, 768: 1024, 390: 844}


@pytest.fixture
def found(people: Any) -> list[Room]:
    words = os.environ.get("SCREENS", "").split()
    return [room for room in rooms(furnish(people)) if not words or any(word in room.name for word in words)]


def test_take_pictures(found: list[Room], people: Any, open_as: Any) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = {role: open_as(people[role]) for role in Role}
    counted: Counter[str] = Counter()
    for room in found:
        counted[room.name] += 1
        pages[room.role].goto(room.address)
        take(pages[room.role], f"{room.name}-{counted[room.name]}")


def take(page: Page, name: str) -> None:
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        # Pictures that load when they come into sight have to come into sight.
        page.evaluate("for (const image of document.images) image.loading = 'eager'")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=True)
