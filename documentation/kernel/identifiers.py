"""Shapes of identifiers. Each `*_problem` gives a sentence, or an empty text when the value is sound."""

from __future__ import annotations

import re


def luhn_is_sound(digits: str) -> bool:
    """Whether the last digit is the check digit of the ones before it (modulus 10, double-add-double)."""
    total = 0
    for place, c in enumerate(reversed(digits)):
        n = int(c) * (2 if place % 2 else 1)
        total += n - 9 if n > 9 else n
    return total % 10 == 0


def npi_problem(value: str) -> str:
    """National Provider Identifier: ten digits, the first 1 or 2, Luhn over 80840 + NPI (45 CFR 162.406)."""
    if not re.fullmatch(r"[0-9]{10}", value):
        return "An NPI has exactly ten digits."
    if value[0] not in "12":
        return "An NPI begins with 1 or 2."
    if not luhn_is_sound("80840" + value):
        return "This is not a valid NPI: its check digit does not fit. Look for a mistyped or swapped digit."
    return ""


def tax_id_problem(value: str) -> str:
    """Federal tax number: nine digits, not all the same zero."""
    if not re.fullmatch(r"[0-9]{9}", value) or value == "000000000":
        return "A tax ID has nine digits, without the hyphen."
    return ""


def zip_problem(value: str) -> str:
    if not re.fullmatch(r"[0-9]{5}([0-9]{4})?", value):
        return "A ZIP code has five or nine digits, without the hyphen."
    return ""


def member_id_problem(value: str) -> str:
    """The number on a plan's card: letters, digits, and single marks between them; zeros at the front belong to it."""
    if not re.fullmatch(r"[A-Za-z0-9]+([ ./-][A-Za-z0-9]+)*", value):
        return "A member ID has letters and digits, with single hyphens between them. Copy it from the card."
    return ""


def payer_id_problem(value: str) -> str:
    """The electronic number of a payer, as the clearinghouse lists it."""
    if not re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", value):
        return "A payer ID has letters and digits only, such as 99991. Look at the card or the clearinghouse's list."
    return ""


def phone(digits: str) -> str:
    """How a number of ten digits is written: (206) 555-0100. Anything else stays as it is."""
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 and digits.isdigit() else digits


def phone_problem(value: str) -> str:
    if not re.fullmatch(r"[2-9][0-9]{2}[2-9][0-9]{6}", value):
        return "A phone number has ten digits, area code first, such as 2065550142."
    return ""


def taxonomy_problem(value: str) -> str:
    if not re.fullmatch(r"[0-9]{3}[A-Z0-9]{6}X", value):
        return "A taxonomy code has ten characters and ends with X, such as 1223S0112X."
    return ""


def state_problem(value: str) -> str:
    if value not in STATES:
        return "Give the state by its two letters, such as WA."
    return ""


def icd10_problem(value: str) -> str:
    """The shape of an ICD-10-CM code with its dot; whether it exists is a matter of the tables."""
    if not re.fullmatch(r"[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?", value):
        return "A diagnosis code looks like K11.8: a letter, two characters, a dot, and up to four more."
    return ""


def cdt_problem(value: str) -> str:
    if not re.fullmatch(r"D[0-9]{4}", value):
        return "A CDT code is the letter D and four digits, such as D0371."
    return ""


STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR"
    " PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI AA AE AP".split()
)
