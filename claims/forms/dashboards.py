"""What the address of the dashboard asks for: everything gets an answer, with a sentence where it had to guess."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from claims.models import FiguresSum, Payer
from claims.queries.dashboards import name_of
from claims.queries.sums import Filters, add_months
from documentation.kernel.dates import short_date
from documentation.kernel.rule import Cause
from documentation.models import Clinician, Location, User

PERIODS = {
    "1m": "This month",
    "30d": "Last 30 days",
    "3m": "Last 3 months",
    "6m": "Last 6 months",
    "12m": "Last 12 months",
    "year": "This year",
}
USUAL = "6m"
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
_CAUSES = {c.value: c.label for c in Cause}
BY = {
    "payer": "Payer",
    "plan": "Plan",
    "clinician": "Clinician",
    "biller": "Biller",
    "location": "Location",
    "code": "Code",
}
"""By what the page is narrowed and told apart: names in the address, and their words."""
_ROWS: dict[str, Any] = {"payer": Payer, "clinician": Clinician, "biller": User, "location": Location}
_KEPT = {"plan": "plan_name", "code": "code"}


def period(name: str, today: date) -> tuple[date, date]:
    """First and last day of one of PERIODS. Months are whole ones, the present one among them."""
    if name == "30d":
        return today - timedelta(days=29), today
    end = today.replace(day=monthrange(today.year, today.month)[1])
    if name == "year":
        return today.replace(month=1, day=1), today.replace(month=12, day=31)
    return add_months(today.replace(day=1), 1 - int(name[:-1])), end


@dataclass(frozen=True)
class Asked:
    """The filters with their words, and sentences on what could not be followed."""

    filters: Filters
    period: str
    """One of PERIODS, or empty for dates of one's own."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What narrows the page, one of BY, with its word."""
    notes: tuple[str, ...] = ()
    by: str = ""
    """By what a page tells the denials apart, one of BY; empty where nothing was chosen."""

    @property
    def told_by(self) -> str:
        """By what the page tells the denials apart."""
        return self.by or "payer"

    @property
    def words(self) -> str:
        """The period: 'Jul 1 – Dec 31, 2026'."""
        return span(self.filters)

    def query(self, **changes: str) -> str:
        """A query string of these filters with fixed dates, so that it means the same tomorrow."""
        f = self.filters
        values = {
            "from": f.from_on.isoformat(),
            "to": f.to_on.isoformat(),
            **{name: str(getattr(f, name) or "") for name in BY},
            "cause": f.cause,
            "month": f"{f.month:%Y-%m}" if f.month else "",
            **changes,
        }
        return "?" + urlencode({k: v for k, v in values.items() if v})

    def dashboard(self, **changes: str) -> str:
        """A query string of the dashboard; a named period stays a named one, and so does what it tells apart by."""
        is_ever = (self.filters.from_on, self.filters.to_on) == (EARLIEST, LATEST)
        # From a list of what is open today one comes back to the usual period.
        dates = {"period": self.period, "from": "", "to": ""} if self.period or is_ever else {}
        return self.query(**{**dates, "cause": "", "month": "", "by": self.by, **changes})

    @property
    def ever(self) -> Asked:
        """The same whatever the period: for what is open today."""
        return replace(self, period="", filters=replace(self.filters, from_on=EARLIEST, to_on=LATEST, month=None))


def span(filters: Filters) -> str:
    """A period in words."""
    start, end = filters.from_on, filters.to_on
    if (start, end) == (EARLIEST, LATEST):
        return "of all time"
    first = short_date(start) if start.year != end.year else short_date(start).rsplit(",", 1)[0]
    return short_date(end) if start == end else f"{first} – {short_date(end)}"


def read(given: Mapping[str, str], today: date, *, month_is_period: bool = False) -> Asked:
    """The filters of an address. With `month_is_period`, for whole pages, a month takes the place of the period, and
    no cause narrows them.
    """
    notes: list[str] = []
    token, from_on, to_on = _dates(given, today, notes)
    found = {name: _one(name, given.get(name, ""), notes) for name in BY}
    cause = given.get("cause", "")
    if cause and cause not in _CAUSES:
        notes.append("There is no such cause of denial. All causes are shown.")
        cause = ""
    if cause and month_is_period:
        # Nothing on the page says it, and no link of it keeps it.
        notes.append(f"All causes are shown: only lists of claims are narrowed to one, such as {_CAUSES[cause]}.")
        cause = ""
    month = _month(given.get("month", ""), notes)
    if month and month_is_period:
        token, from_on, to_on, month = "", month, add_months(month, 1) - timedelta(days=1), None
    filters = Filters(from_on, to_on, cause=cause, month=month, **{k: key for k, (key, _) in found.items() if key})
    by = given.get("by", "") if month_is_period else ""
    named = {k: word for k, (key, word) in found.items() if key}
    return Asked(filters, token, named, tuple(notes), by if by in BY else "")


def _one(name: str, text: str, notes: list[str]) -> tuple[Any, str]:
    """What one filter names, with its word; nothing where there is no such thing, and a sentence that says so."""
    if not text:
        return None, ""
    if name in _KEPT:
        if len(text) <= 120 and text.isprintable() and FiguresSum.objects.filter(**{_KEPT[name]: text}).exists():
            return text, text
    elif text.isascii() and text.isdigit() and len(text) < 16:
        row = _ROWS[name].objects.filter(pk=int(text)).first()
        if row is not None:
            return row.pk, name_of(row)
    notes.append(f"There is no such {name}. All {name}s are shown.")
    return None, ""


def _dates(given: Mapping[str, str], today: date, notes: list[str]) -> tuple[str, date, date]:
    asked = given.get("from", ""), given.get("to", "")
    token = given.get("period", "") if not any(asked) else ""
    if token and token not in PERIODS:
        notes.append(f"There is no such period. The {PERIODS[USUAL].lower()} are shown.")
        token = ""
    if not any(asked):
        return token or USUAL, *period(token or USUAL, today)
    usual = period(USUAL, today)
    found = [_day(text) for text in asked]
    for text, day, name, instead in zip(asked, found, ("first", "last"), usual, strict=True):
        if text and day is None:
            notes.append(
                f"The {name} day of the range cannot be read. Give it as year-month-day, such as {today.isoformat()},"
                f" between {EARLIEST.year} and {LATEST.year}. {short_date(instead)} is taken instead."
            )
    start, end = (
        found[0] or (usual[0] if found[1] is None else EARLIEST),
        found[1] or max(usual[1], found[0] or EARLIEST),
    )
    if start > end:
        notes.append("The range ended before it began. It is shown the right way round.")
        start, end = end, start
    return "", start, end


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _month(text: str, notes: list[str]) -> date | None:
    if not text:
        return None
    month = _day(f"{text}-01") if re.fullmatch(r"\d{4}-\d\d", text) else None
    if month is None:
        notes.append("There is no such month. All months of the period are shown.")
    return month
