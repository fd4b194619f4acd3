"""Remittance files with faults of every kind: the reader says where, never raises, and calls sound what adds up."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from claims.edi.remittance_835 import CheckAdvice, Checks, read
from claims.edi.values import MAX_CENTS
from tests.claims.edi.damage import damaged

SAMPLES = Path(__file__).parent / "samples"
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "edi" / "835"
FILES = sorted([*SAMPLES.glob("*.835"), *(CORPUS.glob("*.835") if CORPUS.is_dir() else ())])
MOST_BYTES = 1_000_000
"""Of the damaged files of one; of a large one there are fewer."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_whatever_comes_of_a_file_is_told_with_its_place(path: Path) -> None:
    data, dice = path.read_bytes(), random.Random(path.name)
    for n in range(max(3, min(250, MOST_BYTES // len(data)))):
        broken = damaged(data, dice)
        advice = read(broken)
        checks = advice.checks
        for check in checks:
            is_told(check)
        assert checks or advice.findings or not advice.segment_count, n
        # One after the other they are the same, without being held all at once.
        assert [c.digest for c in Checks(broken)] == [c.digest for c in checks], n


def is_told(check: CheckAdvice) -> None:
    if not check.is_sound:
        assert any(fault.segment for fault in check.faults)
        return
    paid = sum(claim.paid_cents for claim in check.claims)
    assert paid - sum(p.cents for p in check.provider_adjustments) == check.amount_cents
    for claim in check.claims:
        taken = [a.cents for a in (*claim.adjustments, *(a for line in claim.lines for a in line.adjustments))]
        assert claim.charge_cents - sum(taken) == claim.paid_cents
        assert sum(map(abs, taken)) <= MAX_CENTS
        assert max(map(abs, (claim.charge_cents, claim.paid_cents, claim.patient_share_cents))) <= MAX_CENTS
