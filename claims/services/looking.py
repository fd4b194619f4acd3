"""Looking at many open claims as a check of all of them does: what stands against each, by several processes at once.

They only read and compute; whoever asked them writes.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait

from django.db import connection, connections

from claims.models import Claim
from claims.queries.claims import failures_of_each
from claims.services.changing import NOT_AWAY
from claims.workflow import Preparation, readiness_refusals
from documentation.kernel.machine import NotPossible
from documentation.kernel.rule import Report
from documentation.models.among import among

_log = logging.getLogger(__name__)

MOST_PROCESSES = 8
AT_ONCE = 1_000
"""Claims whose rows are in the memory of a process together. Asking for more at once saves no more time."""


@dataclass(frozen=True)
class Looked:
    """What was found of one claim, as it was at `revision`."""

    claim: int
    revision: int
    rules: tuple[str, ...]
    """Ids of what stands against it: blockers, then warnings without a reason."""
    is_stopped: bool
    goes_back: bool
    """Whether it waits to be sent and could not be marked ready now."""


Look = Callable[[Sequence[int], datetime], list[Looked]]


def look_at(keys: Sequence[int], at: datetime) -> list[Looked]:
    """Check these claims, in the order of their keys, in a constant number of queries."""
    with _collecting_at_the_end():
        return _look_at(keys, at)


def _look_at(keys: Sequence[int], at: datetime) -> list[Looked]:
    rows = list(Claim.objects.filter(among("pk", keys)).order_by("pk"))
    return [_looked(claim, failed) for claim, failed in failures_of_each(rows, at=at)]


@contextmanager
def _collecting_at_the_end() -> Iterator[None]:
    """Search once for cycles among what is made within, and not again and again through everything that is needed.

    Facts hold none; a record and its signature name each other, and would stay for ever.
    """
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
        if was_on:
            gc.enable()


def _looked(claim: Claim, report: Report) -> Looked:
    blockers = report.blockers
    against = tuple(r.rule for r in (*blockers, *report.open_warnings))
    # What was sent stays as it was sent.
    waits = claim.preparation == Preparation.READY and claim.transport in NOT_AWAY
    goes_back = waits and any(readiness_refusals(report))
    return Looked(claim.pk, claim.revision, against, bool(blockers), goes_back)


def processors() -> int:
    """How many processes are worth starting on this machine."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(found or 1, MOST_PROCESSES)


@contextmanager
def several(processes: int) -> Iterator[tuple[Look, int]]:
    """A way to look at claims, and how many processes share it. Not inside a transaction: others do not see into it.

    Raises NotPossible where one of them was ended from outside.
    """
    if processes < 2 or connection.in_atomic_block or "fork" not in get_all_start_methods():
        yield look_at, 1
        return
    connections.close_all()  # an open connection cannot be shared: each process opens its own
    with ProcessPoolExecutor(processes, get_context("fork"), initializer=_begin) as pool:
        pool.submit(os.getpid).result()  # all are started now, before this process connects again

        def look(keys: Sequence[int], at: datetime) -> list[Looked]:
            share = max(1, -(-len(keys) // processes))
            parts = [keys[n : n + share] for n in range(0, len(keys), share)]
            try:
                answers = [pool.submit(look_at, part, at) for part in parts]
                found = [one for part, answer in zip(parts, answers, strict=True) for one in _told(answer, part)]
            except BrokenProcessPool as e:
                raise NotPossible(
                    "A process that checked claims was ended from outside. Start the check again: it goes on there."
                ) from e
            return _complete(found, keys, at)

        yield look, processes


def _told(answer: Future[list[Looked]], part: Sequence[int]) -> list[Looked]:
    """What a process found of its share; nothing where that is not its share, which is then looked at here."""
    try:
        found = answer.result()
    except BrokenProcessPool:
        raise
    except Exception as e:  # what is wrong with the claims themselves comes up again where they are looked at here
        _log.warning("A process that checks claims failed on %d of them (%s).", len(part), type(e).__name__)
        return []
    return found if [one.claim for one in found] == list(part) else []


def _complete(found: list[Looked], keys: Sequence[int], at: datetime) -> list[Looked]:
    """What was found of all claims, in the order of their keys.

    The keys were read before the processes looked, each through a connection of its own, and claims are never deleted:
    all are found. Twice, in whole runs of the tests on PostgreSQL, a process was shown rows that it had not asked for,
    and never in thousands of other looks; the cause is not known. A claim would be counted as checked that nobody
    looked at, and a run that leaves one out is worth less than none. So those are looked at here, and it is said where
    the administrator will read it.
    """
    if [one.claim for one in found] == list(keys):
        return found
    seen = {one.claim for one in found}
    missing = [key for key in keys if key not in seen]
    _log.warning(
        "Processes that check claims did not see %d of %d; they were looked at again.", len(missing), len(keys)
    )
    return sorted([*found, *look_at(missing, at)], key=lambda one: one.claim)


def _begin() -> None:
    """Breaking off is the parent's decision; it ends the others. Where it was killed, they end by themselves."""
    for alias in [c.alias for c in connections.all(initialized_only=True)]:
        del connections[alias]  # nothing of the parent's connection, closed as it is, is used again
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Otherwise a killed check would leave its processes waiting for ever, each with its memory and its connection."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
