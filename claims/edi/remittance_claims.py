"""The claims of one transaction set 835: CLP with its names, lines, adjustments and remarks, balanced one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from claims.codes import adjustments as tables
from claims.codes.adjustments import Adjustment
from claims.edi import values
from claims.edi.advice import ClaimAdvice, LineAdvice
from claims.edi.elements import Elements
from claims.edi.values import plain
from claims.edi.x12 import Finding, Segment, shown
from documentation.kernel.money import dollars

STATUS_CODES = frozenset("1 2 3 4 19 20 21 22 23 25".split())


@dataclass(slots=True)
class _Line:
    segment: int
    charge: int
    paid: int
    qualifier: str
    code: str
    modifiers: tuple[str, ...]
    original_code: str
    units: str
    control: str = ""
    service_date: date | None = None
    allowed: int | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Claim:
    segment: int
    control: str
    status: str
    charge: int
    paid: int
    share: int
    filing: str
    payer_control: str
    facility: str
    frequency: str
    last_name: str = ""
    first_name: str = ""
    patient_id: str = ""
    subscriber_id: str = ""
    rendering: str = ""
    crossover_name: str = ""
    crossover_id: str = ""
    statement_from: date | None = None
    received_on: date | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    unreadable_before: int = 0
    """How many amounts of the set could not be read before this claim began."""


class ClaimsReader:
    """Takes the segments of loops 2100 and 2110; `close` ends the claim that is open."""

    def __init__(self, elements: Elements) -> None:
        self.claims: list[ClaimAdvice] = []
        self.unbalanced_lines = 0
        self.unbalanced_claims = 0
        self._elements = elements
        self._claim: _Claim | None = None
        self._line: _Line | None = None
        self.handlers: dict[str, Callable[[Segment], None]] = {
            "CLP": self._clp,
            "NM1": self._nm1,
            "MIA": self._mia,
            "MOA": self._moa,
            "SVC": self._svc,
            "CAS": self._cas,
            "LQ": self._lq,
            "AMT": self._amt,
        }

    @property
    def is_open(self) -> bool:
        """Whether segments that also stand elsewhere (DTM, REF) belong to a claim now."""
        return self._claim is not None

    def _clp(self, segment: Segment) -> None:
        self.close()
        self._claim = claim = _Claim(
            segment=segment.number,
            control=self._elements.text(segment, 1, 50),
            status=plain(segment.get(2))[:4],
            charge=0,
            paid=0,
            share=0,
            filing=plain(segment.get(6))[:2],
            payer_control=self._elements.text(segment, 7, 60),
            facility=plain(segment.get(8))[:2],
            frequency=plain(segment.get(9))[:1],
            unreadable_before=self._elements.unreadable_amounts,
        )
        claim.charge, claim.paid = self._elements.cents(segment, 3), self._elements.cents(segment, 4)
        claim.share = self._elements.cents(segment, 5, is_required=False)
        if claim.status not in STATUS_CODES:
            self._elements.note_once(
                segment, 2, f"The claim status {shown(claim.status)} is not known. It is kept as it came."
            )
        if not claim.control:
            self._elements.note(segment, 1, "The number that we gave the claim is missing.")

    def _nm1(self, segment: Segment) -> None:
        claim, who = self._claim, segment.get(1)
        if claim is None:
            return
        if who == "QC":
            claim.last_name, claim.first_name = self._elements.text(segment, 3, 60), self._elements.text(segment, 4, 35)
            claim.patient_id = self._elements.text(segment, 9, 80)
        elif who == "IL":
            claim.subscriber_id = self._elements.text(segment, 9, 80)
        elif who == "TT":  # the plan that the claim was passed on to
            claim.crossover_name = self._elements.text(segment, 3, 60)
            claim.crossover_id = self._elements.text(segment, 9, 80)
        elif who == "82" and segment.get(8) == "XX":
            claim.rendering = plain(segment.get(9))[:20]

    def _mia(self, segment: Segment) -> None:
        self._claim_remarks(segment, (5, 20, 21, 22, 23))

    def _moa(self, segment: Segment) -> None:
        self._claim_remarks(segment, (3, 4, 5, 6, 7))

    def _claim_remarks(self, segment: Segment, places: tuple[int, ...]) -> None:
        if self._claim:
            self._claim.remarks += (r for r in (self._elements.text(segment, place, 30) for place in places) if r)

    # --- lines ---

    def _svc(self, segment: Segment) -> None:
        claim = self._claim
        if claim is None:
            self._elements.fault(segment, 0, "A service line (SVC) stands before any claim (CLP).")
            return
        qualifier, code, *modifiers = [plain(part) for part in segment.parts(1)] + [""] * 2
        original = segment.parts(6)
        self._line = _Line(
            segment=segment.number,
            charge=self._elements.cents(segment, 2),
            paid=self._elements.cents(segment, 3),
            qualifier=qualifier[:2],
            code=code[:48],
            modifiers=tuple(m[:2] for m in modifiers[:4] if m),
            original_code=plain(original[1])[:48] if len(original) > 1 else "",
            units=plain(segment.get(5)),
        )
        claim.lines.append(self._line)

    def _cas(self, segment: Segment) -> None:
        holder = self._line or self._claim
        if holder is None:
            self._elements.fault(segment, 0, "An adjustment (CAS) stands before any claim (CLP).")
            return
        group = plain(segment.get(1))[:2]
        if group not in tables.GROUPS:
            self._elements.note_once(segment, 1, f"The group code {shown(group)} is not known. It is kept as it came.")
        for place in range(2, len(segment.elements), 3):
            carc = plain(segment.get(place))
            if not carc and not segment.get(place + 1):
                continue
            if not carc:
                self._elements.note(segment, place, "An adjusted amount has no reason code.")
            elif len(carc) > 5:
                self._elements.fault(segment, place, f"The reason code {shown(carc)} is longer than five characters.")
            elif carc not in tables.CARC:
                self._elements.note_once(
                    segment, place, f"We have no wording for reason code {carc}. It is kept as it came."
                )
            holder.adjustments.append(Adjustment(group, carc[:5], self._elements.cents(segment, place + 1)))

    def _lq(self, segment: Segment) -> None:
        remark = self._elements.text(segment, 2, 30)
        holder = self._line or self._claim
        if remark and holder and segment.get(1) == "HE":
            holder.remarks.append(remark)

    def _amt(self, segment: Segment) -> None:
        if self._line and segment.get(1) == "B6":
            self._line.allowed = self._elements.cents(segment, 2)

    def date(self, segment: Segment) -> None:
        """DTM inside a claim or line."""
        kind, day = segment.get(1), values.day(plain(segment.get(2)))
        if self._line:
            if kind in ("472", "150"):
                self._line.service_date = day
        elif self._claim:
            if kind == "232":
                self._claim.statement_from = day
            elif kind == "050":
                self._claim.received_on = day

    def reference(self, segment: Segment) -> None:
        """REF inside a claim or line."""
        if self._line and segment.get(1) == "6R":
            self._line.control = self._elements.text(segment, 2, 50)

    # --- the end of a claim ---

    def close(self) -> None:
        """End the claim that is open, if any."""
        claim, self._claim, self._line = self._claim, None, None
        if claim is None:
            return
        lines = tuple(_line_advice(i, line) for i, line in enumerate(claim.lines, 1))
        days = [line.service_date for line in lines if line.service_date]
        advice = ClaimAdvice(
            position=len(self.claims) + 1,
            segment=claim.segment,
            patient_control=claim.control,
            status_code=claim.status,
            charge_cents=claim.charge,
            paid_cents=claim.paid,
            patient_share_cents=claim.share,
            filing_code=claim.filing,
            payer_control=claim.payer_control,
            facility_code=claim.facility,
            frequency_code=claim.frequency,
            patient_last_name=claim.last_name,
            patient_first_name=claim.first_name,
            member_id=claim.patient_id or claim.subscriber_id,
            rendering_npi=claim.rendering,
            service_date=min(days) if days else claim.statement_from,
            received_on=claim.received_on,
            adjustments=tuple(claim.adjustments),
            remarks=tuple(dict.fromkeys(claim.remarks)),
            lines=lines,
            crossover_name=claim.crossover_name,
            crossover_id=claim.crossover_id,
        )
        self.claims.append(advice)
        taken = sum(abs(a.cents) for a in (*claim.adjustments, *(a for line in lines for a in line.adjustments)))
        if taken > values.MAX_CENTS:
            message = f"The adjustments of this claim come to {dollars(taken)}, more than is kept of one claim."
            self._elements.tell(Finding(claim.segment, 0, message))
        if claim.unreadable_before == self._elements.unreadable_amounts:
            self._check_balance(advice)

    def _check_balance(self, claim: ClaimAdvice) -> None:
        for line in claim.lines:
            if not line.is_balanced:
                self.unbalanced_lines += 1
                adjusted = sum(a.cents for a in line.adjustments)
                self._imbalance(line.segment, 3, "line", line.charge_cents, adjusted, line.paid_cents)
        charged = sum(line.charge_cents for line in claim.lines)
        if claim.lines and charged != claim.charge_cents:
            message = f"The lines add up to {dollars(charged)}, the claim to {dollars(claim.charge_cents)}."
            self._elements.tell(Finding(claim.segment, 3, message, is_fault=False))
        if not claim.is_balanced:
            self.unbalanced_claims += 1
            self._imbalance(claim.segment, 4, "claim", claim.charge_cents, claim.adjusted_cents, claim.paid_cents)

    def _imbalance(self, segment: int, element: int, what: str, charge: int, adjusted: int, paid: int) -> None:
        message = (
            f"The {what} does not balance: charge {dollars(charge)} less adjustments {dollars(adjusted)} "
            f"is {dollars(charge - adjusted)}, but {dollars(paid)} was paid."
        )
        self._elements.tell(Finding(segment, element, message))


def _line_advice(position: int, line: _Line) -> LineAdvice:
    return LineAdvice(
        position=position,
        segment=line.segment,
        qualifier=line.qualifier,
        code=line.code,
        modifiers=line.modifiers,
        charge_cents=line.charge,
        paid_cents=line.paid,
        units=values.quantity(line.units),
        original_code=line.original_code,
        line_control=line.control,
        service_date=line.service_date,
        allowed_cents=line.allowed,
        adjustments=tuple(line.adjustments),
        remarks=tuple(dict.fromkeys(line.remarks)),
    )
