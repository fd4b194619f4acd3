"""The keys of case.json.

A field with a default may be left out: the record is then incomplete, and its report says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from claims.cases import agreement
from claims.cases import values as r
from claims.cases.problems import CaseError, Problem
from claims.cases.record import Encounter
from claims.cases.shape import Each, Record, entry, read
from documentation.kernel import vocabulary as v

PARENTS = (
    *("together", "joint", "court_order", "custodial", "custodial_spouse", "other_parent", "other_spouse"),
    "unknown",
)
YES_NO_UNKNOWN = r.one_of("yes", "no", "unknown")


@dataclass(frozen=True, kw_only=True)
class Address:
    line1: str = entry(r.text(80))
    line2: str = entry(r.text(80), "")
    city: str = entry(r.text(60))
    state: str = entry(r.state)
    zip: str = entry(r.zip_code)


@dataclass(frozen=True, kw_only=True)
class Patient:
    chart_number: str = entry(r.text(30))
    first_name: str = entry(r.text(60))
    middle_name: str = entry(r.text(60), "")
    last_name: str = entry(r.text(60))
    birth_date: date = entry(r.day)
    sex: str = entry(r.word(v.SEX))
    address: Address | None = entry(Record(Address), None)
    phone: str = entry(r.phone, "")
    email: str = entry(r.email, "")


@dataclass(frozen=True, kw_only=True)
class Location:
    name: str = entry(r.text(120))
    npi: str = entry(r.npi)
    tax_id: str = entry(r.tax_id)
    time_zone: str = entry(r.time_zone)
    phone: str = entry(r.phone)
    address: Address = entry(Record(Address))


@dataclass(frozen=True, kw_only=True)
class Policy:
    covers_d0371: str = entry(YES_NO_UNKNOWN, "unknown")
    treats_as: str = entry(r.one_of("dental", "medical", "unknown"), "unknown")
    prior_authorization: str = entry(r.one_of("required", "not_required", "unknown"), "unknown")
    attachments: str = entry(r.one_of("always", "on_request", "never", "unknown"), "unknown")
    bundling_permitted: tuple[str, ...] = entry(Each(r.procedure_code, unique=True), ())
    bundling_refused: tuple[str, ...] = entry(Each(r.procedure_code, unique=True), ())
    timely_filing_days: int | None = entry(r.whole(1, 3650), None)
    appeal_days: int | None = entry(r.whole(1, 3650), None)
    source: str = entry(r.text(200), "")
    verified_on: date | None = entry(r.day, None)


@dataclass(frozen=True, kw_only=True)
class Payer:
    name: str = entry(r.text(120))
    payer_id: str = entry(r.text(80))
    line: str = entry(r.one_of("dental", "medical"))
    address: Address | None = entry(Record(Address), None)
    policy: Policy | None = entry(Record(Policy), None)


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    first_name: str = entry(r.text(60))
    last_name: str = entry(r.text(60))
    birth_date: date = entry(r.day)
    sex: str = entry(r.word(v.SEX))
    address: Address | None = entry(Record(Address), None)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What decides the place of a plan among several."""

    program: str = entry(r.one_of("commercial", "medicare", "medicaid", "liability"), "commercial")
    has_cob_clause: str = entry(YES_NO_UNKNOWN, "unknown")
    employment: str = entry(r.one_of("active", "retired", "cobra", "individual", "unknown"), "unknown")
    employer_size: str = entry(r.one_of("under_20", "20_to_99", "100_or_more", "unknown"), "unknown")
    medicare_reason: str = entry(r.one_of("age", "disability", "kidney", "unknown"), "unknown")
    kidney_since: date | None = entry(r.day, None)
    parent: str = entry(r.one_of(*PARENTS), "unknown")
    held_since: date | None = entry(r.day, None)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    payer_id: str = entry(r.text(80))
    plan_name: str = entry(r.text(120), "")
    group_number: str = entry(r.text(40), "")
    member_id: str = entry(r.text(40))
    priority: int = entry(r.whole(1, 9))
    relationship: str = entry(r.word(v.RELATIONSHIP))
    effective_on: date | None = entry(r.day, None)
    terminated_on: date | None = entry(r.day, None)
    signature_on_file: bool | None = entry(r.yes_or_no, None)
    assignment_of_benefits: bool | None = entry(r.yes_or_no, None)
    subscriber: Subscriber | None = entry(Record(Subscriber), None)
    terms: Terms | None = entry(Record(Terms), None)


@dataclass(frozen=True, kw_only=True)
class PlanOrder:
    """That a person confirmed that the plans in force pay in the order of their priorities."""

    reason: str = entry(r.text(500), "")


@dataclass(frozen=True, kw_only=True)
class EligibilityCheck:
    payer_id: str = entry(r.text(80))
    checked_on: date = entry(r.day)
    method: str = entry(r.one_of("portal", "phone", "edi"))
    reference: str = entry(r.text(60), "")
    active: bool = entry(r.yes_or_no)
    covers_specialized_diagnostics: str = entry(YES_NO_UNKNOWN, "unknown")
    deductible_remaining: Decimal | None = entry(r.money, None)
    annual_maximum_remaining: Decimal | None = entry(r.money, None)
    coinsurance_percent: int | None = entry(r.whole(0, 100), None)
    prior_authorization: str = entry(r.one_of("required", "not_required", "unknown"), "unknown")
    begins_on: date | None = entry(r.day, None)
    ends_on: date | None = entry(r.day, None)
    frequency_limit: str = entry(r.text(120), "")
    waiting_until: date | None = entry(r.day, None)


@dataclass(frozen=True, kw_only=True)
class Authorization:
    payer_id: str = entry(r.text(80))
    kind: str = entry(r.one_of("prior_authorization", "predetermination"))
    status: str = entry(r.one_of("requested", "approved", "denied", "not_required"))
    number: str = entry(r.text(50), "")
    codes: tuple[str, ...] = entry(Each(r.procedure_code, unique=True), ())
    units: int | None = entry(r.whole(1, 99), None)
    valid_from: date | None = entry(r.day, None)
    valid_to: date | None = entry(r.day, None)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    low: Decimal = entry(r.money)
    high: Decimal = entry(r.money)
    given_on: date = entry(r.day)
    acknowledged_on: date | None = entry(r.day, None)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One patient, the plans, what is known of the payers, and one visit."""

    id: str = entry(r.text(120))
    patient: Patient = entry(Record(Patient))
    location: Location | None = entry(Record(Location), None)
    payers: tuple[Payer, ...] = entry(Each(Record(Payer)), ())
    coverages: tuple[Coverage, ...] = entry(Each(Record(Coverage), most=9), ())
    plan_order: PlanOrder | None = entry(Record(PlanOrder), None)
    eligibility_checks: tuple[EligibilityCheck, ...] = entry(Each(Record(EligibilityCheck)), ())
    authorizations: tuple[Authorization, ...] = entry(Each(Record(Authorization)), ())
    encounter: Encounter = entry(Record(Encounter))
    estimate: Estimate | None = entry(Record(Estimate), None)
    fee: Decimal | None = entry(r.money, None)
    sign: bool = entry(r.yes_or_no, False)
    claims: bool = entry(r.yes_or_no, False)


def parse(data: Any) -> Case:
    """The case that plain data describes. Raises CaseError with every problem and its path."""
    problems: list[Problem] = []
    case: Case = read(Record(Case), data, "", problems)
    if not problems:
        problems = list(agreement.problems_of(case))
    if problems:
        raise CaseError(problems)
    return case
