"""A practice of an earlier version comes to this one, and the backup of that moment leads back to what it was."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.recorder import MigrationRecorder

from claims.services.condition import Seen, State
from config.management.commands import upgrade
from documentation.management.base import Refused
from documentation.services import backups
from documentation.services.backups.checking import check
from tests import factories as f
from tests.claims.backups.conftest import KEY, run
from tests.claims.backups.processes import manage, new_database, start
from tests.claims.backups.test_released import versions

AS_THEN = """
import hashlib, json, sys
from unittest import mock
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.utils import timezone
from documentation.services import backups
from documentation.services.backups import restoring
# The version of then knew no later tables, and brought nothing up to date.
with open(sys.argv[1], "rb") as stream, mock.patch.object(restoring, "call_command"), \\
        mock.patch.object(restoring, "record"):
    backups.restore(stream, backups.key_of(settings.BACKUP_KEY, ""), at=timezone.now(), tell=lambda *_: None)
found = {}
with connection.cursor() as cursor:
    for table in sorted(connection.introspection.table_names()):
        if table == "django_migrations":
            cursor.execute("SELECT app, name FROM django_migrations")
        else:
            cursor.execute(f'SELECT * FROM "{table}"')
        rows = sorted(map(repr, cursor.fetchall()))
        found[table] = [len(rows), hashlib.sha256("".join(rows).encode()).hexdigest()]
print(json.dumps(found))
"""


def as_then(path: Path, **here: str) -> dict[str, list[Any]]:
    """Bring a backup back as the version that it belongs to would, and tell every row of every table."""
    process = start(AS_THEN, path, **here)
    found, wrong = process.communicate()
    assert process.returncode == 0, wrong
    return dict(json.loads(found.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_earlier_version_is_upgraded_and_the_backup_leads_back(tmp_path: Path) -> None:
    kept = tmp_path / "backups"
    kept.mkdir()
    with new_database(tmp_path) as url:
        here = {"DATABASE_URL": url, "MEDIA_ROOT": str(tmp_path / "media")}
        before = as_then(versions()[0], **here)
        assert before["claims_claim"][0] > 0
        done = manage("upgrade", kept, "--json", **here)
        said = json.loads(done.stdout)
        assert (said["steps"] > 0, said["first_bad"], said["bad"]) == (True, None, []), done.stderr
        assert done.returncode == 0, done.stderr
        (backup,) = kept.glob("*.backup")
        assert said["backup"] == str(backup)
    with backup.open("rb") as stream:
        held = check(stream, backups.key_of(KEY, ""), tell=lambda *_: None)
    assert "0044_originals_of_scans" not in held.about["schema"]["claims"], "as it stood, and not as it is now"

    (tmp_path / "back").mkdir()
    with new_database(tmp_path / "back") as url:
        assert as_then(backup, DATABASE_URL=url, MEDIA_ROOT=str(tmp_path / "back" / "media")) == before


@pytest.fixture
def behind(transactional_db: None, tmp_path: Path) -> Any:
    """This database, as if its last step had not been done."""
    recorder = MigrationRecorder(connection)
    last = max(name for app, name in recorder.applied_migrations() if app == "claims")
    recorder.record_unapplied("claims", last)
    yield tmp_path
    recorder.record_applied("claims", last)


def test_a_step_that_fails_is_told_with_the_way_back_and_without_what_it_said(behind: Path) -> None:
    patient = f.patient(last_name="Quillfeather")
    failing = mock.patch.object(upgrade, "call_command", side_effect=IntegrityError("Key (name)=(Quillfeather)"))
    with failing, pytest.raises(Refused) as refused:
        call_command("upgrade", str(behind))
    (backup,) = behind.glob("*.backup")
    assert f"restore {backup}" in str(refused.value)
    assert "IntegrityError" in str(refused.value)
    assert "Quillfeather" not in str(refused.value)
    patient.refresh_from_db()


def test_without_a_backup_nothing_is_begun(behind: Path, settings: Any) -> None:
    with mock.patch.object(upgrade, "call_command") as migrate:
        with pytest.raises(Refused, match="There is no folder"):
            call_command("upgrade", str(behind / "nowhere"))
        settings.BACKUP_KEY = ""
        with pytest.raises(Refused, match="There is no key for backups"):
            call_command("upgrade", str(behind))
    migrate.assert_not_called()
    assert list(behind.glob("*.backup")) == []


@pytest.mark.django_db(transaction=True)
def test_a_database_of_this_version_is_only_looked_at(tmp_path: Path) -> None:
    f.patient()
    broken = Seen("disk", "Disk", State.BAD, "It is full.", "Make room.")
    with mock.patch.object(upgrade, "look", return_value=[]):
        found = run("upgrade", tmp_path)
    assert (found["steps"], found["backup"], found["bad"]) == (0, "", [])
    with mock.patch.object(upgrade, "look", return_value=[broken]), pytest.raises(Refused) as refused:
        call_command("upgrade", str(tmp_path), stdout=io.StringIO())
    assert "not all is well: Disk: It is full. Make room." in str(refused.value)
    assert list(tmp_path.iterdir()) == []
