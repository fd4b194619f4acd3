"""Pages of getting paid, at a fixed moment, seen by people of every role."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

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
