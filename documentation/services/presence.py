"""Who has a draft open: noted by the pages themselves, kept for a minute, no part of the record and no audit event."""

from __future__ import annotations

from datetime import datetime

from documentation.models import Encounter, Presence, User
from documentation.queries.presence import AWAY_AFTER


def arrive(encounter: Encounter, section: str, page: str, *, by: User, at: datetime) -> None:
    """Note that this person opens a page now. One statement, whether they were known before or not."""
    row = Presence(encounter=encounter, user=by, section=section, page=page, seen_at=at)
    Presence.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["encounter", "user"],
        update_fields=["section", "page", "is_left", "seen_at"],
    )


def stay(encounter: Encounter, section: str, page: str, *, by: User, at: datetime) -> None:
    """Note that an open page is still open. One that was left stays left, however late its sign of life comes."""
    known = Presence.objects.filter(encounter=encounter, user=by).exclude(page=page, is_left=True)
    if not known.update(section=section, page=page, is_left=False, seen_at=at):
        row = Presence(encounter=encounter, user=by, section=section, page=page, seen_at=at)
        Presence.objects.bulk_create([row], ignore_conflicts=True)


def leave(encounter: Encounter, page: str, *, by: User, at: datetime) -> None:
    """Note that a page was closed. Who has another open stays; what is long past goes, too."""
    rows = Presence.objects.filter(encounter=encounter)
    rows.filter(user=by, page=page).update(is_left=True, seen_at=at)
    rows.filter(seen_at__lt=at - AWAY_AFTER).delete()
