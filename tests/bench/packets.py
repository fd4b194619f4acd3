"""Packets of 12 pages with 8 photographs of 2 megapixels, from the database to sealed bytes, against WeasyPrint.

`python -m tests.bench packets`. WeasyPrint needs system libraries and is in no list of ours: it is measured where
`BENCH_WEASYPRINT` names a Python that has it. `BENCH_PACKETS` says how many are sealed in a row, 500 by default.
"""

from __future__ import annotations

import html
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

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
        subprocess.run([sys.executable, "-m", "tests.bench.packets"], env=os.environ | own, check=True)


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from claims.packet import build
    from claims.services.packets import seal_packet
    from documentation.services import files
    from tests import factories as f
    from tests.bench.report import Section

    call_command("migrate", verbosity=0)
    f.organization()
    by = f.user(role="biller")
    claim, packet = _claim(by)
    assert packet.pages == PAGES, f"{packet.pages} pages instead of {PAGES}"

    def seal() -> float:
        began = perf_counter()
        seal_packet(claim, by=by, at=f.AT)
        return perf_counter() - began

    section = Section("Packets", "Way", "ms each", "times faster")
    ours: list[float] = []
    theirs: list[float] = []
    python = os.environ.get("BENCH_WEASYPRINT", "")
    page_of = _pages_by_weasyprint(files.read(packet.pdf), python)
    compose = sys.modules[build.__module__]
    for n in range(TURNS + 1):  # in turns, so that other work on the machine slows both alike; the first is not counted
        took = seal()
        if n:
            ours.append(took)
        if python:
            setting, compose.render = compose.render, page_of  # type: ignore[attr-defined]
            try:
                took = seal()
            finally:
                compose.render = setting  # type: ignore[attr-defined]
            if n:
                theirs.append(took)
    one = statistics.median(ours)
    section.row("Ductus", f"{one * 1000:.0f}", f"{statistics.median(theirs) / one:.1f}" if theirs else "")
    if theirs:
        section.row("WeasyPrint in the place of Typst", f"{statistics.median(theirs) * 1000:.0f}", "1.0")
    rows = int(os.environ.get("BENCH_PACKETS", IN_A_ROW))
    began, peaks = perf_counter(), []
    for _ in range(rows):
        peaks.append(_most_memory(seal))
    together = (perf_counter() - began) / rows
    section.row(f"Ductus, {rows} in a row", f"{together * 1000:.0f}", f"{one / together:.2f}")
    tenth = max(1, rows // 10)
    size = len(files.read(packet.pdf)) / 1e6
    section.lines.append(
        f"{PAGES} pages with {PHOTOGRAPHS} made-up photographs of {SIZE[0] * SIZE[1] / 1e6:.1f} megapixels,"
        f" {size:.1f} MB, from the database to the packet's rows and files, medians of {TURNS}. WeasyPrint sets the words of these"
        " pages as plain lines and the same photographs, in a process of its own for each document as Typst does, tagged as"
        " PDF/UA; reading, sealing and keeping are the same for both."
    )
    section.lines.append(
        f"{rows} in a row took {together / one:.2f} times as long each as those by themselves. Memory of all processes"
        f" together at its peak: {statistics.median(peaks[:tenth]):.0f} MB in the first {tenth},"
        f" {statistics.median(peaks[-tenth:]):.0f} MB in the last {tenth}, {max(peaks):.0f} MB at most."
    )
    print(*section.lines[-2:], sep="\n")
    section.keep()


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


# ------------------------------------------------------------------------------------------------------ WeasyPrint

_CHILD = """
import json, sys
from weasyprint import HTML
job = json.load(sys.stdin)
HTML(string=job["html"], base_url=job["folder"]).write_pdf(job["output"], pdf_variant="pdf/ua-1", pdf_tags=True)
"""


def _pages_by_weasyprint(pdf: bytes, python: str) -> Callable[..., Any]:
    """`render` by WeasyPrint: the same words on the same pages, and the photographs two in a row."""
    import fontpkg_inter
    import pypdfium2

    from documentation.typesetting import Rendered

    font = next((Path(fontpkg_inter.__file__).parent / "files").rglob("*.ttf"))
    texts = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]

    def render(main: str, data: Mapping[str, Any], files: Mapping[str, bytes]) -> Rendered:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            pictures = [name for name in sorted(files) if name.endswith(".jpg")]
            job = {"html": _html(texts, pictures, font), "folder": folder, "output": f"{folder}/out.pdf"}
            given = json.dumps(job).encode()
            subprocess.run([python, "-I", "-c", _CHILD], input=given, check=True, stderr=subprocess.PIPE)
            pages = {f"part:{p['key']}": (1, PAGES) for p in ({"key": "cover"}, *data["parts"])}
            return Rendered((Path(folder) / "out.pdf").read_bytes(), pages)

    return render


def _html(texts: list[str], pictures: list[str], font: Path) -> str:
    said = [f"<p>{'<br>'.join(html.escape(line) for line in text.splitlines())}</p>" for text in texts]
    shown = "".join(f"<img src='{name}' alt='A photograph'>" for name in pictures)
    pages = "".join(f"<section><h1>Page</h1>{words}{shown if n == 4 else ''}</section>" for n, words in enumerate(said))
    return f"""<!doctype html><html lang="en"><head><title>Packet</title><style>
    @font-face {{ font-family: Inter; src: url(file://{font}) }}
    @page {{ size: letter; margin: 0.8in; @bottom-right {{ content: "page " counter(page) " of " counter(pages) }} }}
    body {{ font: 7pt Inter }} section {{ break-after: page }} img {{ width: 48%; margin: 1% }}
    </style></head><body>{pages}</body></html>"""


# ---------------------------------------------------------------------------------------------------------- memory


def _most_memory(action: Callable[[], object]) -> float:
    """The most that this process and those that it started hold at one moment while it acts, MB."""
    most, is_over = 0, threading.Event()

    def look() -> None:
        nonlocal most
        while not is_over.wait(0.02):
            most = max(most, sum(_resident(pid) for pid in _family(os.getpid())))

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
    except OSError:  # It ended meanwhile.
        return []
    return [pid, *(one for child in children for one in _family(child))]


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


if __name__ == "__main__":
    main()
