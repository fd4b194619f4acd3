"""A clearinghouse's folder on this machine or on a share: its own program carries what lies there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

from claims.ways import drop
from claims.ways.base import ONE_STEP, Setting, Time, Way, WayFailed, out_of_time

T = TypeVar("T")

WORKER = "clearinghouse folder"
"""Name of the threads in which a folder is asked."""
ANSWER = 10
"""Seconds in which a folder must answer; a share that is gone lets whoever asks wait for good."""


class _Folder:
    """The folder while it is open."""

    def __init__(self, path: Path, time: Time) -> None:
        self._path, self._time = path, time

    def size(self, name: str) -> int | None:
        def look() -> int | None:
            try:
                return (self._path / name).stat().st_size
            except FileNotFoundError:
                return None

        return self._do(look)

    def sizes(self, names: Collection[str]) -> dict[str, int]:
        def look() -> dict[str, int]:
            with os.scandir(self._path) as entries:
                return {e.name: e.stat().st_size for e in entries if e.name in wanted}

        wanted = frozenset(names)
        return self._do(look, ONE_STEP)

    def sum(self, name: str) -> str:
        def read() -> str:
            with (self._path / name).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()

        return self._do(read, ONE_STEP)

    def write(self, name: str, pieces: Iterable[bytes], start: int = 0) -> None:
        over = Event()

        def lay() -> None:
            with (self._path / name).open("r+b" if start else "wb") as stream:
                stream.seek(start)
                for piece in pieces:
                    if over.is_set():  # nobody waits for it any more, and the next try may write here
                        return
                    stream.write(piece)
                stream.truncate()
                stream.flush()
                os.fsync(stream.fileno())

        try:
            self._do(lay, ONE_STEP)
        finally:
            over.set()

    def rename(self, name: str, to: str) -> None:
        if self.size(to) is not None:
            raise WayFailed(f"A file named {to} lies in the folder already.")

        def move() -> None:
            (self._path / name).rename(self._path / to)
            # The name must survive a power loss as the bytes do.
            handle = os.open(self._path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

        self._do(move)

    def remove(self, name: str) -> None:
        self._do(lambda: (self._path / name).unlink(missing_ok=True))

    def _do(self, work: Callable[[], T], most: float | None = None) -> T:
        return bounded(self._time, ANSWER if most is None else most, work)


def bounded(time: Time, most: float, work: Callable[[], T]) -> T:
    """What the work gives, in as many seconds as are left, and no more than `most`. Raises WayFailed, OutOfTime."""
    time_left = time.left
    if not time_left:
        raise out_of_time()
    try:
        return within(min(most, time_left), work)
    except _NoAnswer as e:
        if not time.left:
            raise out_of_time() from e
        raise
    except OSError as e:
        raise _failed(e) from e


class _NoAnswer(WayFailed):
    """It did not end in time."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work gives, or raises. Raises WayFailed where it does not end in time: then it is left behind.

    Nothing stops who waits for a share that is gone, but a thread of its own keeps nobody else waiting.
    """
    answer: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answer.put((work(), None))
        except BaseException as e:
            answer.put((None, e))

    Thread(target=run, name=WORKER, daemon=True).start()
    try:
        found, failed = answer.get(timeout=seconds)
    except Empty as e:
        raise _NoAnswer(
            f"The clearinghouse's folder (CLEARINGHOUSE_FOLDER) did not answer within {seconds:.0f} seconds."
            " Is its share connected? Try again: it goes on from there."
        ) from e
    if failed is not None:
        raise failed
    return found


def _failed(e: OSError) -> WayFailed:
    return WayFailed(f"The clearinghouse's folder cannot be used just now: {e.strerror or 'no reason was given'}.")


@contextmanager
def _opened(setting: Setting, time: Time) -> Iterator[_Folder]:
    path = Path(setting["CLEARINGHOUSE_FOLDER"])
    if setting.get("CLEARINGHOUSE_FOLDER_IS_OURS"):
        path.mkdir(mode=0o700, exist_ok=True)
    if not bounded(time, ANSWER, path.is_dir):
        raise WayFailed("The clearinghouse's folder (CLEARINGHOUSE_FOLDER) is not there. Is its share connected?")
    yield _Folder(path, time)


def _lacking(setting: Setting) -> str:
    if setting.get("CLEARINGHOUSE_FOLDER"):
        return ""
    return "No folder of a clearinghouse is set up. Whoever runs Ductus names it in CLEARINGHOUSE_FOLDER."


WAY = Way(
    key="folder",
    name="Clearinghouse folder",
    about="Electronic claim, attachments and control file, laid into the folder that the clearinghouse collects from.",
    channel="clearinghouse",
    proofs=("listing", "acknowledgement", "receipt"),
    proven_by="The listing of the folder with sizes and sums, read back; a 999 or 277CA says more when it comes.",
    arrange=drop.arrange,
    is_electronic=True,
    opened=_opened,
    lacking=_lacking,
)
