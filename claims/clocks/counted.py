"""A last day together with everything that it was counted from, as it is shown and as it is kept with an appeal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from claims.clocks.counting import Arrival, Limit, last_day
from claims.clocks.paths import ends_said
from documentation.kernel.dates import long_date


@dataclass(frozen=True)
class Counted:
    """Event, rule, result, source, and who verified the rule."""

    day: date
    event: str
    """What it is counted from: notice or decision."""
    event_on: date
    rule: str
    """'120 days, presumed to arrive 5 days later'."""
    source: str
    name: str = "Appeal"
    """What the level is called."""
    stage: str = "appeal"
    """What kind of level it is, as `claims.clocks.paths.Stage`."""
    regime: str = "unknown"
    verified_on: date | None = None
    verified_by: str = ""
    why_open: str = ""
    """Why the rule cannot be relied on, to follow 'it'; empty while it can."""
    postmark_counts: bool = False
    said: str = ""
    """The limit alone: '120 days'."""
    added: str = ""
    """What else was counted: ', presumed to arrive 5 days later'."""
    fact: int = 0
    """The row of the payer's playbook that the rule is from; 0 where it is from none."""

    @property
    def is_firm(self) -> bool:
        return not self.why_open

    @property
    def reason(self) -> str:
        """'180 days from the notice of December 2, 2026 (provider manual)'."""
        return f"{self.said} from the {self.event} of {long_date(self.event_on)}{self.added} ({self.source})"

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in found.items()}


def count(limit: Limit, event: str, event_on: date, *, source: str, why_open: str, **more: Any) -> Counted:
    """Count a limit from an event; what lengthens it counts only while the rule can be relied on, and it says so."""
    relied = replace(limit, is_verified=not why_open)
    added, left_out = ends_said(relied)
    open_end = f"{left_out} (not counted until somebody verifies it)" if left_out else ""
    return Counted(
        last_day(event_on, relied),
        event,
        event_on,
        f"{limit.said} from the {event}{added}{open_end}",
        source,
        why_open=why_open,
        postmark_counts=relied.arrival is Arrival.SENT and relied.is_verified,
        said=limit.said,
        added=added,
        **more,
    )


def counted_from(kept: Mapping[str, Any]) -> Counted | None:
    """What `as_json` wrote, read back; None where nothing was kept. Keys that are no longer known are passed over."""
    if not kept:
        return None
    known = {f.name for f in fields(Counted)}
    values = {key: value for key, value in kept.items() if key in known}
    for key in ("day", "event_on", "verified_on"):
        if values.get(key):
            values[key] = date.fromisoformat(values[key])
    return Counted(**values)
