"""DOC-64x: grades and diagnosis codes that do not fit what was found. Warnings."""

from __future__ import annotations

from decimal import Decimal

from documentation.facts import EncounterFacts, GlandFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import ICD10, LSD
from documentation.rules.diagnoses import NARROWING, STONE
from documentation.rules.examples import COMPLETE, with_finding, with_gland, with_visit
from documentation.rules.predicates import NARROWINGS, STONE_FINDINGS, examined, finding_types, glands_with

LARGE_STONE_MM = 8


def grade_fits(e: EncounterFacts, grade: str, types: frozenset[str], gland: GlandFacts) -> bool:
    """Whether a grade of 0 means none of these findings in the gland, and a higher one at least one."""
    return not grade or (grade != "0") == (gland in glands_with(e, types))


def stone_grade_fits_size(e: EncounterFacts) -> bool:
    for gland in examined(e):
        here = [f for f in e.findings if (f.gland, f.side) == (gland.gland, gland.side) and f.type in STONE_FINDINGS]
        largest = max((f.size_mm for f in here if f.size_mm is not None), default=None)
        if largest is not None and gland.lsd_l in ("2a", "2b") and (largest >= LARGE_STONE_MM) != (gland.lsd_l == "2b"):
            return False
    return True


def codes_narrowing(e: EncounterFacts) -> bool:
    return not e.diagnoses or NARROWING in e.diagnoses or not NARROWINGS & finding_types(e)


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-641",
        title="A stone found is a stone coded",
        severity=Severity.WARNING,
        field="plan.diagnoses",
        message="A stone was found, but K11.5 is not among the diagnoses.",
        fix="Add K11.5, or correct the finding.",
        citation=ICD10,
        prevents=Cause.CODING,
        passes=lambda e: not e.diagnoses or STONE in e.diagnoses or not STONE_FINDINGS & finding_types(e),
        good=COMPLETE,
        bad=with_finding(type="stone"),
    ),
    Rule(
        id="DOC-642",
        title="A stone coded is a stone found",
        severity=Severity.WARNING,
        field="plan.diagnoses",
        message="K11.5 says stone, but none is among the findings.",
        fix="Correct the code, or add the stone to the findings.",
        citation=ICD10,
        prevents=Cause.CODING,
        passes=lambda e: not e.findings or STONE not in e.diagnoses or bool(STONE_FINDINGS & finding_types(e)),
        good=COMPLETE,
        bad=with_visit(diagnoses=("K11.5",)),
    ),
    Rule(
        id="DOC-643",
        title="A narrowing found is a narrowing coded",
        severity=Severity.WARNING,
        field="plan.diagnoses",
        message="A narrowing was found, but K11.8 is not among the diagnoses.",
        fix="Add K11.8, which includes stenosis and stricture, or correct the finding.",
        citation=ICD10,
        prevents=Cause.CODING,
        passes=codes_narrowing,
        good=COMPLETE,
        bad=with_visit(diagnoses=("K11.7",)),
    ),
    Rule(
        id="DOC-644",
        title="The L grade agrees with the findings",
        severity=Severity.WARNING,
        field="procedure.glands",
        message="The L grade and the findings disagree about a stone.",
        fix="L0 means no stone; choose L1 to L3b for a stone that was found.",
        citation=LSD,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not e.findings or all(grade_fits(e, g.lsd_l, STONE_FINDINGS, g) for g in examined(e)),
        good=COMPLETE,
        bad=with_gland(lsd_l="1"),
    ),
    Rule(
        id="DOC-645",
        title="The S grade agrees with the findings",
        severity=Severity.WARNING,
        field="procedure.glands",
        message="The S grade and the findings disagree about a stenosis.",
        fix="S0 means no stenosis; choose S1 to S4 for one that was found.",
        citation=LSD,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not e.findings or all(grade_fits(e, g.lsd_s, NARROWINGS, g) for g in examined(e)),
        good=COMPLETE,
        bad=with_gland(lsd_s="0"),
    ),
    Rule(
        id="DOC-646",
        title="The L grade agrees with the size of the stone",
        severity=Severity.WARNING,
        field="procedure.glands",
        message="The L grade and the size of the stone disagree.",
        fix="L2a is below 8 mm, L2b is 8 mm or more.",
        citation=LSD,
        prevents=Cause.DOCUMENTATION,
        passes=stone_grade_fits_size,
        good=COMPLETE,
        bad=with_visit(
            findings=with_finding(type="stone", size_mm=Decimal(9)).findings,
            procedure=with_gland(lsd_l="2a").procedure,
        ),
    ),
)
