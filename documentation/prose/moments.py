"""Moments as the location's clock shows them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from documentation.kernel.dates import long_date


def local(at: datetime, zone: str) -> datetime:
    """The moment in the location's time zone; in UTC where the zone is not known."""
    try:
        return at.astimezone(ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return at.astimezone(ZoneInfo("UTC"))


def moment(at: datetime, zone: str) -> str:
    """`November 6, 2026, 9:30 AM PST`."""
    there = local(at, zone)
    return (
        f"{long_date(there.date())}, {there.hour % 12 or 12}:{there:%M} {'AM' if there.hour < 12 else 'PM'} {there:%Z}"
    )
