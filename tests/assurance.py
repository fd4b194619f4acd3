"""What a run of the tests tried, counted: the figures behind docs/reference/assurance.md.

A test that tries many inputs records how many, once it has seen that nothing was let through. Each run's figures are
kept apart from those of others; the page is written from a run of all tests on SQLite, and of nothing less.
"""

import json
import os
import re
import shutil
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".assurance"
"""A folder for each engine. `make test` empties its own before it begins; pytest itself never does."""
MARK = "run.json"
"""Written at the end of a run that had every test before it."""
OF_THE_PAGE = "tests/architecture/test_assurance.py"
"""These fail where the page is behind, and so may have failed in the run from which it is written anew."""


def engine() -> str:
    return "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"


def record(figure: str, number: int) -> None:
    """Add to a figure of this run. Every call writes a file of its own: processes need not wait for each other."""
    folder = FOLDER / engine()
    folder.mkdir(parents=True, exist_ok=True)
    said = json.dumps({"run": _this_run(), "figure": shown(figure), "number": number})
    (folder / f"{uuid.uuid4().hex}.json").write_text(said, encoding="utf-8")


def shown(figure: str) -> str:
    """As it stands on the page."""
    return figure.replace("_", " ")


def _this_run() -> str:
    """The same for all processes of a run: workers inherit it from the one that starts them."""
    return os.environ.setdefault("DUCTUS_TEST_RUN", uuid.uuid4().hex)


def begin() -> None:
    shutil.rmtree(FOLDER / engine(), ignore_errors=True)


# --- What pytest calls --------------------------------------------------------------------------------------------

_run: dict[str, list[str]] = {"tests": [], "failed": [], "left out": []}


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ.pop("DUCTUS_TEST_RUN", None)
    _this_run()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "setup":
        _run["tests"].append(report.nodeid)
    if report.failed:
        _run["failed"].append(report.nodeid)
    if report.skipped and "browser" in report.keywords:
        _run["left out"].append(report.nodeid)


def is_of_everything(config: pytest.Config) -> bool:
    """Whether nobody asked for some tests only."""
    chosen = ("markexpr", "keyword", "deselect", "ignore", "ignore_glob", "lf", "maxfail", "stepwise", "collectonly")
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    return not named and not any(config.getoption(option, None) for option in chosen)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workerinput") or not is_of_everything(session.config):
        return
    ended = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    if ended and not _run["left out"]:
        mark(len(_run["tests"]), _run["failed"])


def mark(tests: int, failed: list[str]) -> None:
    """This run had every test before it."""
    said = {"run": _this_run(), "engine": engine(), "tests": tests, "failed": failed}
    (FOLDER / engine()).mkdir(parents=True, exist_ok=True)
    (FOLDER / engine() / MARK).write_text(json.dumps(said), encoding="utf-8")


# --- The page -----------------------------------------------------------------------------------------------------

PAGE = ROOT / "docs" / "reference" / "assurance.md"
NOTE = "<!-- Written by `make assurance` from the last run of all tests (`make test`). Run them, not an editor. -->"


def last_run() -> dict[str, Any]:
    """The last run of all tests on SQLite; nothing where there was none."""
    try:
        return dict(json.loads((FOLDER / "sqlite" / MARK).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def tried() -> dict[str, int]:
    """The figures of that run, each with the sum of what its processes recorded."""
    run = last_run().get("run")
    sums: dict[str, int] = {}
    for path in sorted((FOLDER / "sqlite").glob("*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        if path.name != MARK and said["run"] == run:
            sums[said["figure"]] = sums.get(said["figure"], 0) + said["number"]
    return sums


def leading(number: int) -> int:
    """Its two leading digits."""
    digits = max(0, len(str(number)) - 2)
    return number // 10**digits * 10**digits


def floor_of(number: int) -> int:
    """What a page may promise of a number that differs from run to run: four fifths of it, in two digits."""
    return max(leading(number * 4 // 5), min(number, 1))


def page(promises: dict[str, int]) -> str:
    lines = ["# What was tried", "", NOTE, ""]
    lines += [
        "A figure is recorded by a test after it has seen that nothing of it was let through; where something is, the"
        " test fails and its figure is missing. So every line ends with none. A run differs from the next, so each"
        " number is four fifths of what one run of all tests on SQLite counted, rounded down to two digits: every run"
        " tries at least as much. What each stands against is said in the [threat model](../threat-model.md).",
        "",
        "| Tried in one run of all tests | At least | Let through |",
        "| --- | ---: | ---: |",
    ]
    lines += [f"| {figure} | {least:,} | 0 |" for figure, least in sorted(promises.items())]
    return "\n".join(lines) + "\n"


def promised() -> dict[str, int]:
    """What the page that is kept promises."""
    rows = re.findall(r"^\| (.+?) \| ([\d,]+) \| 0 \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {figure: int(number.replace(",", "")) for figure, number in rows}


def fallen_short(figures: dict[str, int]) -> list[str]:
    """What a run tried less of than the page promises, or not at all."""
    return [
        f"{figure}: {figures.get(figure, 0):,} of at least {least:,}"
        for figure, least in promised().items()
        if figures.get(figure, 0) < least
    ]


def main(*asked: str) -> str:
    """Write the page from the last run of all tests; with `--check`, hold that run to the page; with `--begin`, make
    room for the next one. What is wrong, or nothing.
    """
    if "--begin" in asked:
        begin()
        return ""
    run = last_run()
    if not run:
        return "No run of all tests on SQLite has come to its end here since the last one began: run `make test` first."
    if failed := [test for test in run["failed"] if not test.startswith(OF_THE_PAGE)]:
        return f"{len(failed)} tests of the last run failed, such as {failed[0]}: mend that, and run `make test` again."
    figures = tried()
    if "--check" in asked:
        return "\n".join(fallen_short(figures))
    PAGE.write_text(page({figure: floor_of(number) for figure, number in figures.items()}), encoding="utf-8")
    sys.stdout.write(f"Written from a run of {run['tests']:,} tests.\n")
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
