"""One transaction set 835, segment by segment: a check with its claims, lines, adjustments and balance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

from claims.edi import values
from claims.edi.advice import Balance, CheckAdvice, ProviderAdjustment
from claims.edi.elements import Elements
from claims.edi.remittance_claims import ClaimsReader
from claims.edi.values import plain
from claims.edi.x12 import Finding, Segment, shown
from documentation.kernel.identifiers import npi_problem
from documentation.kernel.money import dollars

_SILENT = frozenset("CUR NTE N2 N3 N4 PER RDM TS2 TS3 QTY".split())
"""Segments of an 835 that say nothing we need."""


class SetReader:
    """Takes the segments between ST and SE, then gives the check."""

    def __init__(self, header: Segment, *, position: int, interchange_control: str, is_test: bool) -> None:
        self.elements = Elements()
        self._claims = ClaimsReader(self.elements)
        self._header = header
        self._position = position
        self._interchange_control = interchange_control
        self._is_test = is_test
        self._count = 1
        self._digest = hashlib.sha256()
        self._payment: Segment | None = None
        self._trace: Segment | None = None
        self._amount = 0
        self._produced_on: date | None = None
        self._party = ""
        self._payer_name = self._payer_identifier = ""
        self._payee_name = self._payee_npi = self._payee_tax_id = ""
        self._provider: list[ProviderAdjustment] = []
        self._handlers: dict[str, Callable[[Segment], None]] = {
            **self._claims.handlers,
            "BPR": self._bpr,
            "TRN": self._trn,
            "DTM": self._dtm,
            "N1": self._n1,
            "REF": self._ref,
            "LX": self._lx,
            "PLB": self._plb,
        }

    # --- from outside ---

    def take(self, segment: Segment) -> None:
        self._count += 1
        text = "*".join(segment.elements)
        self._digest.update((text if segment.component == ":" else text.replace(segment.component, ":")).encode())
        name = segment.elements[0]
        handle = self._handlers.get(name)
        if handle:
            handle(segment)
        elif name not in _SILENT:
            self.elements.note_once(segment, 0, f"{shown(name)} is no segment of a remittance. It was skipped.")

    def close(self, trailer: Segment) -> None:
        """SE: the count and the control number must be those of this set."""
        self._count += 1
        said = plain(trailer.get(1))
        if values.count(said) != self._count:
            self.elements.fault(trailer, 1, f"The set says that it has {shown(said)} segments; it has {self._count}.")
        first, last = plain(self._header.get(2)), plain(trailer.get(2))
        if first != last:
            self.elements.fault(trailer, 2, f"The set begins with number {shown(first)} and ends with {shown(last)}.")

    def cut_off(self, why: str) -> None:
        self.elements.fault(self._header, 0, f"{why} before this set was closed (SE): it is cut off.")

    def finish(self) -> CheckAdvice:
        """The check. Nothing may be taken afterwards."""
        self._claims.close()
        header, payment, trace = self._header, self._payment, self._trace
        if payment is None:
            self.elements.fault(header, 0, "The set has no payment segment (BPR).")
        if trace is None:
            self.elements.fault(header, 0, "The set has no trace number (TRN).")
        paid_on = values.day(plain(payment.get(16))) if payment else None
        digest = self._digest.hexdigest()
        number = self.elements.text(trace, 2, 50) if trace else ""
        originator = self.elements.text(trace, 3, 10) if trace else ""
        day = paid_on.isoformat() if paid_on else plain(payment.get(16))[:10] if payment else ""
        balance = self._balance()
        findings = self.elements.findings
        if self.elements.untold:
            more = f"{self.elements.untold} more findings of this set are not shown."
            findings.append(Finding(header.number, 0, more, is_fault=False))
        return CheckAdvice(
            position=self._position,
            segment=header.number,
            control=plain(header.get(2)),
            interchange_control=self._interchange_control,
            trace=number,
            originator=originator,
            paid_on=paid_on,
            produced_on=self._produced_on,
            amount_cents=self._amount,
            handling=plain(payment.get(1))[:2] if payment else "",
            method=plain(payment.get(4))[:3] if payment else "",
            payer_name=self._payer_name,
            payer_identifier=self._payer_identifier,
            payee_name=self._payee_name,
            payee_npi=self._payee_npi,
            payee_tax_id=self._payee_tax_id,
            # Without a number there is nothing to know a check by but its content.
            key=f"{originator}|{number or '#' + digest[:16]}|{day}|{self._amount}",
            digest=digest,
            repeats=0,
            is_test=self._is_test,
            claims=tuple(self._claims.claims),
            provider_adjustments=tuple(self._provider),
            balance=balance,
            findings=tuple(findings),
        )

    # --- the check ---

    def _bpr(self, segment: Segment) -> None:
        if self._payment:
            self.elements.fault(
                segment, 0, "A second payment segment (BPR) in one set: two sets may have run together."
            )
            return
        self._payment = segment
        self._amount = self.elements.cents(segment, 2)
        if plain(segment.get(3)) == "D":
            self.elements.note(segment, 3, "The payer calls this amount a debit.")
        if not values.day(plain(segment.get(16))):
            self.elements.fault(segment, 16, f"The payment date {shown(segment.get(16))} is no date.")

    def _trn(self, segment: Segment) -> None:
        if self._trace:
            self.elements.fault(segment, 0, "A second trace number (TRN) in one set: two sets may have run together.")
            return
        self._trace = segment
        if not plain(segment.get(2)):
            self.elements.fault(segment, 2, "The number of the check or transfer is missing.")
        if not plain(segment.get(3)):
            self.elements.note(segment, 3, "The issuer of the trace number is missing.")

    def _n1(self, segment: Segment) -> None:
        self._party = segment.get(1)
        name, qualifier, number = self.elements.text(segment, 2, 60), segment.get(3), self.elements.text(segment, 4, 80)
        if self._party == "PR":
            self._payer_name, self._payer_identifier = name, number
        elif self._party == "PE":
            self._payee_name = name
            if qualifier == "XX":
                self._payee_npi = number[:20]
                problem = npi_problem(number)
                if problem:
                    self.elements.note(segment, 4, f"The payee's NPI {shown(number)} is not sound. {problem}")
            elif qualifier == "FI":
                self._payee_tax_id = number[:20]

    def _balance(self) -> Balance:
        balance = Balance(
            claims_paid_cents=sum(claim.paid_cents for claim in self._claims.claims),
            provider_cents=sum(p.cents for p in self._provider),
            amount_cents=self._amount,
            unbalanced_lines=self._claims.unbalanced_lines,
            unbalanced_claims=self._claims.unbalanced_claims,
        )
        if not balance.is_check_balanced and not self.elements.unreadable_amounts:
            paid, taken = dollars(balance.claims_paid_cents), dollars(balance.provider_cents)
            self.elements.fault(
                self._payment or self._header,
                2,
                f"The check does not balance: claims {paid} less provider adjustments {taken} "
                f"is not {dollars(self._amount)}. Difference {dollars(balance.difference_cents)}.",
            )
        return balance

    def _plb(self, segment: Segment) -> None:
        self._claims.close()
        self._party = ""
        provider, period = self.elements.text(segment, 1, 50), values.day(plain(segment.get(2)))
        for place in range(3, len(segment.elements), 2):
            if not segment.get(place) and not segment.get(place + 1):
                continue
            reason, *reference = (plain(part) for part in segment.parts(place))
            cents = self.elements.cents(segment, place + 1)
            entry = ProviderAdjustment(segment.number, provider, period, reason[:5], " ".join(reference)[:50], cents)
            self._provider.append(entry)

    # --- what stands in several places ---

    def _lx(self, _segment: Segment) -> None:
        self._claims.close()
        self._party = ""

    def _dtm(self, segment: Segment) -> None:
        text = plain(segment.get(2))
        day = values.day(text)
        if text and day is None:
            self.elements.note(segment, 2, f"{shown(text)} is no date. It was left out.")
        if self._claims.is_open:
            self._claims.date(segment)
        elif segment.get(1) == "405":
            self._produced_on = day

    def _ref(self, segment: Segment) -> None:
        if self._claims.is_open:
            self._claims.reference(segment)
        elif self._party == "PR" and segment.get(1) == "2U":
            self._payer_identifier = self._payer_identifier or self.elements.text(segment, 2, 50)
        elif self._party == "PE" and segment.get(1) == "TJ":
            self._payee_tax_id = self._payee_tax_id or self.elements.text(segment, 2, 20)
