"""What the places of the record are called, for sentences that send a person there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_OWNERS: Mapping[str, str] = {
    "encounter.patient": "the patient's",
    "encounter.clinician": "the clinician's",
    "encounter.location": "the location's",
    "billing": "the practice's",
    "coverage.payer": "the payer's",
    "coverage.subscriber": "the subscriber's",
    "coverage": "the coverage's",
    "other_coverages.payer": "another plan's payer's",
    "other_coverages": "another plan's",
    "authorizations": "the authorization's",
    "diagnoses": "the claim's",
    "lines": "the claim line's",
    "encounter.justification": "the medical justification's",
    "encounter.procedure": "the procedure's",
    "encounter.findings": "a finding's",
    "encounter.interventions": "a treatment's",
    "encounter.images": "an image's",
    "encounter.interpretation": "the interpretation's",
    "encounter.plan": "the plan of care's",
    "encounter.signature": "the signature's",
    "encounter.addenda": "an addendum's",
    "encounter.denied": "a denied amendment's",
    "encounter": "the visit's",
    "denial.sent": "an earlier sending's",
    "denial": "the denial's",
    "earlier": "an earlier appeal's",
    "letter": "the letter's",
}
_WHOLE: Mapping[str, str] = {
    "kind": "the kind of the claim",
    "sequence": "the place of the plan",
    "level": "the level of the appeal",
    "program": "the plan's program",
    "network": "whether the practice takes part in the plan",
    "diagnoses": "the claim's diagnoses",
    "lines": "the claim's lines",
    "authorizations": "the number of the authorization",
    "authorizations.G1": "the number of the authorization",
    "authorizations.G3": "the number of the predetermination",
    "other_coverages": "the patient's other plans",
    "primary": "the first plan's answer",
    "resent": "what the payer holds of the claim",
    "earlier": "the appeals before",
    "denial.sent": "what was sent before",
}
"""Places that are told as a whole."""
_TOLD_WHOLE = ("primary.", "resent.")
_FIELDS: Mapping[str, str] = {
    "member_id": "member ID",
    "payer_id": "payer ID",
    "npi": "NPI",
    "tax_id": "tax ID",
    "zip": "ZIP code",
    "fee_cents": "fee",
    "licence": "license",
    "licence_state": "license state",
    "carc": "reason code",
    "rarcs": "remark codes",
}
"""Fields whose words are not their key with spaces; amounts in cents are told without the unit."""


def texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of plain data with its path; positions in lists are left out."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts_of(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_of(inner, path)


def place_name(path: str) -> str:
    """`the patient's first name` for `encounter.patient.first_name`; no value of it."""
    if whole := _WHOLE.get(path) or _WHOLE.get(path.partition(".")[0] if path.startswith(_TOLD_WHOLE) else ""):
        return whole
    for owner, words in _OWNERS.items():
        if path == owner or path.startswith(f"{owner}."):
            field = path[len(owner) :].strip(".").split(".")
            key = field[0] if "address" in field else field[-1]
            name = _FIELDS.get(key) or key.removesuffix("_cents").replace("_", " ")
            return f"{words} {name or 'text'}"
    return "the record"


def where_is(character: str, facts: Mapping[str, Any]) -> str:
    """The place of the record that holds a character."""
    return next((place_name(path) for path, text in texts_of(facts) if character in text), "the record")
