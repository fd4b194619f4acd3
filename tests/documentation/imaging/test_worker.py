"""The process of its own: what it may not do, and what is said when it breaks down."""

import faulthandler
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from documentation.imaging import Accepted, Limits, Refusal, examine
from documentation.imaging import inspect as parent
from documentation.imaging.worker import run_apart

SHORT = Limits(wall_seconds=0.3, cpu_seconds=1, memory_bytes=1 << 30)
LONG = Limits(wall_seconds=300, cpu_seconds=15, memory_bytes=1 << 30)
"""For what ends by itself, on a busy machine, too."""


def crash() -> None:
    faulthandler.disable()  # pytest's would print the stack that we break on purpose.
    os.kill(os.getpid(), signal.SIGSEGV)


def spin() -> None:
    while True:
        pass


def test_a_job_that_ends_well_is_no_refusal():
    assert run_apart(lambda: None, LONG) is None


@pytest.mark.parametrize(
    ("job", "limits", "code"),
    [
        (lambda: time.sleep(60), SHORT, Refusal.TOO_SLOW),
        (lambda: bytearray(2 << 30), LONG, Refusal.TOO_MUCH_MEMORY),
        (crash, LONG, Refusal.CRASHED),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), LONG, Refusal.CRASHED),
        (lambda: 1 / 0, LONG, Refusal.CRASHED),
        (lambda: sys.exit(0), LONG, Refusal.CRASHED),
    ],
    ids=["sleeps", "eats memory", "segfaults", "is killed", "raises", "exits"],
)
def test_every_breakdown_is_a_refusal_with_a_sentence(job, limits, code):
    refused = run_apart(job, limits)

    assert refused is not None
    assert refused.code == code
    assert refused.sentence.endswith("then add it again.")


def test_processor_time_is_limited_apart_from_the_clock():
    refused = run_apart(spin, Limits(wall_seconds=300, cpu_seconds=1))

    assert refused is not None
    assert refused.code == Refusal.TOO_SLOW


def test_the_job_has_its_limits_and_no_way_to_the_channel():
    limits = Limits(cpu_seconds=7, memory_bytes=1 << 30)

    def look() -> None:
        assert resource.getrlimit(resource.RLIMIT_AS)[0] == 1 << 30
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] == 7
        assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
        assert {os.fstat(number).st_rdev for number in range(3)} == {Path(os.devnull).stat().st_rdev}

    assert run_apart(look, limits) is None


def test_a_process_that_is_stopped_is_gone():
    alive, held = os.pipe()
    os.set_inheritable(held, True)

    run_apart(lambda: time.sleep(60), SHORT)

    os.close(held)
    assert os.read(alive, 1) == b""  # No other process holds the pipe any more.
    os.close(alive)


def test_the_limits_reach_the_decoder(saved, photo):
    data = saved(photo.resize((4000, 3000)), "PNG", compress_level=1)
    answers = [
        examine(data, Limits(wall_seconds=0.01)),
        examine(data, Limits(memory_bytes=120 << 20)),
        examine(data, Limits(pixels=11_000_000)),
    ]

    assert [answer.code for answer in answers] == [
        Refusal.TOO_SLOW,
        Refusal.TOO_MUCH_MEMORY,
        Refusal.TOO_MANY_PIXELS,
    ]
    # How fast this machine is at the moment is no matter of this test.
    assert isinstance(examine(data, Limits(wall_seconds=300)), Accepted)


def test_a_worker_that_is_gone_is_replaced_without_anybody_noticing(saved):
    data = saved(Image.new("RGB", (700, 500), "maroon"))
    worker = parent._Worker()
    try:
        assert isinstance(worker.examine(data, Limits(), screen=False), Accepted)
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
        assert isinstance(worker.examine(data, Limits(), screen=False), Accepted)
    finally:
        worker.stop()


def test_the_worker_knows_no_django_and_no_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "not-for-decoders")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    worker = parent._Worker()
    try:
        worker._running()
        assert b"not-for-decoders" not in Path(f"/proc/{worker._process.pid}/environ").read_bytes()
    finally:
        worker.stop()
    loaded = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            "import sys; sys.path.insert(0, sys.argv[1]); import documentation.imaging.worker; print(*sys.modules)",
            str(parent._PROJECT),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "documentation.imaging.worker" in loaded
    assert not [name for name in loaded if name.split(".")[0] in ("django", "config", "claims")]
