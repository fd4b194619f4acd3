"""Pages of getting paid, at a fixed moment, seen by people of every role."""

from __future__ import annotations

import hashlib
import io
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories


@pytest.fixture(autouse=True)
def _moment(db: None) -> Iterator[None]:
    """It is the day after the visit of the reference case."""
    with mock.patch("django.utils.timezone.now", return_value=factories.AT):
        yield


class Person:
    """A logged-in person with the words of a browser."""

    def __init__(self, role: str) -> None:
        self.user = factories.user(role=role)
        self.client = Client()
        self.client.force_login(self.user)

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


def blank_pdf(pages: int = 2) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(612, 792)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def plain_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets are blank pages here: typesetting has tests of its own."""
    pdf = blank_pdf()

    def build(facts: Any, *, images: Any, control_number: str, **rest: Any) -> Any:
        part = SimpleNamespace(
            name="packet.pdf", title="The packet", size=len(pdf), sha256=hashlib.sha256(pdf).hexdigest()
        )
        return SimpleNamespace(pdf=pdf, zip=control_number.encode(), manifest_json="{}", pages=2, files=(part,))

    monkeypatch.setattr("claims.services.packets.build", build)


@pytest.fixture
def own_queries() -> Callable[..., Any]:
    """Counts what a block asks of the record and of claims, besides session, user, audit and the navigation."""

    @contextmanager
    def counting(most: int) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        rows = re.compile(r'FROM "(claims|documentation)_(?!user|auditevent|location)')
        asked = [q["sql"] for q in captured if rows.search(q["sql"]) and not q["sql"].startswith("SELECT COUNT(*)")]
        assert len(asked) <= most, "\n".join(asked)

    return counting
