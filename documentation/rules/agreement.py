"""DOC-62x and DOC-63x: statements that do not go together, other than gland, side and date. Warnings.

Whether grades and codes fit what was found is in grading.py.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from documentation.facts import EncounterFacts, FindingFacts, InterventionFacts
from documentation.kernel.figures import figures_named
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.kernel.vocabulary import NONE, SIDE
from documentation.rules.citations import AGREEMENT
from documentation.rules.examples import (
    COMPLETE,
    with_finding,
    with_image,
    with_justification,
    with_plan,
    with_procedure,
    with_visit,
)
from documentation.rules.predicates import (
    ACCESS_STEPS,
    STONE_FINDINGS,
    STONE_REMOVALS,
    abnormal,
    and_joined,
    denies_stones,
    examined,
    finding_types,
    glands_named,
    intervention_types,
    numbered,
    sides_named,
)


def stands_alone(tokens: tuple[str, ...]) -> bool:
    """Whether 'none' is not said beside something else."""
    return NONE not in tokens or set(tokens) == {NONE}


def normal_beside_abnormal(e: EncounterFacts) -> list[FindingFacts]:
    """'Normal' of a place in which something else was found."""
    found = {(f.gland, f.side, s) for f in abnormal(e) for s in (f.segment, "")}
    return [f for f in e.findings if f.is_normal and (f.gland, f.side, f.segment) in found]


def untied(e: EncounterFacts) -> list[InterventionFacts]:
    """Treatments without a finding that they treated."""
    known = {f.key for f in abnormal(e)}
    return [i for i in e.interventions if i.type not in ACCESS_STEPS and i.finding not in known]


def missing_figures(e: EncounterFacts) -> list[str]:
    known = {i.figure for i in e.images}
    return [str(n) for n in sorted(figures_named(e.interpretation.text)) if n not in known]


def dangling_keys(e: EncounterFacts) -> bool:
    known = {f.key for f in e.findings}
    used = {i.finding for i in e.images} | {i.finding for i in e.interventions} | set(e.interpretation.findings)
    return bool(used - known - {""})


def stone_denials(e: EncounterFacts) -> list[str]:
    """Where the words deny a stone although one was found: the fields, as they are called."""
    if not STONE_FINDINGS & finding_types(e):
        return []
    stones = {f.key for f in e.findings if f.type in STONE_FINDINGS}
    texts = {"interpretation": e.interpretation.text, "clinical relevance": e.interpretation.clinical_relevance}
    texts |= {f"reading of figure {i.figure}": f"{i.caption}. {i.reading}" for i in e.images if i.finding in stones}
    return [name for name, text in texts.items() if denies_stones(text)]


def plan_is_on_the_other_side(e: EncounterFacts) -> bool:
    """Whether the plan names the examined gland, but only on the other side. Of other glands it may say anything."""
    text = "\n".join((e.plan.statement, *e.plan.recommendations))
    sides = {g.side for g in examined(e)}
    if any(SIDE.label(side).lower() in text.lower() for side in sides):
        return False
    return bool(sides_named(text) - sides) and bool(glands_named(text) & {g.gland for g in examined(e)})


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-621",
        title="'None' stands alone in the justification",
        severity=Severity.WARNING,
        field="justification.history",
        message="The justification says 'none' beside something else.",
        fix="Remove 'none' from history, prior care or prior imaging, or what stands beside it.",
        citation=AGREEMENT,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: (
            stands_alone(e.justification.history)
            and stands_alone(tuple(c.type for c in e.justification.prior_care))
            and stands_alone(tuple(s.modality for s in e.justification.prior_imaging))
        ),
        good=COMPLETE,
        bad=with_justification(history=("none", "radioiodine")),
    ),
    Rule(
        id="DOC-622",
        title="'None' stands alone among the complications",
        severity=Severity.WARNING,
        field="procedure.complications",
        message="Complications say 'none' beside something else.",
        fix="Remove 'None occurred', or the complication.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: stands_alone(e.procedure.complications),
        good=COMPLETE,
        bad=with_procedure(complications=("none", "bleeding")),
    ),
    Rule(
        id="DOC-623",
        title="'None' stands alone among the treatments",
        severity=Severity.WARNING,
        field="findings.interventions",
        message="Treatments say 'diagnostic only' beside a treatment.",
        fix="Remove 'None, diagnostic only', or the treatment.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: stands_alone(tuple(i.type for i in e.interventions)),
        good=COMPLETE,
        bad=with_visit(interventions=(InterventionFacts("none"), *COMPLETE.interventions)),
    ),
    Rule(
        id="DOC-624",
        title="A perforation seen is a complication recorded",
        severity=Severity.WARNING,
        field="procedure.complications",
        message="A perforation was seen, but it is not among the complications.",
        fix="Tick the perforation among the complications.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: "perforation" not in finding_types(e) or "perforation" in e.procedure.complications,
        good=COMPLETE,
        bad=with_finding(type="perforation"),
    ),
    Rule(
        id="DOC-625",
        title="'Normal' is said of normal places only",
        severity=Severity.WARNING,
        field="findings.findings",
        message="A place is called normal in which something else was found.",
        fix="Say of which segment 'normal' is meant, or remove it.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not normal_beside_abnormal(e),
        good=COMPLETE,
        bad=with_finding(segment="hilum"),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: f in normal_beside_abnormal(e))} calls a place normal"
            " in which something else was found."
        ),
    ),
    Rule(
        id="DOC-627",
        title="Each treatment belongs to a finding",
        severity=Severity.WARNING,
        field="findings.interventions",
        message="A treatment belongs to no abnormal finding.",
        fix="Choose the finding that was treated, or add it.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not untied(e),
        good=COMPLETE,
        bad=with_visit(interventions=(InterventionFacts("hydrostatic_dilation", "f2"),)),
        tell=lambda e: (
            f"{numbered('Treatment', e.interventions, lambda i: i in untied(e))}: no abnormal finding that it treated."
        ),
    ),
    Rule(
        id="DOC-628",
        title="A stone removed was a stone found",
        severity=Severity.WARNING,
        field="findings.interventions",
        message="A stone was treated, but none was found.",
        fix="Add the stone or foreign body to the findings, or correct the treatment.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: (
            not STONE_REMOVALS & intervention_types(e)
            or bool({"stone", "foreign_body", "mucus_plug"} & finding_types(e))
        ),
        good=COMPLETE,
        bad=with_visit(interventions=(InterventionFacts("basket_retrieval", "f1"),)),
    ),
    Rule(
        id="DOC-629",
        title="Links lead to findings",
        severity=Severity.WARNING,
        field="findings.findings",
        message="An image, a treatment or the interpretation refers to a finding that is not there.",
        fix="Choose another finding, or add the missing one.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not dangling_keys(e),
        good=COMPLETE,
        bad=with_image(finding="f9"),
    ),
    Rule(
        id="DOC-631",
        title="The words do not deny a stone that was found",
        severity=Severity.WARNING,
        field="interpretation.text",
        message="The words say that there was no stone, but a stone is among the findings.",
        fix="Correct the words or the findings.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not stone_denials(e),
        good=COMPLETE,
        bad=with_finding(type="stone", size_mm=Decimal(4)),
        tell=lambda e: f"The {stone_denials(e)[0]} says that there was no stone, but a stone is among the findings.",
    ),
    Rule(
        id="DOC-632",
        title="The figures in the interpretation exist",
        severity=Severity.WARNING,
        field="interpretation.text",
        message="The interpretation refers to a figure that is not there.",
        fix="Correct the number, or add the image.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not missing_figures(e),
        good=COMPLETE,
        bad=with_visit(images=COMPLETE.images[:3]),
        tell=lambda e: f"The interpretation refers to figure {and_joined(missing_figures(e))}, which is not there.",
    ),
    Rule(
        id="DOC-633",
        title="The visit ends after it began",
        severity=Severity.WARNING,
        field="visit.end_time",
        message="The visit ends before it began.",
        fix="Correct start or end.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: e.start_time is None or e.end_time is None or e.start_time < e.end_time,
        good=COMPLETE,
        bad=with_visit(end_time=time(8, 0)),
    ),
    Rule(
        id="DOC-637",
        title="The plan speaks of the examined side",
        severity=Severity.WARNING,
        field="plan.statement",
        message="The plan speaks of the other side of the gland that was examined.",
        fix="Correct the side, or name the examined side, too, if both are meant.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not plan_is_on_the_other_side(e),
        good=COMPLETE,
        bad=with_plan(statement="Repeat dilation of the right Wharton's duct if swelling returns."),
    ),
)
