"""Pictures taken in against what Pillow does by itself, the memory that this takes, and a page of 200 of them."""

import hashlib
import io
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from PIL import Image, ImageChops, ImageOps

from tests.bench.report import Section, milliseconds

SIZE = (4000, 3000)
PICTURES = 100
BATCH = 10
ON_ONE_PAGE = 200

_MEASURE_CHILD = """
import os, resource, sys
from documentation.imaging.results import Limits
from documentation.imaging.worker import answer, run_apart
from PIL import Image
Image.preinit()
memory = os.memfd_create("image")
os.write(memory, sys.stdin.buffer.read())
assert run_apart(lambda: answer(memory, Limits(), screen=True, frame=None), Limits()) is None
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measure_pictures() -> None:
    from documentation.imaging import Accepted, examine_many
    from documentation.imaging.inspect import WORKERS

    originals = [_large(n) for n in range(5)]
    files = [
        _with_comment(originals[n % len(originals)], n) for n in range(int(os.environ.get("BENCH_PICTURES", PICTURES)))
    ]
    ways: dict[str, Callable[[Sequence[bytes]], list[object]]] = {
        "decoded at 1/8, nothing else": lambda batch: [_decoded(data) for data in batch],
        "Pillow: verify, transpose, re-encode, thumbnail": lambda batch: [_naive(data) for data in batch],
        "Ductus: validated, cleaned, hashed, thumbnail": lambda batch: list(examine_many(batch, screen=False)),
        "Ductus, with the screen copy": lambda batch: list(examine_many(batch)),
    }
    elapsed, worked = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0.0)
    for way in ways.values():
        way(files[:2])  # warm
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        for name, way in ways.items():  # in turns, so that other work on the machine slows all alike
            began, before = perf_counter(), _processor_seconds()
            answers = way(batch)
            elapsed[name] += perf_counter() - began
            worked[name] += _processor_seconds() - before
            assert not name.startswith("Ductus") or all(isinstance(answer, Accepted) for answer in answers)

    section = Section(
        "Pictures taken in", "Way", "ms each", "times decoding", "times faster than Pillow", "processor ms each"
    )
    decoding, naive, *_ = elapsed.values()
    for name, took in elapsed.items():
        each, work = f"{took / len(files) * 1000:.0f}", f"{worked[name] / len(files) * 1000:.0f}"
        section.row(name, each, f"{took / decoding:.2f}", f"{naive / took:.1f}", work)
    section.lines.append(
        f"{len(files)} made-up JPEG files of {SIZE[0] * SIZE[1] // 10**6} megapixels and "
        f"{statistics.mean(map(len, files)) / 1e6:.1f} MB, by the clock. Decoding and Pillow take them one after the "
        f"other, Ductus as it does: {WORKERS} at a time, each in a process of its own. Processor time is that of all "
        "processes that took part, starting and ending them included."
    )
    section.lines.append(f"Memory of the process that examines one of them, at its peak: {_peak(files[0]):.0f} MB.")
    print(*section.lines[-2:], sep="\n")
    section.keep()


def _processor_seconds() -> float:
    """Of this process, of the warm ones that examine pictures, and of those that they forked and that ended."""
    from documentation.imaging.inspect import _workers

    warm = [worker._process.pid for worker in _workers.queue if worker._process]
    ticks = sum(sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])) for pid in warm)
    return sum(os.times()[:4]) + ticks / os.sysconf("SC_CLK_TCK")


def _large(number: int) -> bytes:
    """A made-up picture of the inside of a duct in the size of a camera's sensor, with its grain."""
    from claims.demo.pictures import draw

    scene = ("open", "stenosis", "stone", "plug", "branching")[number]
    image = Image.open(io.BytesIO(draw(scene, 0))).convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(SIZE, 10)
    return _jpeg(ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -128), 90)


def _with_comment(data: bytes, number: int) -> bytes:
    comment = f"picture {number}".encode()
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + data[2:]


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _decoded(data: bytes) -> None:
    image = Image.open(io.BytesIO(data))
    image.draft(None, (SIZE[0] // 8, SIZE[1] // 8))
    image.load()


def _naive(data: bytes) -> None:
    hashlib.sha256(data).hexdigest()
    Image.open(io.BytesIO(data)).verify()
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    hashlib.sha256(_jpeg(image, 90)).hexdigest()
    image.thumbnail((360, 360), Image.Resampling.LANCZOS)
    _jpeg(image, 82)


def _peak(data: bytes) -> float:
    done = subprocess.run([sys.executable, "-c", _MEASURE_CHILD], input=data, stdout=subprocess.PIPE, check=True)
    return int(done.stdout) * 1024 / 1e6


def measure_a_long_page() -> None:
    """The images of one encounter, as many as it can hold in earnest; thumbnails come when they are scrolled to."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse
    from django.utils import timezone

    from documentation.models import Encounter, EncounterImage
    from documentation.services import files

    encounter = Encounter.objects.filter(status="draft", images__isnull=False).first()
    assert encounter is not None
    assert encounter.clinician.user is not None
    picture, now = encounter.images.first(), timezone.now()
    for number in range(encounter.images.count() + 1, ON_ONE_PAGE + 1):
        picture.pk, picture.position, picture._state.adding = None, number, True
        picture.original = files.keep(os.urandom(16), media_type="image/jpeg", at=now)
        picture.save()
    assert EncounterImage.objects.filter(encounter=encounter).count() == ON_ONE_PAGE
    client = Client(headers={"host": "localhost"})
    client.force_login(encounter.clinician.user)
    section = Section(f"An encounter with {ON_ONE_PAGE} pictures", "Page", "ms", "queries", "KB")
    for name, address in (
        ("section of the images", reverse("encounter_images", args=[encounter.pk])),
        ("the record to read", reverse("encounter", args=[encounter.pk])),
    ):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        asked = len(queries)  # the next request forgets them
        assert answer.status_code == 200, address
        took = milliseconds(partial(client.get, address), runs=5)
        section.row(name, f"{took:.0f}", str(asked), f"{len(answer.content) / 1000:.0f}")
    section.keep()
