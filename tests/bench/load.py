"""Fifty people at once, reading and writing, among few claims and among very many: `python -m tests.bench load`.

`BENCH_LOAD_CLAIMS`, 100,000 by default, lie in a database that `manage.py demo --claims` makes once and that is kept
in BENCH_MILLION as that of `million` is; what is written here is written into a copy. Both practices are served by
`manage.py serve`, and asked in turns, so that other work on the machine slows both alike: each for
`BENCH_LOAD_SECONDS`, 600 by default, by `BENCH_LOAD_PEOPLE`, 50, of three roles; then the same again while 20 more
have a record open that saves itself.
"""

import json
import os
import random
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import requests
from lxml import html

from tests.bench.million import address, fill
from tests.bench.packets import resident
from tests.bench.report import Section

CLAIMS = int(os.environ.get("BENCH_LOAD_CLAIMS", "100000"))
SECONDS = float(os.environ.get("BENCH_LOAD_SECONDS", "600"))
PEOPLE = int(os.environ.get("BENCH_LOAD_PEOPLE", "50"))
FEW = 50
"""Claims of a practice that has just begun."""
OPEN = 20
"""Records that save themselves."""
PAUSES = (3.0, 9.0)
"""Seconds that a person looks at a page, from the least to the most."""
AUTOSAVE = 5.0
"""Seconds between two saves of a record in which somebody types."""
TURN = min(30.0, SECONDS / 2)
"""Seconds until the other practice is asked."""


class Practice:
    """One that is served, and what its people met there."""

    def __init__(self, port: int, pid: int, known: dict[str, Any]) -> None:
        self.address, self.pid, self.known = f"http://127.0.0.1:{port}", pid, known
        self.took: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.memory: list[float] = []

    def look_at_memory(self) -> None:
        told = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        self.memory.append(sum(map(resident, [self.pid, *map(int, told.split())])) / 1e6)

    def p95(self, page: str = "") -> float:
        """Milliseconds within which 95 of 100 requests were answered, of one kind or of all."""
        took = self.took[page] if page else [one for each in self.took.values() for one in each]
        return statistics.quantiles(took, n=20, method="inclusive")[18] * 1000 if len(took) > 1 else float("nan")


class Browser:
    """One person's, at one practice."""

    def __init__(self, practice: Practice, seat: dict[str, Any]) -> None:
        self.practice, self.seat = practice, seat
        self.session = requests.Session()
        self.session.cookies.set("ductus_session", seat["session"], domain="127.0.0.1")
        self.typed: dict[str, str] = {}

    def ask(self, kind: str, path: str, data: dict[str, Any] | None = None, **headers: str) -> requests.Response | None:
        where, began = self.practice.address + path, perf_counter()
        token = self.session.cookies.get("ductus_csrf", "")
        try:
            if data is None:
                answer = self.session.get(where, allow_redirects=False, timeout=60)
            else:
                headers = {"X-CSRFToken": token, "Referer": self.practice.address, **headers}
                answer = self.session.post(where, data, headers=headers, allow_redirects=False, timeout=60)
        except requests.RequestException as broke:
            self.practice.errors.append(f"{kind}: {broke!r}")
            return None
        self.practice.took[kind].append(perf_counter() - began)
        # Whoever has a claim is not given it again: that is said, and no error.
        is_refused = answer.status_code == 409 and kind == "a claim is handed over"
        if (answer.status_code >= 400 and not is_refused) or "/login/" in answer.headers.get("Location", ""):
            self.practice.errors.append(f"{kind} {path}: {answer.status_code}")
        return answer

    def write(self, kind: str, path: str, **typed: Any) -> None:
        if "ductus_csrf" not in self.session.cookies:
            self.ask("today", "/today/")
        self.ask(kind, path, {"once": str(uuid.uuid4()), **typed})

    def save(self, kind: str, words: str) -> None:
        """Save the section that is open, as the page's script does, and take over what the answer says is stored."""
        path = f"/encounters/{self.seat['draft']}/plan/"
        if not self.typed:
            page = self.ask("a record's section", path)
            if page is None or page.status_code != 200:
                return
            self.typed = dict(html.fromstring(page.text).get_element_by_id("section-form").form_values())
        answer = self.ask(kind, path, self.typed | {"statement": words}, **{"HX-Request": "true"})
        if answer is not None and (base := re.search(r'id="base" value="([^"]*)"', answer.text)):
            self.typed |= {"statement": words, "base": base[1].replace("&quot;", '"')}

    def step(self, chance: random.Random) -> None:
        """The next thing that this person does."""
        claim, record = (chance.choice(self.practice.known[of]) for of in ("claims", "records"))
        words = f"Call {chance.randrange(10**6)}."
        does: dict[str, list[Callable[[], object]]] = {
            "clinician": [
                lambda: self.ask("today", "/today/"),
                lambda: self.ask("a signed record", f"/encounters/{record}/"),
                lambda: self.ask("a record's section", f"/encounters/{self.seat['draft']}/findings/"),
                lambda: self.save("a record is saved", words),
            ],
            "biller": [
                lambda: self.ask("ready to bill", "/ready-to-bill/"),
                lambda: self.ask("worklist", "/worklist/?queue=denied&order=priority"),
                lambda: self.ask("a claim", f"/claims/{claim}/"),
                lambda: self.write("a note is written", f"/claims/{claim}/note/", text=words),
                lambda: self.write("a claim is searched", "/claims/", patient=claim),
            ],
            "manager": [
                lambda: self.ask("dashboard", "/dashboard/"),
                lambda: self.ask("worklist", "/worklist/?queue=to_send&order=priority"),
                lambda: self.ask("deadlines", "/deadlines/"),
                lambda: self.ask("a claim", f"/claims/{claim}/"),
                lambda: self.write("a claim is handed over", f"/claims/{claim}/hand-over/", to=self.seat["user"]),
            ],
        }
        chance.choice(does[self.seat["role"]])()


# --- Two practices, served -----------------------------------------------------------------------------------------


@contextmanager
def copied(size: int, folder: Path) -> Iterator[str]:
    """The address of a copy of a kept database."""
    kept = address(size)["DATABASE_URL"]
    if kept.startswith("sqlite"):
        path = folder / f"{size}.sqlite3"
        source, target = sqlite3.connect(kept.removeprefix("sqlite:///")), sqlite3.connect(path)
        source.backup(target)
        source.close()
        target.close()
        yield f"sqlite:///{path}"
        return
    import psycopg

    server, _, name = kept.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}_load" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}_load" TEMPLATE "{name}"')
        yield f"{kept}_load"
        connection.execute(f'DROP DATABASE "{name}_load" WITH (FORCE)')


@contextmanager
def served(size: int, folder: Path) -> Iterator[Practice]:
    with copied(size, folder) as url, socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
        trial.close()
        around = {**address(size), "DATABASE_URL": url, "PORT": str(port), "NIGHTLY_AT": "off"}
        around["DJANGO_SETTINGS_MODULE"] = "config.settings"
        child = [sys.executable, "-m", "tests.bench.load_people", str(PEOPLE), str(OPEN)]
        told = subprocess.run(child, env=around, stdout=subprocess.PIPE, text=True, check=True)
        server = subprocess.Popen([sys.executable, "manage.py", "serve"], env=around, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, server)
            yield Practice(port, server.pid, json.loads(told.stdout))
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = monotonic() + 600
    while True:
        assert server.poll() is None
        assert monotonic() < until, "it does not answer"
        try:
            if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200:
                return
        except requests.RequestException:
            sleep(0.5)


# --- What is measured ----------------------------------------------------------------------------------------------


def drive(practices: list[Practice], saving: bool) -> None:
    """Let everybody work at one practice after the other, turn by turn, until each was asked long enough."""
    over, at = threading.Event(), [0]

    def work(number: int, is_saving: bool) -> None:
        chance = random.Random(number)
        browsers = [Browser(practice, practice.known["seats"][number]) for practice in practices]
        over.wait(chance.uniform(0, PAUSES[1]))
        while not over.is_set():
            browser = browsers[at[0]]
            if is_saving:
                browser.save("a record saves itself", f"Seen again in {chance.randrange(10**6)} days.")
            else:
                browser.step(chance)
            over.wait(AUTOSAVE if is_saving else chance.uniform(*PAUSES))

    numbers = [(n, False) for n in range(OPEN, OPEN + PEOPLE)] + [(n, True) for n in range(OPEN if saving else 0)]
    threads = [threading.Thread(target=work, args=of) for of in numbers]
    for thread in threads:
        thread.start()
    for turn in range(2 * round(SECONDS / TURN)):
        at[0] = turn % 2
        sleep(TURN)
        practices[at[0]].look_at_memory()
    over.set()
    for thread in threads:
        thread.join()


def measure_load() -> None:
    for size in (FEW, CLAIMS):
        fill(size)
    found = {}
    for saving in (False, True):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            found[saving] = [stack.enter_context(served(size, Path(folder))) for size in (FEW, CLAIMS)]
            drive(found[saving], saving)
    report(found)


def report(found: dict[bool, list[Practice]]) -> None:
    few, many = found[False]
    section = Section(
        f"{PEOPLE} people at once", "Page", f"{few.known['count']:,} claims, p95 ms", f"{many.known['count']:,}",
        "times", f"{OPEN} records open: {few.known['count']:,}", f"{many.known['count']:,}", "times",
    )  # fmt: skip
    for kind in ["", *sorted({kind for each in found.values() for one in each for kind in one.took})]:
        cells = []
        for pair in found.values():
            least, most = (practice.p95(kind) for practice in pair)
            cells += [f"{least:.0f}", f"{most:.0f}", f"{most / least:.2f}"] if least == least else ["", "", ""]
        section.row(kind or "all", *cells)
    for saving, pair in found.items():
        for practice in pair:
            asked = sum(map(len, practice.took.values()))
            first, last, most = practice.memory[0], practice.memory[-1], max(practice.memory)
            section.lines.append(
                f"{practice.known['count']:,} claims{f', {OPEN} records open' if saving else ''}: {asked:,} requests in"
                f" {SECONDS:.0f} s, {len(practice.errors)} errors; memory of all server processes {first:.0f} MB after"
                f" the first {TURN:.0f} s, {last:.0f} MB at the end, {most:.0f} MB at most."
            )
            print(section.lines[-1], *practice.errors[:10], sep="\n")
    section.lines.append(
        "Clinicians, billers and managers, each with pauses of 3 to 9 seconds between two requests, at"
        " `manage.py serve` as `make run` starts it; both practices are served at once and asked in turns of"
        f" {TURN:.0f} s. By the clock, with what asks on the same machine."
    )
    section.keep()
