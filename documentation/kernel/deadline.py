"""How long an answer may take: whoever waits for one is told in time, before the server gives up and tells nothing.

A view works within a deadline; the processes that it starts share what is left of it. Commands have none.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

from documentation.kernel.machine import Refused

_until: ContextVar[tuple[float, float] | None] = ContextVar("until", default=None)


class Late(Refused):
    """What was asked for takes longer than an answer may. The message is a sentence for the person."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This takes longer than the {seconds:.0f} seconds in which a page has to answer, so it was given up and"
            " nothing was kept. Take along fewer or shorter documents, then try again. A packet that needs them all is"
            " sealed by whoever runs Ductus with manage.py build_packet, where nobody waits."
        )


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """What is done here has so many seconds together; None leaves every process its own limit."""
    token = _until.set(None if seconds is None else (monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _until.reset(token)


def run(command: Sequence[str], *, limit: float, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """`subprocess.run` for at most `limit` seconds, and no longer than the deadline leaves.

    Raises Late where the deadline ended it, subprocess.TimeoutExpired where its own limit did.
    """
    found = _until.get()
    if found is None:
        return subprocess.run(command, timeout=limit, check=False, **how)
    until, whole = found
    left = until - monotonic()
    if left <= 0:
        raise Late(whole)
    try:
        return subprocess.run(command, timeout=min(limit, left), check=False, **how)
    except subprocess.TimeoutExpired as e:
        if left < limit:
            raise Late(whole) from e
        raise
