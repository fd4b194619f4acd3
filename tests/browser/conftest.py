"""The practice that the browser finds, a clock that stands at the reference case, and an ear for complaints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from documentation.kernel.permissions import Role
from tests import factories, leaks
from tests.browser.hands import Hand

PASSWORD = "a long password of Casey"

# A busy machine is no failure.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


class Clock:
    """What the product takes for now. It runs on, from wherever it was set."""

    def __init__(self) -> None:
        self.real = timezone.now
        self.set(factories.AT)

    def set(self, moment: datetime) -> None:
        self.ahead: timedelta = moment - self.real()

    def now(self) -> datetime:
        return self.real() + self.ahead


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The day after the visit of the reference case, whatever day it is outside."""
    made = Clock()
    monkeypatch.setattr(timezone, "now", made.now)
    return made


STORED = "stored: "
TELLS_WHAT_IT_STORES = f"""
const tell = (what) => console.info({STORED!r} + what);
const set = Storage.prototype.setItem;
Storage.prototype.setItem = function (key, value) {{ tell(`${{key}}=${{value}}`); return set.call(this, key, value); }};
for (const name of ["localStorage", "sessionStorage"]) {{
  try {{
    const real = self[name];
    // What is put there as if it were a property of an object passes by setItem.
    const heard = new Proxy(real, {{
      get: (_, key) => (typeof real[key] === "function" ? real[key].bind(real) : real[key]),
      set: (_, key, value) => (real.setItem(key, value), true),
    }});
    Object.defineProperty(self, name, {{ get: () => heard }});
  }} catch {{}} // a page without an origin has none
}}
for (const door of [self.IDBFactory, self.CacheStorage].filter(Boolean)) {{
  const open = door.prototype.open;
  door.prototype.open = function (name, ...more) {{ tell(`${{name}}=`); return open.call(this, name, ...more); }};
}}
"""
"""Run in every page before its own scripts: whatever is put into the browser's storage is said aloud."""
TAKEN_OUT_AGAIN = {"htmx-current-path-for-history", "htmx:sessionStorageTest"}
"""Keys that a library writes and removes, or each page for it (static/js/main.js): an address, and a trial."""


class Heard:
    """What browsers complained about: refused scripts and styles, missing files, errors; and what they were to keep."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(error.error.stack or str(error.error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.text.startswith(STORED):
            key = message.text.removeprefix(STORED).partition("=")[0]
            leaks.gather("browser storage", message.text)
            if key not in TAKEN_OUT_AGAIN:
                self.complaints.append(f"The browser was to keep {key}.")
            return
        # An answer that refuses (409, 422) is no complaint: the browser logs it as a failed load.
        if message.type in {"error", "warning"} and "the server responded with a status of 4" not in message.text:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Everything the browser complained about; a test that leaves complaints behind fails."""
    ear = Heard()
    yield ear
    assert ear.complaints == []


@pytest.fixture
def people() -> dict[Role, Any]:
    """One user for each role, all with the same password; the clinician is the one of the reference case."""
    given = factories.reference().case.encounter.clinician
    treating = factories.clinician(npi=given.npi)
    everybody = {role: factories.user(role=role) for role in Role if role is not Role.CLINICIAN}
    everybody[Role.CLINICIAN] = treating.user
    for user in everybody.values():
        user.set_password(PASSWORD)
        user.save()
    factories.organization()
    factories.location()
    return everybody


@pytest.fixture(scope="module")
def running(launch_browser: Callable[[], Browser]) -> Iterator[Callable[[], Browser]]:
    """The browser for the tests of one file: one that fell over takes no test along but the one it fell over in."""
    launched: list[Browser] = []

    def now() -> Browser:
        if not launched or not launched[-1].is_connected():
            launched.append(launch_browser())
        return launched[-1]

    yield now
    for one in launched:
        one.close()


@pytest.fixture(scope="module")
def browser(running: Callable[[], Browser]) -> Browser:
    return running()


@pytest.fixture
def open_as(
    running: Callable[[], Browser], browser_context_args: dict[str, Any], live_server: Any, heard: Heard
) -> Iterator[Callable[..., Page]]:
    """A page of a browser in which this user is logged in already: `open_as(user, width=390)`.

    `within` is a browser other than that of the file, for a test that does it harm.
    """
    contexts: list[BrowserContext] = []

    def open_(
        user: Any = None, *, width: int = 1280, height: int = 900, within: Browser | None = None, **options: Any
    ) -> Page:
        size = {"width": width, "height": height}
        context = (within or running()).new_context(
            **{**browser_context_args, "viewport": size, "base_url": live_server.url, **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        context.add_init_script(TELLS_WHAT_IT_STORES)
        heard.listen(context)
        if user is not None:
            context.add_cookies([session_of(user, live_server.url)])
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


def session_of(user: Any, url: str) -> Any:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=user.pk))
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


CountOf = Callable[[Hand, str, int], None]


@pytest.fixture
def count_of(record_property: Callable[[str, Any], None]) -> CountOf:
    """Hold a hand to its limit, `count_of(hand, "A claim is sent", 7)`; the count stands in the summary of the run."""

    def held(hand: Hand, what: str, most: int) -> None:
        record_property("actions", [what, hand.actions, most])
        assert hand.actions <= most, f"{what}: {hand.actions} actions, at most {most} are allowed"

    return held


VISIT_DAY = datetime(2026, 11, 5, 18, 0, tzinfo=UTC)
"""Ten in the morning on the day of the reference case, when its visit is over and is documented."""
