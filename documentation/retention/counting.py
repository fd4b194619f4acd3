"""The last day of keeping what there is of one patient: the longest period that applies decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from documentation.kernel.dates import age_on, long_date
from documentation.retention.periods import KINDS, Kind, Period, Start, Whom


@dataclass(frozen=True)
class PatientFacts:
    """What decides how long one patient's records are kept."""

    birth_date: date
    events: Mapping[Start, date]
    """The last of each; one that never was is not there. The day of registration stands for a visit that never was."""
    groups: frozenset[Whom] = frozenset()
    """The kinds of plans that the patient has or had, as far as it is written down."""
    was_here: bool = True
    """False: there was no visit, and the day of registration stands for it."""


@dataclass(frozen=True)
class Counted:
    """One period counted for one patient."""

    period: Period
    event_on: date
    """The event itself."""
    from_on: date
    """Where the years begin: the event, or the patient's majority."""
    day: date
    was_here: bool = True

    @property
    def said(self) -> str:
        """`10 years from the last visit (March 3, 2026)`."""
        began = long_date(self.from_on)
        if self.from_on > self.event_on:
            began += ", when the patient comes of age"
        elif self.period.start is Start.VISIT and not self.was_here:
            began += ", when the patient was registered: there was no visit yet"
        return f"{self.period.said} ({began})"


@dataclass(frozen=True)
class Kept:
    """Until when everything of one patient is kept at least, and why."""

    decided_by: Counted | None
    """None where no period applies: then nothing ends."""
    of_kinds: tuple[Counted, ...] = ()
    """The longest of each kind, the latest first."""
    longer_until: date | None = None
    """The practice's own decision to keep longer."""

    @property
    def day(self) -> date | None:
        found = [day for day in (self.decided_by and self.decided_by.day, self.longer_until) if day]
        return max(found, default=None) if self.decided_by else None

    @property
    def is_longer_by_decision(self) -> bool:
        return self.decided_by is not None and self.day != self.decided_by.day

    def has_ended(self, today: date) -> bool:
        """Whether the last day of keeping has passed."""
        return self.day is not None and self.day < today


def years_after(day: date, years: int) -> date:
    """The same day so many years later; from February 29 it is March 1 in common years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def keep_until(facts: PatientFacts, periods: Iterable[Period], longer_until: date | None = None) -> Kept:
    """Count every period that applies. Minors count from their majority where a period counts from the last visit."""
    used = [p for p in periods if p.is_used]
    majority = max((p.years for p in used if p.kind is Kind.MAJORITY), default=0)
    longest: dict[Kind, Counted] = {}
    for period in used:
        event = facts.events.get(period.start)
        if period.kind is Kind.MAJORITY or event is None:
            continue
        if period.whom is not Whom.EVERYBODY and period.whom not in facts.groups:
            continue
        counted = _counted(period, event, facts, majority)
        if period.kind not in longest or counted.day > longest[period.kind].day:
            longest[period.kind] = counted
    found = tuple(sorted(longest.values(), key=lambda c: c.day, reverse=True))
    return Kept(found[0] if found else None, found, longer_until)


def _counted(period: Period, event: date, facts: PatientFacts, majority: int) -> Counted:
    birth = facts.birth_date
    is_minor = period.start is Start.VISIT and birth <= event and age_on(birth, event) < majority
    start = years_after(birth, majority) if is_minor else event
    return Counted(period, event, start, years_after(start, period.years), facts.was_here)


def why(kept: Kept) -> str:
    """The receipt in one sentence; empty where no period applies."""
    if not kept.decided_by:
        return ""
    counted = kept.decided_by
    return f"{KINDS[counted.period.kind]}: {counted.period.name}, {counted.said}. Source: {counted.period.source}."
