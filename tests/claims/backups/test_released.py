"""What earlier versions wrote is brought up to date by this one, and what later ones wrote is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from documentation.services import backups
from documentation.services.backups.checking import check
from tests.claims.backups.conftest import KEY
from tests.claims.backups.processes import manage, new_database, start

RELEASED = Path(__file__).parent / "released"
"""Backups of a small invented practice, one of each released version, with the tests' key. None is written anew."""


AFTERWARDS = """
import django
django.setup()
from django.core.management import CommandError, call_command
try:
    call_command("doctor", "--json")
except CommandError:
    pass  # Nobody made a backup there yet.
call_command("rebuild_summaries", "--json")
call_command("rebuild_summaries", "--check", "--json")
"""


def versions() -> list[Path]:
    return sorted(RELEASED.glob("*.backup"))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", versions(), ids=lambda p: p.stem)
def test_a_practice_of_a_released_version_is_brought_up_to_date(path: Path, tmp_path: Path) -> None:
    with path.open("rb") as stream:
        held = check(stream, backups.key_of(KEY, ""), tell=lambda *_: None)
    with new_database(tmp_path) as url:
        here = {"DATABASE_URL": url, "MEDIA_ROOT": str(tmp_path / "media"), "BACKUP_KEY": KEY}
        done = manage("restore", path, "--json", **here)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert (said["damages"], said["first_bad"]) == (0, None)
        assert said["events"] == held.manifest["chain"]["events"] > 0
        assert (said["rows"], said["files"]) == (held.rows, held.files)
        looked_at = start(AFTERWARDS, **here)
        found, wrong = looked_at.communicate()
        assert looked_at.returncode == 0, wrong
        doctor, *_, counted = map(json.loads, found.splitlines())
        seen = {c["name"]: c for c in doctor["checks"]}
        assert {seen[name]["state"] for name in ("schema", "locks", "storage", "audit")} == {"good"}
        assert counted["differences"] == 0


def test_there_is_one() -> None:
    assert versions()


@pytest.mark.django_db(transaction=True)
def test_a_newer_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("claims", "9999_of_tomorrow")
    try:
        done = manage("serve", PORT="0")
    finally:
        recorder.record_unapplied("claims", "9999_of_tomorrow")
    assert done.returncode == 1
    assert "belongs to a newer version of Ductus (it has claims.9999_of_tomorrow)" in done.stderr
    assert "Traceback" not in done.stderr
