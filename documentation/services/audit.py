"""Writing and verifying the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from documentation.models import AuditEvent, Patient, User
from documentation.models.fields import canonical
from documentation.services.bulk import insert

GENESIS = "0" * 64
_CHAIN_LOCK = 0x0D0371
"""Key of the advisory lock that orders writers on PostgreSQL; SQLite has one writer at a time anyway."""

CLOCK_WAVERS = timedelta(minutes=2)
"""How far an event may lie before the one that was written before it: a page that takes long tells when it began."""


def record(
    action: str,
    *,
    by: User | None,
    at: datetime,
    subject: object = None,
    patient: Patient | None = None,
    **detail: Any,
) -> AuditEvent:
    """Append one event to the chain, inside the transaction that does the thing.

    `detail` names fields and states, never clinical values. Raises RuntimeError outside a transaction: an event
    that outlives the change it tells of, or the reverse, would be a lie.
    """
    seq, previous = _next_link(at)
    event = AuditEvent(
        seq=seq,
        at=at,
        by=by,
        action=action,
        subject=str(subject) if subject is not None else "",
        patient=patient,
        detail=canonical(detail),
        previous_hash=previous,
    )
    return _chained(event)


def _chained(event: AuditEvent) -> AuditEvent:
    event.hash = _hash(event)
    event.save(force_insert=True)
    return event


def _next_link(at: datetime) -> tuple[int, str]:
    """The number of the next event and the hash before it; nobody else writes one until this transaction ends.

    Order is by number, never by time. A clock that was set back since the last event is an event of its own; only in
    production, because elsewhere work is made up for days that are past.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() must run in the transaction of the change that it records")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    last = AuditEvent.objects.order_by("-seq").only("seq", "hash", "at").first()
    if last is None:
        return 1, GENESIS
    # A page that took long brings an earlier moment along; only the clock itself says whether it was set back.
    is_earlier = settings.PRODUCTION and at < last.at - CLOCK_WAVERS
    if is_earlier and timezone.now() < last.at:  # noqa: TID251
        detail = canonical({"was": _moment(last.at)})
        last = _chained(
            AuditEvent(seq=last.seq + 1, at=at, action="clock.back", detail=detail, previous_hash=last.hash)
        )
    return last.seq + 1, last.hash


@dataclass(frozen=True, slots=True)
class Told:
    """One of many events that are recorded together. `patient` is the key of the row."""

    action: str
    subject: str
    patient: int | None
    detail: dict[str, Any]


def record_many(events: Iterable[Told], *, by: User, at: datetime) -> None:
    """Append events to the chain in their order: the same rows as `record` would write one by one."""
    seq, previous = _next_link(at)
    rows, whose, when = [], by.pk, _moment(at)
    for number, told in enumerate(events, start=seq):
        detail = canonical(told.detail)
        body = _body(number, when, whose, told.action, told.subject, told.patient, detail)
        digest = hashlib.sha256((previous + body).encode()).hexdigest()
        rows.append((number, at, whose, told.action, told.subject, told.patient, detail, previous, digest))
        previous = digest
    insert(AuditEvent, "seq at by action subject patient detail previous_hash hash".split(), rows)


def view(
    action: str, *, by: User, at: datetime, subject: object = None, patient: Patient | None = None, **detail: Any
) -> None:
    """Record that somebody looked at patient data."""
    with transaction.atomic():
        record(action, by=by, at=at, subject=subject, patient=patient, **detail)


def _hash(event: AuditEvent) -> str:
    body = _body(event.seq, _moment(event.at), event.by_id, event.action, event.subject, event.patient_id, event.detail)
    return hashlib.sha256((event.previous_hash + body).encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _body(seq: int, at: str, by: int | None, action: str, subject: str, patient: int | None, detail: str) -> str:
    return canonical(
        {"seq": seq, "at": at, "by": by, "action": action, "subject": subject, "patient": patient, "detail": detail}
    )


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain is broken: the number of the first event that is not as it was written, and what is wrong.

    No number where it cannot be said of any event, such as of a file that cannot be read.
    """

    seq: int | None
    sentence: str


def first_break() -> Break | None:
    """The first event that is missing, changed or out of place; None when the chain is whole in itself."""
    expected, previous = 1, GENESIS
    for event in AuditEvent.objects.order_by("seq").iterator(chunk_size=2000):
        if event.seq != expected:
            return Break(expected, _broken(expected, "it was taken out"))
        if event.hash != _hash(event):
            return Break(expected, _broken(expected, "it was changed, slipped in or moved"))
        if event.previous_hash != previous:
            before = f"event {expected - 1}" if expected > 1 else "the beginning"
            return Break(expected, _broken(expected, f"it does not follow from {before}"))
        expected, previous = expected + 1, event.hash
    return None


def _broken(seq: int, why: str) -> str:
    return f"The audit trail is broken at event {seq}: {why}."


def first_bad_event() -> int | None:
    """The number of the first event that is not as it was written; None when the chain is whole in itself."""
    found = first_break()
    return found.seq if found else None


def head_is_sound(last: int = 500) -> bool:
    """Whether the newest events follow one another; `first_bad_event` looks at all of them."""
    events = list(AuditEvent.objects.order_by("-seq")[: last + 1])
    pairs = zip(events, events[1:], strict=False)
    return all(e.hash == _hash(e) for e in events[:last]) and all(
        e.seq == before.seq + 1 and e.previous_hash == before.hash for e, before in pairs
    )
