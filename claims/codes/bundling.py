"""What another code of the same day does beside a sialoendoscopy: rows of data, dated, each with its source.

The rows hold for every payer. What one payer does is in its playbook, each with its own source and date: the codes that
it pays beside D0371 lift a row where `may_permit` says so, those that it never pays there are a check of their own
(COD-118). What bills the same pictures or the same reading twice is lifted by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from claims.codes import cdt, cpt
from claims.codes.cdt import MEMORY, Kind


class Action(StrEnum):
    """What the check does: stops, wants a reason, or only advises."""

    STOP = "stop"
    WARN = "warn"
    ADVISE = "advise"


@dataclass(frozen=True)
class Beside:
    """Codes that clash with the endoscopy on the same day. `as_of` is when the source was written or looked at."""

    codes: frozenset[str]
    action: Action
    why: str
    rule: str
    """The check that speaks of it."""
    may_permit: bool = True
    same_gland: bool = False
    """Whether it clashes only on the gland that was examined; elsewhere it is a service of its own."""
    source: str = MEMORY
    as_of: date = date(2026, 11, 1)

    def among(self, codes: Iterable[str], permitted: Iterable[str] = ()) -> list[str]:
        """Those of the codes that clash, less what the payer permits, each once and in their order."""
        lifted = frozenset(permitted) if self.may_permit else frozenset()
        return [c for c in dict.fromkeys(codes) if c in self.codes and c not in lifted]


def _of(*kinds: Kind) -> frozenset[str]:
    return frozenset(code for code, row in cdt.CODES.items() if row.kind in kinds)


IMAGING = Beside(
    _of(Kind.IMAGING) | cpt.IMAGING,
    Action.WARN,
    "Other imaging of the same day is usually held to be part of it.",
    rule="COD-111",
    source="public D0371 guides of 2025: daydream.dental, teero.com",
)
PHOTOGRAPHS = Beside(
    _of(Kind.PHOTOGRAPHS),
    Action.STOP,
    "The endoscopic images would be billed a second time. Photographs of their own count as other imaging.",
    rule="COD-112",
    may_permit=False,
)
READING = Beside(
    _of(Kind.READING),
    Action.STOP,
    "D0371 contains the reading already.",
    rule="COD-113",
    may_permit=False,
    source="clear dental billing, guide to D0364",
)
OVERLAP = Beside(
    _of(Kind.OVERLAP), Action.WARN, "Usually held to contain the endoscopy, or to be contained in it.", rule="COD-114"
)
TREATMENT = Beside(
    _of(Kind.TREATMENT),
    Action.ADVISE,
    "The diagnostic look may be held incidental to the treatment of the same day.",
    rule="COD-115",
    same_gland=True,
)
DUCT_SURGERY = Beside(
    cpt.DUCT_SURGERY,
    Action.WARN,
    "A medical plan may hold the endoscopy incidental to another operation on the duct or gland.",
    rule="COD-147",
    same_gland=True,
    source="Aetna CPB 0716",
    as_of=date(2021, 10, 12),
)

TABLE: tuple[Beside, ...] = (IMAGING, PHOTOGRAPHS, READING, OVERLAP, TREATMENT, DUCT_SURGERY)
