"""Claims on their way out while processes die by SIGKILL, or race: real processes, on each database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from claims.models import Claim, Dispatch, Submission, Transmission, TransmittedClaim
from claims.services.dispatching import put
from claims.services.outbox import carry
from documentation.models import AuditEvent, User
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims import papers
from tests.claims.ways.sftp_server import Served, serving

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LAUNCHER = """
import json, os, signal, sys, time
from datetime import datetime
import django
django.setup()
from claims.models import Claim, Dispatch
from claims.services import dispatching, outbox
from claims.ways import carrying, folder, sftp
from documentation.kernel.machine import Refusal
from documentation.models import User

def dying(real, after):
    left = [after]
    def step(*args, **kwargs):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return real(*args, **kwargs)
    return step

def half(self, name, pieces, start=0):
    content = b"".join(pieces)
    real_write(self, name, [content[: len(content) // 2]], start)
    os.kill(os.getpid(), signal.SIGKILL)

way = sys.argv[3]
Place = folder._Folder if way == "folder" else sftp._Server
real_write = Place.write

def send(moment, at, start):
    exec(moment, globals())
    time.sleep(max(0, start - time.time()))
    claim, by = Claim.objects.get(pk=sys.argv[1]), User.objects.get(pk=sys.argv[2])
    try:
        waiting = Dispatch.objects.filter(delivered_at=None, given_up_at=None).first()
        outbox.carry(waiting or dispatching.put([claim], way, by=by, at=at), by=by, at=at)
    except Refusal as e:
        print(*e.reasons, file=sys.stderr)
        return 1
    return 0

for line in sys.stdin:
    moment, at, count = json.loads(line)
    start, children = time.time() + 0.5 * (count > 1), []
    for _ in range(count):
        pid = os.fork()
        if not pid:
            code = 70
            try:
                code = send(moment, datetime.fromisoformat(at), start)
            finally:
                sys.stderr.flush()
                os._exit(code)
        children.append(pid)
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]), flush=True)
"""
"""Imports everything once; then each line on its input is a process of its own, or several at once."""
SENT, REFUSED = 0, 1
MOMENTS = {
    "before the intent is kept": "dispatching._keep = dying(dispatching._keep, 0)",
    "behind the intent": "outbox.hold = dying(outbox.hold, 0)",
    "in the middle of an upload": "Place.write = half",
    "between two uploads": "Place.write = dying(Place.write, 1)",
    "before the mark": "outbox._mark = dying(outbox._mark, 0)",
    "behind the mark": "outbox.release = dying(outbox.release, 0)",
    "between two renames": "Place.rename = dying(Place.rename, 1)",
    "behind the last rename, before the row": "outbox._finish = dying(outbox._finish, 0)",
    "before the commit of the row": "outbox.record_left = dying(outbox.record_left, 0)",
}
"""One after the other on the same claim, each where the one before it broke off."""


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


@pytest.fixture(autouse=True)
def _plain_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    papers.plain_packets(monkeypatch)


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    place = tmp_path / "clearinghouse"
    place.mkdir()
    settings.WAYS_OUT = {**settings.WAYS_OUT, "CLEARINGHOUSE_FOLDER": str(place)}
    return place


@pytest.fixture
def served(settings: Any, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "server") as server:
        settings.WAYS_OUT = {**settings.WAYS_OUT, **server.setting}
        yield server


class Launcher:
    """Sends the claim in processes of their own, each dying at a moment, or several at once."""

    def __init__(self, claim: Claim, by: User, way: str, settings: Any) -> None:
        database = connection.settings_dict
        address = f"sqlite:///{database['NAME']}"
        if connection.vendor == "postgresql":
            address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
        surroundings = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": address,
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "SECRET_KEY": settings.SECRET_KEY,
            **settings.WAYS_OUT,
        }
        self.child = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(claim.pk), str(by.pk), way],
            env=os.environ | surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def send(self, at: datetime, moment: str = "", count: int = 1) -> list[int]:
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(json.dumps([moment, at.isoformat(), count]) + "\n")
        self.child.stdin.flush()
        return list(json.loads(self.child.stdout.readline()))

    def __enter__(self) -> Launcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.communicate()


def lapse() -> None:
    """What a dead process held lets go: that time is over."""
    Dispatch.objects.update(held_until=Now() - timedelta(seconds=1))


def states(claim: Claim) -> tuple[str, int, int]:
    claim.refresh_from_db()
    return claim.transport, Submission.objects.count(), Transmission.objects.count()


@pytest.mark.parametrize("way", ["folder", "sftp"])
def test_whatever_dies_at_whatever_moment_the_claim_leaves_once(
    media: Path, biller: User, settings: Any, way: str, request: pytest.FixtureRequest
) -> None:
    place = request.getfixturevalue("folder") if way == "folder" else request.getfixturevalue("served").folder / "in"
    claim: Claim = f.sealed_packet(by=biller).claim
    at, seen = f.AT, {}
    with Launcher(claim, biller, way, settings) as launcher:
        for name, moment in MOMENTS.items():
            assert launcher.send(at, moment) == [-signal.SIGKILL], name
            seen[name] = {p.name: p.stat().st_mtime_ns for p in place.iterdir() if not p.name.endswith(".part")}
            assert states(claim)[:2] == ("none", 0), name
            assert TransmittedClaim.objects.count() == (0 if name == "before the intent is kept" else 1), name
            lapse()
        assert launcher.send(at) == [SENT]
    before_the_mark = [files for name, files in seen.items() if list(MOMENTS).index(name) < 6]
    assert before_the_mark == [{}] * len(before_the_mark), "no true name before the mark and the first rename"

    assert states(claim) == ("sent", 1, 1)
    stem = f"{Transmission.objects.get().interchange:09d}"
    packet = f"{stem}-{claim.number}-01-packet.pdf"
    assert sorted(p.name for p in place.iterdir()) == sorted([packet, f"{stem}.837", f"{stem}.ctl"])
    last = list(seen.values())[-1]
    assert {n: (place / n).stat().st_mtime_ns for n in last} == last, "what had its name was not touched again"
    assert AuditEvent.objects.filter(action="claim.submit").count() == 1
    assert first_bad_event() is None


@pytest.mark.parametrize("way", ["folder", "sftp"])
def test_three_who_send_the_same_claim_at_once_send_it_once(
    media: Path, biller: User, settings: Any, way: str, request: pytest.FixtureRequest
) -> None:
    place = request.getfixturevalue("folder" if way == "folder" else "served")
    claim: Claim = f.sealed_packet(by=biller).claim
    with Launcher(claim, biller, way, settings) as launcher:
        ends = launcher.send(f.AT, count=3)
    assert SENT in ends
    assert set(ends) <= {SENT, REFUSED}
    assert states(claim) == ("sent", 1, 1)
    assert Dispatch.objects.count() == 1
    if way == "sftp":
        assert len(place.renamed) == 3  # three files, each once
    assert AuditEvent.objects.filter(action="claim.submit").count() == 1


def test_a_process_that_was_overtaken_does_not_go_on(
    media: Path, biller: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood still for longer than it may hold: another one sent meanwhile, and the mark keeps it from sending."""
    from claims.services import outbox
    from documentation.kernel.machine import NotPossible, Refused

    claim: Claim = f.sealed_packet(by=biller).claim
    dispatch, real = put([claim], "folder", by=biller, at=f.AT), outbox._mark

    def late(row: Dispatch, **how: Any) -> None:
        monkeypatch.setattr(outbox, "_mark", real)
        lapse()
        carry(Dispatch.objects.get(pk=row.pk), by=biller, at=f.AT)
        real(row, **how)

    monkeypatch.setattr(outbox, "_mark", late)
    with pytest.raises((NotPossible, Refused)):
        carry(dispatch, by=biller, at=f.AT)
    assert states(claim) == ("sent", 1, 1)
    dispatch.refresh_from_db()
    assert dispatch.delivered_at
