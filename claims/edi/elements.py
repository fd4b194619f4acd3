"""Elements of one transaction set, read with a log of what is wrong: nothing raises, everything has its place."""

from __future__ import annotations

from claims.edi import values
from claims.edi.values import plain
from claims.edi.x12 import Finding, Segment, shown
from documentation.kernel.money import dollars

MOST_FINDINGS = 200
"""Faults, and notes, of one set or file: a hostile file must not fill the memory with complaints."""


class Elements:
    """Reads amounts and texts of segments and keeps the findings, `MOST_FINDINGS` faults and as many notes."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.untold = 0
        """Findings beyond the number that is kept; the first fault is always among the kept ones."""
        self.unreadable_amounts = 0
        self._told: set[str] = set()
        self._kept = {True: 0, False: 0}

    def fault(self, segment: Segment, element: int, message: str) -> None:
        """Something that sets the whole set aside."""
        self.tell(Finding(segment.number, element, message))

    def note(self, segment: Segment, element: int, message: str) -> None:
        """Something that a person may want to know."""
        self.tell(Finding(segment.number, element, message, is_fault=False))

    def fault_once(self, segment: Segment, element: int, message: str) -> None:
        """A fault that stands only where it is true for the first time."""
        if message not in self._told:
            self._told.add(message)
            self.fault(segment, element, message)

    def note_once(self, segment: Segment, element: int, message: str) -> None:
        """A note that stands only where it is true for the first time, such as an unknown code."""
        if message not in self._told and len(self._told) < MOST_FINDINGS:
            self._told.add(message)
            self.note(segment, element, message)

    def tell(self, finding: Finding) -> None:
        self._kept[finding.is_fault] += 1
        if self._kept[finding.is_fault] <= MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.untold += 1

    def cents(self, segment: Segment, place: int, *, is_required: bool = True) -> int:
        """An amount; one that is missing or cannot be read counts as 0 and is a fault."""
        text = segment.get(place).strip()
        cents = values.cents(text) if text else None
        if cents is not None:
            return cents
        if text or is_required:
            self.unreadable_amounts += 1
            if values.is_too_large(text):
                self.fault(
                    segment, place, f"The amount {shown(text)} is more than can be kept: {dollars(values.MAX_CENTS)}."
                )
            else:
                said = f"The amount {shown(text)} cannot be read." if text else "The amount is missing."
                self.fault(segment, place, f"{said} An amount looks like 850 or 850.00.")
        return 0

    def text(self, segment: Segment, place: int, longest: int) -> str:
        """Clean text; what is longer than the standard allows is cut and is a fault."""
        text = plain(segment.get(place))
        if len(text) > longest:
            self.fault(segment, place, f"This has {len(text)} characters; {longest} are allowed.")
            return text[:longest]
        return text
