"""What a process may use: as much as it is given, and no more than is left to it."""

import subprocess
import sys
from pathlib import Path

import pytest

TOLD = """
import resource, sys
sys.path.append(sys.argv[1])
from documentation.kernel.limits import lower
most = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
lower(resource.RLIMIT_FSIZE, int(sys.argv[3]), int(sys.argv[4]) if sys.argv[4] else None)
print(*resource.getrlimit(resource.RLIMIT_FSIZE))
"""


@pytest.mark.parametrize(
    "most,value,last,found",
    [
        (5000, 9000, "", "5000 5000"),
        (5000, 3000, "", "3000 3000"),
        (5000, 3000, "4000", "3000 4000"),
        (5000, 3000, "9000", "3000 5000"),
        (5000, 3000, "-1", "3000 5000"),
        (-1, 3000, "4000", "3000 4000"),
    ],
)
def test_a_limit_stays_below_the_one_that_is_there(most: int, value: int, last: str, found: str) -> None:
    project = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-I", "-c", TOLD, str(project), str(most), str(value), last],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == found
