"""A calendar of last days for other programs (RFC 5545). It holds days, levels and addresses: nothing of a patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneStandard


@dataclass(frozen=True)
class Entry:
    """A whole day in the calendar. `key` stays the same while it is about the same thing, so that it is moved."""

    key: str
    day: date
    title: str
    text: str
    """More to read; may be empty."""
    url: str


def written(entries: Iterable[Entry], *, at: datetime, host: str) -> bytes:
    """The feed as it was at a moment. A calendar holds a component at least: without a day it is the time zone."""
    feed = Calendar()
    feed.add("prodid", "-//Ductus//Deadlines//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", "Ductus deadlines")
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}@{host}")
        event.add("dtstamp", at.astimezone(UTC))
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("summary", entry.title)
        if entry.text:
            event.add("description", entry.text)
        event.add("url", entry.url)
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        feed.add_component(event)
    if not feed.subcomponents:
        feed.add_component(_utc())
    return bytes(feed.to_ical())


def _utc() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "Etc/UTC")
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - times of a zone's own definition are local
    standard.add("tzoffsetfrom", timedelta(0))
    standard.add("tzoffsetto", timedelta(0))
    zone.add_component(standard)
    return zone
