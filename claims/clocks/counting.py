"""From an event to the last day, and from there to the last day on which it is still safe to send.

Dates in, dates out: nothing here reads a clock or knows a row. Where a rule was not verified by somebody of the
practice, nothing counts that would make its time longer: neither days presumed for the mail, nor a weekend at its end,
nor a postmark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from documentation.kernel.business_days import open_day_from, open_day_until, step
from documentation.kernel.dates import add_days


class Unit(StrEnum):
    """What a limit counts."""

    DAY = "day"
    BUSINESS_DAY = "business_day"
    MONTH = "month"


UNITS = {Unit.DAY: "days", Unit.BUSINESS_DAY: "business days", Unit.MONTH: "months"}


class Closed(StrEnum):
    """What becomes of a last day on a weekend or a holiday."""

    STANDS = "stands"
    AFTER = "after"
    BEFORE = "before"


CLOSED = {
    Closed.STANDS: "stands as it is",
    Closed.AFTER: "moves to the next business day",
    Closed.BEFORE: "moves to the business day before",
}


class Arrival(StrEnum):
    """What must have happened by the last day."""

    RECEIVED = "received"
    SENT = "sent"


ARRIVALS = {Arrival.RECEIVED: "must have arrived", Arrival.SENT: "must have been sent (the postmark counts)"}


class ShortMonth(StrEnum):
    """Where months end in one that lacks the day, as four months from October 31 do."""

    LAST = "last"
    NEXT_FIRST = "next_first"


SHORT_MONTHS = {
    ShortMonth.LAST: "ends on the last day of that month",
    ShortMonth.NEXT_FIRST: "ends on the first day of the month after it",
}


@dataclass(frozen=True)
class Limit:
    """A time limit: so many days, business days or months from an event."""

    number: int
    unit: Unit = Unit.DAY
    presumed_days: int = 0
    """Days after the event on which the notice is presumed to have arrived; the limit counts from there."""
    closed: Closed = Closed.STANDS
    arrival: Arrival = Arrival.RECEIVED
    short_month: ShortMonth = ShortMonth.LAST
    is_verified: bool = False
    """Whether somebody of the practice saw that the rule is so, and not too long ago."""

    @property
    def said(self) -> str:
        """'180 days', '4 months', '1 business day'."""
        words = UNITS[self.unit]
        return f"{self.number} {words.removesuffix('s') if self.number == 1 else words}"


def day_of(moment: datetime, zone: str) -> date:
    """The date of a moment at a place. A moment without an offset belongs to no place: ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset")
    return moment.astimezone(ZoneInfo(zone)).date()


def add_months(start: date, months: int, short: ShortMonth = ShortMonth.LAST) -> date:
    """The same day so many months later; where there is none, as `short` says."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    try:
        return start.replace(year=year, month=month)
    except ValueError:
        first_after = date(year + month // 12, month % 12 + 1, 1)
        return first_after if short is ShortMonth.NEXT_FIRST else first_after - timedelta(1)


def last_day(event: date, limit: Limit) -> date:
    """The last day of a limit that begins with an event; the event's own day is not counted."""
    start = add_days(event, limit.presumed_days) if limit.is_verified else event
    if limit.unit is Unit.MONTH:
        last = add_months(start, limit.number, limit.short_month)
    elif limit.unit is Unit.BUSINESS_DAY:
        last = step(start, limit.number)
    else:
        last = add_days(start, limit.number)
    if limit.closed is Closed.BEFORE:
        return open_day_until(last)
    if limit.closed is Closed.AFTER and limit.is_verified:
        return open_day_from(last)
    return last


@dataclass(frozen=True)
class Lag:
    """How long a channel takes until the payer has what was sent, in business days."""

    channel: str
    label: str
    days: int


@dataclass(frozen=True)
class Safe:
    """The last day on which it is safe to send by a channel."""

    channel: str
    label: str
    day: date
    lag: int


def safe_day(last: date, lag: int) -> date:
    """The latest business day from which `lag` business days still end by the last day."""
    return step(open_day_until(last), -lag)


def safe_days(last: date, lags: Iterable[Lag], *, postmark_counts: bool = False) -> tuple[Safe, ...]:
    """The same for each channel, the one that must leave first first. A postmark only helps what goes by mail."""
    counted = ((lag, 0 if postmark_counts and lag.channel == "mail" else lag.days) for lag in lags)
    found = (Safe(lag.channel, lag.label, safe_day(last, days), days) for lag, days in counted)
    return tuple(sorted(found, key=lambda s: (s.day, -s.lag, s.channel)))
