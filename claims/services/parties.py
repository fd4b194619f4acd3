"""The verb on who sends the practice's electronic files and who takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from claims.models import FileParties
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record


def save_parties(values: dict[str, Any], *, by: User, at: datetime, seen: int = 0) -> FileParties:
    """Write down the IDs; files written from now on bear them. `seen` is the revision that the person looked at, 0 for
    none. Raises ValidationError with a sentence for each field, and NotPossible when somebody saved in between.
    """
    if not by.may(Permission.SETTINGS_MANAGE):
        raise NotPermitted("Only an administrator changes the practice.")
    with transaction.atomic():
        row = FileParties.objects.select_for_update().first() or FileParties(pk=1, revision=0)
        if row.revision != seen:
            raise NotPossible(
                "Somebody else changed this meanwhile. Compare with the values shown now, then save again."
            )
        was = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        for name, value in values.items():
            setattr(row, name, value)
        row.full_clean(validate_unique=False)
        if row.revision and not was:
            return row
        row.revision += 1
        row.save()
        record("parties.save", by=by, at=at, subject="parties", fields=sorted(was), was=was)
    return row
