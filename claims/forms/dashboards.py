"""What the address of the dashboard asks for: everything gets an answer, with a sentence where it had to guess."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from claims.models import Payer
from claims.queries.dashboards import Filters, add_months
from documentation.kernel.dates import short_date
from documentation.kernel.rule import Cause
from documentation.models import Clinician

PERIODS = {
    "30d": "Last 30 days",
    "3m": "Last 3 months",
    "6m": "Last 6 months",
    "12m": "Last 12 months",
    "year": "This year",
}
USUAL = "6m"
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
_CAUSES = {c.value: c.label for c in Cause}


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
    payer: str
    clinician: str
    notes: tuple[str, ...]

    @property
    def words(self) -> str:
        """The period: 'Jul 1 – Dec 31, 2026'."""
        start, end = self.filters.from_on, self.filters.to_on
        first = short_date(start) if start.year != end.year else short_date(start).rsplit(",", 1)[0]
        return short_date(end) if start == end else f"{first} – {short_date(end)}"

    def query(self, **changes: str) -> str:
        """A query string of these filters with fixed dates, so that it means the same tomorrow."""
        f = self.filters
        values = {
            "from": f.from_on.isoformat(),
            "to": f.to_on.isoformat(),
            "payer": f.payer or "",
            "clinician": f.clinician or "",
            "cause": f.cause,
            "month": f"{f.month:%Y-%m}" if f.month else "",
            **changes,
        }
        return "?" + urlencode({k: v for k, v in values.items() if v})

    def dashboard(self, **changes: str) -> str:
        """A query string of the dashboard; a named period stays a named one."""
        dates = {"period": self.period, "from": "", "to": ""} if self.period else {}
        return self.query(**{**dates, "cause": "", "month": "", **changes})


def read(given: Mapping[str, str], today: date) -> Asked:
    """The filters of an address."""
    notes: list[str] = []
    token, from_on, to_on = _dates(given, today, notes)
    payer, payer_name = _row(given.get("payer", ""), "payer", notes)
    clinician, clinician_name = _row(given.get("clinician", ""), "clinician", notes)
    cause = given.get("cause", "")
    if cause and cause not in _CAUSES:
        notes.append("There is no such cause of denial. All causes are shown.")
        cause = ""
    filters = Filters(from_on, to_on, payer, clinician, cause, _month(given.get("month", ""), notes))
    return Asked(filters, token, payer_name, clinician_name, tuple(notes))


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


def _row(text: str, name: str, notes: list[str]) -> tuple[int | None, str]:
    if not text:
        return None, ""
    model: type[Payer] | type[Clinician] = Payer if name == "payer" else Clinician
    is_key = text.isascii() and text.isdigit() and len(text) < 16
    row = model.objects.filter(pk=int(text)).first() if is_key else None
    if row is None:
        notes.append(f"There is no such {name}. All {name}s are shown.")
        return None, ""
    return int(row.pk), str(row)
