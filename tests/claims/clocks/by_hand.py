"""Last days counted as a person does with a calendar on the table: day by day, month by month, holiday by holiday.

It shares nothing with the program: neither its library of holidays nor its arithmetic nor its time zones.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

ONE = timedelta(1)
HOURS = {"America/New_York": -5, "America/Chicago": -6, "America/Denver": -7, "America/Los_Angeles": -8,
         "America/Anchorage": -9, "America/Phoenix": -7, "Pacific/Honolulu": -10}  # fmt: skip
"""Standard time; those without summer time are named below."""
NO_SUMMER_TIME = {"America/Phoenix", "Pacific/Honolulu"}


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th Monday (0) … Sunday (6) of a month; the last one where n is -1."""
    days = [date(year, month, d) for d in range(1, monthrange(year, month)[1] + 1)]
    fit = [d for d in days if d.weekday() == weekday]
    return fit[n if n < 0 else n - 1]


def local_day(moment: datetime, zone: str) -> date:
    """The date at a place, by its hours behind Greenwich and the summer time of 2 a.m. to 2 a.m."""
    standard = moment.replace(tzinfo=None) + timedelta(hours=HOURS[zone])
    if zone in NO_SUMMER_TIME:
        return standard.date()
    begins = datetime.combine(nth(standard.year, 3, 6, 2), datetime.min.time()) + timedelta(hours=2)
    ends = datetime.combine(nth(standard.year, 11, 6, 1), datetime.min.time()) + timedelta(hours=1)
    return (standard + timedelta(hours=begins <= standard < ends)).date()


def holidays(year: int) -> set[date]:
    """The eleven federal holidays, and the Friday or Monday on which one is kept that falls on a weekend."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25), date(year + 1, 1, 1)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    kept = [d - ONE if d.weekday() == 5 else d + ONE for d in fixed if d.weekday() >= 5]
    moving = [
        *(nth(year, 1, 0, 3), nth(year, 2, 0, 3), nth(year, 5, 0, -1)),
        *(nth(year, 9, 0, 1), nth(year, 10, 0, 2), nth(year, 11, 3, 4)),
    ]
    return {d for d in (*fixed, *kept, *moving) if d.year == year}


def is_open(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def months_later(day: date, months: int, *, next_first: bool) -> date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    longest = monthrange(year, month)[1]
    if day.day <= longest:
        return date(year, month, day.day)
    return date(year, month, longest) + (ONE if next_first else timedelta(0))


def last_day(event: date, rule: str, *, verified: bool) -> date:
    """Rules as the table writes them: `120d+5`, `10b`, `4m>`, each with `/after` or `/before` for a closed last day."""
    rule, _, closed = rule.removesuffix("~").partition("/")
    count, _, presumed = rule.partition("+")
    day = event
    for _ in range(int(presumed or 0) if verified else 0):
        day += ONE
    number, unit = int(count.rstrip("dbm>")), count.lstrip("0123456789")
    if unit == "d":
        for _ in range(number):
            day += ONE
    elif unit == "b":
        while number:
            day += ONE
            number -= is_open(day)
    else:
        day = months_later(day, number, next_first=unit == "m>")
    while closed == "before" and not is_open(day):
        day -= ONE
    while closed == "after" and verified and not is_open(day):
        day += ONE
    return day


def safe_day(last: date, lag: int) -> date:
    """Try day after day, from the last one back, until something sent then would be there in time."""
    sent = last
    while True:
        if is_open(sent):
            there, left = sent, lag
            while left:
                there += ONE
                left -= is_open(there)
            if there <= last:
                return sent
        sent -= ONE
