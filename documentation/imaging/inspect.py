"""Examine uploaded files: the side that the web process calls."""

import atexit
import hashlib
import json
import os
import queue
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from .results import AGAIN, MIB, Accepted, Answer, Identity, Limits, Refusal, Refused, Several
from .worker import MESSAGE_BYTES, UNREADABLE

WORKERS = min(2, os.cpu_count() or 1)
"""Files that one web process examines at the same time."""

_PROJECT = Path(__file__).resolve().parents[2]
# Isolated mode (-I) takes neither the working directory nor PYTHON* variables into the module path; we add one folder.
_START = (
    "import socket, sys; sys.path.insert(0, sys.argv[1]); "
    "from documentation.imaging.worker import serve; serve(socket.socket(fileno=0))"
)
_ENVIRONMENT = ("LD_LIBRARY_PATH",)
"""All that a worker inherits: what some installations need to find Python's own library. No secrets."""
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Threads would be lost in a fork, and each of them claims address space."""
_GRACE_SECONDS = 10.0


def examine(data: bytes, limits: Limits | None = None, *, screen: bool = True, frame: int | None = None) -> Answer:
    """Examine one uploaded file, whatever it is; gives an answer for every content and never raises because of one.

    The type is told by content. The file is decoded whole in a separate process that is killed past the limits; it is
    accepted only after that. `screen=False` saves the screen-size picture and a good part of the work. `frame` chooses
    one picture of several, from 1; without it a file that holds several is answered with `Several`.
    """
    limits = limits or Limits()
    if not data:
        return Refused(Refusal.EMPTY, f"This file is empty. {AGAIN}")
    if len(data) > limits.file_bytes:
        return Refused(
            Refusal.TOO_LARGE,
            f"This file has {len(data) / MIB:,.1f} MB; {limits.file_bytes / MIB:g} MB is the most. "
            "Export the picture at a smaller size or as JPEG, then add it again.",
        )
    worker = _workers.get()
    try:
        return worker.examine(data, limits, screen=screen, frame=frame)
    finally:
        _workers.put(worker)


def examine_many(files: Iterable[bytes], limits: Limits | None = None, *, screen: bool = True) -> Iterator[Answer]:
    """Examine many files, each in a process of its own, `WORKERS` at a time. Answers come in the order of the files.

    Files are drawn from the iterable shortly before they are examined, so a long row never lies in memory whole.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        under_way: deque[Future[Answer]] = deque()
        for data in files:
            under_way.append(pool.submit(examine, data, limits, screen=screen))
            if len(under_way) > WORKERS:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


class _Worker:
    """A process that runs `worker.serve`, started with its first file and again whenever it is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._owner = 0

    def examine(self, data: bytes, limits: Limits, *, screen: bool, frame: int | None = None) -> Answer:
        sha256 = hashlib.sha256(data).hexdigest()
        order = json.dumps({"limits": asdict(limits), "screen": screen, "frame": frame}).encode()
        # A worker may end, idle, at the moment it is called: the second call starts a fresh one.
        for _ in range(2):
            with os.fdopen(os.memfd_create("image"), "w+b") as memory:
                memory.write(data)
                memory.flush()
                outcome = self._call(order, memory, limits.wall_seconds + _GRACE_SECONDS)
                if not outcome:
                    continue
                try:
                    refused = json.loads(outcome)
                    return _refused(refused) if refused else _answer(memory, sha256)
                except (ValueError, KeyError, TypeError):
                    break  # Whatever brought the decoder to answer in another form is not to be trusted.
        return UNREADABLE

    def _call(self, order: bytes, memory: BinaryIO, seconds: float) -> bytes:
        """The outcome of an order; empty when the worker ended without one."""
        try:
            channel = self._running()
            channel.settimeout(seconds)
            socket.send_fds(channel, [order], [memory.fileno()])
            outcome = channel.recv(MESSAGE_BYTES)
        except OSError:
            outcome = b""
        except BaseException:
            self.stop()  # Its outcome may still come, and must not be taken for the next file's.
            raise
        if not outcome:
            self.stop()
        return outcome

    def _running(self) -> socket.socket:
        if self._channel is not None and self._owner == os.getpid():
            return self._channel
        # None yet, or the web server forked: then the parent's worker stays the parent's.
        self._owner = os.getpid()
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, str(_PROJECT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_ONE_THREAD | {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,
            )
        return self._channel

    def stop(self) -> None:
        """End the process, if it is ours; the next file starts another."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._process = self._channel = None


def _answer(memory: BinaryIO, sha256: str) -> Answer:
    memory.seek(0)
    head = json.loads(memory.readline())
    blobs = [memory.read(size) for size in head.pop("sizes")]
    if not blobs:
        return _refused(head)
    identity = Identity(**head.pop("identity")) if head["identity"] else head.pop("identity")
    if "tile" in head:
        return Several(**head | {"tile": tuple(head["tile"])}, sha256=sha256, sheet=blobs[0], identity=identity)
    clean, thumbnail, screen = blobs
    return Accepted(
        **head | {"notes": tuple(head["notes"]), "advice": tuple(head["advice"])},
        sha256=sha256,
        clean=clean,
        clean_sha256=hashlib.sha256(clean).hexdigest(),
        thumbnail=thumbnail,
        screen=screen,
        identity=identity,
    )


def _refused(head: dict[str, str | int | None]) -> Refused:
    return Refused(Refusal(str(head["code"])), str(head["sentence"]), head["position"])  # type: ignore[arg-type]


_workers: queue.LifoQueue[_Worker] = queue.LifoQueue()  # The one used last is the one that is warm.
for _ in range(WORKERS):
    _workers.put(_Worker())


@atexit.register
def _stop() -> None:
    while not _workers.empty():
        _workers.get_nowait().stop()
