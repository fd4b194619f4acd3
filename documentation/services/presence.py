"""Who has a draft open: noted by the pages themselves, kept for a minute, no part of the record and no audit event."""

from __future__ import annotations

from datetime import datetime

from documentation.models import Encounter, Presence, User
from documentation.queries.presence import AWAY_AFTER


def stay(encounter: Encounter, section: str, *, by: User, at: datetime) -> None:
    """Note that this person has this section open now. One statement, whether they were known before or not."""
    row = Presence(encounter=encounter, user=by, section=section, seen_at=at)
    Presence.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["encounter", "user"], update_fields=["section", "seen_at"]
    )


def leave(encounter: Encounter, section: str, *, by: User, at: datetime) -> None:
    """Note that this page was closed. Who is in another section already stays; what is long past goes, too."""
    rows = Presence.objects.filter(encounter=encounter)
    rows.filter(user=by, section=section).delete()
    rows.filter(seen_at__lt=at - AWAY_AFTER).delete()
