"""A rule of the practice: what it asks, what it says, and for which payers; checked like the rules of the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from claims.conditions.condition import Group, holds_on, read
from claims.facts import ClaimFacts
from documentation.kernel.rule import Cause, Citation, Rule, Severity

FIELDS: Mapping[str, str] = {
    "lines.code": "Lines of the claim",
    "diagnoses.diagnoses": "Diagnoses of the claim",
    "coverage.plan_name": "The patient's plan",
    "eligibility.checked_on": "Eligibility check",
    "authorization.number": "Authorization",
    "estimate.given_on": "Estimate",
    "payer.playbook": "Playbook of the payer",
    "visit.service_date": "Record: the visit",
    "justification.indications": "Record: medical justification",
    "procedure.glands": "Record: the procedure",
    "findings.findings": "Record: the findings",
    "images.images": "Record: the images",
    "interpretation.text": "Record: the interpretation",
    "plan.recommendations": "Record: subsequent care",
}
"""Where the fix of a practice's rule may lead."""


def own_id(number: int) -> str:
    """`OWN-001`. Permanent: a number is given once, and a rule that is retired keeps it."""
    return f"OWN-{number:03d}"


def own_number(rule: str) -> int:
    """The number of such an id; 0 for that of a rule of the program."""
    head, _, digits = rule.partition("-")
    return int(digits) if head == "OWN" and digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


@dataclass(frozen=True)
class OwnRule:
    """One version of a practice's rule. `condition` is JSON as it was adopted; `payers` are row numbers, none: all."""

    id: str
    version: int
    title: str
    message: str
    fix: str
    field: str
    cause: Cause
    severity: Severity
    condition: Any
    payers: tuple[int, ...] = ()
    since: int = 0
    """The version that brought this condition: what was answered of it counts since then. 0: this very version."""

    def applies_to(self, payer: int) -> bool:
        return not self.payers or payer in self.payers

    def holds(self, facts: ClaimFacts) -> bool:
        """Whether the claim is to be held. Raises Unanswerable, with the reason, where that cannot be said."""
        return holds_on(self._read, facts)

    @cached_property
    def _read(self) -> Group:
        """Read once for all claims that are checked together."""
        return read(self.condition)

    def as_rule(self) -> Rule[ClaimFacts]:
        """As the kernel checks it. It has no examples: what proves it is its trial on the claims that were answered."""
        return Rule(
            id=self.id,
            title=self.title,
            severity=self.severity,
            field=self.field,
            message=self.message,
            fix=self.fix,
            citation=Citation("The practice's own rule", f"version {self.version}"),
            prevents=self.cause,
            passes=lambda facts: not self.holds(facts),
            good=ClaimFacts(),
            bad=ClaimFacts(),
            version=self.since or self.version,
        )
