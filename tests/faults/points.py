"""Where a process can be killed in the middle of a verb: each SQL statement, commit and step of a file is a point.

What is struck so does not hang on how busy the machine is. A process kills itself, or is told that it cannot go on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Points:
    """Counts the points that this process passes, and strikes at the one of a number; at 0 never.

    Points are before each statement, before and after each commit, in the middle of each write, and around each naming.
    """

    def __init__(self, last: int, strike: Callable[[], None] = killed) -> None:
        self._last, self._strike, self._process = last, strike, os.getpid()
        self._patched = ExitStack()
        self.passed = 0

    def __enter__(self) -> Points:
        for owner, name in ((CursorWrapper, "execute"), (CursorWrapper, "executemany"), (Path, "replace")):
            self._watch(owner, name)
        for owner, name in ((BaseDatabaseWrapper, "_commit"), (os, "link")):
            self._watch(owner, name, behind=True)
        opened = os.fdopen
        torn = mock.patch.object(os, "fdopen", lambda *args, **how: _Torn(opened(*args, **how), self._pass))
        self._patched.enter_context(torn)
        return self

    def __exit__(self, *_: object) -> None:
        self._patched.close()

    def _pass(self) -> None:
        if os.getpid() != self._process:
            return  # A child has no point of its own.
        self.passed += 1
        if self.passed == self._last:
            self._strike()

    def _watch(self, owner: Any, name: str, *, behind: bool = False) -> None:
        real = getattr(owner, name)

        def passing(*args: Any, **how: Any) -> Any:
            self._pass()
            done = real(*args, **how)
            if behind:
                self._pass()
            return done

        self._patched.enter_context(mock.patch.object(owner, name, passing))


class _Torn:
    """A file of which each write reaches the disk in two halves, with a point between them."""

    def __init__(self, stream: Any, between: Callable[[], None]) -> None:
        self._stream, self._between = stream, between

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        self._stream.write(data[:half])
        self._stream.flush()
        self._between()
        self._stream.write(data[half:])
        return len(data)

    def __enter__(self) -> _Torn:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
