"""How a person works a page: finds a field by its label, types, chooses, presses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from time import monotonic
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

Place = Page | Locator


def field(place: Place, label: str) -> Locator:
    """The field with this label; the star of a required one is no part of it."""
    return place.get_by_label(_named(label))


def group(place: Place, label: str) -> Locator:
    """The fields, or the chips, under this legend."""
    return place.get_by_role("group", name=_named(label))


def write(place: Place, label: str, value: Any) -> None:
    if value not in (None, ""):
        field(place, label).fill(typed(value))


def typed(value: Any) -> str:
    """A value as it is typed; dates and times as the browser's own fields take them."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "\n".join(value) if isinstance(value, tuple | list) else str(value)


def _named(label: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$")


def chip(place: Place, label: str, *words: str) -> None:
    """Press chips under a legend."""
    for word in words:
        field(group(place, label), word).check()


def pick(place: Place, label: str, word: str) -> None:
    """Choose one word, whether it is offered as chips or in a list."""
    if not word:
        return
    # What is asked for whether it is there, is not waited for: the page may be on its way still.
    expect(group(place, label).or_(field(place, label)).first).to_be_attached()
    if group(place, label).count():
        chip(place, label, word)
    else:
        field(place, label).select_option(label=word)


def yes_no(place: Place, label: str, value: bool | None) -> None:
    if value is not None:
        chip(place, label, "Yes" if value else "No")


def press(place: Place, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


class Hand:
    """A hand that counts what it does: a press, a choice or a filled field is one action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def press(self, name: str, kind: Any = "button", *, within: Place | None = None) -> None:
        self._count((within or self.page).get_by_role(kind, name=name).first).click()

    def chip(self, legend: str, word: str, *, within: Place | None = None) -> None:
        self._count(field(group(within or self.page, legend), word)).check()

    def write(self, label: str, value: Any, *, within: Place | None = None) -> None:
        self._count(field(within or self.page, label)).fill(typed(value))

    def choose(self, label: str, word: str, *, within: Place | None = None) -> None:
        """Choose from a list."""
        self._count(field(within or self.page, label)).select_option(label=word)

    def point(self, x: float, y: float) -> None:
        """Press at a place of the page, in pixels."""
        self.actions += 1
        self.page.mouse.click(x, y)

    def _count(self, where: Locator) -> Locator:
        self.actions += 1
        return where


def add_row(page: Page, one: str, number: int) -> Locator:
    """Add a row to a list; returns it."""
    press(page, f"Add {one}")
    row = group(page, f"{one.capitalize()} {number}")
    expect(row).to_be_visible()
    return row


def pick_numbered(place: Place, label: str, number: int) -> None:
    """Choose the entry of a list that begins with this number."""
    entry = field(place, label).locator("option").filter(has_text=re.compile(rf"^{number}: "))
    field(place, label).select_option(label=entry.inner_text())


def card(page: Page, title: str) -> Locator:
    """The card with this heading."""
    return page.locator("section.card").filter(has=page.get_by_role("heading", name=title, exact=True))


def saved(page: Page) -> None:
    """Wait until the page says that everything typed is stored."""
    expect(page.locator("[data-save-state]")).to_have_attribute("data-state", "saved")
    expect(page.locator("[data-save-text]")).to_have_text(re.compile("^Saved"))


@contextmanager
def quicker_than(page: Page, addresses: str) -> Iterator[None]:
    """What is asked for at these addresses comes when the block ends, and finds done what a quick hand did in it."""
    held: list[Route] = []
    come = False

    def hold(route: Route) -> None:
        if come:
            route.continue_()
        else:
            held.append(route)

    page.route(addresses, hold)
    yield
    come = True
    for route in held:
        route.continue_()


def at_rest(place: Locator) -> Locator:
    """Wait until it stands still: a pointer that is on its way to where it stood a moment ago presses beside it."""
    place.evaluate(
        """async (element) => {
            await document.fonts.ready;
            const where = () => {
                const { x, y, width, height } = element.getBoundingClientRect();
                return [x, y, width, height].join();
            };
            for (let still = 0, stood = where(); still < 3; ) {
                await new Promise(requestAnimationFrame);
                const stands = where();
                still = stands === stood ? still + 1 : 0;
                stood = stands;
            }
        }"""
    )
    return place


def until(page: Page, holds: str) -> None:
    """Wait until this script says so. `wait_for_function` evaluates words, which the policy of our pages forbids."""
    over = monotonic() + 60
    while not page.evaluate(holds):
        assert monotonic() < over, holds
        page.wait_for_timeout(50)


def log_in(page: Page, username: str, password: str) -> None:
    page.goto("/accounts/login/")
    write(page, "Username", username)
    write(page, "Password", password)
    press(page, "Log in")
