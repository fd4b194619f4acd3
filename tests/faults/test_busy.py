"""A database that somebody holds: for a short time nobody notices, for a long one what was typed is kept."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse

from documentation.models import Encounter, Phrase
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims.backups.processes import address
from tests.faults.serving import served

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORDS = '\nA phrase of several lines\r\nwith <marks> & "quotes" that took a while to type'


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


@contextmanager
def held() -> Iterator[threading.Event]:
    """Somebody else writes, and does not end until told so."""
    taken, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute("LOCK TABLE documentation_actionkey, documentation_auditevent IN EXCLUSIVE MODE")
                taken.set()
                let_go.wait(600)
        finally:
            connections.close_all()

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        assert taken.wait(300)
        yield let_go
    finally:
        let_go.set()
        holding.join()


def impatient() -> str:
    """The same database, of which nobody waits as long as in earnest."""
    return address() + ("?timeout=6" if connection.vendor == "sqlite" else "?options=-c%20lock_timeout%3D6s")


def kept(page: str) -> dict[str, str]:
    """What the form of a page sends, as a browser reads it: a line break behind the tag is none of the text's."""
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n?(.*?)</textarea>', page, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found + hidden}


def test_a_short_lock_is_waited_for_and_a_long_one_keeps_the_text() -> None:
    encounter: Encounter = f.drafted(with_images=False)
    by = encounter.clinician.user
    assert by is not None
    path = reverse("phrase_new")
    typed = {"title": "Mine", "body": WORDS, "field": "interpretation.text"}
    with served(by, DATABASE_URL=impatient()) as server:
        assert server.visit(path).status_code == 200
        with held() as let_go:
            hidden = server.form(path)  # What only shows is shown meanwhile.
            threading.Timer(0.5, let_go.set).start()
            answer = server.press(path, hidden | typed)
        assert answer.status_code == 302, answer.text
        assert Phrase.objects.count() == 1

        hidden = server.form(path)
        with held():
            answer = server.press(path, hidden | typed | {"title": "Another"})
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"] == "10"
        assert "Your text is kept in this page" in answer.text
        assert "Traceback" not in answer.text
        again = kept(answer.text)
        assert again["body"] == WORDS
        assert again["title"] == "Another"
        assert Phrase.objects.count() == 1
        assert [server.press(path, again).status_code for _ in range(2)] == [302, 302]
        assert Phrase.objects.count() == 2, "sent again twice, it is kept once"
    assert first_bad_event() is None
