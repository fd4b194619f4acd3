"""Figures for a monitoring system, in the text format of Prometheus: how the server is, and of no patient.

Counts of people and claims are left out: who watches machines need not know how much a practice does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Max

from claims.services.condition import QUICK, State, look
from documentation.models import Job, Night, UpkeepStep
from documentation.services import jobs
from documentation.services.upkeep import BACKUP


def text(at: datetime) -> str:
    """One line for each figure; where the database is away, only that it is."""
    try:
        lines = ["ductus_database_up 1", *_figures(at)]
    except DatabaseError:
        connection.close()
        lines = ["ductus_database_up 0"]
    return "\n".join([f'ductus_info{{version="{settings.VERSION}"}} 1', *lines])


def _figures(at: datetime) -> Iterator[str]:
    counted = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    for state in Job.State.values:
        yield f'ductus_jobs{{state="{state}"}} {counted.get(state, 0)}'
    oldest = jobs.due().values_list("seen_at", flat=True).first()
    yield f"ductus_jobs_longest_wait_seconds {max(0, (at - oldest).total_seconds()) if oldest else 0:.0f}"
    backup = UpkeepStep.objects.filter(name=BACKUP).exclude(outcome=UpkeepStep.Outcome.FAILED)
    for name, last in (
        ("backup", backup.aggregate(last=Max("ended_at"))["last"]),
        ("night", Night.objects.aggregate(last=Max("ended_at"))["last"]),
    ):
        yield f"ductus_last_{name}_timestamp_seconds {last.timestamp() if last else 0:.0f}"
    for seen in look(at, QUICK):
        yield f'ductus_condition_good{{look="{seen.name}"}} {int(seen.state == State.GOOD)}'
