"""The claim as the forms number it: ADA Dental Claim Form 2024 items, CMS-1500 (02/12) boxes. Only the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from claims.among import ResentFacts
from claims.codes import icd10, procedures
from claims.facts import ClaimFacts, CoverageFacts, LineFacts
from claims.packet.narrative import brief
from claims.packet.other_plan import other_plan_rows
from documentation.facts import Address
from documentation.kernel.dates import us_date
from documentation.kernel.identifiers import phone
from documentation.kernel.money import dollars
from documentation.kernel.vocabulary import PLACE_OF_SERVICE, RELATIONSHIP, SEX
from documentation.prose import phrases
from documentation.prose.moments import local

LETTERS = "ABCDEFGHIJKL"
REFERENCES = {"G1": "Prior authorization", "G3": "Predetermination"}
"""What the X12 qualifiers of the payer's numbers are called in words."""
MOST_REASONS = 3
"""How many reasons for a second gland the remarks tell where not all of them fit."""


@dataclass(frozen=True)
class Field:
    """One item or box. `is_missing` marks what the form wants and the record lacks; `is_wide` takes a whole line."""

    item: str
    name: str
    value: str
    is_missing: bool = False
    is_wide: bool = False


@dataclass(frozen=True)
class Group:
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ClaimData:
    """One form: groups of fields, then the table of services between the second and the third."""

    form: str
    source: str
    groups: tuple[Group, ...]
    columns: tuple[tuple[str, str], ...]
    """Item and name of each column of the services."""
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, str, str]
    """Item, name, amount."""


def claim_data(facts: ClaimFacts, control_number: str) -> ClaimData:
    """The claim by item number for a dental plan, by box number for a medical one."""
    return _ada(facts, control_number) if facts.kind == "dental" else _cms(facts)


def _first_plan(facts: ClaimFacts) -> list[tuple[str, list[Field]]]:
    """What the first plan answered, on a claim to the second."""
    if facts.sequence == 1 or facts.primary is None:
        return []
    rows = other_plan_rows(facts.primary, is_dental=facts.kind == "dental")
    return [("What the first plan paid", [Field(i, name, value, is_wide=wide) for i, name, value, wide in rows])]


def _need(item: str, name: str, value: str, *, is_wide: bool = False) -> Field:
    return Field(item, name, value or "Not recorded", not value, is_wide)


def _party(item: str, name: str, who: str, address: Address, *more: str) -> Field:
    """A person or practice with the address; either may be missing."""
    lacks = not who or not address.lines
    value = _lines(who, *address.lines or ("Address not recorded",), *more)
    return Field(item, name, value if who else f"Not recorded\n{value}".strip(), lacks)


def _day(day: date | None) -> str:
    return us_date(day) if day else ""


def _tax(number: str) -> str:
    return f"{number[:2]}-{number[2:]}" if len(number) == 9 and number.isdigit() else number


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _last_first(first: str, last: str) -> str:
    return ", ".join(part for part in (last, first) if part)


def diagnosis_words(code: str) -> str:
    """Our own short words for a code, else those of the public list."""
    return phrases.diagnosis_words(code) or icd10.label(code)


def _diagnoses(facts: ClaimFacts) -> str:
    rows = [f"{LETTERS[i]}  {code}  {diagnosis_words(code)}".rstrip() for i, code in enumerate(facts.diagnoses)]
    return "\n".join(rows)


def _pointers(pointers: tuple[int, ...]) -> str:
    return "".join(LETTERS[n - 1] for n in pointers if 0 < n <= len(LETTERS))


def _permissions(facts: ClaimFacts) -> str:
    """The payer's numbers, each with its kind: item 2 takes both, and a bare number could pass for the other."""
    return _lines(*(f"{REFERENCES[qualifier]} {number}" for qualifier, number in facts.references))


def _accident(facts: ClaimFacts) -> str:
    """`No`, unless the record tells of an injury: whether work or traffic caused it is not recorded."""
    return "" if "trauma" in facts.encounter.justification.indications else "No"


def _on_file(value: bool | None) -> str:
    return {True: "Signature on file", False: "No", None: ""}[value]


def _told(line: LineFacts) -> str:
    """What a line says it is; an unlisted code with the listed one that it is compared with."""
    told = line.description or procedures.label(line.code)
    is_compared = line.comparator and line.comparator not in told
    return f"{told}; comparator {line.comparator}" if is_compared else told


def resent_words(resent: ResentFacts) -> str:
    """That the claim corrects or takes back one that the payer holds, for remarks and covers."""
    held = f"your claim number {resent.payer_control}" if resent.payer_control else "the claim that you hold"
    if resent.purpose == "void":
        return f"Void: please cancel {held}."
    return f"Corrected claim: it replaces {held}."


def _remarks(facts: ClaimFacts, limit: int) -> str:
    """What it corrects, the narrative in short, why a second gland was examined; at most `limit` characters."""
    if facts.resent:
        first = resent_words(facts.resent)
        return f"{first} {_remarks(replace(facts, resent=None), limit - len(first) - 1)}".strip()
    reasons = list(dict.fromkeys(p for line in facts.lines if (p := line.second_gland_reason.strip())))
    more = "".join(map(_second_gland, reasons))
    if len(more) > (room := limit * 3 // 5):
        # The rest is the narrative's; the packet tells the whole reasons.
        told = reasons[:MOST_REASONS]
        more = "".join(_second_gland(reason, room // len(told)) for reason in told)
    return (brief(facts, limit - len(more)) + more).strip()


def _second_gland(reason: str, most: int = 0) -> str:
    said = f" Second gland: {reason.rstrip('.')}."
    return said if not most or len(said) <= most else said[: most - 1].rstrip(" .,;") + "…"


def _other(facts: ClaimFacts, kind: str) -> CoverageFacts | None:
    return next((c for c in facts.other_coverages if c.kind == kind), None)


# ------------------------------------------------------------------------------------------------- dental, ADA 2024


def _ada(facts: ClaimFacts, control_number: str) -> ClaimData:
    has_area = any(line.area for line in facts.lines)
    return ClaimData(
        form="ADA Dental Claim Form, 2024, by item number",
        source="The claim itself is filed electronically or on the form; this page repeats its data.",
        groups=tuple(Group(title, tuple(fields)) for title, fields in (
            ("Payer and subscriber", _ada_plan(facts)),
            ("Patient", _ada_patient(facts)),
            ("Diagnosis and remarks", _ada_notes(facts, control_number)),
            ("Billing entity", _ada_billing(facts)),
            ("Treating dentist", _ada_treating(facts)),
            *_first_plan(facts),
        )),
        columns=(
            ("24", "Date"), *((("25", "Area"),) if has_area else ()), ("29", "Code"), ("29a", "Dx"), ("29b", "Qty"),
            ("30", "Description"), ("31", "Fee"),
        ),
        rows=tuple(
            (
                _day(facts.service_date), *((line.area,) if has_area else ()), line.code,
                _pointers(line.diagnosis_pointers), f"{line.quantity:02d}", _told(line),
                dollars(line.fee_cents * line.quantity),
            )
            for line in facts.lines
        ),
        total=("32", "Total fee", dollars(facts.total_cents)),
    )  # fmt: skip


def _ada_plan(facts: ClaimFacts) -> Iterator[Field]:
    plan, person = facts.coverage, facts.coverage.subscriber
    payer = plan.payer
    yield Field("1", "Type of transaction", "Statement of actual services")
    if numbers := _permissions(facts):
        yield Field("2", "Predetermination or preauthorization number", numbers)
    yield _party("3", "Payer", payer.name, payer.address)
    yield _need("3a", "Payer ID", payer.payer_id)
    others = [kind for kind in ("dental", "medical") if _other(facts, kind)]
    yield Field("4", "Other coverage", " and ".join(others).capitalize() or "None")
    if other := _other(facts, "dental"):
        holder = other.subscriber
        yield _need("5", "Other policyholder", _last_first(holder.first_name, holder.last_name))
        yield _need("6", "Birth date", _day(holder.birth_date))
        yield _need("7", "Gender", SEX.label(holder.sex) if holder.sex else "")
        yield _need("8", "Other member ID", other.member_id)
        if other.group_number:
            yield Field("9", "Other group", other.group_number)
        yield Field("10", "Relationship", RELATIONSHIP.label(other.relationship))
        yield Field("11", "Other payer", _lines(other.payer.name, *other.payer.address.lines))
        if other.payer.payer_id:
            yield Field("11a", "Other payer ID", other.payer.payer_id)
    yield _party("12", "Subscriber", _last_first(person.first_name, person.last_name), person.address)
    yield _need("13", "Birth date", _day(person.birth_date))
    yield _need("14", "Gender", SEX.label(person.sex) if person.sex else "")
    yield _need("15", "Member ID", plan.member_id)
    if plan.group_number or plan.plan_name:
        yield Field("16", "Group", " · ".join(v for v in (plan.group_number, plan.plan_name) if v))
    yield Field("18", "Patient is", RELATIONSHIP.label(plan.relationship))
    yield _need("36", "Patient consent", _on_file(plan.signature_on_file))
    yield _need("37", "Payment to the dentist", _on_file(plan.assignment_of_benefits))


def _ada_patient(facts: ClaimFacts) -> Iterator[Field]:
    patient = facts.encounter.patient
    name = _last_first(" ".join(p for p in (patient.first_name, patient.middle_name) if p), patient.last_name)
    yield _party("20", "Patient", name, patient.address)
    yield _need("21", "Birth date", _day(patient.birth_date))
    yield _need("22", "Gender", SEX.label(patient.sex) if patient.sex else "")
    if patient.chart_number or patient.number:
        yield Field("23", "Patient account", patient.chart_number or patient.number)


def _ada_notes(facts: ClaimFacts, control_number: str) -> Iterator[Field]:
    yield _need("34a", "Diagnoses, ICD-10-CM (34: AB)", _diagnoses(facts), is_wide=True)
    yield Field("35", "Remarks", _remarks(facts, 400), is_wide=True)
    place = facts.encounter.place_of_service
    yield _need("38", "Place of treatment", PLACE_OF_SERVICE.label(place) if place else "")
    yield Field("39", "Enclosures", f"Yes, {control_number}" if control_number else "Yes")
    yield Field("40, 43", "Orthodontic, prosthetic", "No")
    yield _need("45", "From an accident", _accident(facts))


def _ada_billing(facts: ClaimFacts) -> Iterator[Field]:
    billing = facts.billing
    yield _party("48", "Billing entity", billing.name, billing.address)
    yield _need("49", "NPI", billing.npi)
    yield _need("51", "Tax ID", _tax(billing.tax_id))
    yield _need("52", "Phone", phone(billing.phone))


def _ada_treating(facts: ClaimFacts) -> Iterator[Field]:
    e = facts.encounter
    who, where, signed = e.clinician, e.location, e.signature
    day = _day(local(signed.signed_at, e.location.time_zone).date()) if signed and signed.signed_at else ""
    yield _need("53", "Treating dentist", _lines(who.signature_name, f"Signed {day}" if day else ""))
    yield _need("54", "NPI", who.npi)
    yield _need("55", "License", " ".join(p for p in (who.licence_state, who.licence) if p))
    yield _need("56", "Treatment address", _lines(*where.address.lines))
    yield _need("56a", "Specialty", who.taxonomy)
    yield _need("57", "Phone", phone(where.phone))


# ------------------------------------------------------------------------------------------------ medical, CMS-1500


def _cms(facts: ClaimFacts) -> ClaimData:
    return ClaimData(
        form="CMS-1500 (02/12), by box number",
        source="The claim itself is filed electronically or on the form; this page repeats its data.",
        groups=tuple(Group(title, tuple(fields)) for title, fields in (
            ("Insured", _cms_insured(facts)),
            ("Patient", _cms_patient(facts)),
            ("Condition and diagnosis", _cms_condition(facts)),
            ("Billing provider and service facility", _cms_providers(facts)),
            *_first_plan(facts),
        )),
        columns=(
            ("24A", "Date"), ("24B", "POS"), ("24D", "Code"), ("24", "Description"), ("24E", "Dx"), ("24F", "Charge"),
            ("24G", "Units"),
        ),
        rows=tuple(
            (
                _day(facts.service_date), facts.encounter.place_of_service, " ".join((line.code, *line.modifiers)),
                _told(line), _pointers(line.diagnosis_pointers), dollars(line.fee_cents * line.quantity),
                str(line.quantity),
            )
            for line in facts.lines
        ),
        total=("28", "Total charge", dollars(facts.total_cents)),
    )  # fmt: skip


PLAN_TYPES = {"medicare": "Medicare", "medicaid": "Medicaid", "group": "Group health plan", "other": "Other"}
"""What box 1 tells apart, of the kinds that the record knows."""


def plan_type(plan: CoverageFacts) -> str:
    """The mark in box 1, a key of PLAN_TYPES."""
    if plan.program in PLAN_TYPES:
        return plan.program
    return "group" if plan.group_number else "other"


def _cms_insured(facts: ClaimFacts) -> Iterator[Field]:
    plan, person = facts.coverage, facts.coverage.subscriber
    yield _party("—", "Payer", plan.payer.name, plan.payer.address)
    yield Field("1", "Plan type", PLAN_TYPES[plan_type(plan)])
    yield _need("1a", "Insured ID", plan.member_id)
    yield _need("4", "Insured", _last_first(person.first_name, person.last_name))
    yield Field("6", "Relationship", RELATIONSHIP.label(plan.relationship))
    yield _need("7", "Insured address", _lines(*person.address.lines))
    if plan.group_number:
        yield Field("11", "Group", plan.group_number)
    yield _need(
        "11a",
        "Birth date and sex",
        " · ".join(v for v in (_day(person.birth_date), SEX.label(person.sex) if person.sex else "") if v),
    )
    if plan.plan_name:
        yield Field("11c", "Plan", plan.plan_name)
    yield Field("11d", "Another plan", "Yes" if facts.other_coverages else "No")
    for other in facts.other_coverages[:1]:
        yield _need("9", "Other insured", _last_first(other.subscriber.first_name, other.subscriber.last_name))
        yield _need("9a", "Other policy", other.group_number or other.member_id)
        yield _need("9d", "Other plan", other.plan_name or other.payer.name)
    yield _need("12", "Patient signature", _on_file(plan.signature_on_file))
    yield _need("13", "Payment to the provider", _on_file(plan.assignment_of_benefits))


def _cms_patient(facts: ClaimFacts) -> Iterator[Field]:
    patient = facts.encounter.patient
    yield _need(
        "2",
        "Patient",
        _last_first(" ".join(p for p in (patient.first_name, patient.middle_name) if p), patient.last_name),
    )
    yield _need(
        "3",
        "Birth date and sex",
        " · ".join(v for v in (_day(patient.birth_date), SEX.label(patient.sex) if patient.sex else "") if v),
    )
    yield _need("5", "Address", _lines(*patient.address.lines))
    if patient.phone:
        yield Field("5", "Phone", phone(patient.phone))
    if patient.chart_number or patient.number:
        yield Field("26", "Patient account", patient.chart_number or patient.number)


def _cms_condition(facts: ClaimFacts) -> Iterator[Field]:
    yield _need("10", "From an accident (a, b, c)", _accident(facts))
    onset = facts.encounter.justification.onset_on
    if onset:
        yield Field("14", "Onset (431)", _day(onset))
    yield Field("20", "Outside laboratory", "No")
    yield Field("19", "Additional information", brief(facts, 71), is_wide=True)
    yield _need("21", "Diagnoses (ICD indicator 0)", _diagnoses(facts), is_wide=True)
    if facts.resent:
        yield Field("22", "Resubmission code", facts.resent.code)
        yield _need("22", "Original reference number", facts.resent.payer_control)
    # Box 23 takes a permission alone: an estimate there would pass for one.
    if number := dict(facts.references).get("G1"):
        yield Field("23", "Prior authorization", number)
    for reason in dict.fromkeys(line.second_gland_reason for line in facts.lines if line.second_gland_reason):
        yield Field("24", "Second gland", reason, is_wide=True)


def _cms_providers(facts: ClaimFacts) -> Iterator[Field]:
    e, billing = facts.encounter, facts.billing
    yield _need("24J", "Rendering NPI", e.clinician.npi)
    yield _need("25", "Tax ID (EIN)", _tax(billing.tax_id))
    accepted = {True: "Yes", False: "No", None: ""}[facts.coverage.is_assignment_accepted]
    yield _need("27", "Assignment accepted", accepted)
    signed = e.signature
    day = _day(local(signed.signed_at, e.location.time_zone).date()) if signed and signed.signed_at else ""
    yield _need("31", "Provider", _lines(e.clinician.signature_name, f"Signed {day}" if day else ""))
    yield _party("32", "Service facility", e.location.name, e.location.address)
    yield _need("32a", "NPI", e.location.npi)
    yield _party("33", "Billing provider", billing.name, billing.address, phone(billing.phone))
    yield _need("33a", "NPI", billing.npi)
