"""How a claim stands among a patient's plans: what payers agreed to, what the first answered, what stays private.

Part of `claims.facts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from claims.codes.code_book import shown_code

UNKNOWN = "unknown"


@dataclass(frozen=True)
class TermsFacts:
    """What was agreed with a payer, and how it goes together with other plans."""

    network: str = UNKNOWN
    """in, out, unknown"""
    allowed_cents: int | None = None
    cob_method: str = UNKNOWN
    cob_as: str = UNKNOWN
    """How it wants to be told what the first plan paid: data, attachment, unknown."""
    secondary_clock: str = UNKNOWN
    """When its time to file begins where it pays second: service, primary, unknown."""
    source: str = ""


@dataclass(frozen=True)
class AdjustedFacts:
    """What a payer took off, as it came: group, CARC, cents."""

    group: str
    carc: str
    cents: int

    @property
    def shown(self) -> str:
        """The reason as people read it; a payer's own code as it was printed."""
        return shown_code(self.group, self.carc)


@dataclass(frozen=True)
class AnsweredLineFacts:
    """The first plan's answer on one service. `allowed_cents` is None where it gave none and none follows."""

    code: str
    charge_cents: int
    paid_cents: int
    allowed_cents: int | None = None
    adjustments: tuple[AdjustedFacts, ...] = ()
    line_control: str = ""

    @property
    def is_even(self) -> bool:
        return self.charge_cents - sum(a.cents for a in self.adjustments) == self.paid_cents


@dataclass(frozen=True)
class PrimaryFacts:
    """What the first plan answered, from its posted remittances, parts added up: what the second plan must be told."""

    payer: str = ""
    payer_id: str = ""
    payer_control: str = ""
    answered_on: date | None = None
    charge_cents: int = 0
    paid_cents: int = 0
    patient_cents: int = 0
    lines: tuple[AnsweredLineFacts, ...] = ()
    adjustments: tuple[AdjustedFacts, ...] = ()
    """Those of the whole claim."""
    coverage: int = 0
    """The `key` of the plan that answered; 0 where that is not known."""
    is_whole: bool = True
    """Whether all that was billed is decided: no part of it is unanswered, and none waits."""
    has_document: bool = False
    """Whether its paper is kept, to be enclosed. An electronic file tells of other patients, and never is."""

    @property
    def is_even(self) -> bool:
        """Whether what was charged, taken off and paid agree, for the claim and for each line."""
        taken = sum(a.cents for a in (*self.adjustments, *(a for line in self.lines for a in line.adjustments)))
        return self.charge_cents - taken == self.paid_cents and all(line.is_even for line in self.lines)


@dataclass(frozen=True)
class ResentFacts:
    """That a claim corrects or takes back one that the payer holds."""

    purpose: str
    """corrected, void"""
    payer_control: str = ""
    """The payer's own number of that one; empty where no answer has told it."""

    @property
    def code(self) -> str:
        """The frequency code of the forms and of X12: 7 replaces, 8 takes back."""
        return "8" if self.purpose == "void" else "7"


@dataclass(frozen=True)
class RestrictionFacts:
    """The patient pays in full and asked that no plan is told of the visit."""

    asked_on: date | None = None
    reason: str = ""
