"""Who else has a draft open."""

from __future__ import annotations

from datetime import datetime, timedelta

from documentation.models import Encounter, Presence, User

AWAY_AFTER = timedelta(seconds=75)
"""A page that was not heard of for so long is taken for closed: three of its signs of life went missing."""


def others_in(encounter: Encounter, *, but: User, at: datetime) -> list[Presence]:
    """Everybody but this person whose page was heard of a moment ago, by name."""
    seen = Presence.objects.filter(encounter=encounter, is_left=False, seen_at__gte=at - AWAY_AFTER)
    seen = seen.filter(user__is_active=True)
    return list(seen.exclude(user=but).select_related("user").order_by("user__last_name", "user__first_name", "pk"))
