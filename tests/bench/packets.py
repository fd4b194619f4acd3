"""Packets of 12 pages with 8 photographs of 2 megapixels, from the database to sealed bytes, against WeasyPrint.

`python -m tests.bench packets`. WeasyPrint needs system libraries and is in no list of ours: it is measured where
`BENCH_WEASYPRINT` names a Python that has it. `BENCH_PACKETS` says how many are sealed in a row, 500 by default.
"""

from __future__ import annotations

import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from PIL import Image, ImageChops

SIZE = (1920, 1080)
PHOTOGRAPHS = 8
PAGES = 12
IN_A_ROW = 500
TURNS = 9
WORDS = "The gland was soft and the duct flushed well at the follow-up; nothing was felt along its course. " * 10


def measure_packets() -> None:
    """In a process and a database of its own: nothing that was measured before weighs on it."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "MEDIA_ROOT": f"{folder}/media"}
        for step in (["prepare"], []):
            subprocess.run([sys.executable, "-m", "tests.bench.packets", *step], env=os.environ | own, check=True)


def main() -> None:
    import django

    django.setup()
    if sys.argv[1:] == ["prepare"]:
        _prepare()
    else:
        _measure()


def _prepare() -> None:
    from django.core.management import call_command

    from tests import factories as f

    call_command("migrate", verbosity=0)
    f.organization()
    packet = _claim(f.user(role="biller"))[1]
    assert packet.pages == PAGES, f"{packet.pages} pages instead of {PAGES}"


def _measure() -> None:
    from claims.models import Packet
    from claims.packet import build
    from claims.services.packets import seal_packet
    from documentation.services import files
    from tests.bench.report import Section
    from tests.bench.weasyprint import ByWeasyPrint

    packet = Packet.objects.select_related("claim__encounter__location", "sealed_by")[0]
    claim, by, at = packet.claim, packet.sealed_by, packet.sealed_at

    def seal() -> Took:
        began = _now()
        seal_packet(claim, by=by, at=at)
        return Took(*(after - before for after, before in zip(_now(), began, strict=True)))

    section = Section(
        "Packets", "Way", "processor ms each", "ms each by the clock", "times less of the processor", "times faster"
    )
    ours: list[Took] = []
    theirs: list[Took] = []
    python = os.environ.get("BENCH_WEASYPRINT", "")
    compose = sys.modules[build.__module__]
    typst, other = compose.render, ByWeasyPrint(python)  # type: ignore[attr-defined]
    for n in range(TURNS + 1):  # in turns, so that other work on the machine slows both alike; the first is not counted
        for render, took in ((typst, ours), (other, theirs)):
            if render is typst or python:
                compose.render = render  # type: ignore[attr-defined]
                one = seal()
                if n:
                    took.append(one)
    compose.render = typst  # type: ignore[attr-defined]
    section.row("Ductus", *_median(ours), *(_times(theirs, ours) if theirs else ("", "")))
    if theirs:
        section.row("WeasyPrint in the place of Typst", *_median(theirs), "1.0", "1.0")
    rows, took_all = int(os.environ.get("BENCH_PACKETS", IN_A_ROW)), []

    def watched(times: int) -> list[float]:
        return [_most_memory(lambda: took_all.append(seal())) for _ in range(times)]

    watched(TURNS)
    peaks = watched(rows)
    watched(TURNS)  # before and after the row: the machine may be busier at one end
    together, singles = _mean(took_all[TURNS:-TURNS]), [*took_all[:TURNS], *took_all[-TURNS:]]
    single = _mean(singles)
    section.row(f"Ductus, {rows} in a row", f"{together.processor * 1000:.0f}", f"{together.clock * 1000:.0f}", "", "")
    tenth = max(1, rows // 10)
    size = len(files.read(packet.pdf)) / 1e6
    section.lines.append(
        f"{PAGES} pages with {PHOTOGRAPHS} made-up photographs of {SIZE[0] * SIZE[1] / 1e6:.1f} megapixels,"
        f" {size:.1f} MB of PDF, from the database to the packet's rows and files, medians of {TURNS}. WeasyPrint sets"
        f" the same words, tables, links, drawings and photographs in HTML and CSS ({other.pages} pages), tagged as"
        " PDF/UA, in a process of its own for each document as Typst does; reading, sealing and keeping are the same."
    )
    section.lines.append(
        f"{rows} in a row took {together.processor / single.processor:.2f} times as much of the processor each as"
        f" {len(singles)} by themselves, half before and half after them (mean {single.processor * 1000:.0f} ms), and"
        f" {together.clock / single.clock:.2f} times as long by the clock. Processor time is that of all processes that"
        f" took part, and that of looking at their memory. Memory of all processes together at its peak:"
        f" {statistics.median(peaks[:tenth]):.0f} MB in the first {tenth}, {statistics.median(peaks[-tenth:]):.0f} MB"
        f" in the last {tenth}, {max(peaks):.0f} MB at most."
    )
    print(*section.lines[-2:], sep="\n")
    section.keep()


class Took(NamedTuple):
    """Seconds of the processors, children included, and by the clock."""

    processor: float
    clock: float


def _now() -> Took:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Took(sum(u.ru_utime + u.ru_stime for u in used), perf_counter())


def _mean(took: Sequence[Took]) -> Took:
    return Took(*(statistics.mean(kind) for kind in zip(*took, strict=True)))


def _median(took: Sequence[Took]) -> tuple[str, str]:
    return tuple(f"{statistics.median(kind) * 1000:.0f}" for kind in zip(*took, strict=True))  # type: ignore[return-value]


def _times(theirs: Sequence[Took], ours: Sequence[Took]) -> tuple[str, str]:
    kinds = zip(zip(*theirs, strict=True), zip(*ours, strict=True), strict=True)
    return tuple(f"{statistics.median(t) / statistics.median(o):.1f}" for t, o in kinds)  # type: ignore[return-value]


def _claim(by: Any) -> tuple[Any, Any]:
    """A ready claim whose packet has the pages, and that packet."""
    from claims.services.packets import seal_packet
    from documentation.services import images, signing
    from tests import factories as f

    encounter = f.drafted(with_images=False)
    clinician = encounter.clinician.user
    taken = images.take_in(
        encounter, [images.Upload(f"{n}.jpg", _photograph(n)) for n in range(PHOTOGRAPHS)], by=clinician, at=f.AT
    )
    known = {row.key: row for row in encounter.findings.all()}
    described = f.reference().case.encounter.images
    for n, outcome in enumerate(taken):
        given = described[n % len(described)]
        values = {**f.fields(given, "file", "finding", "annotations"), "finding": known.get(given.finding)}
        images.describe(outcome.image, values, by=clinician, at=f.AT)
    encounter.refresh_from_db()
    signing.sign(encounter, by=clinician, at=f.AT)
    claim = f.claim_at(preparation="ready", by=by, encounter=type(encounter).objects.get(pk=encounter.pk))
    packet = seal_packet(claim, by=by, at=f.AT)
    while packet.pages < PAGES:
        signing.add(claim.encounter, WORDS, by=clinician, at=f.AT)
        packet = seal_packet(claim, by=by, at=f.AT)
    return claim, packet


def _photograph(n: int) -> bytes:
    noise = Image.effect_noise((SIZE[0] // 4, SIZE[1] // 4), 60).resize(SIZE, Image.Resampling.BICUBIC)
    light = Image.radial_gradient("L").resize(SIZE)
    bands = [ImageChops.add(light, noise, 2), ImageChops.multiply(light, noise), ImageChops.offset(noise, 40 * n)]
    out = io.BytesIO()
    Image.merge("RGB", bands).save(out, "JPEG", quality=88)
    return out.getvalue()


# ---------------------------------------------------------------------------------------------------------- memory


def _most_memory(action: Callable[[], object]) -> float:
    """The most that this process and those that it started hold at one moment while it acts, MB."""
    most, is_over = 0, threading.Event()

    def look() -> None:
        nonlocal most
        while not is_over.wait(0.02):
            most = max(most, sum(resident(pid) for pid in _family(os.getpid())))

    watcher = threading.Thread(target=look)
    watcher.start()
    action()
    is_over.set()
    watcher.join()
    return most / 1e6


def _family(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = {int(c) for task in tasks for c in (task / "children").read_text().split()}
        # A child that did not begin its own program yet has the very memory of its parent, not some of its own.
        own = Path(f"/proc/{pid}/cmdline").read_bytes()
        begun = {c for c in children if Path(f"/proc/{c}/cmdline").read_bytes() != own}
    except OSError:  # It ended meanwhile.
        return [pid]
    return [pid, *(one for child in begun for one in _family(child))]


def resident(pid: int) -> int:
    """What a process holds, its share of what it has in common with others included; bytes."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
