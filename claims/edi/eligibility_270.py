"""Asking a payer whether a plan is active and what it pays (X12 270, 005010X279A1): frozen facts in, text out.

Pure: the moment and the control number come in from outside. What an element cannot hold is refused with a sentence
before a byte is written, so that nothing is sent that would come back unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from claims.edi.charset import basic

DENTAL_CARE, HEALTH_PLAN = "35", "30"
"""Service types that are asked for: all of dental care, or the health plan as a whole."""
RELATIONSHIPS = {"spouse": "01", "child": "19"}
"""The patient to the person who holds the plan (INS02); anything else is 34, another adult."""


class CannotAsk(ValueError):
    """What is missing for the question; each reason is a sentence."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


@dataclass(frozen=True)
class PersonAsked:
    """Who holds the plan, or the patient where this is somebody else."""

    first_name: str
    last_name: str
    birth_date: date | None
    sex: str = ""
    """F, M, or anything else, which is sent as unknown."""


@dataclass(frozen=True)
class Inquiry:
    """One question about one plan and one day."""

    payer_name: str
    payer_id: str
    practice: str
    npi: str
    tax_id: str
    member_id: str
    subscriber: PersonAsked
    service_date: date
    patient: PersonAsked | None = None
    """The patient, where somebody else holds the plan."""
    relationship: str = "self"
    is_dental: bool = True
    code: str = "D0371"
    """Asked for by itself besides the whole service type; only dental plans take the code."""
    reference: str = ""
    """Comes back in the answer (TRN02); our own, never the patient's name."""


def write(inquiry: Inquiry, *, at: datetime, control: int, is_test: bool = False) -> str:
    """The interchange as text, one segment a line. `control` numbers it, 1 to 999,999,999.

    Raises CannotAsk with every reason at once.
    """
    if reasons := tuple(_missing(inquiry)):
        raise CannotAsk(*reasons)
    body = list(_transaction(inquiry, at, control))
    header = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{_basic(inquiry.tax_id):15.15}*ZZ*{_basic(inquiry.payer_id):15.15}"
        f"*{at:%y%m%d}*{at:%H%M}*^*00501*{control:09d}*0*{'T' if is_test else 'P'}*:"
    )
    group = f"GS*HS*{_basic(inquiry.tax_id)}*{_basic(inquiry.payer_id)}*{at:%Y%m%d}*{at:%H%M}*{control}*X*005010X279A1"
    closing = (f"SE*{len(body) + 1}*0001", f"GE*1*{control}", f"IEA*1*{control:09d}")
    return "".join(f"{segment}~\n" for segment in (header, group, *body, *closing))


def _missing(i: Inquiry) -> Iterable[str]:
    if not _basic(i.payer_id) or len(_basic(i.payer_id)) > 15:
        yield "The payer has no ID that fits into the header (up to 15 characters). Complete its page."
    if not re.fullmatch(r"[0-9]{10}", i.npi):
        yield "The practice's location has no NPI."
    if not re.fullmatch(r"[0-9]{9}", i.tax_id):
        yield "The practice's location has no tax ID."
    if not _basic(i.member_id):
        yield "The plan has no member ID. Take it from the card."
    who = "person who holds the plan" if i.patient else "patient"
    if not (_basic(i.subscriber.last_name) and i.subscriber.birth_date):
        yield f"The {who} has no last name or no birth date."
    if i.patient and not (_basic(i.patient.last_name) and i.patient.birth_date):
        yield "The patient has no last name or no birth date."


def _transaction(i: Inquiry, at: datetime, control: int) -> Iterable[str]:
    reference = _basic(i.reference) or f"{control:09d}"
    trace = f"TRN*1*{reference}*9{_basic(i.tax_id)}"
    yield "ST*270*0001*005010X279A1"
    yield f"BHT*0022*13*{reference}*{at:%Y%m%d}*{at:%H%M}"
    yield "HL*1**20*1"
    yield f"NM1*PR*2*{_basic(i.payer_name, 60)}*****PI*{_basic(i.payer_id)}"
    yield "HL*2*1*21*1"
    yield f"NM1*1P*2*{_basic(i.practice, 60)}*****XX*{i.npi}"
    yield f"HL*3*2*22*{'1' if i.patient else '0'}"
    if not i.patient:
        yield trace
    yield _named("IL", i.subscriber, f"****MI*{_basic(i.member_id)}")
    yield _born(i.subscriber)
    if i.patient:
        yield "HL*4*3*23*0"
        yield trace
        yield _named("03", i.patient)
        yield _born(i.patient)
        yield f"INS*N*{RELATIONSHIPS.get(i.relationship, '34')}"
    yield f"DTP*291*D8*{i.service_date:%Y%m%d}"
    yield f"EQ*{DENTAL_CARE if i.is_dental else HEALTH_PLAN}"
    if i.is_dental:
        yield f"EQ**AD:{_basic(i.code)}"


def _named(qualifier: str, person: PersonAsked, rest: str = "") -> str:
    first = _basic(person.first_name, 35)
    return f"NM1*{qualifier}*1*{_basic(person.last_name, 60)}*{first}{rest}".rstrip("*")


def _born(person: PersonAsked) -> str:
    sex = person.sex if person.sex in ("F", "M") else "U"
    return f"DMG*D8*{person.birth_date:%Y%m%d}*{sex}"


def _basic(text: str, longest: int = 80) -> str:
    return basic(text)[:longest].strip()
