"""Laying files down so that none is ever there twice or half: each under a working name first, then renamed.

Two steps with a mark between them that the caller keeps. `stage` may be done again as often as one likes: nobody looks
at working names. Once the mark is kept, `release` gives the true names, in order. Broken off there, what still bears
its working name has not left, and everything before it has: files are renamed one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claims.ways.base import Parcel, Place, Unsure, WayFailed

WORKING = ".part"
PIECE = 1 << 20
"""Bytes of a piece. What was broken off goes on at a whole number of them."""


@dataclass(frozen=True)
class Laid:
    """One file as the other side lists it: what proves that it was laid down."""

    name: str
    size: int
    sha256: str
    is_listed: bool
    """Whether it was still there when looked at; a clearinghouse may take files within seconds."""


def _nothing(*_: object) -> None:
    """What is done before or after each file where nobody says otherwise."""


def stage(
    place: Place,
    files: Sequence[Parcel],
    *,
    before_each: Callable[[], None] = _nothing,
    between: Callable[[], None] = _nothing,
    after_each: Callable[[int], None] = _nothing,
) -> None:
    """Lay all files down under their working names, and read each back once. Raises WayFailed.

    What was laid down and read back before is only looked at, and half a file is written to its end. One that lies
    there under its true name already is not laid beside it. `before_each` is asked before each file, and `between`
    before each of its steps that may take long: what they raise stops all. `after_each` is told how many lie there
    whole.
    """
    there = place.sizes([n for f in files for n in (f.name, f.name + WORKING)])
    for number, file in enumerate(files, start=1):
        before_each()
        if file.name in there:
            _require_same(place, file.name, file, there[file.name])
            continue
        lying = there.get(file.name + WORKING)
        if lying != file.size or not (file.is_laid or place.sum(file.name + WORKING) == file.sha256):
            _lay(place, file, lying or 0, between)
        after_each(number)


def _lay(place: Place, file: Parcel, lying: int, between: Callable[[], None]) -> None:
    """Write a file, or what is missing behind its first bytes that lie there, and read it back."""
    working, start = file.name + WORKING, lying // PIECE * PIECE if lying < file.size else 0
    between()
    place.write(working, file.pieces(start), start)
    is_whole = place.size(working) == file.size
    between()
    if is_whole and place.sum(working) == file.sha256:
        return
    between()
    place.remove(working)
    raise WayFailed(f"{file.name} did not arrive whole: what lies there differs from what was sent. Try again.")


def clear(place: Place, names: Sequence[str]) -> None:
    """Take away what lies there under working names: it is not to leave any more."""
    for working in place.sizes([name + WORKING for name in names]):
        place.remove(working)


def release(place: Place, files: Sequence[Parcel], *, before_each: Callable[[], None] = _nothing) -> tuple[Laid, ...]:
    """Give the files their true names, in order; those that have theirs already stay as they are.

    They were read back when they were laid down: now their sizes are looked at.

    `before_each` is asked before each file; what it raises stops all. Raises Unsure where nothing is left of them: they
    were taken, or somebody removed them. Raises WayFailed.
    """
    names = [f.name for f in files]
    there = place.sizes([*names, *(n + WORKING for n in names)])
    if names[-1] + WORKING not in there and names[-1] not in there:
        raise Unsure(
            "Nothing of it lies there any more, and it was broken off when it was about to be handed over: it may have"
            " been taken. It is not sent again by itself."
        )
    for file in files:
        before_each()
        working = file.name + WORKING
        if file.name in there:
            # Beside ours under its working name it can only be another's.
            _require_same(place, file.name, file, there[file.name], is_ours=working not in there)
        elif working in there:
            _require_same(place, working, file, there[working], is_ours=True)
            place.rename(working, file.name)
        # Else it was taken: a later one still waits, and they are renamed in order.
    there = place.sizes(names)
    return tuple(Laid(f.name, f.size, f.sha256, there.get(f.name) == f.size) for f in files)


def _require_same(place: Place, name: str, file: Parcel, size: int, *, is_ours: bool = False) -> None:
    """Raises WayFailed where something else bears the name; of what is ours by all signs the size is enough."""
    if size != file.size or (not is_ours and place.sum(name) != file.sha256):
        raise WayFailed(
            f"Another file lies there under the name {name}. Move it away, or ask the clearinghouse what it is."
        )
