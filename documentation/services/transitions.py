"""The only writer of status fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F

from documentation.kernel.machine import Machine, NotPossible
from documentation.models import Patient, User
from documentation.services.audit import record

M = TypeVar("M", bound=models.Model)

FOLLOWING: list[Callable[[models.Model], None]] = []
"""What follows from a step, with the row that took it, in the same transaction. Apps above this one add theirs."""


@contextmanager
def perform(
    machine: Machine,
    name: str,
    subject: M,
    *,
    by: User,
    at: datetime,
    facts: Callable[[M], Any] | None = None,
    patient: Patient | None = None,
    **detail: Any,
) -> Iterator[M]:
    """Take one step: lock the row, ask the guard, run the body, set the status, audit; all or nothing.

    Yields the locked row. `facts` makes what the guard looks at from the locked row. Raises NotPermitted,
    NotPossible or Refused with sentences for the person.
    """
    manager: Any = type(subject)._default_manager
    with transaction.atomic():
        row: Any = manager.select_for_update().get(pk=subject.pk)
        before = getattr(row, machine.field)
        after = machine.fire(name, before, by.permissions, facts(row) if facts else None)
        yield row
        # select_for_update locks nothing on SQLite: the condition makes two clicks impossible there, too.
        changed = manager.filter(pk=row.pk, **{machine.field: before}).update(
            **{machine.field: after.value, "revision": F("revision") + 1}
        )
        if not changed:
            raise NotPossible(f"Somebody else changed this {machine.name} at the same moment. Look at the page again.")
        for copy in (row, subject):
            setattr(copy, machine.field, after.value)
        row.revision += 1
        # Before the event: whoever writes the trail waits for nothing else any more.
        for follow in FOLLOWING:
            follow(row)
        setattr(subject, "revision", row.revision)  # noqa: B010 - any model with a revision
        record(
            f"{machine.name}.{name}",
            by=by,
            at=at,
            subject=row,
            patient=patient,
            before=before,
            after=after.value,
            **detail,
        )
