"""The night's work: every step by itself, each with an outcome, and each night once."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.management import call_command
from django.db import OperationalError, connection

from claims.management.commands.nightly import night_of
from claims.queries.payers import stale_facts
from claims.services import nightly
from config import nightwatch
from config.nightwatch import due
from documentation.management.base import Refused
from documentation.models import ActionKey, Night, UpkeepStep
from documentation.services import files
from tests import factories as f
from tests.claims.backups.processes import start, surroundings

DAY = date(2026, 11, 6)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


def night() -> dict[str, tuple[str, str]]:
    out = io.StringIO()
    try:
        call_command("nightly", "--json", stdout=out)
    except Refused:
        pass
    (line,) = map(json.loads, out.getvalue().splitlines())
    return {step["name"]: (step["outcome"], step["said"]) for step in line["steps"]}


@pytest.mark.django_db
def test_every_step_runs_and_is_kept(media: Path) -> None:
    f.sealed_packet()
    said = night()
    assert {name: outcome for name, (outcome, _) in said.items() if outcome != "done"} == {}
    kept = {row.name: (row.outcome, row.said) for row in UpkeepStep.objects.all()}
    assert kept == said
    assert list(said) == [step.name for step in nightly.STEPS]


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [step.name for step in nightly.STEPS])
def test_a_step_that_fails_stops_no_other_and_the_exit_says_so(
    media: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    f.organization()

    def fails(at: datetime) -> nightly.Said:
        raise ZeroDivisionError("Rowan Pattern")

    steps = [dataclasses.replace(s, run=fails) if s.name == broken else s for s in nightly.STEPS]
    monkeypatch.setattr(nightly, "STEPS", tuple(steps))
    with pytest.raises(
        Refused, match=rf"1 of {len(steps)} steps need somebody\..*ended early \(ZeroDivisionError\)"
    ) as e:
        call_command("nightly", stdout=io.StringIO())
    assert e.value.returncode == 1
    assert "Rowan" not in str(e.value)
    outcomes = dict(UpkeepStep.objects.values_list("name", "outcome"))
    assert outcomes == {s.name: "failed" if s.name == broken else "done" for s in steps}
    assert Night.objects.get().ended_at is not None


@pytest.mark.django_db
def test_what_is_wrong_is_found(media: Path) -> None:
    packet = f.sealed_packet()
    (media / packet.zip.path).unlink()
    lock = f.user()
    on_table = ' ON "documentation_signature"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER lock_documentation_signature_update{on_table}")
        cursor.execute("UPDATE documentation_signature SET content = 'something else'")
    said = night()
    found = {name for name, (outcome, _) in said.items() if outcome == "found"}
    assert found == {"locks", "integrity", "files"}
    assert "lock_documentation_signature_update" in said["locks"][1]
    assert "was changed after it was signed" in said["integrity"][1]
    assert "1 files are missing or changed" in said["files"][1]
    assert lock.pk


@pytest.mark.django_db
def test_payers_whose_facts_grew_stale_are_named_those_with_the_most_first() -> None:
    (step,) = (s for s in nightly.STEPS if s.name == "stale_facts")
    assert step.run(f.AT).sentence == "No fact of a payer is stale."
    known = f.payer().book()
    for n in range(nightly.NAMED + 1):
        f.payer(payer_id=f"9900{n}", name=f"Payer {n}")
    later = f.AT + timedelta(days=400)
    n = len(stale_facts(known, later.date()))
    names = [f"Payer {n}" for n in range(nightly.NAMED - 1)]
    assert step.run(later).sentence.startswith(f"{n * 7} facts are to be asked again: ")
    assert all(f"{name} ({n})" in step.run(later).sentence for name in names)
    assert step.run(later).sentence.endswith(", and of 2 more payers.")


@pytest.mark.django_db
def test_what_is_over_is_forgotten_and_what_is_not_stays(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by = f.user()
    now = datetime.now(UTC)
    for age in (8, 1):
        key = f"00000000-0000-4000-8000-00000000000{age}"
        ActionKey.objects.create(key=key, user=by, path="/", started_at=now - timedelta(days=age))
    for name, ends in (("old", now - timedelta(hours=1)), ("new", now + timedelta(hours=1))):
        Session.objects.create(session_key=name, session_data="", expire_date=ends)
    left = files.keep(b"nothing points here", media_type="image/jpeg", at=now - timedelta(days=3))
    f.drafted()
    os.utime(media / left.path, (0, 0))
    said = night()
    assert ActionKey.objects.count() == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert not (media / left.path).exists()
    assert "1 that nothing pointed to were removed" in said["files"][1]


@pytest.mark.django_db
def test_counts_of_wrong_passwords_are_forgotten_when_they_are_over(
    settings: Any, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
    call_command("createcachetable")
    caches["default"].set("now", 1, timeout=3600)
    caches["default"].set("yesterday", 1, timeout=3600)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache SET expires = '2020-01-01 00:00:00' WHERE cache_key LIKE '%%yesterday%%'")
    f.organization()
    assert night()["sessions"][0] == "done"
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        assert [key for (key,) in cursor.fetchall()] == [":1:now"]


@pytest.mark.django_db
def test_a_night_is_taken_once_and_again_only_when_it_was_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, at_work, ended = nightly.Taken.OURS, nightly.Taken.AT_WORK, nightly.Taken.ENDED
    later = f.AT + timedelta(hours=3)
    assert nightly.take(DAY, at=f.AT) is ours
    assert nightly.take(DAY, at=f.AT) is at_work
    assert nightly.take(DAY, at=f.AT + timedelta(hours=1)) is at_work
    assert nightly.take(DAY, at=later) is ours
    assert nightly.take(DAY, at=later) is at_work
    asked = []

    def long(at: datetime) -> nightly.Said:
        asked.append(nightly.take(DAY, at=later + timedelta(hours=3)))
        return nightly.Said("It took long.")

    monkeypatch.setattr(nightly, "STEPS", (nightly.STEPS[4], nightly.Step("long", "Long", long)))
    nightly.work(DAY, lambda: later + timedelta(hours=2), at=later)
    assert asked == [at_work], "whose steps go on is not broken off, however long it takes"
    assert nightly.take(DAY, at=f.AT + timedelta(days=2)) is ended
    assert nightly.take(DAY + timedelta(days=1), at=f.AT + timedelta(days=1)) is ours


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_down_stops_no_step(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    f.organization()

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection is closed")

    with monkeypatch.context() as broken:
        broken.setattr(nightly, "note", away)
        assert list(night()) == [step.name for step in nightly.STEPS]
    assert Night.objects.get().ended_at


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_breaks_fails_one_step(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    f.organization()

    def cut(at: datetime) -> nightly.Said:
        connection.ensure_connection()
        connection.connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return nightly.Said("It was not cut.")

    steps = [dataclasses.replace(s, run=cut) if s.name == "figures" else s for s in nightly.STEPS]
    monkeypatch.setattr(nightly, "STEPS", tuple(steps))
    outcomes = {name: outcome for name, (outcome, _) in night().items()}
    assert outcomes == {s.name: "failed" if s.name == "figures" else "done" for s in steps}
    assert dict(UpkeepStep.objects.values_list("name", "outcome")) == outcomes


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-06T07:29:00+00:00", date(2026, 11, 5)),  # 2:29 in New York
        ("2026-11-06T07:30:00+00:00", date(2026, 11, 6)),
        ("2026-11-07T04:59:00+00:00", date(2026, 11, 6)),
        ("2026-03-08T07:30:00+00:00", date(2026, 3, 8)),  # the hour from 2 to 3 is missing that night
    ],
)
def test_before_its_hour_the_night_is_still_yesterdays(at: str, day: date) -> None:
    from datetime import time

    assert night_of(datetime.fromisoformat(at), time(2, 30)) == day


def test_the_watch_wakes_it_once_a_day() -> None:
    from datetime import time

    at = time(2, 30)
    woken, done = [], None
    moment = datetime(2026, 11, 6, 0, 0)
    for _ in range(3 * 24 * 60):
        if day := due(moment, at, done):
            woken.append((moment.hour, moment.minute, day))
            done = day
        moment += timedelta(minutes=1)
    slept_through = (0, 0, date(2026, 11, 5))
    assert woken == [slept_through, *((2, 30, date(2026, 11, d)) for d in (6, 7, 8))]


def test_the_watch_asks_again_until_the_night_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [b"", b'{"already": true, "ended": false}', b'{"already": false, "ended": true}', b'{"ended": false}']
    asked: list[Any] = []

    def run(command: list[str], **_: Any) -> Any:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, said[len(asked) - 1])

    looks = iter([False] * 5 + [True])
    monkeypatch.setenv("WORKER_BESIDE", "0")
    monkeypatch.setattr(nightwatch, "AGAIN", 0.0)
    monkeypatch.setattr(nightwatch.subprocess, "run", run)
    monkeypatch.setattr(nightwatch.select, "select", lambda *_: ([1] if next(looks) else [], [], []))
    monkeypatch.setattr(nightwatch, "due", lambda now, at, done: DAY if done != DAY else None)
    nightwatch.watch(0)
    assert len(asked) == 3, "one that could not begin, one that is at work elsewhere, and one that ended"


TOGETHER = """
import os, sys, django
django.setup()
from django.core.management import call_command
several = []
for _ in range(4):
    several.append(os.fork())
    if not several[-1]:
        call_command("nightly", "--if-due", "--json", "--at", "2026-11-06T12:00")
        sys.stdout.flush()
        os._exit(0)
sys.exit(any(os.waitpid(one, 0)[1] for one in several))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_does_it(media: Path) -> None:
    f.organization()
    together = start(TOGETHER, NIGHTLY_AT="00:00")
    said, wrong = together.communicate()
    assert together.returncode == 0, wrong
    assert sorted(json.loads(line)["already"] for line in said.splitlines()) == [False, True, True, True]
    assert UpkeepStep.objects.count() == len(nightly.STEPS)
    assert Night.objects.count() == 1


TELLING = """
import atexit, pathlib, sys
if "nightly" in sys.orig_argv:
    atexit.register(lambda: pathlib.Path({folder!r}, str(__import__("os").getpid())).touch())
"""
"""What every process of Python begins with: the watch's question leaves a file when it was answered."""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_serving_does_it_by_itself_and_not_again_when_it_is_started_again(media: Path, tmp_path: Path) -> None:
    f.organization()
    f.user()
    asked = tmp_path / "asked"
    asked.mkdir()
    (tmp_path / "sitecustomize.py").write_text(TELLING.format(folder=str(asked)))
    noon = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"  # Here it is that, so that no other night begins meanwhile.
    done: list[list[Any]] = []
    for number in (1, 2):
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=configured.BASE_DIR,
            env=surroundings(
                NIGHTLY_AT="00:00", PORT="0", WEB_CONCURRENCY="2", TIME_ZONE=noon, PYTHONPATH=str(tmp_path)
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        until = monotonic() + 600
        while len(list(asked.iterdir())) < number:
            assert server.poll() is None, server.communicate()[1].decode()
            assert monotonic() < until, "the watch did not ask"
            sleep(0.2)
        server.send_signal(signal.SIGTERM)
        _, told = server.communicate()  # returns when the watch has ended, too: it holds the same standard error
        assert b"Traceback" not in told
        assert Night.objects.get().ended_at, "the one night that there is"
        done.append(list(UpkeepStep.objects.order_by("pk").values_list()))
    assert len(done[0]) == len(nightly.STEPS)
    assert done[0] == done[1]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cache")
