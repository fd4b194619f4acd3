"""Writing and verifying the audit trail."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from documentation.models import AuditEvent, Patient, User
from documentation.models.fields import canonical

GENESIS = "0" * 64
_CHAIN_LOCK = 0x0D0371
"""Key of the advisory lock that orders writers on PostgreSQL; SQLite has one writer at a time anyway."""


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
    if not connection.in_atomic_block:
        raise RuntimeError("record() must run in the transaction of the change that it records")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    last = AuditEvent.objects.order_by("-seq").only("seq", "hash").first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
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
    event.hash = _hash(event)
    event.save(force_insert=True)
    return event


def view(
    action: str, *, by: User, at: datetime, subject: object = None, patient: Patient | None = None, **detail: Any
) -> None:
    """Record that somebody looked at patient data."""
    with transaction.atomic():
        record(action, by=by, at=at, subject=subject, patient=patient, **detail)


def _hash(event: AuditEvent) -> str:
    body = canonical(
        {
            "seq": event.seq,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": event.by_id,
            "action": event.action,
            "subject": event.subject,
            "patient": event.patient_id,
            "detail": event.detail,
        }
    )
    return hashlib.sha256((event.previous_hash + body).encode()).hexdigest()


def first_bad_event() -> int | None:
    """The number of the first event that is missing, changed or out of place; None when the chain is whole."""
    expected, previous = 1, GENESIS
    for event in AuditEvent.objects.order_by("seq").iterator(chunk_size=2000):
        if event.seq != expected or event.previous_hash != previous or event.hash != _hash(event):
            return expected
        expected, previous = expected + 1, event.hash
    return None
