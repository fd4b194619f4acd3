"""The head of the audit trail, written down each day where nobody who can change the database changes it, too.

The chain shows by itself that an event was changed or taken out of its middle. That its end was cut off, or that all of
it was written anew, shows only beside what stood there before: a line of the anchor file for each day.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from documentation.kernel.machine import NotPossible
from documentation.models import AuditEvent
from documentation.queries.rehearsal import is_rehearsal
from documentation.services.audit import Break, record


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line of the file: when it was written, the number of the last event then, and its hash."""

    at: datetime
    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat(timespec='seconds')} {self.seq} {self.hash}"

    @classmethod
    def read(cls, line: str) -> Anchor:
        """Raises ValueError for anything that is no such line."""
        at, seq, digest = line.split(" ")
        if len(digest) != 64 or not (seq.isascii() and seq.isdecimal()):
            raise ValueError(line)
        return cls(datetime.fromisoformat(at), int(seq), digest)


def drop(*, at: datetime) -> Anchor | None:
    """Write the head of the trail down at the end of the file; None where nothing happened yet, and in a rehearsal:
    its trail proves nothing, and the file that its surroundings name may be the practice's.

    The line is on the disk before the event that tells of it. Raises NotPossible where the file cannot be written.
    """
    head = AuditEvent.objects.order_by("-seq").only("seq", "hash").first()
    if head is None or is_rehearsal():
        return None
    anchor = Anchor(at, head.seq, head.hash)
    path = Path(settings.AUDIT_ANCHOR)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            # A line whose writing broke off must not take this one along.
            torn = b"" if _ends_a_line(file) else b"\n"
            file.write(torn + f"{anchor}\n".encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        raise NotPossible(
            f"The head of the audit trail could not be written to {path}: {e.strerror}. Let AUDIT_ANCHOR name a file"
            " that Ductus may add to."
        ) from e
    with transaction.atomic():
        record("audit.anchor", by=None, at=at, subject="audit trail", event=head.seq)
    return anchor


def _ends_a_line(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def begin_anew(*, at: datetime) -> None:
    """Say in the trail that the file begins anew: earlier lines are not looked for in it any more.

    Raises NotPossible while a file with lines lies there: it is the proof of what stood before, and is kept elsewhere;
    and in a rehearsal, which has no such file.
    """
    if is_rehearsal():
        raise NotPossible("This is a rehearsal. Its audit trail is written down in no file, so none begins anew.")
    path = Path(settings.AUDIT_ANCHOR)
    if path.exists() and path.stat().st_size:
        raise NotPossible(f"{path} has lines. Keep it elsewhere as the proof of what stood before, then try again.")
    with transaction.atomic():
        record(ANEW, by=None, at=at, subject="audit trail")


ANEW = "audit.anchor_anew"
_DECLARED = (ANEW, "backup.restore")
"""Events from which on the file is another one: whoever reads the trail sees that, and when."""


def first_lost() -> Break | None:
    """The first event that the file knows and the trail has otherwise or no more, or that the trail says stands in the
    file and does not; then a line that cannot be read; None when they agree, and in a rehearsal, which has no file."""
    if is_rehearsal():
        return None
    try:
        lines = Path(settings.AUDIT_ANCHOR).read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        lines = []
    except OSError as e:
        return Break(None, f"The file of AUDIT_ANCHOR cannot be read: {e.strerror}.")
    anchors, unreadable = _read(lines)
    found = next(_broken(anchors), None) or _unwritten({a.seq for a in anchors})
    return found or next(iter(unreadable), None)


def _read(lines: list[str]) -> tuple[list[Anchor], list[Break]]:
    anchors, unreadable = [], []
    for number, line in enumerate(lines, start=1):
        try:
            anchors.append(Anchor.read(line))
        except ValueError:
            sentence = (
                f"Line {number} of the file of AUDIT_ANCHOR cannot be read: its writing broke off, or somebody changed"
                " it. Keep a copy of the file, then take that line out."
            )
            unreadable.append(Break(None, sentence))
    return anchors, unreadable


def _unwritten(known: set[int]) -> Break | None:
    """The first event that tells of a line which the file does not have."""
    anew = AuditEvent.objects.filter(action__in=_DECLARED).order_by("-seq").values_list("seq", flat=True).first()
    for event in AuditEvent.objects.filter(action="audit.anchor", seq__gt=anew or 0).order_by("seq"):
        head = json.loads(event.detail).get("event")
        if head not in known:
            return Break(
                event.seq,
                f"Event {event.seq} tells that event {head} was written into the file of AUDIT_ANCHOR, and no line"
                " there says so: lines were taken out, or it is another file.",
            )
    return None


def _broken(anchors: list[Anchor]) -> Iterator[Break]:
    for anchor in anchors:
        event = AuditEvent.objects.filter(seq=anchor.seq).only("hash").first()
        day = anchor.at.date().isoformat()
        if event is None:
            last = AuditEvent.objects.order_by("-seq").only("seq").first()
            end = last.seq if last else 0
            yield Break(
                end + 1,
                f"The audit trail ends at event {end}, and on {day} it had reached event {anchor.seq}: its end was cut"
                " off, or the database is older than that day.",
            )
        elif event.hash != anchor.hash:
            yield Break(anchor.seq, f"Event {anchor.seq} of the audit trail is not the one that stood there on {day}.")
