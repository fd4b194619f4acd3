"""Accepted work is done step by step by one worker at a time; where that dies, the next one goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from documentation.kernel.machine import NotPossible
from documentation.models import Job, User
from documentation.services import jobs
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What each step of a job of the kind `test` does: gives how many are done of three, or raises."""
    todo: list[Any] = []

    def one(key: int, by: User, at: datetime) -> jobs.Stand:
        what = todo.pop(0)
        if isinstance(what, Exception):
            raise what
        return jobs.Stand(what() if callable(what) else what, 3, is_over=not todo)

    monkeypatch.setitem(jobs._DRIVES, "test", one)
    yield todo
    assert todo == [], "every step was taken"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Jobs of which the queue was told."""
    found: list[int] = []
    monkeypatch.setattr(jobs, "tell", found.append)
    return found


def asked(by: User | None = None) -> Job:
    return jobs.ask("test", 7, total=3, by=by or f.user(), at=f.AT)


def drive(job: Job) -> Job:
    jobs.drive(job.pk, timezone.now)
    job.refresh_from_db()
    return job


def forget_holder(job: Job) -> None:
    """As when the time is over for which its worker held it."""
    Job.objects.filter(pk=job.pk).update(held_until=None)


def test_the_queue_hears_of_it_once_and_only_when_it_is_committed(
    told: list[int], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    by = f.user()
    with django_capture_on_commit_callbacks(execute=True):
        with suppress(ValueError), transaction.atomic():
            asked(by)
            raise ValueError
        assert not Job.objects.exists()
        job = asked(by)
        assert asked(by) == job
        assert told == []
    assert told == [job.pk]


def test_it_is_driven_to_its_end(steps: list[Any], told: list[int]) -> None:
    steps += [1, 2, 3]
    job = drive(asked())
    assert (job.state, job.done, job.total, job.ended_at is not None) == ("done", 3, 3, True)
    assert not jobs.due().exists()
    assert not jobs.drive(job.pk, timezone.now), "what is over is not done again"


def test_the_task_turns_to_others_after_a_slice_and_asks_for_the_rest(
    steps: list[Any], told: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SLICE", -1.0)
    steps += [1, 2]
    job = asked()
    jobs.work.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, told) == ("waiting", 1, [job.pk])
    jobs.work.call(job.pk)
    assert told == [job.pk]


def test_while_one_holds_it_nobody_else_does_a_step(steps: list[Any]) -> None:
    job = asked()

    def beside() -> int:
        assert not jobs.due().exists()
        jobs.drive(job.pk, timezone.now)
        jobs.step_by_hand("test", 7, by=job.asked_by, at=f.AT)
        return 3

    steps.append(beside)
    assert drive(job).state == "done"


def test_one_that_was_overtaken_writes_nothing_more(steps: list[Any]) -> None:
    job = asked()

    def overtaken() -> int:
        forget_holder(job)
        assert jobs._hold(jobs.due()), "another one took it meanwhile"
        return 1

    steps += [overtaken, 2]
    assert drive(job).done == 0
    forget_holder(job)
    assert (drive(job).state, job.done) == ("done", 2)


def test_where_its_worker_died_it_is_due_again_and_not_for_ever(steps: list[Any]) -> None:
    job = asked()
    for _ in range(jobs.MOST_TRIES):
        assert jobs._hold(jobs.due()), "taken up, and then the worker is gone"
        assert not jobs.due().exists(), "as long as it is held"
        forget_holder(job)
    assert (drive(job).state, job.error) == ("failed", "It was begun 5 times, and no step was done.")
    steps.append(3)
    jobs.step_by_hand("test", 7, by=job.asked_by, at=f.AT)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", ""), "a person tries it again"


def test_what_is_refused_fails_with_the_reason(steps: list[Any]) -> None:
    steps.append(NotPossible("The person is not there any more."))
    job = drive(asked())
    assert (job.state, job.error) == ("failed", "The person is not there any more.")


def test_what_breaks_is_put_off_and_told_without_its_words(steps: list[Any], caplog: Any) -> None:
    steps.append(OSError("/of/Alex Doe"))
    job = drive(asked())
    assert job.state == "waiting"
    assert job.error == "A step ended early (OSError); the server's log says where."
    assert not jobs.due().exists(), "for some minutes"
    forget_holder(job)
    steps.append(3)
    assert drive(job).state == "done"


def test_nothing_is_done_for_a_person_whose_account_is_shut() -> None:
    job = asked()
    User.objects.filter(pk=job.asked_by_id).update(is_active=False)
    assert drive(job).state == "failed"
    assert "no account any more" in job.error


def test_a_page_does_one_step_where_no_worker_does(steps: list[Any]) -> None:
    steps += [1, 3]
    by = f.user()
    jobs.step_by_hand("test", 7, by=by, at=f.AT)
    job = Job.objects.get()
    assert (job.state, job.done) == ("waiting", 1), "and a worker may go on"
    assert drive(job).state == "done"
