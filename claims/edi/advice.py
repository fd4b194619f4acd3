"""What a remittance file says, as frozen facts: interchanges, checks, claims, lines. Money is integer cents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from claims.codes.adjustments import Adjustment
from claims.codes.code_book import PROGRAM, CodeBook
from claims.codes.denial_causes import Classification, classify
from claims.edi.x12 import Finding


@dataclass(frozen=True, slots=True)
class LineAdvice:
    """The payer's answer on one procedure (SVC)."""

    position: int
    segment: int
    qualifier: str
    """AD for CDT codes, HC for CPT and HCPCS."""
    code: str
    """The code that the payer decided on."""
    modifiers: tuple[str, ...]
    charge_cents: int
    paid_cents: int
    units: Decimal | None
    original_code: str
    """The code that we sent, where the payer decided on another one."""
    line_control: str
    """REF*6R: the number that we gave the line."""
    service_date: date | None
    allowed_cents: int | None
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]

    @property
    def is_balanced(self) -> bool:
        return self.charge_cents - sum(a.cents for a in self.adjustments) == self.paid_cents


@dataclass(frozen=True, slots=True)
class ClaimAdvice:
    """The payer's answer on one claim (CLP)."""

    position: int
    segment: int
    patient_control: str
    """CLP01: the number that we sent."""
    status_code: str
    """CLP02: 1-3 processed, 4 not recognized, 19-21 processed and forwarded, 22 reversal, 25 predetermination."""
    charge_cents: int
    paid_cents: int
    patient_share_cents: int
    filing_code: str
    payer_control: str
    facility_code: str
    frequency_code: str
    patient_last_name: str
    patient_first_name: str
    member_id: str
    rendering_npi: str
    service_date: date | None
    """The first service date of the lines, or else of the claim."""
    received_on: date | None
    adjustments: tuple[Adjustment, ...]
    """Those of the whole claim; the lines carry their own."""
    remarks: tuple[str, ...]
    lines: tuple[LineAdvice, ...]
    crossover_name: str = ""
    """NM1*TT: the plan that the payer passed the claim on to."""
    crossover_id: str = ""

    @property
    def patient_name(self) -> str:
        return " ".join(part for part in (self.patient_first_name, self.patient_last_name) if part)

    @property
    def is_reversal(self) -> bool:
        return self.status_code == "22"

    @property
    def is_predetermination(self) -> bool:
        return self.status_code == "25"

    @property
    def adjusted_cents(self) -> int:
        """All adjustments, of the claim and of its lines."""
        return sum(a.cents for a in self.adjustments) + sum(a.cents for line in self.lines for a in line.adjustments)

    @property
    def is_balanced(self) -> bool:
        return self.charge_cents - self.adjusted_cents == self.paid_cents

    def classify(self, book: CodeBook = PROGRAM, day: date | None = None) -> Classification:
        """Paid, denied and why, or something that is no denial; by what is known of codes on the day of the check."""
        return classify(
            status_code=self.status_code,
            charge_cents=self.charge_cents,
            paid_cents=self.paid_cents,
            adjustments=self.adjustments,
            lines=self.lines,
            remarks=self.remarks,
            book=book,
            day=day,
        )


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """An amount that belongs to no claim (PLB): positive was taken from us, negative given to us."""

    segment: int
    provider: str
    period_end: date | None
    reason: str
    """Such as WO overpayment recovered, FB balance forward, L6 interest, 72 refund, CS adjustment, LE levy."""
    reference: str
    cents: int

    def as_json(self) -> dict[str, object]:
        return {"reason": self.reason, "reference": self.reference, "cents": self.cents}


@dataclass(frozen=True, slots=True)
class Balance:
    """The three equations: lines, claims, and the check itself."""

    claims_paid_cents: int
    provider_cents: int
    amount_cents: int
    unbalanced_lines: int
    unbalanced_claims: int

    @property
    def difference_cents(self) -> int:
        """What is left when the claims paid, less the provider's adjustments, are taken from the check's amount."""
        return self.amount_cents - (self.claims_paid_cents - self.provider_cents)

    @property
    def is_check_balanced(self) -> bool:
        return self.difference_cents == 0

    @property
    def is_balanced(self) -> bool:
        return self.is_check_balanced and not self.unbalanced_lines and not self.unbalanced_claims


@dataclass(frozen=True, slots=True)
class CheckAdvice:
    """One check or transfer: a transaction set 835."""

    position: int
    """From 1 over the whole file."""
    segment: int
    control: str
    """ST02"""
    interchange_control: str
    trace: str
    """TRN02: the number of the check or transfer."""
    originator: str
    """TRN03: who issued the trace number."""
    paid_on: date | None
    """BPR16"""
    produced_on: date | None
    """DTM*405"""
    amount_cents: int
    """BPR02; negative where the payer says so."""
    handling: str
    """BPR01: I money and advice together, H advice only, C money only …"""
    method: str
    """BPR04: ACH, CHK, FWT, BOP, NON."""
    payer_name: str
    payer_identifier: str
    payee_name: str
    payee_npi: str
    payee_tax_id: str
    key: str
    """TRN03 | TRN02 | date | cents: the same check again has the same key."""
    digest: str
    """SHA-256 of what stands between ST and SE, so that the same key with another content is noticed."""
    repeats: int
    """Position of an earlier set of this file with the same key; 0 for none. Such a set posts nothing."""
    is_test: bool
    """ISA15 = T."""
    claims: tuple[ClaimAdvice, ...]
    provider_adjustments: tuple[ProviderAdjustment, ...]
    balance: Balance
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.is_fault)

    @property
    def is_balanced(self) -> bool:
        return self.balance.is_balanced

    @property
    def is_sound(self) -> bool:
        """Complete, readable and balanced. Any other set is set aside, by itself."""
        return not any(f.is_fault for f in self.findings)

    @property
    def is_postable(self) -> bool:
        return self.is_sound and not self.repeats


@dataclass(frozen=True, slots=True)
class InterchangeAdvice:
    """One envelope (ISA to IEA)."""

    segment: int
    control: str
    sender: str
    receiver: str
    is_test: bool
    checks: tuple[CheckAdvice, ...]


@dataclass(frozen=True, slots=True)
class RemittanceFileAdvice:
    """A whole file. `findings` are those of the envelopes; each check has its own."""

    interchanges: tuple[InterchangeAdvice, ...]
    findings: tuple[Finding, ...]
    segment_count: int

    @property
    def checks(self) -> tuple[CheckAdvice, ...]:
        return tuple(check for interchange in self.interchanges for check in interchange.checks)

    @property
    def claims(self) -> Iterator[ClaimAdvice]:
        return (claim for check in self.checks for claim in check.claims)

    @property
    def is_remittance(self) -> bool:
        """Whether there is an 835 in it at all."""
        return any(interchange.checks for interchange in self.interchanges)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Of the envelopes and of every check, in the order of the file."""
        own = [f for check in self.checks for f in check.findings]
        return tuple(sorted([*self.findings, *own], key=lambda f: (f.segment, f.element)))
