"""A process that does a verb in a child of its own, again and again; the child kills itself where it is told to."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from django.db import connection

from tests.claims.backups.processes import start

TIMES = int(os.environ.get("TORTURE", "8"))
"""How often each verb is killed: `make torture` does it more often."""

_NAME = "ductus_killed"
"""Under which a process that is killed is connected."""

_SERVER = """
import os, sys, django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from claims.models import Claim, Remittance
from claims.services import bulk, packets, posting
from documentation.models import Encounter, User
from documentation.services import images, jobs
from tests.faults.points import Points
print("ready", flush=True)
for line in sys.stdin:
    connections.close_all()
    pid = os.fork()
    if not pid:
        by, at = User.objects.get(pk=sys.argv[1]), timezone.now()
        with Points(int(line)) as points:
            {verb}
        print("passed", points.passed, flush=True)
        os._exit(0)
    print("ended", os.waitpid(pid, 0)[1], flush=True)
"""


class Killer:
    """Lets the verb be done, wholly or up to a point drawn by chance, the same in every run of a test."""

    def __init__(self, process: subprocess.Popen[str], seed: int) -> None:
        self._process, self._chance = process, random.Random(seed)
        self.points = 0
        """How many the last one passed that was let alone."""

    def whole(self) -> None:
        """Let it end."""
        passed, status = self._told(0)
        assert status == 0, self._broken()
        self.points = passed

    def kills(self) -> Iterator[int]:
        """Kill it as often as is wanted, once in each part of its way. Yields the point, when it is dead."""
        for number in range(TIMES):
            first, last = 1 + self.points * number // TIMES, max(1, self.points * (number + 1) // TIMES)
            point = self._chance.randint(min(first, last), last)
            passed, status = self._told(point)
            assert status == signal.SIGKILL, (point, passed, self.points, self._broken())
            _wait_until_its_connections_are_gone()
            yield point

    def _told(self, point: int) -> tuple[int, int]:
        pipe: Any = self._process
        pipe.stdin.write(f"{point}\n")
        pipe.stdin.flush()
        said = {}
        while "ended" not in said:
            word, _, number = pipe.stdout.readline().partition(" ")
            assert word, self._broken()
            said[word] = int(number)
        return said.get("passed", 0), said["ended"]

    def _broken(self) -> str:
        self._process.kill()
        return self._process.communicate()[1]


def _wait_until_its_connections_are_gone() -> None:
    """The database server rolls back what a dead process had begun as soon as it sees that it is dead.

    Its own connections, by the name that it connects under: what another test left open says nothing of it.
    """
    if connection.vendor != "postgresql":
        return
    its = (
        "SELECT state, wait_event_type, wait_event, left(query, 200) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = %s"
    )
    until = monotonic() + 300
    while True:
        with connection.cursor() as cursor:
            cursor.execute(its, [_NAME])
            stay = cursor.fetchall()
        if not stay:
            return
        assert monotonic() < until, f"the connection of a dead process stays: {stay}"
        sleep(0.02)


@contextmanager
def killer(by: int, verb: str, *args: object, seed: int) -> Iterator[Killer]:
    process = start(_SERVER.format(verb=verb), by, *args, PGAPPNAME=_NAME)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        yield Killer(process, seed)
    finally:
        process.kill()
        process.communicate()
