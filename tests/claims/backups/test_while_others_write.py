"""A backup is what stood at one moment, however many write meanwhile, and a killed one never looks whole."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from documentation.models import AuditEvent, Patient
from documentation.services import backups
from documentation.services.audit import GENESIS, first_bad_event
from documentation.services.backups.checking import Taker, check
from tests import factories as f
from tests.claims.backups.conftest import KEY, Elsewhere, lying, rows, run
from tests.claims.backups.processes import start
from tests.faults.killing import killer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WRITING = """
import sys, django
django.setup()
from django.utils import timezone
from documentation.models import User
from documentation.services import patients
from tests import factories as f
by = User.objects.get(pk=sys.argv[1])
given = f.reference().case.patient
known = {**f.fields(given, "address"), **f.fields(given.address)}
print("ready", flush=True)
for n in range(100_000):
    values = known | {"chart_number": f"{sys.argv[2]}-{n}", "first_name": f"Alex{sys.argv[2]}{n}"}
    patients.register(values, by=by, at=timezone.now(), today=f.TODAY)
"""


def told(path: Path) -> dict[str, list[list[Any]]]:
    """The rows of a backup, as lists."""
    found: dict[str, list[list[Any]]] = {}
    key = backups.key_of(KEY, "")

    def take(label: str, lines: bytes) -> None:
        found.setdefault(label, []).extend(json.loads(line) for line in lines.splitlines())

    with path.open("rb") as stream:
        about = check(stream, key, tell=lambda *_: None, taker=Taker(rows=take)).about
    assert about["tables"]["documentation.auditevent"]["fields"][:2] == ["id", "seq"]
    return found


def test_a_backup_beside_writers_is_one_moment(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    f.drafted()
    by = f.user(role="assistant")
    writers = [start(WRITING, by.pk, letter) for letter in "AB"]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n", writer.communicate()[1]
        sizes = []
        for number in range(2):
            run("backup", tmp_path / f"{number}.backup")
            found = told(tmp_path / f"{number}.backup")
            events = found["documentation.auditevent"]
            assert [e[1] for e in events] == list(range(1, len(events) + 1)), "no event is missing"
            assert [e[-2] for e in events] == [GENESIS, *(e[-1] for e in events[:-1])], "each bears the one before"
            registered = Counter(e[4] for e in events)["patient.register"]
            assert registered == len(found["documentation.patient"]), "of every patient the event, and no other"
            assert registered > max(sizes, default=-1), "every backup holds more"
            sizes.append(registered)
            until = time.monotonic() + 300
            while Patient.objects.count() <= registered:
                assert all(w.poll() is None for w in writers), "they write to the end"
                assert time.monotonic() < until, "nobody writes"
                time.sleep(0.05)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert Patient.objects.count() > sizes[-1]
    elsewhere()
    done = run("restore", tmp_path / "1.backup")
    assert (done["first_bad"], done["damages"]) == (None, 0)
    assert Patient.objects.count() == sizes[-1]


def test_one_that_is_killed_at_any_moment_leaves_no_backup_that_looks_whole(media: Path, tmp_path: Path) -> None:
    f.sealed_packet()
    folder = tmp_path / "backups"
    folder.mkdir()
    by = f.user()
    before, stored = rows(), lying(media)
    whole = 0

    def put_aside() -> int:
        """What bears a name is whole."""
        there = list(folder.glob("*.backup"))
        for path in there:
            assert run("backup", path, "--check")["whole"] is True
            path.unlink()
        return len(there)

    with killer(by.pk, 'call_command("backup", sys.argv[2], stdout=open(os.devnull, "w"))', folder, seed=536) as one:
        one.whole()
        assert put_aside() == 1
        for _ in one.kills():
            whole += put_aside()
    assert first_bad_event() is None
    ours = {"documentation.auditevent", "documentation.upkeepstep"}
    assert {k: v for k, v in rows().items() if k not in ours} == {k: v for k, v in before.items() if k not in ours}
    written = AuditEvent.objects.filter(action="backup.write").count()
    assert 1 <= written <= whole + 1, "none is on record that is not there"
    assert lying(media) == stored
    made = run("backup", folder)
    assert [p.name for p in folder.iterdir()] == [Path(made["file"]).name], "what the killed ones left is gone"
    assert hashlib.sha256(Path(made["file"]).read_bytes()).hexdigest() == made["sha256"]
