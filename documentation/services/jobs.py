"""Accepted work: asked for in the transaction of what it drives, done step by step by whoever holds it.

A step is a verb that is safe to be tried again; a job is the wish that it be tried until it is over. So a worker may
die anywhere: what its step had committed stands, what it had not is done by the next one. The task queue only carries
the word that there is something to do. Where that is lost, the rows still tell (`due`).

The times of holding are the database's own: one clock for all processes, whatever moment their verbs are told.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks import task

from documentation.kernel.machine import Refusal
from documentation.models import Job, User
from documentation.services import notices

_log = logging.getLogger(__name__)
State = Job.State

HELD = timedelta(minutes=1)
"""How long a job is held without a sign of life: longer than any one step takes."""
SLICE = 20.0
"""Seconds after which a worker turns to the next job: a long one holds no short one up."""
MOST_TRIES = 5
"""How often a job is taken up without one step being done, before it counts as failed."""


@dataclass(frozen=True)
class Stand:
    """How far a job is after a step."""

    done: int
    total: int
    is_over: bool


Drive = Callable[[int, User, datetime], Stand]
"""One step of the row with this key, for this person, at this moment; safe to be done again, and beside another one."""

_DRIVES: dict[str, Drive] = {}


def drives(kind: str) -> Callable[[Drive], Drive]:
    """Registers what does a step of jobs of a kind."""

    def register(drive: Drive) -> Drive:
        _DRIVES[kind] = drive
        return drive

    return register


def ask(kind: str, subject: int, *, total: int = 0, by: User, at: datetime) -> Job:
    """Accept work, once for each row that is driven. The queue hears of it when the transaction is committed."""
    job, is_new = Job.objects.get_or_create(
        kind=kind, subject=subject, defaults={"total": total, "asked_at": at, "asked_by": by, "seen_at": at}
    )
    if is_new:
        transaction.on_commit(partial(tell, job.pk), robust=True)
    return job


def of(kind: str, subject: int) -> Job | None:
    return rows_of(kind, subject).first()


def rows_of(kind: str, subject: int) -> QuerySet[Job]:
    """The same as a question, to be asked with others."""
    return Job.objects.filter(kind=kind, subject=subject)


def due() -> QuerySet[Job]:
    """What nobody holds and is not over, the one that stood still for longest first."""
    return Job.objects.filter(_free(), state__in=(State.WAITING, State.WORKING)).order_by("seen_at", "pk")


def tell(key: int) -> None:
    """Tell the task queue that there is something to do."""
    work.enqueue(key)


@task
def work(key: int) -> None:
    """What the queue runs: a slice of the job, and the rest behind what waits already."""
    if drive(key, timezone.now):
        tell(key)


def drive(key: int, clock: Callable[[], datetime], *, is_stopped: Callable[[], bool] = lambda: False) -> bool:
    """Do steps of a job for a slice of time, unless another holds it. Whether something is left to do."""
    job = _hold(due().filter(pk=key))
    if job is None:
        return False
    if reason := _why_not(job):
        _end(job, State.FAILED, reason, clock())
        return False
    until = monotonic() + SLICE
    try:
        while _step(job, job.asked_by, clock(), is_watched=False):
            if monotonic() > until or is_stopped():
                _let_go(job)
                return True
    except Refusal as e:
        _end(job, State.FAILED, " ".join(e.reasons), clock())
    except Exception as e:  # a database or storage that is away comes back
        _log.exception("A step of a job ended early: %s", job)
        if not connection.in_atomic_block:  # one that broke is nothing to what follows
            connection.close_if_unusable_or_obsolete()
        _put_off(job, f"A step ended early ({type(e).__name__}); the server's log says where.", clock())
    return False


def _why_not(job: Job) -> str:
    """Why no worker goes on with it by itself; empty where it does."""
    if job.tries > MOST_TRIES:
        return f"It was begun {MOST_TRIES} times, and no step was done. {job.error}"
    if not job.asked_by.is_active:
        return "Whoever asked for it has no account any more."
    return ""


def step_by_hand(kind: str, subject: int, *, by: User, at: datetime) -> None:
    """One step for a person whose page is open, where no worker is at it: nobody waits for a worker that never comes.

    What failed is tried again, in the name of who tries it. Raises what the step raises.
    """
    job = ask(kind, subject, by=by, at=at)
    Job.objects.filter(pk=job.pk, state=State.FAILED).update(
        state=State.WAITING, error="", tries=0, held_until=None, ended_at=None, asked_by=by
    )
    held = _hold(due().filter(pk=job.pk))
    if held is not None:
        try:
            _step(held, by, at, is_watched=True)
        finally:
            _let_go(held)


def _step(job: Job, by: User, at: datetime, *, is_watched: bool) -> bool:
    """Do one, and write down how far it is. Whether it is still ours to go on with. Of the end whoever asked for it is
    told, unless somebody watches it.
    """
    stand = _DRIVES[job.kind](job.subject, by, at)
    figures = {"done": stand.done, "total": stand.total, "seen_at": at, "tries": 0, "error": ""}
    if stand.is_over:
        with transaction.atomic():
            is_ours = _ours(job).update(**figures, state=State.DONE, held_until=None, ended_at=at)
            if is_ours and not is_watched:
                _tell_asker(job, "done", at)
        return False
    return bool(_ours(job).update(**figures, held_until=Now() + HELD))


def _free() -> Q:
    return Q(held_until=None) | Q(held_until__lte=Now())


def _hold(jobs: QuerySet[Job]) -> Job | None:
    """Take hold of one. The condition of the update lets one process alone succeed, on every database."""
    token = secrets.token_hex(16)
    taken = jobs.order_by().update(state=State.WORKING, holder=token, held_until=Now() + HELD, tries=F("tries") + 1)
    return Job.objects.select_related("asked_by").get(holder=token) if taken else None


def _ours(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, holder=job.holder, state=State.WORKING)


def _let_go(job: Job) -> None:
    _ours(job).update(state=State.WAITING, held_until=None)


def _put_off(job: Job, error: str, at: datetime) -> None:
    """It stays held by nobody until some time went by, each time a little longer."""
    _ours(job).update(state=State.WAITING, error=error, seen_at=at, held_until=Now() + HELD * job.tries)


def _end(job: Job, state: State, error: str, at: datetime) -> None:
    with transaction.atomic():
        if _ours(job).update(state=state, error=error.strip()[:300], held_until=None, seen_at=at, ended_at=at):
            _tell_asker(job, "failed", at)


def _tell_asker(job: Job, kind: str, at: datetime) -> None:
    """Whoever asked for it went on to something else."""
    notices.tell([notices.News(job.asked_by_id, "job", job.pk, kind)], by=None, at=at)
