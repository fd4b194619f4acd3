"""Money: Decimal with two places in rows, integer cents in the pure core, never float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> int:
    """Integer cents of an amount with at most two places."""
    return int((amount * 100).to_integral_value(rounding=ROUND_HALF_UP))


def from_cents(cents: int) -> Decimal:
    """The amount with two places."""
    return (Decimal(cents) / 100).quantize(CENT)


def percent_of(cents: int, percent: int) -> int:
    """`percent` per cent of an amount in cents, rounded half up to a cent."""
    return int((Decimal(cents) * percent / 100).to_integral_value(rounding=ROUND_HALF_UP))


def dollars(cents: int) -> str:
    """`$1,234.50`, as people read it."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
