"""Reads 837 files, ours and those of others: each claim as it stands there. Nothing raises; what is odd is told.

What a file of others says beyond `ElectronicClaim`, such as teeth or anesthesia, is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from claims.edi.claim_entities import detail_of, name_of, plan_of
from claims.edi.claim_open import OpenClaim
from claims.edi.electronic import ElectronicClaim
from claims.edi.elements import Elements
from claims.edi.x12 import Finding, Segment, Segments, shown

_KINDS = {"X224": "dental", "X222": "medical"}


@dataclass(frozen=True)
class FoundClaim:
    """A claim of a file, where it begins, and the set that it stands in."""

    claim: ElectronicClaim
    segment: int
    set_control: str


@dataclass(frozen=True)
class ClaimFile:
    """What an 837 file holds. `sets` counts its transaction sets of claims."""

    claims: tuple[FoundClaim, ...]
    findings: tuple[Finding, ...]
    sets: int
    interchange: str = ""
    """ISA13 of the last header."""


def read(data: bytes) -> ClaimFile:
    """The claims of a file in their order; never raises on bad data."""
    reading = _Reading()
    segments = Segments(data)
    for segment in segments:
        reading.take(segment)
    reading.end()
    return ClaimFile(
        tuple(reading.claims), (*segments.findings, *reading.log.findings), reading.sets, reading.interchange
    )


class _Reading:
    """The place in the file: who bills, who holds the plan, which claim is open."""

    def __init__(self) -> None:
        self.claims: list[FoundClaim] = []
        self.log = Elements()
        self.sets = 0
        self.interchange = ""
        self.kind = ""
        self.control, self.first = "", 0
        self.is_inside = False
        self._new_set()

    def _new_set(self) -> None:
        self.billing: dict[str, Any] = {}
        self.plan: dict[str, Any] = {}
        self.subscriber: dict[str, Any] = {}
        self.patient: dict[str, Any] | None = None
        self.entity: dict[str, Any] = {}
        self.claim: OpenClaim | None = None

    def take(self, segment: Segment) -> None:
        name = segment.name
        if name == "ISA":
            self.interchange = segment.get(13).strip()
        elif name == "ST":
            self.end()
            self._begin(segment)
        elif name == "SE":
            self.end()
            self._check_count(segment)
            self.is_inside = False
        elif self.is_inside:
            self._inside(name, segment)

    def _begin(self, segment: Segment) -> None:
        self.is_inside = segment.get(1) == "837"
        self.control, self.first = segment.get(2).strip(), segment.number
        if not self.is_inside:
            self.log.note(segment, 1, f"This set is no claim (837) but {shown(segment.get(1))}. It was passed over.")
            return
        self.sets += 1
        version = segment.get(3)
        self.kind = next((kind for key, kind in _KINDS.items() if key in version), "")
        self._new_set()

    def _check_count(self, segment: Segment) -> None:
        counted = segment.number - self.first + 1
        if self.is_inside and segment.get(1).strip() not in (str(counted), ""):
            self.log.note(segment, 1, f"The set tells of {shown(segment.get(1))} segments; it has {counted}.")

    def _inside(self, name: str, segment: Segment) -> None:
        if name == "HL":
            self._level(segment)
        elif name == "CLM":
            self.end()
            self.claim = OpenClaim(self.kind, segment, self.log)
        elif self.claim is not None:
            self.claim.take(name, segment)
        elif name in ("NM1", "N3", "N4", "DMG", "REF", "PRV", "SBR", "PAT"):
            self._above(name, segment)

    def _level(self, segment: Segment) -> None:
        self.end()
        level = segment.get(3)
        if level == "20":
            self.billing, self.entity = {"taxonomy": ""}, {}
        elif level == "22":
            self.plan, self.subscriber, self.patient, self.entity = {}, {}, None, {}
        elif level == "23":
            self.patient, self.entity = {}, {}

    def _above(self, name: str, segment: Segment) -> None:
        """What stands above the claim: who bills, the plan, the patient."""
        if name == "NM1":
            places = {"85": self.billing, "IL": self.subscriber, "PR": self.plan}
            if segment.get(1) == "QC":
                self.patient = {} if self.patient is None else self.patient
                places["QC"] = self.patient
            self.entity = places.get(segment.get(1), {})
            name_of(self.entity, segment)
        elif name == "SBR":
            self.plan |= plan_of(segment)
        elif name == "PAT":
            self.plan["relationship"] = segment.get(1)
        elif name == "PRV" and segment.get(1) == "BI":
            self.billing["taxonomy"] = segment.get(3)
        elif name == "REF" and self.entity is self.billing and segment.get(1) in ("EI", "SY"):
            self.billing["tax_id"] = segment.get(2)
        else:
            detail_of(self.entity, name, segment, self.log)

    def end(self) -> None:
        """Keep the claim that is open, if one is."""
        if self.claim is None:
            return
        claim = self.claim.closed(self.billing, self.plan, self.subscriber, self.patient)
        self.claims.append(FoundClaim(claim, self.claim.segment.number, self.control))
        self.claim = None
