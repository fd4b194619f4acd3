"""What a way out is: which files leave by it, what carries them, and what counts as proof."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from claims.facts import ClaimFacts
from documentation.kernel.machine import Refused

Setting = Mapping[str, str]
"""What a practice set up, by the names of the environment."""


class WayFailed(Refused):
    """It could not be carried: a sentence for the person, without patients and passwords.

    Whether something left is not the way's to say: who carries knows on which side of the mark it failed.
    """


class OutOfTime(WayFailed):
    """What one try may take is used up. Nothing failed: it waits, and the next try goes on where this one ended."""


class Unsure(WayFailed):
    """It may have been taken already: a person must find out before it is sent again."""


@dataclass(frozen=True)
class File:
    """One file as it leaves."""

    name: str
    content: bytes
    title: str = ""
    claim: str = ""
    """Number of the claim that it belongs to; empty for a file of them all."""
    control: str = ""
    """Attachment control number, as the claim names it (PWK06)."""

    is_laid = False
    """Whether it was read back whole from where it lies: that is done once."""

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        return iter((self.content[start:],))

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Parcel(Protocol):
    """A file on its way, wherever its bytes come from: a `File`, or a stored one that is read piece by piece."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    @property
    def is_laid(self) -> bool: ...

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        """The bytes from a position on."""


@dataclass(frozen=True)
class Leaving:
    """One claim with what goes along: `attachments` as they were sealed for its channel, under names of their own."""

    number: str
    control: str = ""
    document: bytes = b""
    attachments: tuple[File, ...] = ()
    note: str = ""
    cover: bytes = b""
    """A label or a cover sheet, where the way asks for one."""


@dataclass(frozen=True)
class Cargo:
    """All that leaves at once. `stem` begins the names of files; the same cargo always gives the same names."""

    stem: str
    claims: tuple[Leaving, ...]
    x12: bytes = b""
    """The claims as one electronic file, for ways that carry it."""


@dataclass(frozen=True)
class Field:
    """One field of a form that a person fills in elsewhere, with what to type."""

    label: str
    value: str
    part: str = ""
    """The heading under which it stands."""


class Place(Protocol):
    """A folder somewhere, while it is open. Everything raises WayFailed with a sentence, and OutOfTime in time."""

    def size(self, name: str) -> int | None:
        """Bytes of a file; None where there is none of this name."""

    def sizes(self, names: Collection[str]) -> dict[str, int]:
        """Bytes of those of the files that are there: looked at once for all, however many they are."""

    def sum(self, name: str) -> str:
        """SHA-256 of a file as it lies there, read piece by piece."""

    def write(self, name: str, pieces: Iterable[bytes], start: int = 0) -> None:
        """Write a file, or what follows its first `start` bytes. Broken off, what was written stays."""

    def rename(self, name: str, to: str) -> None:
        """Give a file another name. Never over one that is there."""

    def remove(self, name: str) -> None:
        """Take a file away; nothing where there is none."""


SECONDS = 25
"""What one try takes at most where a person waits for the answer: well below the time of a web request."""
ALONE = 600
"""The same where nobody waits, as for a command."""
ONE_STEP = 90
"""Seconds for one file at most, whoever waits: shorter than one holds what is carried without a sign of life."""


class Time:
    """How long carrying may take, of one thing or of several after each other. Seconds of a clock that never jumps."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds; nought when it is over."""
        return max(0.0, self._end - time.monotonic())

    def require(self) -> None:
        """Raises OutOfTime when it is over."""
        if not self.left:
            raise out_of_time()


def out_of_time() -> OutOfTime:
    return OutOfTime(
        "The time of one try is over. It waits in the outbox and goes on from there: try it again, or let"
        " `send_claims --waiting` do it, which takes the time it needs."
    )


def _nothing_lacks(_: Setting) -> str:
    return ""


@dataclass(frozen=True)
class Way:
    """One way out."""

    key: str
    name: str
    about: str
    channel: str
    """How a sending by it is recorded: portal, clearinghouse, fax, mail."""
    proofs: tuple[str, ...]
    """What counts as proof, the usual one first."""
    proven_by: str
    """The same as a sentence."""
    arrange: Callable[[Cargo], tuple[File, ...]]
    """The files in the order in which they leave: the last one tells that all are there."""
    is_electronic: bool = False
    """Whether it carries the claim as an 837."""
    cover: str = ""
    """What goes around the packet: label, fax, or nothing."""
    fields: Callable[[ClaimFacts, Leaving], tuple[Field, ...]] | None = None
    """What a person types there, for a way that is a form."""
    opened: Callable[[Setting, Time], AbstractContextManager[Place]] | None = None
    """Opens the place where files are laid down, for a way that carries by itself, for so long."""
    lacking: Callable[[Setting], str] = _nothing_lacks
    """What must be set up first, as a sentence; empty when nothing is missing."""

    @property
    def is_by_hand(self) -> bool:
        """Whether a person carries it: then a person records it as sent, with the proof."""
        return self.opened is None
