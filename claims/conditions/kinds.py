"""The kinds of values that a condition compares: how each stands in JSON, is typed by people and read out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from documentation.kernel.dates import long_date
from documentation.kernel.money import dollars
from documentation.kernel.text import UnusableText, clean_text

MOST_LETTERS = 200
MOST_VALUES = 60
"""So many values of a list are compared at most."""
LONGEST = 5_000
"""The greatest length that a text is compared with."""
_NUMBER = "Give a number, such as 3 or 1.5."


class Kind(StrEnum):
    NUMBER = "number"
    MONEY = "money"
    DAY = "day"
    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"
    YES_NO = "yes_no"

    @property
    def label(self) -> str:
        return "yes or no" if self is Kind.YES_NO else self.value


class NotAValue(ValueError):
    """What was typed is no value of its kind; the sentence says what is."""


def typed(kind: Kind, text: str) -> Any:
    """What a person typed, as plain JSON: amounts in cents, days and decimals as texts. Raises NotAValue."""
    try:
        text = clean_text(text)
    except UnusableText as e:
        raise NotAValue(str(e)) from e
    if not text:
        raise NotAValue("Give a value to compare with.")
    match kind:
        case Kind.NUMBER:
            return f"{_decimal(text.replace(',', ''), _NUMBER):f}"
        case Kind.MONEY:
            said = "Give an amount in dollars, such as 850.00."
            cents = _decimal(text.replace("$", "").replace(",", ""), said) * 100
            if cents != int(cents):
                raise NotAValue(said)
            return int(cents)
        case Kind.DAY:
            return _day(text).isoformat()
        case Kind.YES_NO:
            if text not in ("yes", "no"):
                raise NotAValue("Choose yes or no.")
            return text == "yes"
    return text


def meant(kind: Kind, value: Any) -> Any:
    """A value of JSON as it is compared: Decimal, cents, date, bool or text. Raises NotAValue."""
    match kind:
        case Kind.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | str):
                raise NotAValue(_NUMBER)
            return _decimal(str(value), _NUMBER)
        case Kind.MONEY:
            if isinstance(value, bool) or not isinstance(value, int):
                raise NotAValue("Give an amount in dollars, such as 850.00.")
            return value
        case Kind.DAY:
            return _day(value)
        case Kind.YES_NO:
            if not isinstance(value, bool):
                raise NotAValue("Choose yes or no.")
            return value
    if not isinstance(value, str) or not value.strip():
        raise NotAValue("Give a value to compare with.")
    if len(value) > MOST_LETTERS:
        raise NotAValue(
            f"“{value[:20]}…” has {len(value):,} characters; at most {MOST_LETTERS} are compared. Shorten it."
        )
    return value


def said(kind: Kind, value: Any, unit: str = "") -> str:
    """A value as a sentence reads it: `3 images`, `$850.00`, `November 5, 2026`, `yes`, `“K11.8”`."""
    match kind:
        case Kind.NUMBER:
            return f"{value} {unit}".strip()
        case Kind.MONEY:
            return dollars(value)
        case Kind.DAY:
            return long_date(_day(value))
        case Kind.YES_NO:
            return "yes" if value else "no"
    return f"“{value}”"


def _decimal(text: str, sentence: str) -> Decimal:
    try:
        number = Decimal(text)
        fits = number.is_finite() and abs(number) < 10**9 and number == round(number, 4)
    except ArithmeticError as e:  # no number at all, or one that cannot even be rounded, such as 1e999999999
        raise NotAValue(sentence) from e
    if not fits:
        raise NotAValue(sentence)
    return number


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as e:
        raise NotAValue("Give a day.") from e
