"""Looking at many open claims as a check of all of them does: what stands against each, by several processes at once.

They only read and compute; whoever asked them writes.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_all_start_methods, get_context

from django.db import connection, connections

from claims.models import Claim
from claims.queries.claims import reports_of_each
from claims.services.changing import NOT_AWAY
from claims.workflow import Preparation, readiness_refusals
from documentation.kernel.machine import NotPossible
from documentation.kernel.rule import Report

MOST_PROCESSES = 8


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
    rows = list(Claim.objects.filter(pk__in=keys).order_by("pk"))
    return [_looked(claim, report) for claim, report in reports_of_each(rows, at=at)]


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
                found = [one for part in pool.map(look_at, parts, [at] * len(parts)) for one in part]
            except BrokenProcessPool as e:
                raise NotPossible(
                    "A process that checked claims was ended from outside. Start the check again: it goes on there."
                ) from e
            # Each claim is told of, or none: a process that did not see all of its share is not believed.
            return found if [one.claim for one in found] == list(keys) else look_at(keys, at)

        yield look, processes


def _begin() -> None:
    """Breaking off is the parent's decision; it ends the others. Facts hold no cycles: they are seldom searched for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
