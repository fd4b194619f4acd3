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
    "encounter": "the visit's",
    "denial": "the denial's",
    "letter": "the letter's",
}


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
    """`the patient's first name` for `encounter.patient.first_name`."""
    for owner, words in _OWNERS.items():
        if path == owner or path.startswith(f"{owner}."):
            field = path[len(owner) :].strip(".").split(".")
            name = (field[0] if "address" in field else field[-1]).replace("_", " ").replace("licence", "license")
            return f"{words} {name or 'text'}"
    return "the record"


def where_is(character: str, facts: Mapping[str, Any]) -> str:
    """The place of the record that holds a character."""
    return next((place_name(path) for path, text in texts_of(facts) if character in text), "the record")
