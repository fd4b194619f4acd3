"""Golden rows: last days of leap years and turns of the year, and to which day of its place a moment belongs.

The rows were worked out in two ways that know nothing of each other, by walking through the months and by the calendar.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from claims.clocks.counting import Limit, Unit, day_of, last_day
from documentation.models import AuditEvent, Location
from documentation.services.audit import record
from tests import factories as f

HERE = Path(__file__).parent


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines(), delimiter="\t"))


DAYS, MOMENTS = rows_of("golden_days.tsv"), rows_of("golden_moments.tsv")


def test_there_are_at_least_thirty_rows() -> None:
    assert len({tuple(row.values()) for row in (*DAYS, *MOMENTS)}) >= 30
    assert {date(2024, 2, 29), date(2028, 2, 29)} & {date.fromisoformat(row["last day"]) for row in DAYS}


@pytest.mark.parametrize("row", DAYS, ids=lambda row: f"{row['event']}+{row['days']}")
def test_a_last_day_of_the_table(row: dict[str, str]) -> None:
    """Days are counted as days of the calendar: one of 23 or 25 hours is one day."""
    limit = Limit(int(row["days"]), Unit.DAY)
    last = last_day(date.fromisoformat(row["event"]), limit)
    assert type(last) is date  # never a moment, so that no clock can move it
    assert last == date.fromisoformat(row["last day"])


@pytest.mark.parametrize("row", MOMENTS, ids=lambda row: f"{row['moment']}-{row['zone']}")
def test_a_moment_belongs_to_the_day_of_its_place(row: dict[str, str]) -> None:
    moment, day = datetime.fromisoformat(row["moment"]), date.fromisoformat(row["day"])
    assert f"{moment.astimezone(ZoneInfo(row['zone'])):%H:%M}" == row["clock"]
    assert day_of(moment, row["zone"]) == day
    assert Location(time_zone=row["zone"]).today(moment) == day


def days_late(last: date, location: Location, at: datetime) -> int:
    return (location.today(at) - last).days


def test_the_last_day_ends_at_the_midnight_of_its_place() -> None:
    """180 days from May 5 end on the Sunday on which clocks go back; the same instant is judged by each place."""
    last = last_day(date(2026, 5, 5), Limit(180, Unit.DAY))
    east, desert = Location(time_zone="America/New_York"), Location(time_zone="America/Phoenix")
    half_past_eleven = datetime(2026, 11, 2, 4, 30, tzinfo=UTC)
    half_past_midnight = half_past_eleven + timedelta(hours=1)
    assert days_late(last, east, half_past_eleven) == 0
    assert days_late(last, east, half_past_midnight) == 1
    assert days_late(last, desert, half_past_midnight) == 0


@pytest.mark.django_db
def test_events_of_the_night_when_clocks_go_back_keep_their_order() -> None:
    """Half past one comes twice: the trail tells them apart, by its number and by a time that knows no zone."""
    by: Any = f.user()
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    for at in (first, first + timedelta(hours=1)):
        record("access.denied", by=by, at=at, view="home")
    early, late = AuditEvent.objects.order_by("-pk")[:2][::-1]
    here = ZoneInfo("America/New_York")
    assert f"{early.at.astimezone(here):%H:%M}" == f"{late.at.astimezone(here):%H:%M}" == "01:30"
    assert late.at - early.at == timedelta(hours=1)
    assert early.pk < late.pk
