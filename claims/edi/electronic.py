"""One claim as it stands in an 837: clean values in their places, nothing of the database, nothing of the format.

`claim_of_facts` makes it, `claim_837` writes it, `claim_837_read` reads it back. All texts are clean (`charset`), all
amounts are cents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from documentation.facts import Address


class Purpose(StrEnum):
    """Why a claim is sent."""

    ORIGINAL = "original"
    CORRECTED = "corrected"
    """Replaces one that the payer holds (frequency 7)."""
    VOID = "void"
    """Takes back one that the payer holds (frequency 8)."""
    PREDETERMINATION = "predetermination"
    """Asks what would be paid; nothing was done yet, so there is no date of service."""


FREQUENCIES = {
    Purpose.ORIGINAL: "1",
    Purpose.CORRECTED: "7",
    Purpose.VOID: "8",
    Purpose.PREDETERMINATION: "1",
}
"""CLM05-3"""


@dataclass(frozen=True)
class Person:
    """A patient or subscriber. Birth date, sex and address stand only where the file tells them."""

    last_name: str
    first_name: str = ""
    middle_name: str = ""
    birth_date: date | None = None
    sex: str = "U"
    """F, M, U"""
    address: Address = Address()


@dataclass(frozen=True)
class Provider:
    """Who treated, or where: a person with first name, or an organization without."""

    last_name: str
    npi: str
    first_name: str = ""
    taxonomy: str = ""
    address: Address = Address()
    """Of a service facility."""


@dataclass(frozen=True)
class Billing:
    """Who is paid. `tax_id` nine digits, `address` with nine digits of ZIP."""

    name: str
    npi: str
    tax_id: str
    address: Address
    taxonomy: str = ""


@dataclass(frozen=True)
class Plan:
    """The plan that a claim goes to, or another one of the patient."""

    payer_name: str
    payer_id: str
    member_id: str
    subscriber: Person
    relationship: str = "18"
    """The patient to the subscriber: 18 self, 01 spouse, 19 child, G8 other."""
    responsibility: str = "P"
    """P pays first, S second, T third, then A to H."""
    group_number: str = ""
    group_name: str = ""
    """Only where there is no number."""
    filing: str = "CI"
    payer_address: Address = Address()


@dataclass(frozen=True)
class Taken:
    """What a payer took off: group, CARC, cents."""

    group: str
    carc: str
    cents: int


@dataclass(frozen=True)
class LineAnswer:
    """What another plan answered on a line (2430)."""

    payer_id: str
    code: str
    paid_cents: int
    quantity: int = 1
    taken: tuple[Taken, ...] = ()
    """Reasons of one group stand together."""
    paid_on: date | None = None


@dataclass(frozen=True)
class OtherPlan:
    """Another plan of the patient, and what it answered if it did (2320, 2330)."""

    plan: Plan
    benefits: str = "Y"
    """Y, N: whether it pays the practice."""
    release: str = "Y"
    """Y, I: whether the patient signed that data may be told."""
    paid_cents: int | None = None
    """None where it did not answer."""
    left_cents: int | None = None
    """What it left to the patient."""
    taken: tuple[Taken, ...] = ()
    """Of the whole claim."""
    paid_on: date | None = None
    """Where its answer on the lines does not tell the day."""
    control: str = ""
    """Its own number of the claim."""


@dataclass(frozen=True)
class Document:
    """A document that goes with the claim (PWK). `control` stands on it; none where it is sent on request (AA)."""

    type: str
    """OZ packet and images, DG written interpretation, OB operative note, RB radiographs, RR reports, EB EOB, …"""
    transmission: str
    """AA on request, BM mail, EL electronic, EM e-mail, FT file transfer, FX fax."""
    control: str = ""


@dataclass(frozen=True)
class Line:
    """One service. `cents` is for all its units; `control` is our own number of it (REF 6R)."""

    code: str
    cents: int
    control: str
    quantity: int = 1
    modifiers: tuple[str, ...] = ()
    description: str = ""
    area: str = ""
    """Area of the oral cavity, dental only."""
    pointers: tuple[int, ...] = ()
    answers: tuple[LineAnswer, ...] = ()


@dataclass(frozen=True)
class ElectronicClaim:
    """A claim that can be written."""

    kind: str
    """dental (837D) or medical (837P)"""
    control: str
    """Our own number of this sending (CLM01); it comes back in every answer."""
    purpose: Purpose
    place: str
    """Place of service, two digits."""
    billing: Billing
    plan: Plan
    lines: tuple[Line, ...]
    patient: Person | None = None
    """Where it is not the subscriber."""
    accepts: str = "A"
    """A: the practice takes part in the plan; C: it does not (CLM07)."""
    benefits: str = "Y"
    """Y, N: whether the plan pays the practice (CLM08)."""
    release: str = "Y"
    """Y, I (CLM09)"""
    service_date: date | None = None
    """None for a predetermination."""
    onset_on: date | None = None
    """Medical only."""
    documents: tuple[Document, ...] = ()
    authorization: str = ""
    """Prior authorization (G1)."""
    predetermination: str = ""
    """Predetermination of benefits (G3), dental only."""
    payer_control: str = ""
    """The payer's own number of the claim that is replaced or taken back (F8)."""
    notes: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()
    """Without the point, the principal one first: at most 4 dental, 12 medical."""
    rendering: Provider | None = None
    """Where it is not who is paid."""
    facility: Provider | None = None
    others: tuple[OtherPlan, ...] = ()

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)
