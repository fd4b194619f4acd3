"""Channels with what is known of them now, what came before, and which of them a payer takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from claims.channels import CHANNELS, LIMITS, LimitFact, Profile, profile_of
from claims.channels.policy import known_from
from claims.channels.profile import Limit, said
from claims.channels.seen import BY_KEY
from claims.models import ChannelLimit
from claims.packet.composition import USUAL, Order


def profiles(found: Iterable[ChannelLimit] | None = None) -> list[Profile]:
    """All channels with what counts now, in one query; `found` are all limits, where they are at hand."""
    rows: dict[str, list[LimitFact]] = defaultdict(list)
    for row in ChannelLimit.objects.all() if found is None else found:
        rows[row.channel].append(row.fact)
    return [profile_of(channel, rows[channel.key]) for channel in CHANNELS]


def profile(key: str) -> Profile | None:
    """One channel with what counts now; None where there is none of this name."""
    channel = BY_KEY.get(key)
    return profile_of(channel, (row.fact for row in ChannelLimit.objects.filter(channel=key))) if channel else None


def order_of(known: Profile | None) -> Order:
    """The parts of a packet as a channel takes them; the usual order where nobody knows of any wish."""
    fact = known.fact("parts") if known else None
    if known is None or fact is None or not fact.value:
        return USUAL
    return Order(tuple(fact.value), known.name, known_from(fact.source, fact.read_on, "read"))


@dataclass(frozen=True)
class Entry:
    """One limit with what is known of it, and why it is to be read again."""

    limit: Limit
    fact: LimitFact | None
    why_stale: str

    @property
    def value(self) -> str:
        return self.fact.said if self.fact else ""


def entries(known: Profile, today: date) -> list[Entry]:
    """All limits of a channel, the unknown ones among them."""
    found = ((limit, known.fact(limit.key)) for limit in LIMITS)
    return [Entry(limit, fact, fact.why_stale(today, settings.PLAYBOOK_DAYS) if fact else "") for limit, fact in found]


@dataclass(frozen=True)
class Change:
    """A row that the practice wrote, with what counted before it."""

    row: ChannelLimit
    label: str
    before: str
    after: str


def history(key: str) -> list[Change]:
    """Everything that was written down of a channel, the newest first."""
    labels = {limit.key: limit.label for limit in LIMITS}
    before = {f.key: f.said for f in BY_KEY[key].facts}
    changes = []
    for row in reversed(ChannelLimit.objects.filter(channel=key).select_related("recorded_by")):
        now = said(row.key, row.value)
        changes.append(Change(row, labels[row.key], before.get(row.key, ""), now))
        before[row.key] = now
    return changes[::-1]
