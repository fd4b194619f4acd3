"""Dates of the pure core. Nothing here reads the clock."""

from __future__ import annotations

from datetime import date, time, timedelta


def age_on(birth: date, day: date) -> int:
    """Completed years; someone born on February 29 has the birthday on March 1 in common years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def add_days(start: date, days: int) -> date:
    """The day that lies `days` after `start`: the last day of a limit counted in calendar days."""
    return start + timedelta(days=days)


def months_between(start: date, end: date) -> int:
    """Whole months from start to end, never below 0."""
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    return max(0, months)


def long_date(day: date) -> str:
    """`November 5, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"


def short_date(day: date) -> str:
    """`Nov 5, 2026`."""
    return f"{day:%b} {day.day}, {day.year}"


def clock_time(value: time) -> str:
    """`2:30 PM`."""
    return f"{value.hour % 12 or 12}:{value:%M} {'AM' if value.hour < 12 else 'PM'}"


def us_date(day: date) -> str:
    """`11/05/2026`, as claim forms write it."""
    return f"{day:%m/%d/%Y}"
