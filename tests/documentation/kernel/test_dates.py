"""Dates: ages, limits counted in days, and how they are written."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documentation.kernel import dates as d

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [
        ("1981-03-14", "2026-03-13", 44),
        ("1981-03-14", "2026-03-14", 45),
        ("2004-02-29", "2025-02-28", 20),
        ("2004-02-29", "2025-03-01", 21),
        ("2004-02-29", "2024-02-29", 20),
        ("2026-11-05", "2026-11-05", 0),
    ],
)
def test_age_in_completed_years(birth: str, day: str, years: int) -> None:
    assert d.age_on(date.fromisoformat(birth), date.fromisoformat(day)) == years


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2024-02-29", 180, "2024-08-27"),
        ("2023-08-31", 180, "2024-02-27"),
        ("2023-09-02", 180, "2024-02-29"),
        ("2027-12-31", 60, "2028-02-29"),
        ("2028-01-31", 30, "2028-03-01"),
        ("2024-02-29", 365, "2025-02-28"),
        ("2026-05-05", 180, "2026-11-01"),
        ("2026-03-07", 1, "2026-03-08"),
        ("2026-11-05", 0, "2026-11-05"),
    ],
)
def test_a_limit_counts_calendar_days_across_leap_days_and_clock_changes(start: str, days: int, end: str) -> None:
    assert d.add_days(date.fromisoformat(start), days) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-03-01", "2026-11-05", 8),
        ("2026-03-06", "2026-11-05", 7),
        ("2026-01-31", "2026-02-28", 0),
        ("2026-11-05", "2026-03-01", 0),
        ("2025-11-05", "2026-11-05", 12),
    ],
)
def test_whole_months(start: str, end: str, months: int) -> None:
    assert d.months_between(date.fromisoformat(start), date.fromisoformat(end)) == months


def test_how_dates_are_written() -> None:
    day = date(2026, 11, 5)
    assert (d.long_date(day), d.short_date(day), d.us_date(day)) == ("November 5, 2026", "Nov 5, 2026", "11/05/2026")


@given(DAYS, st.integers(0, 40_000))
def test_nobody_grows_younger(birth: date, days: int) -> None:
    later = birth + timedelta(days=days)
    assert 0 <= d.age_on(birth, later) <= d.age_on(birth, later + timedelta(days=1))
    assert d.months_between(birth, later) // 12 <= d.age_on(birth, later)
