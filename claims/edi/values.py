"""Values of X12 elements, read strictly: an amount is cents to the cent, a date is a day, text is clean."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from documentation.kernel.text import clean_text

_AMOUNT = re.compile(r"(-?)([0-9]{0,16})(?:\.([0-9]{0,2})0*)?")
_QUANTITY = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{0,6})?|-?\.[0-9]{1,6}")
MAX_CENTS = 10**10 - 1
"""The most that one amount may be, $99,999,999.99: a hundred of them fit into a column of ours."""


@lru_cache(maxsize=4096)
def cents(text: str) -> int | None:
    """`850`, `850.00`, `-1.5` or `.5` as cents; None for anything else, also for fractions of a cent, and for more than
    can be kept.
    """
    amount = _amount(text)
    return amount if amount is not None and abs(amount) <= MAX_CENTS else None


def is_too_large(text: str) -> bool:
    """Whether a text is an amount, and one of more than can be kept."""
    amount = _amount(text)
    return amount is not None and abs(amount) > MAX_CENTS


def _amount(text: str) -> int | None:
    match = _AMOUNT.fullmatch(text)
    if not match or not (match[2] or match[3]):
        return None
    amount = int(match[2] or "0") * 100 + int((match[3] or "").ljust(2, "0"))
    return -amount if match[1] else amount


@lru_cache(maxsize=1024)
def day(text: str) -> date | None:
    """CCYYMMDD as a date; None for anything else."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def quantity(text: str) -> Decimal | None:
    """A number of units; None where there is none that can be read."""
    return Decimal(text) if _QUANTITY.fullmatch(text) else None


def plain(text: str) -> str:
    """Text as it is stored; the common case is not slowed down by the rare one."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return clean_text(text)


def count(text: str) -> int | None:
    """A number of parts, leading zeros allowed; None where there is none that can be read."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
