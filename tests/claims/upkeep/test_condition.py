"""What `doctor` and the page System see of an installation, and what they tell to do."""

from __future__ import annotations

import io
import json
import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from claims.services import condition
from documentation import typesetting
from documentation.management.base import Refused
from documentation.models import AuditEvent, Night, Organization, UpkeepStep
from documentation.services.upkeep import note, note_backup
from tests import factories as f
from tests.claims.backups.processes import manage

pytestmark = pytest.mark.django_db


_of_a_night: list[Night | UpkeepStep] = []
"""What the first test's night wrote, for those after it: the same practice in the same hour."""


def night() -> None:
    if not _of_a_night:
        call_command("nightly", stdout=io.StringIO())
        _of_a_night.extend([*Night.objects.all(), *UpkeepStep.objects.exclude(name="backup")])
        return
    for row in _of_a_night:
        row.pk = None
        row.save(force_insert=True)


@pytest.fixture(autouse=True)
def well(settings: Any, tmp_path: Path) -> None:
    """A practice in order: backed up an hour ago, and the night's work done."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    settings.BACKUP_KEY = "5e" * 32
    f.sealed_packet()
    now = timezone.now()
    AuditEvent.objects.latest("seq")
    note_backup("All rows.", lost=0, size=1, sha256="ab" * 32, began=now, ended=now - timedelta(hours=1))
    night()


def doctor() -> tuple[bool, dict[str, dict[str, str]]]:
    out, failed = io.StringIO(), 0
    try:
        call_command("doctor", "--json", stdout=out)
    except Refused as e:
        failed = e.returncode
    (line,) = map(json.loads, out.getvalue().splitlines())
    assert failed == (0 if line["well"] else 1)
    return line["well"], {c["name"]: c for c in line["checks"]}


def test_a_practice_in_order_is_well() -> None:
    is_well, seen = doctor()
    assert {n: c["said"] for n, c in seen.items() if c["state"] == "bad"} == {}
    assert is_well
    assert len(seen) == len(condition.LOOKS)
    out = io.StringIO()
    call_command("doctor", stdout=out)
    assert "good  Locks: All" in out.getvalue()


def real() -> None:
    f.organization()
    Organization.objects.update(is_demo=False)


def lost_lock(monkeypatch: Any, settings: Any) -> None:
    on_table = ' ON "documentation_signature"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER lock_documentation_signature_update{on_table}")


def newer(monkeypatch: Any, settings: Any) -> None:
    MigrationRecorder(connection).record_applied("claims", "9999_of_tomorrow")


def behind(monkeypatch: Any, settings: Any) -> None:
    newest = MigrationLoader(connection).graph.leaf_nodes("documentation")[0]
    MigrationRecorder(connection).record_unapplied(*newest)


def no_folder(monkeypatch: Any, settings: Any) -> None:
    shutil.rmtree(settings.MEDIA_ROOT)
    settings.MEDIA_ROOT.write_text("a file in its place")


def no_folder_at_all(monkeypatch: Any, settings: Any) -> None:
    shutil.rmtree(settings.MEDIA_ROOT)


def full(monkeypatch: Any, settings: Any) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**6, 10**6))


def no_fonts(monkeypatch: Any, settings: Any) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise typesetting.RenderRefused("no fonts")

    monkeypatch.setattr(typesetting, "render", fails)


def no_decoder(monkeypatch: Any, settings: Any) -> None:
    monkeypatch.setattr(condition, "examine_many", lambda _: [None])


def old_backup(monkeypatch: Any, settings: Any) -> None:
    real()
    settings.PRODUCTION = True
    UpkeepStep.objects.filter(name="backup").update(ended_at=timezone.now() - timedelta(hours=49))


def no_backup(monkeypatch: Any, settings: Any) -> None:
    real()
    settings.BACKUP_KEY = ""
    UpkeepStep.objects.filter(name="backup").delete()


def failed_night(monkeypatch: Any, settings: Any) -> None:
    now = timezone.now()
    note("figures", UpkeepStep.Outcome.FAILED, "It ended early (ZeroDivisionError).", began=now, ended=now)


def clock_set_back(monkeypatch: Any, settings: Any) -> None:
    real()
    note_backup("x", lost=0, size=1, sha256="cd" * 32, began=timezone.now(), ended=timezone.now() + timedelta(days=1))


def broken_trail(monkeypatch: Any, settings: Any) -> None:
    on_table = ' ON "documentation_auditevent"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER lock_documentation_auditevent_update{on_table}")
    last = AuditEvent.objects.latest("seq")
    AuditEvent.objects.filter(pk=last.pk).update(subject="another")


def real_practice_as_demo(monkeypatch: Any, settings: Any) -> None:
    real()


@pytest.mark.parametrize(
    ("harm", "name", "said", "todo"),
    [
        (lost_lock, "locks", "locks on signed rows are not up", "manage.py migrate"),
        (newer, "schema", "newer version of Ductus", "Install that version"),
        (behind, "schema", "lacks 1 migration.", "manage.py migrate"),
        (no_folder, "storage", "There is no folder", "Is it mounted"),
        (no_folder_at_all, "storage", "There is no folder", "Is it mounted"),
        (full, "disk", "are free", "Make room"),
        (no_fonts, "pages", "No page can be set", "requirements.txt"),
        (no_decoder, "pictures", "cannot be decoded", "requirements.txt"),
        (old_backup, "backup", "The last backup is 49 hours old", "manage.py backup"),
        (no_backup, "backup", "No backup was ever made", "BACKUP_KEY_FILE"),
        (failed_night, "night", "ZeroDivisionError", "manage.py nightly"),
        (clock_set_back, "clock", "has not reached", "time server"),
        (broken_trail, "audit", "do not follow one another", "verify_audit"),
        (real_practice_as_demo, "settings", "DUCTUS_PROFILE is demo", "DUCTUS_PROFILE=production"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, settings: Any, harm: Any, name: str, said: str, todo: str
) -> None:
    harm(monkeypatch, settings)
    is_well, seen = doctor()
    assert not is_well
    assert seen[name]["state"] == "bad"
    assert said in seen[name]["said"]
    assert todo in seen[name]["todo"]


def test_a_database_that_is_not_there_is_a_sentence_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/absent/db.sqlite3", "postgres://nobody@127.0.0.1:9/none"):
        done = manage("doctor", "--json", DATABASE_URL=url, MEDIA_ROOT=str(tmp_path))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        seen = {c["name"]: c for c in json.loads(done.stdout)["checks"]}
        assert seen["database"]["said"] == "The database does not answer."
        assert {n for n, c in seen.items() if c["state"] == "good"} >= {"storage", "pages", "pictures"}


# --- The page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["administrator", "manager"])
def test_the_page_tells_when_each_step_ran_and_what_came_of_it(client: Client, settings: Any, role: str) -> None:
    client.force_login(f.user(role=role))
    page = client.get("/system/").content.decode()
    for words in (
        "No difference" not in page and "claims counted, no difference",
        "All rows.",
        "Version 0.1.0",
        "Event",
    ):
        assert words in page
    assert '<div role="alert">' not in page
    old_backup(None, settings)
    page = client.get("/system/").content.decode()
    assert "The last backup is 49 hours old." in page
    assert '<div role="alert">' in page


def test_a_practice_that_just_began_says_what_did_not_run(client: Client) -> None:
    UpkeepStep.objects.all().delete()
    client.force_login(f.user(role="administrator"))
    page = client.get("/system/").content.decode()
    assert "It did not run yet." in page
    assert "No backup was ever made from here." in page


@pytest.mark.parametrize("role", ["clinician", "assistant", "biller"])
def test_it_is_for_those_who_run_the_practice(client: Client, role: str) -> None:
    client.force_login(f.user(role=role))
    assert client.get("/system/").status_code == 403
