"""What unpacks to far more than it is: refused by a process of its own before it fills the memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.assurance import record
from tests.hostile import bombs

MEASURED = """
import json, re, resource, sys
from pathlib import Path
def peak():
    # Not ru_maxrss: a process begins with that of the one that started it.
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
kind, path = sys.argv[1:]
data = Path(path).read_bytes()
before = peak()
if kind == "picture":
    from documentation.imaging import examine, inspect
    answer = getattr(examine(data), "code", "")
    inspect._stop()
else:
    from documentation import papers
    try:
        papers.examine(data)
        answer = ""
    except papers.PaperRefused as refusal:
        answer = refusal.code
of_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([answer, of_child // 1024, (peak() - before) // 1024]))
"""
MOST_OF_A_CHILD = 300
"""Megabytes that a process may take to find out what a bomb is."""
MOST_OF_THE_SERVER = 150
"""Megabytes by which the web process may grow meanwhile, with the modules that it loads for it."""


@pytest.mark.parametrize("name", [*bombs.IMAGES, *bombs.PAPERS])
def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path, name: str) -> None:
    kind, make = ("picture", bombs.IMAGES[name]) if name in bombs.IMAGES else ("paper", bombs.PAPERS[name])
    (tmp_path / "bomb").write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, kind, str(tmp_path / "bomb")],
        capture_output=True, check=True, cwd=settings.BASE_DIR, text=True,
    )  # fmt: skip
    answer, of_child, of_server = json.loads(done.stdout.splitlines()[-1])
    assert answer == bombs.CODES[name]
    assert of_child < MOST_OF_A_CHILD
    assert of_server < MOST_OF_THE_SERVER
    record("bombs_refused", 1)
