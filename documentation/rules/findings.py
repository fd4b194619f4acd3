"""DOC-22x and DOC-23x: what was seen in the duct and what was done about it."""

from __future__ import annotations

from decimal import Decimal

from documentation.facts import EncounterFacts, FindingFacts, GlandFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import ANATOMY, LSD, SPECIFICS
from documentation.rules.examples import COMPLETE, with_finding, with_gland, with_visit
from documentation.rules.predicates import (
    NARROWINGS,
    STONE_FINDINGS,
    attempt_only,
    glands_with,
    numbered,
    place_of,
    said,
)

LONGEST_DUCT_MM = Decimal(90)


def names_place(f: FindingFacts) -> bool:
    return said(f.gland, f.side)


def has_position(f: FindingFacts) -> bool:
    """'Normal' without a place means the whole duct."""
    return f.is_normal or said(f.segment) or f.distance_from_papilla_mm is not None


def distance_is_plausible(f: FindingFacts) -> bool:
    return f.distance_from_papilla_mm is None or 0 <= f.distance_from_papilla_mm <= LONGEST_DUCT_MM


def stone_is_measured(f: FindingFacts) -> bool:
    return f.type not in STONE_FINDINGS or f.size_mm is not None


def narrowing_is_graded(f: FindingFacts) -> bool:
    return f.type not in NARROWINGS or said(f.passable) or f.lumen_percent is not None


def ungraded(e: EncounterFacts) -> tuple[GlandFacts, ...]:
    """Glands with a stone or a narrowing, but without the grade that tells how bad it is."""
    return tuple(g for g in glands_with(e, STONE_FINDINGS | NARROWINGS) if not g.lsd)


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-221",
        title="At least one finding is recorded",
        severity=Severity.BLOCKER,
        field="findings.findings",
        message="No finding is recorded.",
        fix="Add what was seen; 'Normal' is a finding, too.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: bool(e.findings) or attempt_only(e),
        good=COMPLETE,
        bad=with_visit(findings=()),
    ),
    Rule(
        id="DOC-222",
        title="Each finding names gland and side",
        severity=Severity.BLOCKER,
        field="findings.findings",
        message="A finding does not name gland and side.",
        fix="Choose the gland and the side of the finding.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: all(names_place(f) for f in e.findings),
        good=COMPLETE,
        bad=with_finding(side=""),
        tell=lambda e: f"{numbered('Finding', e.findings, lambda f: not names_place(f))}: no gland or no side.",
    ),
    Rule(
        id="DOC-223",
        title="Each abnormal finding has its place in the duct",
        severity=Severity.WARNING,
        field="findings.findings",
        message="A finding has no place in the duct.",
        fix="Choose the segment, or enter the distance from the papilla in millimetres.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: all(has_position(f) for f in e.findings),
        good=COMPLETE,
        bad=with_finding(segment="", distance_from_papilla_mm=None),
        tell=lambda e: f"{numbered('Finding', e.findings, lambda f: not has_position(f))}: no place in the duct.",
    ),
    Rule(
        id="DOC-224",
        title="Distances lie within a duct",
        severity=Severity.WARNING,
        field="findings.findings",
        message="A finding lies farther from the papilla than any duct is long.",
        fix="Enter a distance from 0 to 90 mm.",
        citation=ANATOMY,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: all(distance_is_plausible(f) for f in e.findings),
        good=COMPLETE,
        bad=with_finding(distance_from_papilla_mm=Decimal(120)),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: not distance_is_plausible(f))}:"
            " the distance is not from 0 to 90 mm."
        ),
    ),
    Rule(
        id="DOC-225",
        title="Each stone is measured",
        severity=Severity.WARNING,
        field="findings.findings",
        message="A stone has no size.",
        fix="Enter its longest diameter in millimetres.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: all(stone_is_measured(f) for f in e.findings),
        good=with_finding(type="stone", size_mm=Decimal(4)),
        bad=with_finding(type="stone"),
        tell=lambda e: f"{numbered('Finding', e.findings, lambda f: not stone_is_measured(f))}: a stone without size.",
    ),
    Rule(
        id="DOC-226",
        title="Each narrowing is graded",
        severity=Severity.WARNING,
        field="findings.findings",
        message="A narrowing does not say how tight it is.",
        fix="Choose whether the endoscope passed, or enter the share of the lumen that is closed.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: all(narrowing_is_graded(f) for f in e.findings),
        good=COMPLETE,
        bad=with_finding(passable=""),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: not narrowing_is_graded(f))}: how tight is the narrowing?"
        ),
    ),
    Rule(
        id="DOC-227",
        title="Stone and stenosis have their LSD grade",
        severity=Severity.WARNING,
        field="procedure.glands",
        message="A gland with a stone or a stenosis has no LSD grade.",
        fix="Choose L, S and D.",
        citation=LSD,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not ungraded(e),
        good=COMPLETE,
        bad=with_gland(lsd_s=""),
        tell=lambda e: f"No LSD grade for the {place_of(ungraded(e)[0].gland, ungraded(e)[0].side)}.",
    ),
    Rule(
        id="DOC-231",
        title="Treatments are recorded",
        severity=Severity.BLOCKER,
        field="findings.interventions",
        message="Treatments are not recorded.",
        fix="Add what was done, or choose 'None, diagnostic only'.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: bool(e.interventions) or attempt_only(e),
        good=COMPLETE,
        bad=with_visit(interventions=()),
    ),
)
