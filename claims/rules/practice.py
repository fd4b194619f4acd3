"""OWN-000: what the practice itself has to do before any of its claims leaves. Ids from OWN-001 are its own rules'."""

from __future__ import annotations

from claims.facts import ClaimFacts
from claims.rules.citations import OWN_PRACTICE
from claims.rules.examples import READY, with_claim
from documentation.kernel.rule import Cause, Rule, Severity

RELEASE = "OWN-000"

RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id=RELEASE,
        title="A person looked at the rules of this practice",
        severity=Severity.BLOCKER,
        field="rules.release",
        message="Nobody has looked at the rules of this practice yet, so every claim is held.",
        fix="A manager reads through the rules once and releases them on the page of rules.",
        citation=OWN_PRACTICE,
        prevents=Cause.OTHER,
        passes=lambda c: c.rules_are_released,
        good=READY,
        bad=with_claim(rules_are_released=False),
    ),
)
