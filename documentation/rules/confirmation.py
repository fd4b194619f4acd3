"""DOC-66x: values that were filled in for the clinician and that nobody confirmed. They are no record yet: blockers."""

from __future__ import annotations

from dataclasses import replace

from documentation.facts import EncounterFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import STANDARD
from documentation.rules.examples import COMPLETE

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("DOC-661", "justification", "Medical justification"),
    ("DOC-662", "procedure", "Procedure"),
    ("DOC-663", "findings", "Findings"),
    ("DOC-664", "interpretation", "Interpretation"),
    ("DOC-665", "plan", "Plan of care"),
)
"""Rule, section, and how the section is called."""


def waiting(e: EncounterFacts, section: str) -> int:
    """How many values of a section wait to be confirmed."""
    return sum(path.startswith(f"{section}.") for path in e.to_confirm)


def _rule(rule: str, section: str, name: str) -> Rule[EncounterFacts]:
    def tell(e: EncounterFacts) -> str:
        n = waiting(e, section)
        return f"{name}: {n} value{'' if n == 1 else 's'} filled in for you, not confirmed yet."

    return Rule(
        id=rule,
        title=f"{name}: what was filled in is confirmed",
        severity=Severity.BLOCKER,
        field=f"{section}.to_confirm",
        message=f"{name}: some values were filled in for you and are not confirmed yet.",
        fix="Look at each of them: confirm what is right, change what is not.",
        citation=STANDARD,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not waiting(e, section),
        good=COMPLETE,
        bad=replace(COMPLETE, to_confirm=(f"{section}.sample",)),
        tell=tell,
    )


RULES: tuple[Rule[EncounterFacts], ...] = tuple(_rule(*row) for row in SECTIONS)
