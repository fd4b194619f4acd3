"""What a D0371 claim must satisfy before it leaves. The catalogue is data: read it to know, change it to decide.

A family a file. Ids are permanent: a rule that is given up leaves its id in `RETIRED`, never to be used again.
A payer's policy may raise or lower the severity of a rule by its id, nothing else.
"""

from __future__ import annotations

from claims.facts import ClaimFacts
from claims.rules import (
    attachments,
    authorization,
    billing,
    bundled,
    coding,
    coordination,
    coverage,
    diagnoses,
    duplicates,
    eligibility,
    evidence,
    filing,
    laterality,
    medical,
    membership,
    practice,
    responsibility,
)
from documentation.kernel.rule import Rule, catalogue_of

RETIRED: frozenset[str] = frozenset()

CATALOGUE: tuple[Rule[ClaimFacts], ...] = catalogue_of(
    coverage.RULES,
    eligibility.RULES,
    membership.RULES,
    coding.RULES,
    bundled.RULES,
    evidence.RULES,
    diagnoses.RULES,
    medical.RULES,
    laterality.RULES,
    authorization.RULES,
    attachments.RULES,
    coordination.RULES,
    filing.RULES,
    duplicates.RULES,
    billing.RULES,
    responsibility.RULES,
    practice.RULES,
    retired=RETIRED,
)
