"""Who may import whom, as pyproject.toml says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_imports_point_downward_and_the_core_stays_pure() -> None:
    # In a process of its own: it sets logging up anew, and every log that was there falls silent.
    looked = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(looked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
