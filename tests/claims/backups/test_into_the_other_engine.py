"""From one engine into the other and back, by the commands alone. Into one without tables: test_released.py."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import load_backend

from claims.models import Packet
from config import env
from documentation.locks import all_locks, standing_locks
from documentation.models import User
from tests.claims.backups.conftest import content, lying, practice, rows
from tests.claims.backups.processes import manage, new_database
from tests.migrated import a_migrated_file, template_name

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@contextmanager
def looked_into(url: str) -> Iterator[Any]:
    """Another database takes the place of the test's own, for the ORM of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ELSEWHERE", url)
        known = connections.settings["default"] | env.database("ELSEWHERE", "")
    own = connections["default"]
    other = load_backend(known["ENGINE"]).DatabaseWrapper(known, "default")
    connections["default"] = other
    try:
        yield other
    finally:
        other.close()
        connections["default"] = own


def test_there_and_back_again_every_row_and_byte_is_the_same(media: Path, tmp_path: Path) -> None:
    packet = practice()
    sealed = tmp_path / "sealed.zip"
    sealed.write_bytes(content(packet))
    before, stored = rows(), lying(media)
    call_command("backup", str(tmp_path / "one.backup"), stdout=io.StringIO())
    theirs, there = f"sqlite:///{tmp_path / 'there.sqlite3'}", tmp_path / "there"
    a_migrated_file(tmp_path / "there.sqlite3")

    done = manage("restore", tmp_path / "one.backup", "--json", DATABASE_URL=theirs, MEDIA_ROOT=str(there))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["damages"] == 0
    with looked_into(theirs) as other:
        assert rows() == before
        assert standing_locks(other) == {name for lock in all_locks() for name in lock.names(other.vendor)}
        person = User.objects.get(username="mona")
        assert person.check_password("correct horse battery staple")
    assert lying(there) == stored
    verified = manage("verify_packet", sealed, "--json", DATABASE_URL=theirs, MEDIA_ROOT=str(there))
    assert (verified.returncode, json.loads(verified.stdout)) == (0, {"packet": packet.number, "match": True})

    if connection.vendor == "sqlite":
        return  # The way back would be the same once more.
    made = manage("backup", tmp_path / "two.backup", DATABASE_URL=theirs, MEDIA_ROOT=str(there))
    assert made.returncode == 0, made.stderr
    with connection._nodb_cursor() as cursor:
        template = template_name(cursor)
    with new_database(tmp_path, template) as ours:
        home = {"DATABASE_URL": ours, "MEDIA_ROOT": str(tmp_path / "home")}
        done = manage("restore", tmp_path / "two.backup", "--json", **home)
        assert done.returncode == 0, done.stderr
        with looked_into(ours) as other:
            assert rows() == before
            assert standing_locks(other) == {name for lock in all_locks() for name in lock.names(other.vendor)}
            back = Packet.objects.select_related("zip").get(pk=packet.pk)
        assert (tmp_path / "home" / back.zip.path).read_bytes() == sealed.read_bytes()
        whole = manage("verify_audit", "--json", **home)
        assert whole.returncode == 0, whole.stderr
    assert lying(tmp_path / "home") == stored
