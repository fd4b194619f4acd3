"""DOC-65x: prompts of phrases that nobody filled. A note with a `[size]` in it was not finished: blockers."""

from __future__ import annotations

import re
from dataclasses import replace

from documentation.facts import EncounterFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import STANDARD
from documentation.rules.examples import COMPLETE

_PROMPT = re.compile(r"\[(?!sic\])[^\[\]\n]{0,80}\]")

FIELDS: tuple[tuple[str, str, str, Cause], ...] = (
    ("DOC-651", "justification.statement", "The complaint", Cause.MEDICAL_NECESSITY),
    ("DOC-652", "justification.change_of_care", "How the result changes care", Cause.MEDICAL_NECESSITY),
    ("DOC-653", "justification.risk_without", "The risk without the examination", Cause.MEDICAL_NECESSITY),
    ("DOC-654", "interpretation.text", "The interpretation", Cause.IMAGES),
    ("DOC-655", "interpretation.clinical_relevance", "The clinical relevance", Cause.IMAGES),
    ("DOC-656", "interpretation.comparison", "The comparison", Cause.IMAGES),
    ("DOC-657", "plan.statement", "The plan", Cause.DOCUMENTATION),
)
"""Rule, field, how the field is called, and what payers would deny for. Phrases can be put into these fields."""


def prompts_of(text: str) -> tuple[str, ...]:
    """The prompts that stand unfilled in a text, such as `[size]`."""
    return tuple(_PROMPT.findall(text))


def open_prompts(e: EncounterFacts) -> tuple[str, ...]:
    """All unfilled prompts of a record."""
    return tuple(p for _, field, _, _ in FIELDS for p in prompts_of(_text(e, field)))


def _text(e: EncounterFacts, field: str) -> str:
    section, name = field.split(".")
    return str(getattr(getattr(e, section), name))


def _with(field: str, text: str) -> EncounterFacts:
    section, name = field.split(".")
    return replace(COMPLETE, **{section: replace(getattr(COMPLETE, section), **{name: text})})


def _rule(rule: str, field: str, name: str, cause: Cause) -> Rule[EncounterFacts]:
    def tell(e: EncounterFacts) -> str:
        found = [p if len(p) <= 24 else f"{p[:22]}…]" for p in prompts_of(_text(e, field))]
        return f"{name} still has the prompt {found[0]}" + (f" and {len(found) - 1} more." if found[1:] else ".")

    return Rule(
        id=rule,
        title=f"{name}: every prompt is filled",
        severity=Severity.BLOCKER,
        field=field,
        message=f"{name} still has a prompt in square brackets.",
        fix="Put the value in its place, or take the prompt out.",
        citation=STANDARD,
        prevents=cause,
        passes=lambda e: not prompts_of(_text(e, field)),
        good=COMPLETE,
        bad=_with(field, f"{_text(COMPLETE, field)} The size was [size in mm]."),
        tell=tell,
    )


RULES: tuple[Rule[EncounterFacts], ...] = tuple(_rule(*row) for row in FIELDS)
