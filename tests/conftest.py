"""What every test stands on: locks that a flush may lift, a browser, and no way out to the network."""

import gc
import hashlib
import importlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connections, transaction
from django.test import TransactionTestCase

from documentation.locks import drop_locks, install_locks
from tests.migrated import begin_claims_late, copied_or_made
from tests.pdf_checks import problems_of, problems_of_piece

pytest_plugins = ["tests.assurance", "tests.leaks"]

render: Any = importlib.import_module("documentation.typesetting.render")  # its package has a function of that name

TESTS = Path(__file__).parent
BROWSER_TESTS = TESTS / "browser"
ENGINE_HAS_A_SAY = tuple(
    TESTS / name
    for name in (
        "architecture",
        "claims/backups",
        "claims/commands",
        "claims/queries",
        "claims/services",
        "claims/upkeep",
        "config/test_busy.py",
        "config/test_guessing.py",
        "documentation/queries",
        "documentation/services",
        "faults",
        "hostile/test_asking.py",
        "hostile/test_fields.py",
    )
)
"""Where verbs and questions are tried themselves, every page is opened, and odd values arrive. Other tests come to the
database by the same verbs and questions. `make test` runs them on any engine; the build server on SQLite alone."""
ENGINE_HAS_NONE = (
    TESTS / "architecture/test_access_matrix.py",
    TESTS / "claims/commands/test_demo.py",
    TESTS / "claims/services/test_refresh_by_keys.py",  # asks SQLite alone how it goes about
)
ON_BUILD_SERVER = os.environ.get("CI", "").lower() in {"1", "true"}

# Playwright's synchronous driver runs an event loop in this thread; Django would refuse the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# A busy machine is no failure: no test asserts how long an example takes.
hypothesis.settings.register_profile("ductus", deadline=None)
hypothesis.settings.load_profile("ductus")


def pytest_collection_finish() -> None:
    """What was loaded and collected stays to the end: looking through it for garbage again and again took a sixth."""
    gc.collect()
    gc.freeze()


# --- The database ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> None:
    """The test database: it starts as a copy of one that was migrated before, where there is one."""
    request.getfixturevalue("django_db_modify_db_settings")
    connection = connections["default"]
    with django_db_blocker.unblock(), copied_or_made(connection) as keep:
        request.getfixturevalue("django_db_setup")
        keep()
        begin_claims_late(connection)


_MADE_BY_MIGRATING = {"django_content_type", "auth_permission", "django_site"}


def _empty(connection: Any) -> None:
    """Delete all rows but those that migrating makes.

    Triggers refuse to empty the append-only tables: they are lifted where there is something to delete, and stand again
    when it is done. Django's own flush would empty, fill and lock every table each time, which took longer than most
    tests do.
    """
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    asked = [f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM \"{t}\")" for t in sorted(tables - _MADE_BY_MIGRATING)]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        filled = [name for (name,) in cursor.fetchall()]
        drop_locks(connection, filled)
        for table in filled:
            cursor.execute(f'DELETE FROM "{table}"')
        install_locks(connection, filled)


def _empty_all(self: TransactionTestCase) -> None:
    for name in self._databases_names(include_mirrors=False):
        _empty(connections[name])


TransactionTestCase._fixture_teardown = _empty_all


@pytest.fixture(autouse=True, scope="session")
def _forget_at_a_power_loss() -> Iterator[None]:
    """No test pulls the plug, so none waits for the disk; what a full or broken disk does is tested as ever."""
    real = os.fsync
    os.fsync = lambda _: None
    yield
    os.fsync = real


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """A throttle that one test filled must not slow the next."""
    from django.core.cache import cache

    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_anchor() -> Iterator[None]:
    """What one test wrote down of the audit trail says nothing of another's."""
    from django.conf import settings

    yield
    Path(settings.AUDIT_ANCHOR).unlink(missing_ok=True)


# --- Documents ---------------------------------------------------------------------------------------------------

_sound: set[bytes] = set()
"""Sums of the PDFs that were looked at."""


@pytest.fixture(autouse=True, scope="session")
def _every_pdf_is_sound() -> Iterator[None]:
    """Whatever a test has set: the structure of its PDF is looked at before anything else is done with it."""
    real = render.Rendered

    def looked_at(pdf: bytes, *more: Any) -> Any:
        digest = hashlib.sha256(pdf).digest()
        if digest not in _sound:
            found = problems_of(pdf)
            assert not found, f"This PDF is not as it has to be: {found}"
            _sound.add(digest)
        return real(pdf, *more)

    render.Rendered = looked_at  # type: ignore[assignment,misc]
    yield
    render.Rendered = real  # type: ignore[misc]


@pytest.fixture(autouse=True, scope="session")
def _every_piece_is_sound() -> Iterator[None]:
    """The same of what was made of a document for a channel: pages cut out, pages and pictures drawn anew."""
    from claims.channels import apart, making

    real = making.Made

    def looked_at(name: str, content: bytes, *more: Any, **how: Any) -> Any:
        digest = hashlib.sha256(content).digest()
        if content.startswith(b"%PDF-") and digest not in _sound:
            found = problems_of_piece(content)
            assert not found, f"{name} is not as it has to be: {found}"
            _sound.add(digest)
        return real(name, content, *more, **how)

    apart.Made = making.Made = looked_at  # type: ignore[assignment,misc]
    yield
    apart.Made = making.Made = real  # type: ignore[misc]


# --- The network -------------------------------------------------------------------------------------------------

_connect = socket.socket.connect


def _connect_to_this_machine(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
        raise AssertionError(f"A test reached for {address[0]}: Ductus asks nobody outside.")
    _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _stay_on_this_machine() -> Iterator[None]:
    socket.socket.connect = _connect_to_this_machine  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


# --- The browser -------------------------------------------------------------------------------------------------


def chromium() -> str | None:
    """The system's Chromium; None leaves Playwright its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def browser_at_hand() -> bool:
    return bool(chromium()) or any(Path.home().glob(".cache/ms-playwright/chromium*"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything under tests/browser needs a browser, sees a live server, and is left out where there is none.

    What reaches the database through its fixtures says so, too: `django_db` are all tests that an engine can make a
    difference to.
    """
    for item in items:
        reaches = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
        if reaches and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db)
        on_path = {item.path, *item.path.parents}
        if item.get_closest_marker("django_db") and on_path & {*ENGINE_HAS_A_SAY} and item.path not in ENGINE_HAS_NONE:
            item.add_marker(pytest.mark.every_engine)
        if BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if not browser_at_hand() and not ON_BUILD_SERVER:
                item.add_marker(pytest.mark.skip(reason="no browser on this machine: install chromium"))


_not_walked: list[str] = []
_counted: list[tuple[str, int, int]] = []
"""What hands in the browser did, with how many actions, and how many are allowed."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "browser" in report.keywords:
        _not_walked.append(report.nodeid)
    if report.when == "call":
        _counted.extend(tuple(value) for name, value in report.user_properties if name == "actions")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _counted:
        terminalreporter.section("actions: clicks and filled fields")
        for what, n, most in sorted(_counted):
            terminalreporter.line(f"{n:3} of at most {most:2}  {what}")
    if _not_walked:
        terminalreporter.section("no browser")
        terminalreporter.line(f"{len(_not_walked)} browser tests did not run: install chromium, or set CHROMIUM.")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if ON_BUILD_SERVER and _not_walked:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    args = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--force-color-profile=srgb",
        "--font-render-hinting=none",
    ]
    if os.geteuid() == 0:
        args.append("--no-sandbox")
    path = chromium()
    return {**browser_type_launch_args, "args": args, **({"executable_path": path} if path else {})}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-US",
        "timezone_id": "America/New_York",
        "reduced_motion": "reduce",
    }
