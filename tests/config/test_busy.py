"""What hinders a database for a while is told from what is wrong for good."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core.files import temp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection
from django.test import Client

from config import env, gunicorn
from config.busy import Trouble, trouble, written_if_it_can_be
from config.sessions import SessionStore
from documentation.models import EncounterImage
from documentation.views.once import new_key
from tests import factories as f


def raised(own: sqlite3.Connection, statement: str) -> OperationalError:
    with pytest.raises(sqlite3.OperationalError) as told:
        own.execute(statement)
    found = OperationalError(*told.value.args)
    found.__cause__ = told.value
    return found


def test_what_sqlite_says_is_understood(tmp_path: Path) -> None:
    own, other = (sqlite3.connect(tmp_path / "db", timeout=0, isolation_level=None) for _ in range(2))
    own.execute("CREATE TABLE t (x)")
    assert trouble(raised(own, "SELECT * FROM absent")) is None
    assert trouble(raised(own, "SELECT absent FROM t")) is None
    other.execute("BEGIN IMMEDIATE")
    assert trouble(raised(own, "INSERT INTO t VALUES (1)")) is Trouble.BUSY
    other.execute("ROLLBACK")
    own.execute("PRAGMA max_page_count = 1")
    assert trouble(raised(own, "INSERT INTO t VALUES (zeroblob(100000))")) is Trouble.FULL
    for one in (own, other):
        one.close()


@pytest.mark.django_db
def test_what_is_wrong_for_good_is_no_busy_database() -> None:
    with pytest.raises(DatabaseError) as told, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM absent")
    assert trouble(told.value) is None


@pytest.mark.django_db
def test_a_full_disk_is_told_and_what_is_beside_the_work_is_left_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("database or disk is full") from _full()

    client.force_login(f.user(role="manager"))
    monkeypatch.setattr("config.sessions.SessionStore.keep_alive", full)
    assert client.get("/accounts/sessions/").status_code == 200
    monkeypatch.setattr("config.sessions.SessionStore.load", full)
    client.raise_request_exception = False
    answer = client.post("/accounts/sessions/", "note=typed", content_type="application/x-www-form-urlencoded")
    page = answer.content.decode()
    assert (answer.status_code, "The disk is full" in page, ">\ntyped</textarea>" in page) == (503, True, True)
    with pytest.raises(OperationalError), written_if_it_can_be():
        raise OperationalError("no such table: x") from raised(sqlite3.connect(":memory:"), "SELECT * FROM x").__cause__


@pytest.mark.django_db
def test_an_upload_that_the_temporary_disk_cannot_hold_is_a_sentence_and_is_taken_once_there_is_room(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    encounter = f.drafted(with_images=False)
    client.force_login(encounter.clinician.user)
    client.raise_request_exception = False

    def upload() -> Any:
        picture = SimpleUploadedFile("one.jpg", f.pictures()[0].data, "image/jpeg")
        return client.post(f"/encounters/{encounter}/images/add/", {"once": new_key(), "images": picture})

    with monkeypatch.context() as patch, Path("/dev/full").open("wb", buffering=0) as full:
        patch.setattr(temp, "NamedTemporaryFile", lambda **_: full)
        answer = upload()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "The disk is full" in answer.content.decode()
    assert "send it again once there is room" in answer.content.decode()
    assert not EncounterImage.objects.exists()
    assert upload().status_code == 302
    assert EncounterImage.objects.count() == 1


def test_who_waits_for_a_held_database_outlasts_five_seconds_and_is_told_before_thirty() -> None:
    waits = [env.SQLITE_OPTIONS["timeout"], int(re.search(r"lock_timeout=(\d+)s", env.POSTGRES_OPTIONS["options"])[1])]  # type: ignore[arg-type,index]
    assert all(5 < seconds < 30 < gunicorn.timeout for seconds in waits)


@pytest.mark.django_db
def test_postgresql_answers_and_compiles_nothing() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)
    else:
        assert "-c jit=off" in str(env.POSTGRES_OPTIONS["options"])


@pytest.mark.django_db
def test_a_session_that_could_not_be_stored_is_no_session_that_was_ended(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full") from _full()

    client.force_login(f.user(role="manager"))
    own = SessionStore(session_key=client.session.session_key)
    own["changed"] = True
    with monkeypatch.context() as broken:
        broken.setattr(Session, "save", full)
        with pytest.raises(OperationalError, match="disk is full"):
            own.save()
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        own.save()


def _full() -> sqlite3.OperationalError:
    own = sqlite3.connect(":memory:")
    own.execute("PRAGMA max_page_count = 1")
    cause = raised(own, "CREATE TABLE t (x)").__cause__
    own.close()
    assert isinstance(cause, sqlite3.OperationalError)
    return cause
