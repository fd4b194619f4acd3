"""Last days against a table of 200, against a calendar, and against counting by hand."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.clocks.counting import Arrival, Closed, Lag, Limit, ShortMonth, Unit, day_of, last_day, safe_day, safe_days
from claims.clocks.paths import LAGS, SHIPPED
from documentation.kernel.business_days import federal_holidays, is_business_day
from tests.claims.clocks import by_hand

TABLE = File(__file__).with_name("dates.tsv")
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines(), delimiter="\t"))
DAYS_ON_THE_WAY = {"portal": 1, "clearinghouse": 2, "fax": 1, "mail": 5}


def limit_of(rule: str, *, verified: bool) -> Limit:
    """A rule as the table writes it: 120d+5, 10b, 4m>, /after, and ~ where the postmark counts."""
    found = re.fullmatch(r"(\d+)([dbm])(>?)(?:\+(\d+))?(?:/(after|before))?(~?)", rule)
    assert found, rule
    number, unit, short, presumed, closed, postmark = found.groups()
    return Limit(
        int(number),
        {"d": Unit.DAY, "b": Unit.BUSINESS_DAY, "m": Unit.MONTH}[unit],
        int(presumed or 0),
        Closed(closed or "stands"),
        Arrival.SENT if postmark else Arrival.RECEIVED,
        ShortMonth.NEXT_FIRST if short else ShortMonth.LAST,
        is_verified=verified,
    )


def counted(row: dict[str, str]) -> tuple[date, date]:
    """What the program says of a row."""
    limit = limit_of(row["rule"], verified=row["verified"] == "yes")
    last = last_day(day_of(datetime.fromisoformat(row["event"]), row["zone"]), limit)
    postmark = limit.arrival is Arrival.SENT and limit.is_verified
    safe = {s.channel: s.day for s in safe_days(last, LAGS, postmark_counts=postmark)}
    return last, safe[row["channel"]]


def test_the_table_has_200_rows_of_every_regime_level_channel_and_kind_of_rule() -> None:
    assert len(ROWS) == len({tuple(row.values()) for row in ROWS}) == 200
    shipped = {(p.regime.value, str(p.level)) for p in SHIPPED}
    assert {(r["regime"], r["level"]) for r in ROWS if r["regime"] != "own"} == shipped
    assert {r["channel"] for r in ROWS} == set(DAYS_ON_THE_WAY) == {lag.channel for lag in LAGS}
    assert {r["zone"] for r in ROWS} == set(by_hand.HOURS)
    assert {r["verified"] for r in ROWS} == {"yes", "no"}
    events = {by_hand.local_day(datetime.fromisoformat(r["event"]), r["zone"]) for r in ROWS}
    assert {date(2024, 2, 29), date(2028, 2, 29)} & events
    lasts = [date.fromisoformat(r["last day"]) for r in ROWS]
    assert any(d.weekday() >= 5 for d in lasts)
    assert any(d in by_hand.holidays(d.year) for d in lasts)


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['event']}-{r['regime']}-{r['level']}-{r['channel']}")
def test_a_date_of_the_table(row: dict[str, str]) -> None:
    assert counted(row) == (date.fromisoformat(row["last day"]), date.fromisoformat(row["last safe day to send"]))


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r['event']}-{r['regime']}-{r['level']}-{r['channel']}")
def test_a_date_of_the_table_as_a_person_counts_it(row: dict[str, str]) -> None:
    verified = row["verified"] == "yes"
    event = by_hand.local_day(datetime.fromisoformat(row["event"]), row["zone"])
    last = by_hand.last_day(event, row["rule"], verified=verified)
    is_postmark = row["rule"].endswith("~") and verified and row["channel"] == "mail"
    safe = by_hand.safe_day(last, 0 if is_postmark else DAYS_ON_THE_WAY[row["channel"]])
    assert (row["last day"], row["last safe day to send"]) == (last.isoformat(), safe.isoformat())


def test_the_rules_of_the_table_are_those_that_the_program_brings() -> None:
    shipped = {(p.regime.value, str(p.level)): p.limit for p in SHIPPED}
    for row in ROWS:
        if row["regime"] != "own":
            assert limit_of(row["rule"], verified=False) == shipped[row["regime"], row["level"]], row
    assert all(p.source and p.verified_on is None and not p.limit.is_verified for p in SHIPPED)


AFTER = Limit(180, closed=Closed.AFTER, is_verified=True)
MEDICARE = Limit(120, presumed_days=5)
FOUR_MONTHS = Limit(4, Unit.MONTH, short_month=ShortMonth.NEXT_FIRST)
BY_CALENDAR = (
    # November 30, 2026 and 180 days: 31 to December 31, 62, 90, 121, 151, so May 29, 2027, a Saturday.
    (date(2026, 11, 30), Limit(180), "fax", date(2027, 5, 29), date(2027, 5, 27)),
    (date(2026, 11, 30), Limit(180), "mail", date(2027, 5, 29), date(2027, 5, 21)),
    # The Monday after it is Memorial Day: the next business day is Tuesday, June 1.
    (date(2026, 11, 30), AFTER, "portal", date(2027, 6, 1), date(2027, 5, 28)),
    (date(2026, 11, 30), replace(AFTER, is_verified=False), "portal", date(2027, 5, 29), date(2027, 5, 27)),
    # July 4, 2026 is a Saturday, kept on Friday: Thursday, July 2 is the last day on which anybody works.
    (date(2026, 6, 4), Limit(30), "fax", date(2026, 7, 4), date(2026, 7, 1)),
    (date(2026, 6, 4), Limit(30, closed=Closed.BEFORE), "mail", date(2026, 7, 2), date(2026, 6, 25)),
    # No February 31: the first of March. In the leap year 2028 February has a 29th.
    (date(2027, 10, 31), FOUR_MONTHS, "fax", date(2028, 3, 1), date(2028, 2, 29)),
    (date(2027, 10, 29), FOUR_MONTHS, "fax", date(2028, 2, 29), date(2028, 2, 28)),
    (date(2026, 10, 29), FOUR_MONTHS, "fax", date(2027, 3, 1), date(2027, 2, 26)),
    (date(2026, 10, 31), Limit(4, Unit.MONTH), "portal", date(2027, 2, 28), date(2027, 2, 25)),
    (date(2028, 2, 29), Limit(12, Unit.MONTH), "portal", date(2029, 2, 28), date(2029, 2, 27)),
    # Five days for the mail count only where somebody verified that they do.
    (date(2026, 1, 5), replace(MEDICARE, is_verified=True), "clearinghouse", date(2026, 5, 10), date(2026, 5, 6)),
    (date(2026, 1, 5), MEDICARE, "clearinghouse", date(2026, 5, 5), date(2026, 5, 1)),
    # Ten business days over Christmas and New Year: December 21 to 24, 28 to 31, January 4 and 5.
    (date(2026, 12, 18), Limit(10, Unit.BUSINESS_DAY), "fax", date(2027, 1, 5), date(2027, 1, 4)),
    (date(2027, 12, 30), Limit(1, Unit.BUSINESS_DAY), "portal", date(2028, 1, 3), date(2027, 12, 30)),
    # A leap day on the way: 60 days from January 31, 2028 are March 31, in 2027 April 1.
    (date(2028, 1, 31), Limit(60), "fax", date(2028, 3, 31), date(2028, 3, 30)),
    (date(2027, 1, 31), Limit(60), "fax", date(2027, 4, 1), date(2027, 3, 31)),
)  # fmt: skip


@pytest.mark.parametrize(("event", "limit", "channel", "last", "safe"), BY_CALENDAR)
def test_a_date_looked_up_in_a_calendar(event: date, limit: Limit, channel: str, last: date, safe: date) -> None:
    assert last_day(event, limit) == last
    assert {s.channel: s.day for s in safe_days(last, LAGS)}[channel] == safe


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-12-01T07:59+00:00", "America/Los_Angeles", date(2026, 11, 30)),
        ("2026-12-01T08:00+00:00", "America/Los_Angeles", date(2026, 12, 1)),
        ("2026-12-01T07:59+00:00", "America/New_York", date(2026, 12, 1)),
        ("2027-07-01T06:59+00:00", "America/Los_Angeles", date(2027, 6, 30)),  # summer time
        ("2027-07-01T06:59+00:00", "America/Phoenix", date(2027, 6, 30)),
        ("2027-01-01T09:59+00:00", "Pacific/Honolulu", date(2026, 12, 31)),
    ],
)
def test_a_day_is_that_of_the_place(moment: str, zone: str, day: date) -> None:
    assert day_of(datetime.fromisoformat(moment), zone) == day


def test_a_moment_that_names_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        day_of(datetime(2026, 12, 1, 8), "America/Chicago")


def test_the_mail_mark_helps_the_mail_alone() -> None:
    last = date(2027, 1, 15)
    usual = {s.channel: s.day for s in safe_days(last, LAGS)}
    marked = {s.channel: s.day for s in safe_days(last, LAGS, postmark_counts=True)}
    assert marked["mail"] == last > usual["mail"]
    assert {k: v for k, v in marked.items() if k != "mail"} == {k: v for k, v in usual.items() if k != "mail"}


def test_what_takes_longest_leaves_first() -> None:
    assert [s.channel for s in safe_days(date(2027, 1, 15), LAGS)] == ["mail", "clearinghouse", "fax", "portal"]


# --- For all dates ------------------------------------------------------------------------------------------------

DATES = st.dates(date(2000, 1, 1), date(2099, 12, 1))
LIMITS = st.builds(
    Limit,
    st.integers(1, 400),
    st.sampled_from(Unit),
    st.integers(0, 30),
    st.sampled_from(Closed),
    st.sampled_from(Arrival),
    st.sampled_from(ShortMonth),
    st.booleans(),
)


@given(DATES, st.integers(0, 30))
def test_what_leaves_on_the_safe_day_is_there_in_time_and_a_day_later_it_may_not_be(last: date, lag: int) -> None:
    safe = safe_day(last, lag)
    assert is_business_day(safe)
    assert safe == by_hand.safe_day(last, lag)
    assert safe <= last - timedelta(days=lag)


@given(DATES, LIMITS)
def test_a_rule_that_nobody_verified_never_gives_more_time(event: date, limit: Limit) -> None:
    unverified = last_day(event, replace(limit, is_verified=False))
    assert unverified <= last_day(event, replace(limit, is_verified=True))
    plain = Limit(limit.number, limit.unit, short_month=limit.short_month)
    assert unverified <= last_day(event, plain)


@given(DATES, st.integers(1, 48), st.sampled_from(ShortMonth))
def test_months_are_counted_as_a_person_turns_the_pages(event: date, months: int, short: ShortMonth) -> None:
    limit = Limit(months, Unit.MONTH, short_month=short)
    assert last_day(event, limit) == by_hand.months_later(event, months, next_first=short is ShortMonth.NEXT_FIRST)


@given(DATES, st.lists(st.builds(Lag, st.text("ab", min_size=1), st.just("x"), st.integers(0, 9)), max_size=5))
def test_a_channel_that_takes_longer_never_leaves_later(last: date, lags: list[Lag]) -> None:
    days = [(s.day, s.lag) for s in safe_days(last, lags)]
    assert days == sorted(days, key=lambda d: (d[0], -d[1]))
    assert [lag for _, lag in days] == sorted((lag for _, lag in days), reverse=True)


@pytest.mark.parametrize("year", range(2019, 2040))
def test_the_library_knows_the_holidays_that_a_person_writes_down(year: int) -> None:
    closed = {d for d in federal_holidays(year) if d.weekday() < 5}
    assert closed == {d for d in by_hand.holidays(year) if d.weekday() < 5}


def test_the_clock_takes_moments_of_any_offset() -> None:
    there = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
    assert day_of(there, "America/Chicago") == day_of(there.astimezone(), "America/Chicago") == date(2026, 11, 30)
