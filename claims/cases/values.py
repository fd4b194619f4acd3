"""Readers of single values: each returns the value as it is stored, or raises `Wrong` with what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from documentation.kernel import identifiers
from documentation.kernel.text import clean_text

Read = Callable[[Any], Any]


class Wrong(ValueError):
    """The message says what is allowed."""


def text(most: int, *, multiline: bool = False) -> Read:
    """Text of up to `most` characters, cleaned as everywhere; nothing is cut."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong(f"text of up to {most:,} characters")
        cleaned = clean_text(value, multiline=multiline)
        if len(cleaned) > most:
            raise Wrong(f"text of up to {most:,} characters (it has {len(cleaned):,})")
        if not cleaned:
            raise Wrong("text that a reader can see")
        return cleaned

    return read


def prose(most: int = 20_000) -> Read:
    """Text of several lines."""
    return text(most, multiline=True)


def shaped(check: Callable[[str], str], example: str) -> Read:
    """Text that a check of `kernel.identifiers` finds nothing wrong with."""

    def read(value: Any) -> str:
        problem = check(value) if isinstance(value, str) else f"Text such as {example}."
        if problem:
            raise Wrong(problem[0].lower() + problem[1:].rstrip("."))
        return str(value)

    return read


def word(words: Mapping[str, str]) -> Read:
    """One word of a vocabulary."""
    allowed = f"one of {', '.join(words)}"

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Wrong(allowed)
        return value

    return read


def one_of(*words: str) -> Read:
    return word(dict.fromkeys(words, ""))


def matching(pattern: str, allowed: str) -> Read:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise Wrong(allowed)
        return value

    return read


def yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def whole(low: int, high: int) -> Read:
    """A whole number from low to high."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Wrong(f"a whole number from {low:,} to {high:,}")
        return value

    return read


def number(low: float, high: float, places: int) -> Read:
    """A number or a text of digits, with at most `places` decimals: nothing is rounded."""

    def read(value: Any) -> Decimal:
        amount = _decimal(value)
        if amount is None or not Decimal(str(low)) <= amount <= Decimal(str(high)) or amount != round(amount, places):
            raise Wrong(f"a number from {low:,} to {high:,} with at most {places} decimal{'s' if places > 1 else ''}")
        return amount

    return read


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value, re.ASCII):
        return None
    if isinstance(value, (str, int, float)):
        value = Decimal(str(value))
    return value if isinstance(value, Decimal) and value.is_finite() else None


def money(value: Any) -> Decimal:
    """Dollars as a text with two decimals."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,7}\.[0-9]{2}", value, re.ASCII):
        raise Wrong('dollars as text with two decimals, such as "850.00"')
    return Decimal(value)


def day(value: Any) -> date:
    """A date as YYYY-MM-DD."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        try:
            found = date.fromisoformat(value)
        except ValueError as e:
            raise Wrong("a day that exists, as YYYY-MM-DD") from e
        if 1900 <= found.year <= 2100:
            return found
    raise Wrong("a date from 1900 to 2100 as YYYY-MM-DD, such as 2026-11-05")


def clock(value: Any) -> time:
    """A time of the day as HH:MM or HH:MM:SS."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", value, re.ASCII):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise Wrong("a time as HH:MM, such as 09:10")


def moment(value: Any) -> datetime:
    """A day with a time, with or without an offset; without one it is the time at the location."""
    if isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:", value, re.ASCII):
        try:
            found = datetime.fromisoformat(value)
            if 1900 <= found.year <= 2100:
                return found
        except ValueError:
            pass
    raise Wrong("a day and a time, such as 2026-11-05T09:21:30")


def time_zone(value: Any) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise Wrong("the name of a time zone, such as America/Los_Angeles")
    return value


def email(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", value) or len(value) > 254:
        raise Wrong("an e-mail address, such as alex@example.com")
    return value


def file_name(value: Any) -> str:
    """A path inside the case's folder, with forward slashes."""
    parts = value.split("/") if isinstance(value, str) else [""]
    if any(p in ("", ".", "..") for p in parts) or not all(c.isprintable() and c != "\\" for c in value):
        raise Wrong("the name of a file in the case's folder, such as fig1.jpg")
    return str(value)


npi = shaped(identifiers.npi_problem, "1234567893")
tax_id = shaped(identifiers.tax_id_problem, "123456789")
zip_code = shaped(identifiers.zip_problem, "98101")
phone = shaped(identifiers.phone_problem, "2065550142")
taxonomy = shaped(identifiers.taxonomy_problem, "1223S0112X")
state = shaped(identifiers.state_problem, "WA")
diagnosis = shaped(identifiers.icd10_problem, "K11.8")
procedure_code = matching(r"[A-Z0-9]{5}", "a procedure code of five characters, such as D0220")
two_digits = matching(r"[0-9]{2}", "two digits, such as 11")
