"""How a payer says that it passed a claim on to the patient's next plan by itself. Then it is not sent twice.

Dated and with their source: what is marked as from memory is to be held against the lists that the practice loads, and
what the practice writes down of a code stands above it (`CodeBook.passes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

NEXT, MEDICAL, DENTAL, ELSEWHERE, NO = "next", "medical", "dental", "elsewhere", "no"
TO_LABELS = {
    NEXT: "Yes: to the patient's next plan",
    MEDICAL: "Yes: to the medical plan",
    DENTAL: "Yes: to the dental plan",
    ELSEWHERE: "Yes, and it does not say to whom",
    NO: "No",
}
"""Whether a code says that the claim was passed on, and to which plan."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A code that says so, in our words."""

    code: str
    says: str
    source: str
    checked_on: date
    to: str = NEXT
    """One of TO_LABELS."""


_MAP, _MEMORY = "X12 005010X221A1, element CLP02", "from memory, not verified"
_DAY = date(2026, 11, 28)

STATUSES = {
    p.code: p
    for p in (
        Passing("19", "decided as the first plan, and passed on", _MAP, _DAY),
        Passing("20", "decided as the second plan, and passed on", _MAP, _DAY),
        Passing("21", "decided as the third plan, and passed on", _MAP, _DAY),
    )
}
"""Claim statuses (CLP02)."""
CARRIER = "NM1*TT"
"""Stands for a code where the answer names the plan that it passed the claim on to, and says it in no other way."""
REMARKS = {
    p.code: p
    for p in (
        Passing("MA18", "also passed on to the patient's other plan", _MEMORY, _DAY),
        Passing("N89", "passed on to more than one other plan", _MEMORY, _DAY),
    )
}
"""Remark codes (MOA, LQ)."""
REASONS = {
    p.code: p
    for p in (
        Passing("290", "not covered by the dental plan, passed on to the medical one", _MEMORY, _DAY, MEDICAL),
        Passing("291", "not covered by the medical plan, passed on to the dental one", _MEMORY, _DAY, DENTAL),
        Passing("B11", "passed on to the payer that it belongs to", _MEMORY, _DAY, ELSEWHERE),
    )
}
"""Reason codes (CAS)."""
PASSES: Mapping[tuple[str, str], str] = {
    **{("rarc", p.code): p.to for p in REMARKS.values()},
    **{("carc", p.code): p.to for p in REASONS.values()},
}
"""By list and code, what the program's own tables say."""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What an answer says of it: by which code, and to which plan."""

    code: str
    to: str
    """'next', 'medical', 'dental', or 'elsewhere' where only a person can say to whom."""
    carrier: str = ""
    """The plan that it names (NM1*TT), and the number of that plan; empty where it names none."""
    carrier_id: str = ""

    @property
    def names_carrier(self) -> bool:
        return bool(self.carrier or self.carrier_id)

    def is_to_line(self, line: str) -> bool:
        """Whether it may be to a plan of a line, where no plan is named."""
        return self.to == NEXT or self.to == line

    @property
    def by(self) -> str:
        """By what it says so, to stand in brackets."""
        return "it names the plan" if self.code == CARRIER else self.code


def passing(
    status: str,
    codes: Iterable[tuple[str, str]],
    carrier: tuple[str, str] = ("", ""),
    passes: Mapping[tuple[str, str], str] = PASSES,
) -> PassedOn | None:
    """What an answer says of being passed on: its status counts first, then its remarks and reasons, then the plan that
    it names. `codes` are pairs of list and code; `carrier` is name and number of that plan.
    """
    if status in STATUSES:
        return PassedOn(status, NEXT, *carrier)
    told = [(code, to) for of_list, code in codes if (to := passes.get((of_list, code), NO)) != NO]
    for code, to in sorted(told, key=lambda found: found[1] == ELSEWHERE):
        return PassedOn(code, to, *carrier)
    return PassedOn(CARRIER, NEXT, *carrier) if any(carrier) else None


class NextStep(StrEnum):
    """What follows by itself, once an answer is posted."""

    NONE = "none"
    """Nothing does, or it waits for one press of a person."""
    START = "start"
    """The next plan's claim is started as a draft."""
    HANDED_ON = "handed_on"
    """The claim that stands is written down as sent by the plan before."""
    STARTED_HANDED_ON = "started_handed_on"
    """It is started, and written down as sent by the plan before."""


def next_step(
    *, is_passed_on: bool, is_confirmed: bool, has_claim: bool, is_unsent: bool, was_voided: bool
) -> NextStep:
    """What follows by itself: where the payer passed the claim on, or a person confirmed the order of the plans.

    `is_unsent` says of the claim that stands that it is open and was not sent. One that people voided is not started
    again without them (`was_voided`).
    """
    if has_claim:
        return NextStep.HANDED_ON if is_passed_on and is_unsent else NextStep.NONE
    if was_voided or not (is_passed_on or is_confirmed):
        return NextStep.NONE
    return NextStep.STARTED_HANDED_ON if is_passed_on else NextStep.START
