"""The kinds of columns: what a rehearsal takes over of each, and what stands in the place of the rest."""

from __future__ import annotations

from collections.abc import Mapping

Columns = Mapping[str, str]
"""Of one table by column its kind."""

KINDS: Mapping[str, str] = {
    "number": "Key of the row. Patients, visits, claims and packets get other numbers than they have in the practice.",
    "link": "Points to a row, by its new number; to nothing where that table is left out.",
    "word": "One of the words of its column; anything else goes.",
    "keep": "Amounts, counts and yes or no.",
    "day": "Moved by the same whole number of weeks in the whole copy, which is drawn and kept nowhere.",
    "code": "Codes and words of the program, each looked at by itself; anything else goes.",
    "ident": "An invented number, the same for the same one everywhere.",
    "unique": "The same, longer: no two may meet.",
    "mark": "An invented mark by which rows of one record name each other.",
    "said": "A sentence that was made up, where somebody wrote something.",
    "empty": "Nothing.",
    "never": "Nothing.",
    "on": "Yes.",
    "off": "No.",
    "file": "None of the practice's files: a drawn picture, or a page that says so.",
    "counted": "What the copy works out of its own rows.",
    "first_name": "Of a made-up person.",
    "last_name": "Of a made-up person.",
    "patient_name": "As payers write it, of the same made-up person.",
    "person": "A made-up person, where somebody was named.",
    "role_name": "The role and a number.",
    "birth": "Another day; on every day of service the person is as old as the real one.",
    "street": "A made-up street.",
    "unit": "Nothing.",
    "town": "A made-up town.",
    "state": "The state, which rules ask for.",
    "zip": "A ZIP code that no place has.",
    "phone": "A number that is kept for fiction.",
    "email": "An address that leads nowhere.",
    "chart": "An invented chart number.",
    "npi": "An invented number that is valid by its check digit.",
    "tax_id": "A number that is never given.",
    "zone": "The time zone.",
    "credential": "DDS or DMD, as it is; else DDS.",
    "practice": "Says that this is a rehearsal.",
    "office": "Says that this is a rehearsal.",
    "payer_name": "An invented payer.",
    "payer_said": "Says that it is a payer.",
    "plan": "An invented plan, the same for the same one everywhere.",
    "thing": "A made-up thing.",
    "claim_number": "The new number of the claim, else an invented one.",
}


def columns(**kinds: str) -> Columns:
    """By kind the names of its columns."""
    return {column: kind for kind, names in kinds.items() for column in names.split()}
