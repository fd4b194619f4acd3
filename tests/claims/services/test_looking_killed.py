"""Processes that check claims do not outlive the one that asked them, however it ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import django, multiprocessing, time
django.setup()
from claims.services.looking import several
with several(2):
    print(*(p.pid for p in multiprocessing.active_children()), flush=True)
    time.sleep(600)
"""


def _lives(pid: int) -> bool:
    """Whether a process runs still; one that waits to be fetched by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_check_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    own = {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "DJANGO_SETTINGS_MODULE": "config.settings"}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=os.environ | own, stdout=subprocess.PIPE, text=True
    ) as check:
        assert check.stdout is not None
        pids = [int(pid) for pid in check.stdout.readline().split()]
        check.kill()
    assert len(pids) == 2
    until = time.monotonic() + 300
    while any(map(_lives, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [pid for pid in pids if _lives(pid)]
