"""Stands beside `manage.py serve`: wakes the night's work once a day, keeps a worker, and ends when the server does.

Started with the reading end of a pipe whose other end the server's processes hold. Django is not loaded here: it only
looks at the clock, and what is due it starts as `manage.py nightly --if-due`, which one of many processes wins. The
worker is `manage.py work`; one that died is started again.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from config import env

BLINK = 5.0
"""Seconds between two looks at the clock, and at the worker."""
AGAIN = 3600.0
"""Seconds after which a night that did not end is asked for again."""


def start() -> None:
    """Start the watch; its pipe stays open in this process, whatever program it becomes, and in its children."""
    if env.time_of_day("NIGHTLY_AT", "02:30") is None and not env.worker_beside():
        return
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    subprocess.Popen(
        [sys.executable, "-m", "config.nightwatch", str(reading)],
        cwd=Path(__file__).resolve().parent.parent,
        pass_fds=[reading],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    os.close(reading)


def due(now: datetime, at: time, done: date | None) -> date | None:
    """The day on whose morning the latest night ends at a moment of the practice's zone, unless it is the one done."""
    day = now.date() if now.time() >= at else now.date() - timedelta(days=1)
    return day if day != done else None


def watch(server: int) -> None:
    at = env.time_of_day("NIGHTLY_AT", "02:30")
    zone = ZoneInfo(env.time_zone("TIME_ZONE", "America/New_York"))
    done, again, worker = None, 0.0, None
    while True:
        if env.worker_beside() and (worker is None or worker.poll() is not None):
            worker = subprocess.Popen([sys.executable, "manage.py", "work", "--beside"], stdout=subprocess.DEVNULL)
        day = due(datetime.now(UTC).astimezone(zone), at, done) if at else None
        if day and monotonic() >= again:
            if has_ended():
                done = day
            else:
                again = monotonic() + AGAIN
        if select.select([server], [], [], BLINK)[0]:
            break
    if worker:
        worker.terminate()
        worker.wait()


def has_ended() -> bool:
    """Do the night's work where it is due. Whether it is behind us: neither at work elsewhere, nor could not begin."""
    command = [sys.executable, "manage.py", "nightly", "--if-due", "--json"]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    try:
        return json.loads(told)["ended"] is True
    except (ValueError, KeyError, TypeError):
        return False


if __name__ == "__main__":
    try:
        watch(int(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit()
