"""Do accepted work beside the pages, until told to stop: on Redis where REDIS_URL names it, or by the rows alone.

`manage.py serve` keeps one such process by itself where there is no Redis. Any number may run, on any machine that
reaches database and storage.
"""

from __future__ import annotations

import os
import signal
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from config import tasks
from documentation.services import jobs


class Command(BaseCommand):
    help = "Do accepted work beside the pages: acts on many claims, and checking all claims again."
    requires_system_checks = "__all__"  # Loads all pages, and with them every kind of job.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--beside", action="store_true", help="end with the process that started this one")

    def handle(self, *args: Any, beside: bool = False, **options: Any) -> None:
        if settings.REDIS_URL:
            tasks.run_worker(tell_of_what_waits)
            return
        stopped, parent = Event(), os.getppid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set() and not (beside and os.getppid() != parent):
            if not do_next(stopped):
                stopped.wait(1)


def do_next(stopped: Event) -> bool:
    """Do a slice of the job that stood still for longest. Whether there was one."""
    tasks.renew_connection()
    try:
        key = jobs.due().values_list("pk", flat=True).first()
        if key is not None:
            jobs.drive(key, timezone.now, is_stopped=stopped.is_set)
        return key is not None
    except DatabaseError:  # It is away, or not migrated yet: the next look tells.
        connection.close()
        return False


def tell_of_what_waits() -> None:
    """Where the queue knows of nothing, but rows wait: Redis forgot, could not be reached, or a worker died."""
    if tasks.is_queued():
        return
    try:
        waiting = list(jobs.due().values_list("pk", flat=True)[:100])
    except DatabaseError:  # It is away, or not migrated yet: the next look tells.
        connection.close()
        return
    for key in waiting:
        jobs.tell(key)
