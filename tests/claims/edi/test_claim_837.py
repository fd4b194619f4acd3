"""Claims as 837 files: written right, and read back as they were."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.edi import claim_837_read
from claims.edi.claim_segments import amount, composite, segment
from claims.edi.electronic import Purpose
from claims.edi.values import MAX_CENTS, cents, is_too_large
from tests.claims.edi.claims_837 import Invented, text_of
from tests.claims.edi.structure import faults

CASES = 2_000


@settings(max_examples=CASES, deadline=None, derandomize=False)
@given(st.integers(0, 2**63), st.sampled_from(["dental", "medical"]))
def test_a_claim_read_back_is_the_claim_that_was_written(seed: int, kind: str) -> None:
    claim = Invented(seed).claim(1, kind)
    text = text_of([claim], kind)
    assert faults(text) == []
    found = claim_837_read.read(text.encode())
    assert found.findings == ()
    assert [f.claim for f in found.claims] == [claim]


@pytest.mark.parametrize("kind", ["dental", "medical"])
def test_a_file_of_many_claims_counts_its_levels_and_its_sets(kind: str) -> None:
    invented = Invented(7)
    practices = [invented.billing(), invented.billing()]
    claims = [invented.claim(n, kind, practices[n // 100 % 2]) for n in range(400)]
    text = text_of(claims, kind)
    assert faults(text) == []
    assert [f.claim for f in claim_837_read.read(text.encode()).claims] == claims
    # Claims of one practice share its level while they follow each other.
    assert len(re.findall(r"(?m)^HL\*[0-9]+\*\*20\*1~$", text)) == 4


def test_more_than_five_thousand_claims_take_further_sets_with_numbers_of_their_own() -> None:
    claim = Invented(3).claim(1, "dental")
    text = text_of((replace(claim, control=f"C{n:06d}") for n in range(5_001)), "dental", first_set=41)
    assert re.findall(r"(?m)^ST\*837\*([0-9]+)\*", text) == ["0041", "0042"]
    assert re.findall(r"(?m)^BHT\*0019\*00\*([^*]+)\*", text) == ["BATCH000101", "BATCH000101-2"]
    assert faults(text) == []


def test_a_predetermination_has_no_date_of_service() -> None:
    claim = replace(
        Invented(5).claim(1, "dental"), purpose=Purpose.PREDETERMINATION, service_date=None, payer_control=""
    )
    text = text_of([claim], "dental")
    assert re.search(r"(?m)^CLM\*.*:1\*Y\*[AC]\*[YN]\*[YI]\*{10}PB~$", text)
    assert "DTP*472" not in text
    assert faults(text) == []


def test_both_kinds_do_not_go_into_one_file_and_no_claim_makes_none() -> None:
    invented = Invented(1)
    with pytest.raises(ValueError, match="do not go into one file"):
        text_of([invented.claim(1, "dental"), invented.claim(2, "medical")], "dental")
    with pytest.raises(ValueError, match="no claim"):
        text_of([], "dental")


def test_no_value_can_cut_the_file() -> None:
    for value in ("A*B", "A~B", "A^B", "A\nB"):
        with pytest.raises(ValueError, match="separator"):
            segment("NTE", "ADD", value)
    with pytest.raises(ValueError, match="separator"):
        composite("AD", "D0371:X")


@given(st.integers(-MAX_CENTS, MAX_CENTS))
def test_amounts_keep_their_cents(given_cents: int) -> None:
    assert cents(amount(given_cents)) == given_cents


@pytest.mark.parametrize("more", [MAX_CENTS + 1, -MAX_CENTS - 1, 10**13])
def test_more_than_can_be_kept_is_no_amount(more: int) -> None:
    assert (cents(amount(more)), is_too_large(amount(more))) == (None, True)


def test_the_checker_of_these_tests_sees_what_is_wrong() -> None:
    text = text_of([Invented(2).claim(1, "dental")], "dental")
    assert faults(text) == []
    for old, new in (
        ("\nSE*", "\nSE*9"), ("\nHL*2*1", "\nHL*2*2"), ("IEA*1*000000101", "IEA*1*000000102"), ("LX*1", "LX*2"),
        ("GE*1*101", "GE*2*101"), ("REF*6R*", "REF*6X*"), (":B:", ":b:"), ("\nCLM*C000001*", "\nCLM*C000001*1"),
    ):  # fmt: skip
        assert old in text
        assert faults(text.replace(old, new, 1)), (old, new)


@pytest.mark.parametrize("kind", ["dental", "medical"])
def test_a_file_cut_anywhere_or_scrambled_is_read_without_a_crash(kind: str) -> None:
    whole = text_of([Invented(11).claim(n, kind) for n in range(2)], kind)
    for end in range(0, len(whole), 7):
        claim_837_read.read(whole[:end].encode())
    rows = whole.split("\n")
    for n in range(len(rows)):
        claim_837_read.read("\n".join(rows[:n] + rows[n + 1 :]).encode())
        claim_837_read.read("\n".join([*rows[:n], rows[n].replace("*", "**"), *rows[n + 1 :]]).encode())
