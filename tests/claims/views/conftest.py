"""Pages of getting paid, at a fixed moment, seen by people of every role."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.claims import papers
from tests.twice import DoubleClicking


@pytest.fixture(autouse=True)
def _moment(db: None) -> Iterator[None]:
    """It is the day after the visit of the reference case."""
    with mock.patch("django.utils.timezone.now", return_value=factories.AT):
        yield


class Person:
    """A logged-in person with the words of a browser, who gave the password again just now."""

    def __init__(self, role: str) -> None:
        self.user = factories.user(role=role)
        self.client = DoubleClicking()
        self.client.force_login(self.user)
        session = self.client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(self.user.pk)
        session.save()

    def get(self, url: str) -> Any:
        return self.client.get(url)

    def post(self, url: str, data: dict[str, Any] | None = None, *, once: str | None = None) -> Any:
        """Send a form; each has a key of its own unless one is given."""
        return self.client.post(url, {"once": once or str(uuid.uuid4()), **(data or {})})


@pytest.fixture
def person() -> Callable[[str], Person]:
    return Person


@pytest.fixture
def biller() -> Person:
    return Person("biller")


@pytest.fixture
def clinician() -> Person:
    return Person("clinician")


@pytest.fixture
def plain_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets are blank pages here: typesetting has tests of its own."""
    papers.plain_packets(monkeypatch)


@pytest.fixture
def own_queries() -> Callable[..., Any]:
    """Counts what a block asks of the record and of claims, besides session, user, audit and the navigation."""

    @contextmanager
    def counting(most: int) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        rows = re.compile(r'FROM "(claims|documentation)_(?!user|auditevent|location)')
        found = [q["sql"] for q in captured if rows.search(q["sql"]) and not q["sql"].startswith("SELECT COUNT(*)")]
        # What the navigation counts, it asks all in one, and once.
        around = next((sql for sql in found if sql.startswith("SELECT (SELECT ")), "")
        asked = [sql for sql in found if sql != around]
        assert len(asked) <= most, "\n".join(asked)

    return counting
