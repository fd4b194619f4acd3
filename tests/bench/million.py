"""Pages among 10,000, 100,000 and 1,000,000 claims: `python -m tests.bench million`.

The databases are made once by `manage.py demo --claims` and kept in BENCH_MILLION (a folder; on PostgreSQL the address
of a server on this machine, whose databases are named ductus_10000 and so on). Each database has a process of its own;
they are asked for one page at a time, in turns, so that a machine that is slower for a while is so for all of them.
What is measured is the processor's time, which others beside it lengthen little: that of the program and, on
PostgreSQL, of the server's process that answers it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.million_pages import BY_THE_CLOCK, FEW_RUNS, ITS_NUMBERS, LIVE, RUNS
from tests.bench.report import Section

SIZES = tuple(int(n) for n in os.environ.get("BENCH_MILLION_SIZES", "10000 100000 1000000").split())
ADMIN = "Django admin"
BASE = os.environ.get("BENCH_MILLION", str(Path(tempfile.gettempdir()) / "ductus-bench"))


def measure_million() -> None:
    filled = {size: fill(size) for size in SIZES}
    report(filled, pages())


def address(size: int) -> dict[str, str]:
    """The environment of one database."""
    if BASE.startswith("postgres"):
        where = f"{BASE.rstrip('/')}/ductus_{size}"
    else:
        Path(BASE).mkdir(parents=True, exist_ok=True)
        where = f"sqlite:///{BASE}/{size}.sqlite3"
    media = Path(tempfile.gettempdir()) / "ductus-bench-media"
    return {**os.environ, "DATABASE_URL": where, "MEDIA_ROOT": str(media)}


def manage(size: int, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], env=address(size), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def fill(size: int) -> float:
    """Seconds that it took; 0 where the database was there already."""
    manage(size, "migrate", "--verbosity=0")
    manage(size, "createcachetable")
    began = perf_counter()
    known = "from claims.models import Claim; print(Claim.objects.count())"
    if int(manage(size, "shell", "--no-imports", "-c", known).split()[-1]) >= size:
        return 0.0
    manage(size, "demo", f"--claims={size}")
    took = perf_counter() - began
    print(f"{size:,} claims in {took:.0f} s", flush=True)
    if BASE.startswith("postgres"):  # it would by itself, within the hour
        vacuum = "from django.db import connection; connection.cursor().execute('VACUUM')"
        manage(size, "shell", "--no-imports", "-c", vacuum)
    return took


def pages() -> dict[str, dict[int, dict[str, float]]]:
    """By page and database the least time of several, in milliseconds, and how many queries it asks."""
    children = {size: _child(size) for size in SIZES}
    found: dict[str, dict[int, dict[str, float]]] = {}
    while True:
        first = {size: _said(child) for size, child in children.items()}
        if any(one is None for one in first.values()):
            break
        (name,) = {one["name"] for one in first.values() if one}
        times: dict[int, list[float]] = {size: [] for size in SIZES}
        is_slow = LIVE in name or (ADMIN in name and "same rows" not in name)
        for _ in range(FEW_RUNS if is_slow else RUNS):
            for size, child in children.items():
                times[size].append(_told(child, "again"))
        found[name] = {size: {"ms": min(times[size]), "queries": one["queries"]} for size, one in first.items() if one}
        print(name, {size: round(min(some), 1) for size, some in times.items()}, flush=True)
        for child in children.values():
            _tell(child, "next")
    for child in children.values():
        if child.wait():
            raise SystemExit("A process that measures broke off; what it said stands above.")
    return found


def _child(size: int) -> subprocess.Popen[str]:
    child = [sys.executable, "-m", "tests.bench.million_pages"]
    return subprocess.Popen(child, env=address(size), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _said(child: subprocess.Popen[str]) -> Any:
    """What a process says next; None where it is done."""
    line = child.stdout.readline() if child.stdout else ""
    return json.loads(line) if line else None


def _tell(child: subprocess.Popen[str], word: str) -> None:
    if child.stdin:
        child.stdin.write(f"{word}\n")
        child.stdin.flush()


def _told(child: subprocess.Popen[str], word: str) -> float:
    _tell(child, word)
    return float(_said(child))


def report(filled: dict[int, float], measured: dict[str, dict[int, dict[str, float]]]) -> None:
    engine = "PostgreSQL" if BASE.startswith("postgres") else "SQLite"
    ms = {name: {size: measured[name][size]["ms"] for size in SIZES} for name in measured}
    most, least = max(SIZES), min(SIZES)
    section = Section(
        f"Pages among very many claims, {engine}", "Page", *(f"{size:,}, ms" for size in SIZES),
        f"{most:,} to {least:,}", "queries",
    )  # fmt: skip
    for name in measured:
        queries = measured[name][most]["queries"]
        section.row(
            name,
            *(f"{ms[name][size]:.1f}" for size in SIZES),
            f"{ms[name][most] / ms[name][least]:.2f}",
            f"{queries:.0f}",
        )
    board, live = "dashboard, all years", "the same page by GROUP BY over a covering index"
    lists, admin = "worklist: ready to send, by priority", "Django admin: ready to send, the same rows"
    counted, plain = "the same with how many each queue has", "Django admin: claims that were not sent"
    names = "search: a patient's name", "Django admin: a patient's name"
    numbers = "search: a claim's number", "Django admin: a claim's number"
    middle = sorted(SIZES)[-2] if len(SIZES) > 1 else most
    made = "; ".join(f"{size:,} in {took:.0f} s" for size, took in filled.items() if took)
    faster, as_before = ms[live][most] / ms[board][most], ms[board][most] / ms[board][middle]

    def times(ours: str, theirs: str) -> str:
        return f"{ms[theirs][most] / ms[ours][most]:.1f}"

    timed = "in processor time"
    if engine == "PostgreSQL":
        by_clock = ms[f"these, {BY_THE_CLOCK}"][most] / ms[f"dashboard, {BY_THE_CLOCK}"][most]
        timed += (
            " of the program and of the server's process that answers it, which takes no others to its help but where"
            f" it says so: there the dashboard is {by_clock:.1f} times faster than GROUP BY"
        )
    section.lines.append(
        f"At {most:,} claims the dashboard is {faster:.1f} times faster than the same page whose numbers are counted"
        f" live, and takes {as_before:.2f} times as long as at {middle:,}; its numbers alone, without all that a page"
        f" is besides, come {times(ITS_NUMBERS, f'{ITS_NUMBERS}, by {LIVE}')} times faster."
        f" The worklist, which shows how many claims each queue has, is {times(lists, counted)} times faster than"
        " Django's admin with the same rows in the same"
        f" order and these numbers as its facets, and {times(lists, admin)} times faster than without the numbers;"
        " the admin's question works out queue, last day and priority. The admin's list of claims of the same state by"
        f" day, which shows none of these, takes {ms[plain][most] / ms[lists][most]:.2f} times as long as the worklist."
        f" A patient's name is found {times(*names)} times faster than by the admin's search, a claim's number"
        f" {times(*numbers)} times. Queries are all of a page, those of session, user and audit among them. The"
        f" least of {RUNS} pages each, of the slowest of {FEW_RUNS}, asked in turns, {timed}."
        + (" Of 10,000 claims 42 are denied, fewer than the 50 of a page." if least == 10_000 else "")
        + (f" Made by `manage.py demo --claims`: {made}." if made else "")
    )
    print(section.lines[-1])
    section.keep()
