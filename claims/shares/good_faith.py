"""What a good-faith estimate must hold, and by when it must be given: for people who use no plan.

After 45 CFR 149.610, from memory and to be verified; the last day counts business days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from documentation.kernel.business_days import add_business_days, business_days
from documentation.kernel.rule import Citation

SOURCE = Citation("45 CFR 149.610(c)", "good-faith estimates; from memory, to be verified", date(2026, 11, 5))
DISPUTE_FROM_CENTS = 40_000
DISPUTE_DAYS = 120
"""From so much above the estimate a bill can be disputed, and within so many days of the first bill."""


@dataclass(frozen=True)
class GoodFaith:
    """The contents that the regulation asks for, as far as they are known. Empty is missing."""

    patient: str
    birth_date: str
    service: str
    code: str
    day: str
    diagnoses: tuple[str, ...]
    charge_cents: int
    clinician: str
    npi: str
    tax_id: str
    place: str
    """Where the service is given, with its state."""


REQUIRED = {
    "patient": "the patient's name",
    "birth_date": "the patient's birth date",
    "service": "a description of the service",
    "code": "the service code",
    "day": "the planned date",
    "clinician": "who treats",
    "npi": "the clinician's NPI",
    "tax_id": "the practice's tax ID",
    "place": "where the service is given",
}


def missing(estimate: GoodFaith) -> tuple[str, ...]:
    """What the regulation asks for and nobody recorded. A diagnosis is asked for only where it is known."""
    return tuple(words for name, words in REQUIRED.items() if not getattr(estimate, name))


def due(scheduled_on: date, service_on: date, closed: frozenset[date] = frozenset()) -> date | None:
    """The last day to give it: one business day after scheduling, three where the visit is ten or more away.

    None where the visit is less than three business days away: then only a request starts a clock.
    """
    ahead = business_days(scheduled_on, service_on, closed)
    if ahead < 3:
        return None
    return add_business_days(scheduled_on, 3 if ahead >= 10 else 1, closed)
