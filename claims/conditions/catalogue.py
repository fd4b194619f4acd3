"""Every property that a condition may ask for. What is not declared here cannot be asked."""

from __future__ import annotations

from claims.conditions import of_claim, of_plan, of_record
from claims.conditions.property import Property

PROPERTIES: tuple[Property, ...] = (*of_claim.PROPERTIES, *of_plan.PROPERTIES, *of_record.PROPERTIES)

BY_KEY = {p.key: p for p in PROPERTIES}

GROUPS = {
    "claim": "The claim",
    "payer": "The payer",
    "plan": "The plan",
    "eligibility": "Eligibility",
    "authorization": "Authorization",
    "estimate": "The estimate",
    "patient": "The patient",
    "clinician": "The clinician",
    "reason": "Why it was needed",
    "procedure": "What was done",
    "findings": "What was seen",
    "images": "The images",
    "reading": "The interpretation",
    "care": "Care afterwards",
    "record": "The signed record",
}
"""Headings by the first word of a property's key."""


def by_group() -> list[tuple[str, list[Property]]]:
    """The properties under their headings."""
    return [(title, [p for p in PROPERTIES if p.group == key]) for key, title in GROUPS.items()]
