"""As Ductus is served, on a disk that is full as long as the file lies there that DISK_IS_FULL names.

What is kept then reaches the disk half; the rest goes to the system's own device that is always full. The database and
what lies in memory have room, as they have on other disks.
"""

import os
from pathlib import Path
from typing import Any

from config.settings import *  # noqa: F403

_is_full = Path(os.environ["DISK_IS_FULL"])
_open = os.fdopen


class _Filling:
    """A file behind whose first half nothing is free any more."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        self._stream.write(data[: len(data) // 2])
        self._stream.flush()
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, self._stream.fileno())
        os.close(full)
        written: int = self._stream.write(data[len(data) // 2 :])
        return written

    def __enter__(self) -> "_Filling":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _opened(descriptor: int, mode: str = "r", *more: Any, **how: Any) -> Any:
    stream = _open(descriptor, mode, *more, **how)
    return _Filling(stream) if mode == "wb" and _is_full.exists() else stream


os.fdopen = _opened  # type: ignore[assignment]
