"""The way into the process of `child`: measured, made and looked at apart from the server, within limits."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from claims.channels.framing import read, write
from claims.channels.parcel import Measured
from claims.channels.steps import Made, Make
from documentation.kernel.deadline import Late, run
from documentation.kernel.machine import Refused

TIME_LIMIT = 90.0
"""Seconds for one packet; a dozen pages take two or three."""

_PROJECT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from claims.channels.child import main; main()"


class ChannelRefused(Refused):
    """The files of the channel could not be made. The message is a sentence for the person."""


def measure(files: Mapping[str, bytes]) -> dict[str, tuple[Measured, ...]]:
    """Each page of each PDF by its name. Raises ChannelRefused where one cannot be opened."""
    if not files:
        return {}
    answer, _ = _ask({"op": "measure"}, files)
    return {name: tuple(Measured(*page) for page in pages) for name, pages in answer["pages"].items()}


def make(plan: Sequence[Make], contents: Mapping[str, bytes], total: int | None = None) -> list[Made]:
    """The files of a plan in its order, within `total` bytes; the same from the same. Raises ChannelRefused."""
    needed = {m.source: contents[m.source] for m in plan}
    if all(m.how == "keep" and m.type == "pdf" for m in plan):
        return [Made(m.name, needed[m.source]) for m in plan]
    answer, files = _ask({"op": "make", "plan": [asdict(m) for m in plan], "total": total}, needed)
    return [Made(name, files[name], *how) for name, how in zip(files, answer["made"], strict=True)]


@dataclass(frozen=True)
class PageSeen:
    """What the reviewer's eye loses on a page, as sentences; how well its text is kept, 0 to 1."""

    page: int
    warnings: tuple[str, ...]
    score: float


def draw(pdf: bytes, page: int, eye: str) -> bytes:
    """A page as the reviewer sees it, as PNG. Raises ChannelRefused."""
    _, files = _ask({"op": "draw", "page": page, "eye": eye}, {"packet.pdf": pdf})
    return files["seen.png"]


def survey(
    pdf: bytes, eye: str, figures: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes]
) -> tuple[PageSeen, ...]:
    """What is lost on each page. `figures` are those with marks: number, page, clean and annotated name."""
    answer, _ = _ask(
        {"op": "survey", "eye": eye, "figures": [dict(f) for f in figures]}, {"packet.pdf": pdf, **pictures}
    )
    return tuple(PageSeen(page, tuple(warnings), score) for page, warnings, score in answer["pages"])


def _ask(head: dict[str, Any], files: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    order = io.BytesIO()
    write(order, head, dict(files))
    try:
        done = run(
            [sys.executable, "-I", "-c", _START, str(_PROJECT)], input=order.getvalue(), capture_output=True,
            cwd="/", env={}, limit=TIME_LIMIT,
        )  # fmt: skip
    except Late as e:
        raise ChannelRefused(*e.reasons) from e
    except subprocess.TimeoutExpired as e:
        raise ChannelRefused(
            f"The files for the channel were not finished within {TIME_LIMIT:.0f} seconds and were given up. Try again;"
            " if it happens twice, choose another channel."
        ) from e
    if done.returncode or not done.stdout:
        raise ChannelRefused(
            "The files for the channel could not be made because their process ended early. Try again; if it happens"
            " twice, choose another channel."
        )
    answer, made = read(io.BytesIO(done.stdout))
    if "error" in answer:
        raise ChannelRefused(
            answer["error"]
            or "A page or picture of the packet could not be opened for the channel. Build the packet again; if it"
            " happens twice, choose print."
        )
    return answer, made
