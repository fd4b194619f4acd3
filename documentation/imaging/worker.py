"""The other side of an examination: a warm process that forks one short-lived process for each file.

The warm process pays once for starting Python and loading Pillow; it never looks into a file. Each fork lowers its own
limits, decodes one file, writes one answer and is gone: whatever a file does to it, the next file meets a fresh one.
No Django is imported here, and the environment (with its secrets) is not passed on.

A file arrives as a descriptor of a memory file (Linux) beside some JSON; the answer overwrites it: a line of JSON, then
the pictures one after the other. So nothing large goes through a pipe.
"""

import importlib
import json
import os
import resource
import select
import signal
import socket
import warnings
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NoReturn

from PIL import Image

from documentation.kernel.limits import lower

from . import dicom
from .contact import COLUMNS, TILE, sheet
from .decoding import decode
from .kinds import reader_of
from .pictures import render, wanted
from .results import AGAIN, Limits, Opened, Refusal, RefusalError, Refused, no_such_frame

IDLE_SECONDS = 60.0
"""A warm process without work ends after this time; the next file starts another."""
MESSAGE_BYTES = 4096
"""The most that an order or its outcome takes on the socket."""
UNREADABLE = Refused(
    Refusal.CRASHED,
    f"The decoder broke down over this file, so the file is probably damaged. {AGAIN}",
)

_NO_MEMORY = 3


def serve(channel: socket.socket) -> None:
    """Carry out orders one after the other until the other side closes or falls silent."""
    Image.preinit()
    while select.select([channel], [], [], IDLE_SECONDS)[0]:
        order, descriptors, _, _ = socket.recv_fds(channel, MESSAGE_BYTES, 1)
        if not order:
            return
        (memory,) = descriptors
        _prepare_for(memory)
        asked = json.loads(order)
        limits = Limits(**asked.pop("limits"))
        refused = run_apart(lambda: answer(memory, limits, **asked), limits)  # noqa: B023 (run at once)
        os.close(memory)
        channel.sendall(json.dumps(asdict(refused) if refused else None).encode())


def _prepare_for(memory: int) -> None:
    """Load what every DICOM file needs once, not in each fork. Four bytes of a file are all that is looked at."""
    if dicom.sniff(os.pread(memory, dicom.HEAD, 0)):
        importlib.import_module("documentation.imaging.dicom_pixels")


def run_apart(job: Callable[[], None], limits: Limits) -> Refused | None:
    """Run a job in a process of its own under limits. None when it came to its end, otherwise what stopped it."""
    alive, held = os.pipe()
    child = os.fork()
    if child == 0:
        _do(job, limits)
    os.close(held)
    # Nobody ever writes into this pipe: it becomes readable when the child, its only other holder, is gone.
    late = not select.select([alive], [], [], limits.wall_seconds)[0]
    os.close(alive)
    # Either it is ending by itself, with its status settled before its pipe was closed, or it has to.
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return Refused(
            Refusal.TOO_SLOW,
            "Decoding this file took longer than any sound picture takes, and was stopped. "
            "Export it again from the scope or the camera at a usual size, then add it again.",
        )
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NO_MEMORY:
        return Refused(
            Refusal.TOO_MUCH_MEMORY,
            "Decoding this file takes more memory than one file may use. "
            "Export it at a smaller size, then add it again.",
        )
    return UNREADABLE if status else None


def answer(memory: int, limits: Limits, *, screen: bool, frame: int | None) -> None:
    """Examine the file in a memory file and put the answer in its place."""
    data = os.pread(memory, os.fstat(memory).st_size, 0)
    head, *blobs = examine_here(data, limits, screen=screen, frame=frame)
    with open(memory, "r+b", closefd=False) as target:
        target.seek(0)
        target.truncate()
        target.write(json.dumps({**head, "sizes": [len(blob) for blob in blobs]}).encode() + b"\n")
        target.writelines(blobs)


def examine_here(
    data: bytes, limits: Limits, *, screen: bool, frame: int | None = None
) -> tuple[dict[str, Any], *tuple[bytes, ...]]:
    """Examine a file in this very process, without any protection: for the forked child only.

    Gives the fields of `Accepted` and its three pictures, the fields of `Several` and its sheet, or the fields of
    `Refused` alone.
    """
    # What Pillow only warns of (cut-off data, too many pixels) is damage to us.
    warnings.simplefilter("error", UserWarning)
    warnings.simplefilter("error", RuntimeWarning)
    Image.MAX_IMAGE_PIXELS = limits.pixels
    try:
        reader = reader_of(data)
        opened = reader.open(data, limits)
        identity = asdict(opened.identity) if opened.identity else None
        original = {"original_type": reader.media_type, "identity": identity}
        if frame is None and opened.frames > 1:
            head = {"kind": reader.name, "frames": opened.frames, "columns": COLUMNS, "tile": TILE}
            return {**head, **original}, sheet(opened)
        head, *blobs = _accepted(opened, 1 if frame is None else frame, screen=screen)
        return {**head, **original}, *blobs
    except RefusalError as error:
        return (asdict(error.refused),)


def _accepted(opened: Opened, frame: int, *, screen: bool) -> tuple[dict[str, Any], *tuple[bytes, ...]]:
    if not 1 <= frame <= opened.frames:
        raise no_such_frame(frame, opened.frames)
    cleaned = opened.clean(frame)
    cleaned, image = decode(cleaned, wanted(cleaned, screen=screen))
    thumbnail, large, advice = render(cleaned, image, screen=screen)
    lying = cleaned.orientation >= 5
    head = {
        "media_type": cleaned.media_type,
        "extension": cleaned.extension,
        "width": cleaned.height if lying else cleaned.width,
        "height": cleaned.width if lying else cleaned.height,
        "frames": opened.frames,
        "frame": frame,
        "notes": cleaned.notes,
        "advice": (*cleaned.advice, *advice),
        "taken": cleaned.taken,
    }
    return head, cleaned.data, thumbnail, large


def _do(job: Callable[[], None], limits: Limits) -> NoReturn:
    code = 1
    try:
        _confine(limits)
        job()
        code = 0
    except MemoryError:
        code = _NO_MEMORY
    finally:
        os._exit(code)  # Past every handler and buffer that was inherited.


def _confine(limits: Limits) -> None:
    """Give up, for this process, everything that decoding does not need."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):  # The channel to the web process is among them.
        os.dup2(nothing, descriptor)
    lower(resource.RLIMIT_AS, limits.memory_bytes, resource.RLIM_INFINITY)
    lower(resource.RLIMIT_FSIZE, limits.memory_bytes, resource.RLIM_INFINITY)
    lower(resource.RLIMIT_CPU, limits.cpu_seconds, resource.RLIM_INFINITY)
    lower(resource.RLIMIT_CORE, 0, resource.RLIM_INFINITY)
