"""A page answers before the server gives it up; what its processes may take is what is left of its time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from claims.channels import apart
from config import gunicorn, settings
from documentation import papers
from documentation.kernel.deadline import Late, run, within
from documentation.typesetting import RenderRefused, render
from tests.claims.papers import blank_pdf

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
QUICK = [sys.executable, "-c", "print('done')"]


def test_without_a_deadline_a_process_has_its_own_limit() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(SLEEP, limit=0.2)
    assert run(QUICK, limit=60, capture_output=True).stdout == b"done\n"


def test_within_one_it_ends_with_whichever_is_shorter() -> None:
    with within(0.2), pytest.raises(Late, match=r"longer than the 0 seconds in which a page has to answer"):
        run(SLEEP, limit=30)
    with within(600):
        with pytest.raises(subprocess.TimeoutExpired):
            run(SLEEP, limit=0.2)
        assert run(QUICK, limit=60, capture_output=True).stdout == b"done\n"


def test_what_is_over_starts_nothing_more_and_ends_with_the_page() -> None:
    with within(0):
        with pytest.raises(Late):
            run(["/no/such/program"], limit=30)
        with within(None):
            assert run(QUICK, limit=60, capture_output=True).stdout == b"done\n"
    assert run(QUICK, limit=60, capture_output=True).stdout == b"done\n"


def test_every_process_of_a_packet_says_so_in_its_own_way() -> None:
    with within(0):
        with pytest.raises(RenderRefused, match=r"nothing was kept\. Take along fewer or shorter documents"):
            render("label.typ", {}, {})
        with pytest.raises(papers.PaperRefused, match="nothing was kept"):
            papers.drawn(blank_pdf())
        with pytest.raises(apart.ChannelRefused, match="nothing was kept"):
            apart.measure({"packet.pdf": blank_pdf()})


def test_the_server_waits_longer_than_a_page_may_take() -> None:
    assert settings.ANSWER_SECONDS is not None
    assert gunicorn.timeout >= settings.ANSWER_SECONDS + 15
