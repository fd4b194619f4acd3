"""Shares that are honest about how few cases they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

SMALL = 20
"""Below so many cases a percentage says more than the cases do: people see the counts and the interval."""

Z_95 = 1.959964


def wilson(part: int, whole: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of `part` out of `whole`, as shares between 0 and 1; z is 1.96 for 95 %.

    It keeps inside 0 and 1 and is sensible for few cases, where the usual ± is not. Raises ValueError unless
    0 ≤ part ≤ whole and whole > 0.
    """
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"no share: {part} of {whole}")
    p, square = part / whole, z * z
    middle = (p + square / (2 * whole)) / (1 + square / whole)
    reach = z / (1 + square / whole) * sqrt(p * (1 - p) / whole + square / (4 * whole * whole))
    # At the ends the formula gives exactly 0 or 1; floating point may miss them by a hair.
    return (0.0 if part == 0 else max(0.0, middle - reach)), (1.0 if part == whole else min(1.0, middle + reach))


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None where there is nothing to divide by."""
        return self.part / self.whole if self.whole else None

    @property
    def is_small(self) -> bool:
        return self.whole < SMALL

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval; None where there are no cases."""
        return wilson(self.part, self.whole) if self.whole else None
