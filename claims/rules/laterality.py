"""COD-15x: the side of the claim is the side of the record. It is asked for only where a code or word carries one."""

from __future__ import annotations

import re

from claims.codes import icd10
from claims.facts import ClaimFacts
from claims.rules.citations import CMS_1500
from claims.rules.examples import READY, with_claim, with_line, with_medical_line
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.kernel.vocabulary import SIDE
from documentation.rules.citations import AGREEMENT, ICD10, at
from documentation.rules.predicates import and_joined

_WORDS = {"right": "R", "left": "L"}
_MODIFIERS = {"RT": "R", "LT": "L"}


def sides(c: ClaimFacts) -> set[str]:
    """The sides that the record says were examined."""
    return {g.side for g in c.encounter.procedure.glands if g.side in ("R", "L")}


def other_side(c: ClaimFacts, named: set[str]) -> set[str]:
    """Sides that are named, but were not examined; nothing where the record names none."""
    return named - sides(c) if sides(c) else set()


def in_words(text: str) -> set[str]:
    return {_WORDS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _WORDS}


def described_elsewhere(c: ClaimFacts) -> list[str]:
    """Descriptions of the endoscopy's line that name a side on which nothing was examined."""
    lines = [line for line in c.lines if line.code == c.procedure_code]
    return [line.description for line in lines if other_side(c, in_words(line.description))]


def modified_elsewhere(c: ClaimFacts) -> list[str]:
    found = [m for line in c.lines if line.code == c.procedure_code for m in line.modifiers if m in _MODIFIERS]
    return [m for m in found if other_side(c, {_MODIFIERS[m]})]


def diagnosed_elsewhere(c: ClaimFacts) -> list[str]:
    return [d for d in c.diagnoses if icd10.side(d) in ("R", "L") and other_side(c, {icd10.side(d)})]


def examined(c: ClaimFacts) -> str:
    return and_joined(SIDE.label(side).lower() for side in sorted(sides(c)))


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COD-151",
        title="The description names the side that was examined",
        severity=Severity.BLOCKER,
        field="lines.description",
        message="The description names a side on which nothing was examined.",
        fix="Correct the side in the description, or have the record corrected if it is wrong there.",
        citation=AGREEMENT,
        prevents=Cause.CODING,
        passes=lambda c: not described_elsewhere(c),
        good=with_line(description="Salivary duct endoscopy, left submandibular"),
        bad=with_line(description="Salivary duct endoscopy, right submandibular"),
        tell=lambda c: f"The line says “{described_elsewhere(c)[0]}”; the record says {examined(c)}.",
    ),
    Rule(
        id="COD-152",
        title="The modifier names the side that was examined",
        severity=Severity.BLOCKER,
        field="lines.modifiers",
        message="A modifier names a side on which nothing was examined.",
        fix="Use LT for the left and RT for the right side of the patient.",
        citation=at(CMS_1500, "box 24D (from memory, to be verified)"),
        prevents=Cause.CODING,
        passes=lambda c: not modified_elsewhere(c),
        good=with_medical_line(code="42660", modifiers=("LT",)),
        bad=with_medical_line(code="42660", modifiers=("RT",)),
        tell=lambda c: f"{modified_elsewhere(c)[0]} names another side; the record says {examined(c)}.",
    ),
    Rule(
        id="COD-153",
        title="A diagnosis with a side names the side that was examined",
        severity=Severity.WARNING,
        field="diagnoses.codes",
        message="A diagnosis carries another side than the gland that was examined.",
        fix="Choose the code of the right side, or say why it stands. No K11 code carries a side.",
        citation=at(ICD10, "April 2026; side where the code's own words name it"),
        prevents=Cause.CODING,
        passes=lambda c: not diagnosed_elsewhere(c),
        good=READY,
        bad=with_claim(diagnoses=("K11.8", "M26.601")),
        tell=lambda c: (
            f"{diagnosed_elsewhere(c)[0]} says {SIDE.label(icd10.side(diagnosed_elsewhere(c)[0])).lower()};"
            f" the glands examined are on the {examined(c)}."
        ),
    ),
)
