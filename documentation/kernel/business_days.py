"""Days on which business is done: Monday to Friday, without the federal holidays of the United States (5 U.S.C. 6103).

The holidays come from a kept library, with the day on which one is observed that falls on a weekend. A day more that
is closed only makes people send earlier.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays


def federal_holidays(*years: int) -> frozenset[date]:
    """Days on which no business is counted."""
    return frozenset(day for year in years for day in _holidays(year))


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", years=year))


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def open_day_until(day: date) -> date:
    """The day itself where it is a business day, else the last one before it."""
    while not is_business_day(day):
        day -= timedelta(1)
    return day


def open_day_from(day: date) -> date:
    """The day itself where it is a business day, else the first one after it."""
    while not is_business_day(day):
        day += timedelta(1)
    return day


def step(day: date, days: int) -> date:
    """The business day that lies so many of them after a day, or before it where `days` is below 0."""
    one = timedelta(1 if days > 0 else -1)
    left = abs(days)
    while left:
        day += one
        left -= is_business_day(day)
    return day


def business_days(start: date, end: date, closed: frozenset[date] = frozenset()) -> int:
    """Business days after `start` up to and with `end`; `closed` are the holidays to be left out."""
    days = (start + timedelta(n) for n in range(1, max(0, (end - start).days) + 1))
    return sum(d.weekday() < 5 and d not in closed for d in days)


def add_business_days(start: date, days: int, closed: frozenset[date] = frozenset()) -> date:
    """The day on which so many business days have passed; `closed` are the holidays to be left out."""
    day = start
    while days:
        day += timedelta(1)
        days -= day.weekday() < 5 and day not in closed
    return day
