"""A payer's portal: files under the names and in the sizes that it takes, and every field of its form to be copied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from claims.facts import ClaimFacts
from claims.ways.base import Cargo, Field, File, Leaving, Way


def _arrange(cargo: Cargo) -> tuple[File, ...]:
    return tuple(
        File(f.name, f.content, f.title, claim.number, claim.control)
        for claim in cargo.claims
        for f in claim.attachments
    )


def _fields(facts: ClaimFacts, leaving: Leaving) -> tuple[Field, ...]:
    """Every field that the forms of portals ask for, by heading; one that is not known is left out."""
    every = (*_numbers(facts, leaving), *_people(facts), *_practice(facts), *_services(facts), *_notes(leaving))
    return tuple(field for field in every if field.value)


def _numbers(facts: ClaimFacts, leaving: Leaving) -> Iterator[Field]:
    part = "The claim"
    yield Field("Our number of the claim", facts.number, part)
    yield Field("Attachment control number", leaving.control, part)
    yield Field("Payer", facts.coverage.payer.name, part)
    yield Field("Payer ID", facts.coverage.payer.payer_id, part)
    yield Field("Date of service", _day(facts.service_date), part)
    yield Field("Total billed", _money(facts.total_cents), part)
    for qualifier, number in facts.references:
        yield Field("Prior authorization" if qualifier == "G1" else "Predetermination", number, part)


def _people(facts: ClaimFacts) -> Iterator[Field]:
    plan, patient = facts.coverage, facts.encounter.patient
    yield Field("Member ID", plan.member_id, "The plan")
    yield Field("Group number", plan.group_number, "The plan")
    yield Field("Plan", plan.plan_name, "The plan")
    if plan.relationship != "self":
        yield Field("Subscriber", plan.subscriber.full_name, "The plan")
        yield Field("Subscriber's birth date", _day(plan.subscriber.birth_date), "The plan")
    yield Field("First name", patient.first_name, "The patient")
    yield Field("Last name", patient.last_name, "The patient")
    yield Field("Birth date", _day(patient.birth_date), "The patient")
    yield Field("Address", patient.address.one_line, "The patient")
    yield Field("Relationship to the subscriber", plan.relationship.replace("_", " "), "The patient")


def _practice(facts: ClaimFacts) -> Iterator[Field]:
    place, who = facts.billing, facts.encounter.clinician
    yield Field("Billing provider", place.name, "The practice")
    yield Field("Billing NPI", place.npi, "The practice")
    yield Field("Tax ID", place.tax_id, "The practice")
    yield Field("Phone", place.phone, "The practice")
    yield Field("Practice address", place.address.one_line, "The practice")
    yield Field("Treating provider", who.signature_name, "The practice")
    yield Field("Treating NPI", who.npi, "The practice")
    yield Field("Taxonomy", who.taxonomy, "The practice")


def _services(facts: ClaimFacts) -> Iterator[Field]:
    for n, line in enumerate(facts.lines, start=1):
        part = f"Line {n}"
        yield Field("Code", line.code, part)
        yield Field("Modifiers", " ".join(line.modifiers), part)
        yield Field("Description", line.description, part)
        yield Field("Area of the oral cavity", line.area, part)
        yield Field("Quantity", str(line.quantity), part)
        yield Field("Fee", _money(line.fee_cents), part)
    for n, code in enumerate(facts.diagnoses, start=1):
        yield Field(f"Diagnosis {n}", code, "Diagnoses")


def _notes(leaving: Leaving) -> Iterator[Field]:
    yield Field("Remarks", leaving.note, "Remarks")


def _day(day: date | None) -> str:
    return f"{day:%m/%d/%Y}" if day else ""


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


WAY = Way(
    key="portal",
    name="Payer portal",
    about="Files under the names and in the sizes that the portal takes, and every field of its form to be copied.",
    channel="portal",
    proofs=("receipt",),
    proven_by="The confirmation number that the portal shows after sending.",
    arrange=_arrange,
    fields=_fields,
)
