"""What was measured, printed at once and kept in docs/reference/benchmarks.md, one section for each subject."""

import os
import platform
import re
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

RUNS = 9
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "benchmarks.md"
HEAD = """# Benchmarks

<!-- Written by `make bench`. Timings are to be looked at, never asserted: they depend on the machine and on its other
work. Compare figures of one section only; where it says 'times', both were measured in turns in the same run. -->
"""


def milliseconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """Median time of one call, after one that is not counted."""
    action()
    times = []
    for _ in range(runs):
        began = perf_counter()
        action()
        times.append(perf_counter() - began)
    return statistics.median(times) * 1000


class Section:
    """A table of what was measured of one subject."""

    def __init__(self, title: str, *columns: str) -> None:
        self.title = title
        self.lines = [
            f"## {title}",
            f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, Python {platform.python_version()}.",
            f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}",
        ]
        print(f"\n{title}\n")

    def row(self, *cells: str) -> None:
        self.lines[-1] += f"\n| {' | '.join(cells)} |"
        print("  ".join(f"{cell:>12}" for cell in cells), flush=True)

    def keep(self) -> None:
        """Put the section into the page, in the place of the one of that title."""
        there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        sections = {s.partition("\n")[0][3:]: s.strip() for s in re.split(r"^(?=## )", there, flags=re.M)[1:]}
        sections[self.title] = "\n\n".join(self.lines)
        PAGE.write_text("\n\n".join([HEAD.strip(), *sections.values()]) + "\n", encoding="utf-8")
