"""A claim of an 837 while its segments come in: closed at the next one, at the next level, or at the end of the set."""

from __future__ import annotations

from typing import Any

from claims.edi import values
from claims.edi.claim_entities import Entity, address_of, detail_of, name_of, person_of, plan_of, whole_plan
from claims.edi.electronic import (
    FREQUENCIES,
    Billing,
    Document,
    ElectronicClaim,
    Line,
    LineAnswer,
    OtherPlan,
    Provider,
    Purpose,
    Taken,
)
from claims.edi.elements import Elements
from claims.edi.x12 import Segment, shown
from documentation.facts import Address

_PURPOSES = {FREQUENCIES[p]: p for p in (Purpose.ORIGINAL, Purpose.CORRECTED, Purpose.VOID)}
MOST_LINES = 999
"""A hostile file must not fill the memory with the lines of one claim."""


class OpenClaim:
    """One claim from its CLM on."""

    def __init__(self, kind: str, clm: Segment, log: Elements) -> None:
        self.kind, self.segment, self.log = kind, clm, log
        self.known: dict[str, Any] = {"service_date": None, "onset_on": None}
        self.documents: list[Document] = []
        self.notes: list[str] = []
        self.diagnoses: list[str] = []
        self.providers: dict[str, Entity] = {}
        self.others: list[Entity] = []
        self.lines: list[Entity] = []
        self.entity: Entity = {}

    def take(self, name: str, segment: Segment) -> None:
        """The next segment of the claim; what it does not know is passed over."""
        if name == "LX":
            if len(self.lines) < MOST_LINES:
                self.lines.append({"answers": []})
            self.entity = {}
        elif name == "SBR":
            self.others.append({"plan": plan_of(segment), "subscriber": {}, "taken": []})
            self.entity = {}
        elif self.lines:
            self._of_line(self.lines[-1], name, segment)
        elif self.others:
            self._of_other(self.others[-1], name, segment)
        else:
            self._of_claim(name, segment)

    def _of_claim(self, name: str, segment: Segment) -> None:
        if name == "DTP":
            place = {"472": "service_date", "431": "onset_on"}.get(segment.get(1))
            if place:
                self.known[place] = self._day(segment)
        elif name == "PWK":
            self.documents.append(Document(segment.get(1), segment.get(2), segment.get(6)))
        elif name == "REF":
            place = {"G1": "authorization", "G3": "predetermination", "F8": "payer_control"}.get(segment.get(1))
            if place and not self.providers:
                self.known[place] = segment.get(2)
        elif name == "NTE":
            self.notes.append(segment.get(2))
        elif name == "HI":
            self._diagnoses(segment)
        elif name == "NM1":
            self.entity = self.providers.setdefault(segment.get(1), {})
            name_of(self.entity, segment)
        elif name == "PRV":
            self.entity["taxonomy"] = segment.get(3)
        else:
            detail_of(self.entity, name, segment, self.log)

    def _diagnoses(self, segment: Segment) -> None:
        for place in range(1, len(segment.elements)):
            qualifier, *code = segment.parts(place)
            if qualifier in ("ABK", "ABF", "BK", "BF") and code:
                self.diagnoses.append(code[0])

    def _of_other(self, other: Entity, name: str, segment: Segment) -> None:
        if name == "CAS":
            other["taken"] += self._taken(segment)
        elif name == "AMT" and segment.get(1) in ("D", "EAF"):
            other["paid" if segment.get(1) == "D" else "left"] = self.log.cents(segment, 2)
        elif name == "OI":
            other["benefits"], other["release"] = segment.get(3), segment.get(6)
        elif name == "NM1":
            self.entity = {"IL": other["subscriber"], "PR": other["plan"]}.get(segment.get(1), {})
            name_of(self.entity, segment)
        elif name == "DTP" and segment.get(1) == "573":
            other["paid_on"] = self._day(segment)
        elif name == "REF" and segment.get(1) == "F8":
            other["control"] = segment.get(2)
        else:
            detail_of(self.entity, name, segment, self.log)

    def _of_line(self, line: Entity, name: str, segment: Segment) -> None:
        answers = line["answers"]
        if name in ("SV1", "SV2", "SV3"):
            line["service"] = segment
        elif name == "SVD":
            answers.append({"svd": segment, "taken": []})
        elif name == "REF" and segment.get(1) == "6R":
            line["control"] = segment.get(2)
        elif name == "CAS" and answers:
            answers[-1]["taken"] += self._taken(segment)
        elif name == "DTP" and segment.get(1) == "573" and answers:
            answers[-1]["paid_on"] = self._day(segment)
        elif name == "DTP" and segment.get(1) == "472" and self.known["service_date"] is None:
            self.known["service_date"] = self._day(segment)

    def _day(self, segment: Segment) -> Any:
        """The day of a DTP, of a range the first one."""
        text = segment.get(3).split("-")[0].strip()
        day = values.day(text)
        if day is None:
            self.log.note(segment, 3, f"The date {shown(segment.get(3))} cannot be read.")
        return day

    def _taken(self, segment: Segment) -> list[Taken]:
        places = range(2, min(len(segment.elements), 20), 3)
        return [Taken(segment.get(1), segment.get(n), self.log.cents(segment, n + 1)) for n in places if segment.get(n)]

    # --- At the end ---------------------------------------------------------------------------------------------

    def closed(self, billing: Entity, plan: Entity, subscriber: Entity, patient: Entity | None) -> ElectronicClaim:
        """The whole claim under its practice, its plan and its patient."""
        clm = self.segment
        place, _, frequency = (*clm.parts(5), "", "", "")[:3]
        purpose = _PURPOSES.get(frequency, Purpose.ORIGINAL)
        lines = tuple(self._line(line) for line in self.lines)
        total, said = sum(line.cents for line in lines), self.log.cents(clm, 2)
        if total != said:
            self.log.note(clm, 2, "The claim's total is not the sum of its lines.")
        return ElectronicClaim(
            kind=self.kind,
            control=clm.get(1),
            purpose=Purpose.PREDETERMINATION if clm.get(19) == "PB" else purpose,
            place=place,
            billing=Billing(
                billing.get("last_name", ""),
                billing.get("identifier", ""),
                billing.get("tax_id", ""),
                address_of(billing),
                billing.get("taxonomy", ""),
            ),
            plan=whole_plan(plan, subscriber),
            lines=lines,
            patient=None if patient is None else person_of(patient),
            accepts=clm.get(7),
            benefits=clm.get(8),
            release=clm.get(9),
            documents=tuple(self.documents),
            notes=tuple(self.notes),
            diagnoses=tuple(self.diagnoses),
            rendering=self._provider("82"),
            facility=self._provider("77"),
            others=tuple(self._other(other) for other in self.others),
            **self.known,
        )

    def _provider(self, entity: str) -> Provider | None:
        found = self.providers.get(entity)
        if found is None:
            return None
        name, npi = found.get("last_name", ""), found.get("identifier", "")
        where = address_of(found) if entity == "77" else Address()
        return Provider(name, npi, found.get("first_name", ""), found.get("taxonomy", ""), where)

    def _other(self, other: Entity) -> OtherPlan:
        return OtherPlan(
            plan=whole_plan(other["plan"], other["subscriber"]),
            benefits=other.get("benefits", ""),
            release=other.get("release", ""),
            paid_cents=other.get("paid"),
            left_cents=other.get("left"),
            taken=tuple(other["taken"]),
            paid_on=other.get("paid_on"),
            control=other.get("control", ""),
        )

    def _line(self, line: Entity) -> Line:
        service: Segment | None = line.get("service")
        answers = tuple(self._answer(answer) for answer in line["answers"])
        if service is None:
            return Line("", 0, line.get("control", ""), answers=answers)
        _, code, *more = (*service.parts(1), "", "", "", "", "", "")[:7]
        is_dental = service.name == "SV3"
        pointers = service.parts(11 if is_dental else 7)
        return Line(
            code=code,
            cents=self.log.cents(service, 2),
            control=line.get("control", ""),
            quantity=self._quantity(service.get(6 if is_dental else 4)),
            modifiers=tuple(m for m in more[:4] if m),
            description=more[4],
            area=service.get(4) if is_dental else "",
            pointers=tuple(n for p in pointers if (n := values.count(p))),
            answers=answers,
        )

    def _answer(self, answer: Entity) -> LineAnswer:
        svd: Segment = answer["svd"]
        code = (*svd.parts(3), "", "")[1]
        paid, quantity = self.log.cents(svd, 2), self._quantity(svd.get(5))
        return LineAnswer(svd.get(1), code, paid, quantity, tuple(answer["taken"]), answer.get("paid_on"))

    def _quantity(self, text: str) -> int:
        found = values.quantity(text.strip())
        return int(found) if found is not None and found >= 1 else 1
