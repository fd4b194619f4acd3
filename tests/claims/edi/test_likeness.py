"""Whose answer it is: a number alone does not make two people one, and a code that every claim has says nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from claims.edi.likeness import Traits, contradicts

OURS = Traits("W1", "Doe", "Alex", date(2026, 11, 5), 85000, frozenset({"D0371"}))
OTHER_DAY = date(2025, 1, 2)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, False),
        ({"member_id": "W9", "last_name": "Smith", "service_date": OTHER_DAY, "charge_cents": 30000}, True),
        ({"member_id": "W9", "last_name": "Smith"}, True),
        ({"member_id": "W9"}, False),
        ({"member_id": "W9", "service_date": OTHER_DAY}, True),
        ({"member_id": "W9", "service_date": None}, False),
        ({"last_name": "Smith", "service_date": OTHER_DAY, "charge_cents": 1}, False),
        ({"member_id": "", "last_name": "Smith"}, True),
        ({"member_id": "", "last_name": "", "first_name": ""}, False),
        ({"member_id": "", "last_name": "", "first_name": "", "service_date": OTHER_DAY}, False),
        ({"member_id": "", "last_name": "", "service_date": OTHER_DAY, "charge_cents": 1}, True),
        ({"member_id": "", "last_name": "", "service_date": None, "charge_cents": 1}, False),
    ],
    ids=(
        "same|nothing-but-the-code|day-and-charge-of-another|name-and-day|name-alone|name-without-day|member|"
        "other-name|nobody|nobody-but-the-charge|nobody-nothing|nothing-said"
    ).split("|"),
)
def test_an_answer_contradicts_a_claim_of_somebody_else(known: dict[str, Any], expected: bool) -> None:
    assert contradicts(replace(OURS, **known), OURS) is expected
