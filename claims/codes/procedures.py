"""Procedure codes of either list by their bare code, and whether one was valid on a day of service.

What a practice loads from the list that it holds a licence for says more of a code's days than our tables, and wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from claims.codes import cdt, cpt
from claims.codes.cdt import Code, span_told

CODES: dict[str, Code] = {**cdt.CODES, **cpt.CODES}


@dataclass(frozen=True)
class Listed:
    """A row of the practice's licensed list: from when the code's wording holds, and the last day where it ended."""

    code: str
    effective_on: date
    ended_on: date | None = None
    text: str = ""

    def holds(self, day: date) -> bool:
        return self.effective_on <= day and (self.ended_on is None or day <= self.ended_on)


def label(code: str) -> str:
    """Our short wording, or the bare code where it is none of ours."""
    return CODES[code].label if code in CODES else code


def is_known(code: str, listed: Iterable[Listed] = ()) -> bool:
    return code in CODES or any(row.code == code for row in listed)


def is_in_force(code: str, day: date | None, listed: Iterable[Listed] = ()) -> bool:
    """Whether the code was valid on the day. A code that nobody knows passes; another check speaks of it."""
    if day is None:
        return True
    rows = [row for row in listed if row.code == code]
    if any(row.holds(day) for row in rows):
        return True
    if any(row.ended_on and row.ended_on < day for row in rows):
        return False
    return code not in CODES or CODES[code].is_in_force(day)


def out_of_force(codes: Iterable[str], day: date | None, listed: Iterable[Listed] = ()) -> tuple[str, ...]:
    """Codes that were not valid on the day."""
    listed = tuple(listed)
    return tuple(c for c in codes if not is_in_force(c, day, listed))


def in_force(code: str, listed: Iterable[Listed] = ()) -> str:
    """From and until when the code is valid, in words; empty where neither is known."""
    ended = [row.ended_on for row in listed if row.code == code and row.ended_on]
    known = CODES.get(code)
    return span_told(known.since if known else None, max(ended) if ended else known.until if known else None)
