"""Lines about long work, for whoever waits at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

SECONDS = 5.0
"""Between two lines; work that is done sooner prints none."""


def progress_to(stream: Any) -> Callable[[str, int, int], None]:
    """Tells so many of so many, at most every few seconds; into standard error, which --json leaves alone."""
    last = [monotonic()]

    def tell(what: str, done: int, total: int) -> None:
        if monotonic() - last[0] >= SECONDS:
            last[0] = monotonic()
            stream.write(f"{done:,} of {total:,} {what}" if total else f"{done:,} {what}")

    return tell
