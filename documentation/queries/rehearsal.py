"""Whether this database is a rehearsal: it says so itself, whatever its surroundings say."""

from __future__ import annotations

from documentation.models import Rehearsal


def is_rehearsal() -> bool:
    return Rehearsal.objects.exists()
