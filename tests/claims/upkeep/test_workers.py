"""Workers: one is kept beside the server, each finds what waits, and where none is, somebody is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError

from claims.models import BulkRun, ClaimNote
from claims.services import bulk, condition
from config import nightwatch, tasks
from config.management.commands import work
from documentation.models import Job, User
from documentation.services import jobs
from tests import factories as f
from tests.claims import answered as a


@pytest.fixture
def run() -> BulkRun:
    """An act on two claims, accepted."""
    by: User = f.user(role="biller")
    keys = [a.claim(f.SERVICE_DATE, preparation="draft").pk for _ in range(2)]
    run = bulk.look("note", keys, {"text": "Ask again"}, back="", by=by, at=f.AT)
    bulk.begin(run, by=by, at=f.AT)
    return run


@pytest.mark.django_db
def test_a_worker_without_a_queue_finds_what_waits(run: BulkRun) -> None:
    assert work.do_next(Event()), "there was something"
    assert not work.do_next(Event())
    assert (Job.objects.get().state, ClaimNote.objects.count()) == ("done", 2)


@pytest.mark.django_db
def test_where_the_queue_forgot_what_waits_it_is_told_again(run: BulkRun, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(jobs, "tell", told.append)
    monkeypatch.setattr(tasks, "is_queued", lambda: True)
    work.tell_of_what_waits()
    assert told == []
    monkeypatch.setattr(tasks, "is_queued", lambda: False)
    work.tell_of_what_waits()
    assert told == [Job.objects.get().pk]


def test_a_worker_stays_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("connection refused")

    monkeypatch.setattr(jobs, "due", away)
    monkeypatch.setattr(tasks, "is_queued", lambda: False)
    monkeypatch.setattr(work.connection, "close", lambda: None)
    monkeypatch.setattr(tasks, "renew_connection", lambda: None)
    assert not work.do_next(Event())
    work.tell_of_what_waits()


@pytest.mark.django_db
def test_where_no_worker_is_the_condition_says_since_when_and_what_to_do(run: BulkRun) -> None:
    def seen(at: datetime) -> condition.Seen:
        (found,) = condition.look(at, frozenset({"work"}))
        return found

    assert seen(f.AT + timedelta(minutes=4)).state == "good"
    late = seen(f.AT + timedelta(minutes=7))
    assert (late.state, "manage.py work" in late.todo) == ("bad", True)
    assert late.said == "1 job waited 7 minutes, and no worker was seen."
    Job.objects.update(state="failed", error="It was refused.", ended_at=f.AT)
    assert (seen(f.AT).state, seen(f.AT).said) == ("look", "1 job failed: It was refused.")
    assert seen(f.AT + timedelta(days=8)).state == "good"


def test_the_watch_starts_a_worker_that_died_again_and_ends_it_with_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    class Process:
        def __init__(self, command: list[str], **_: Any) -> None:
            started.append(self)
            assert command[1:] == ["manage.py", "work", "--beside"]
            self.ended = False

        def poll(self) -> int | None:
            return -9 if self.ended else None

        def terminate(self) -> None:
            self.ended = True

        def wait(self) -> None:
            assert self.ended

    looks = iter(["well", "well", "kill", "well", "end"])

    def look(*_: Any) -> Any:
        what = next(looks)
        started[-1].ended = what == "kill"
        return ([1] if what == "end" else [], [], [])

    monkeypatch.setenv("NIGHTLY_AT", "off")
    monkeypatch.setenv("WORKER_BESIDE", "1")
    monkeypatch.setattr(nightwatch.subprocess, "Popen", Process)
    monkeypatch.setattr(nightwatch.select, "select", look)
    nightwatch.watch(0)
    assert [one.ended for one in started] == [True, True], "one that died, and the one that the end took along"
