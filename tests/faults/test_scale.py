"""The larger practice: the commands of docs/deployment/compose.yaml as plain processes, on PostgreSQL, Redis and S3."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import redis
import requests
import yaml
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from claims.models import BulkRun, ClaimNote, Packet, RecheckRun, SentBack
from claims.packet import verify_zip
from claims.services import bulk
from documentation.models import AuditEvent, Job, User
from documentation.services import files
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims import answered as a
from tests.claims.backups.processes import start, surroundings
from tests.documentation.conftest import bucket, s3_endpoint  # noqa: F401  fixtures
from tests.faults.serving import Server, served

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CLAIMS = 6

DYING = """
import sys, django
django.setup()
from django.core.management import call_command
from claims.services import rechecks
from tests.faults.points import Points
send_back, seen = rechecks._send_back, []
def dying(*args, **how):
    seen.append(1)
    if len(seen) == 3:
        Points(4).__enter__()
    send_back(*args, **how)
rechecks._send_back = dying
call_command("work")
"""
"""A worker that is gone in the middle of the third claim that it sends back."""


def command(service: str) -> list[str]:
    path = Path(settings.BASE_DIR) / "docs" / "deployment" / "compose.yaml"
    first, *rest = yaml.safe_load(path.read_text(encoding="utf-8"))["services"][service]["command"]
    assert first == "python"
    return [sys.executable, *rest]


@pytest.fixture
def queue(bucket: Any) -> Iterator[dict[str, str]]:  # noqa: F811
    """The environment of all processes: a Redis of this test alone, and files in a bucket."""
    server = redis.Redis(port=6379, db=1 + os.getpid() % 15)
    assert server.ping(), "run .ci/services first"
    server.flushdb()
    yield {"REDIS_URL": f"redis://127.0.0.1:6379/{1 + os.getpid() % 15}"}
    server.flushdb()


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command("worker"), cwd=settings.BASE_DIR, env=surroundings(**environment))
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait() == 0, "told to stop, it ends in order"


def until(said: str, what: Any) -> None:
    last = monotonic() + 300
    while not what():
        assert monotonic() < last, said
        sleep(0.1)


def previewed(by: User) -> BulkRun:
    keys = [a.claim(f.SERVICE_DATE, preparation="draft").pk for _ in range(CLAIMS)]
    return bulk.look("note", keys, {"text": "Ask again"}, back="", by=by, at=f.AT)


def begin(run: BulkRun, ways: list[Server]) -> None:
    """Press the button, as somebody does who presses it again where no answer came. Accepted is what is answered."""
    page, act = reverse("bulk_page", args=[run.pk]), reverse("bulk_do", args=[run.pk])
    for server in ways:
        try:
            shown = server.visit(page).text
            if act not in shown:
                return  # It was begun before the answer was lost, and the page says so.
            assert server.press(act, server.form(page, act)).status_code in (302, 409)
        except requests.ConnectionError:
            continue
        return
    raise AssertionError("nobody answered")


def test_the_commands_of_the_compose_file_lose_no_accepted_work_when_web_and_worker_are_killed(
    queue: dict[str, str],
    bucket: Any,  # noqa: F811
) -> None:
    biller, manager = f.user(role="biller"), f.user(role="manager")
    runs = [previewed(biller) for _ in range(6)]
    ready = [a.claim(f.SERVICE_DATE, preparation="ready") for _ in range(CLAIMS)]
    assert command("web") == [sys.executable, "manage.py", "serve"], "as `served` starts it"
    told = subprocess.run(
        command("migrate"), cwd=settings.BASE_DIR, env=surroundings(**queue), capture_output=True, check=False
    )
    assert told.returncode == 0, told.stderr
    with served(biller, **queue) as one, served(biller, **queue) as other:
        # A web process is killed while people press buttons.
        ways = [[Server(s.port, biller) for s in (one, other)[:: (-1) ** n]] for n in range(len(runs))]
        with ThreadPoolExecutor(3) as people:
            pressed = [people.submit(begin, run, way) for run, way in zip(runs, ways, strict=True)]
            threading.Timer(0.3, one.die).start()
            for press in pressed:
                press.result()
        # A worker is killed in the middle of what it does.
        boss = Server(other.port, manager)
        page = reverse("recheck")
        answer = boss.press(page, boss.form(page) | {"why": "The playbook changed"})
        assert answer.status_code == 302, answer.text
        dying = start(DYING, **queue)
        _, errors = dying.communicate()
        assert dying.returncode == -signal.SIGKILL, errors
        job = Job.objects.get(kind="recheck")
        assert (job.state, SentBack.objects.count()) == ("working", 2)
        Job.objects.exclude(state="done").update(held_until=None)  # as when the time of the dead is over
        with worker(queue), worker(queue):
            until("the next worker does the rest", lambda: not Job.objects.exclude(state="done").exists())
        # And what is sealed meanwhile lies in the bucket.
        claim = f.claim_at(by=biller, preparation="ready")
        there = {o.key for o in bucket.objects.all()}
        page = reverse("claim_page", args=[claim.pk])
        act = reverse("packet_build", args=[claim.pk])
        answer = other.press(act, other.form(page, act))
        assert answer.status_code == 302, answer.text
    packet = Packet.objects.get()
    assert verify_zip(files.read(packet.zip)) == []
    assert f"media/{packet.zip.path}" in {o.key for o in bucket.objects.all()} - there

    assert Job.objects.count() == len(runs) + 1
    assert set(BulkRun.objects.values_list("rows__outcome", flat=True)) == {"done"}
    assert ClaimNote.objects.count() == len(runs) * CLAIMS, "each claim has its note once"
    assert sorted(SentBack.objects.values_list("claim", flat=True)) == [c.pk for c in ready], "each went back once"
    assert RecheckRun.objects.get().is_complete
    for action, number in {"bulk.begin": 6, "bulk.end": 6, "recheck.begin": 1, "recheck.end": 1}.items():
        assert AuditEvent.objects.filter(action=action).count() == number, action
    assert AuditEvent.objects.filter(action="claim.back_to_draft").count() == CLAIMS
    assert first_bad_event() is None


def test_where_the_queue_forgot_the_rows_still_tell(queue: dict[str, str]) -> None:
    """Work that was accepted while Redis was away, or that a restart of Redis lost, is found by the next worker."""
    biller = f.user(role="biller")
    run = previewed(biller)
    bulk.begin(run, by=biller, at=timezone.now())
    with worker(queue):
        until("a worker looks at the rows", lambda: Job.objects.get().state == "done")
    assert ClaimNote.objects.count() == CLAIMS
