"""DOC-20x, DOC-218 and DOC-219: what was done, in which gland, on which side, how far.

Anesthesia and endoscope are in technique.py.
"""

from __future__ import annotations

from collections.abc import Callable

from documentation.facts import EncounterFacts, GlandFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.kernel.vocabulary import DUCT, DUCTS_OF_GLAND
from documentation.rules.citations import ANATOMY, BY_REPORT, D0371, SPECIFICS
from documentation.rules.examples import ATTEMPT, COMPLETE, CUT_SHORT, with_gland, with_procedure, with_visit
from documentation.rules.predicates import attempt_only, ending_is_explained, numbered, place_of, said


def each_gland(test: Callable[[GlandFacts], bool]) -> Callable[[EncounterFacts], bool]:
    """Every gland passes. Where there is none, DOC-203 says so, and says it once."""
    return lambda e: all(test(g) for g in e.procedure.glands)


def glands_failing(test: Callable[[GlandFacts], bool], what: str) -> Callable[[EncounterFacts], str]:
    """`Gland 2: no duct.`; empty, so that the plain message stands, where there is one gland or none."""
    return lambda e: (
        f"{numbered('Gland', e.procedure.glands, lambda g: not test(g))}: {what}."
        if len(e.procedure.glands) > 1
        else ""
    )


def has_gland(g: GlandFacts) -> bool:
    return said(g.gland)


def has_side(g: GlandFacts) -> bool:
    return said(g.side)


def has_duct(g: GlandFacts) -> bool:
    return said(g.duct)


def duct_fits(g: GlandFacts) -> bool:
    return not (g.gland and g.duct) or g.duct in DUCTS_OF_GLAND.get(g.gland, ())


def has_access(g: GlandFacts) -> bool:
    return said(g.access) or not g.was_entered


def has_extent(g: GlandFacts) -> bool:
    return said(g.extent)


def says_whether_complete(g: GlandFacts) -> bool:
    return g.complete is not None


def says_what_is_open(g: GlandFacts) -> bool:
    return g.complete is not False or not g.was_entered or bool(g.not_judged)


def attempt_is_told(e: EncounterFacts) -> bool:
    """Whether a duct was entered, or the record says that and why none was."""
    glands = e.procedure.glands
    return not glands or any(g.was_entered for g in glands) or attempt_only(e)


def why_not_entered(e: EncounterFacts) -> str:
    if e.sialoendoscopy_performed:
        return "The record says that an endoscope was in a duct, but no duct was entered."
    return ""


def duct_misfit(e: EncounterFacts) -> str:
    wrong = next(g for g in e.procedure.glands if not duct_fits(g))
    return f"{DUCT.label(wrong.duct)} does not belong to the {place_of(wrong.gland)}."


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-201",
        title="A sialoendoscopy was performed",
        severity=Severity.BLOCKER,
        field="procedure.sialoendoscopy_performed",
        message="The record does not say that a sialoendoscopy was performed. D0371 is only for that.",
        fix="Confirm that an endoscope was used, or cancel this visit and bill the imaging by its own code.",
        citation=D0371,
        prevents=Cause.CODING,
        passes=lambda e: e.sialoendoscopy_performed is True or attempt_only(e),
        good=COMPLETE,
        bad=with_visit(sialoendoscopy_performed=False),
        tell=lambda e: (
            "No sialoendoscopy was performed. D0371 is only for that." if e.sialoendoscopy_performed is False else ""
        ),
    ),
    Rule(
        id="DOC-202",
        title="The endoscope was in a duct",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="No duct was entered. Without an endoscope in the duct there is no D0371.",
        fix="Correct the extent. If it never came in, answer 'No' and 'not complete' and say why: that is billed by"
        " report (D0999).",
        citation=D0371,
        prevents=Cause.CODING,
        passes=attempt_is_told,
        good=ATTEMPT,
        bad=with_gland(extent="not_entered"),
        tell=why_not_entered,
    ),
    Rule(
        id="DOC-203",
        title="The gland is named",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The gland examined is not named.",
        fix="Choose the gland.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: bool(e.procedure.glands) and all(has_gland(g) for g in e.procedure.glands),
        good=COMPLETE,
        bad=with_procedure(glands=()),
        tell=glands_failing(has_gland, "not named"),
    ),
    Rule(
        id="DOC-204",
        title="The side is named",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The side examined is not named.",
        fix="Choose the patient's right or left.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(has_side),
        good=COMPLETE,
        bad=with_gland(side=""),
        tell=glands_failing(has_side, "no side"),
    ),
    Rule(
        id="DOC-205",
        title="The duct is named",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The duct examined is not named.",
        fix="Choose the duct.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(has_duct),
        good=COMPLETE,
        bad=with_gland(duct=""),
        tell=glands_failing(has_duct, "no duct"),
    ),
    Rule(
        id="DOC-206",
        title="The duct belongs to the gland",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The duct does not belong to the gland.",
        fix="Correct the gland or the duct.",
        citation=ANATOMY,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(duct_fits),
        good=COMPLETE,
        bad=with_gland(duct="stensen"),
        tell=duct_misfit,
    ),
    Rule(
        id="DOC-207",
        title="The access is recorded",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The record does not say how the duct was entered.",
        fix="Choose the access.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(has_access),
        good=COMPLETE,
        bad=with_gland(access=""),
        tell=glands_failing(has_access, "no access"),
    ),
    Rule(
        id="DOC-208",
        title="The extent is recorded",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The record does not say how far the endoscope came.",
        fix="Choose the farthest point reached.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(has_extent),
        good=COMPLETE,
        bad=with_gland(extent=""),
        tell=glands_failing(has_extent, "no extent"),
    ),
    Rule(
        id="DOC-209",
        title="The examination is marked complete or incomplete",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The record does not say whether the examination was complete.",
        fix="Choose complete or incomplete.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(says_whether_complete),
        good=COMPLETE,
        bad=with_gland(complete=None),
        tell=glands_failing(says_whether_complete, "neither complete nor incomplete"),
    ),
    Rule(
        id="DOC-210",
        title="An incomplete examination has its reason",
        severity=Severity.BLOCKER,
        field="procedure.glands",
        message="The examination was incomplete, and the record does not say why.",
        fix="Choose what ended it, or write it in your own words.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(ending_is_explained),
        good=with_gland(complete=False, incomplete_reason="the hilum was too narrow", extent="middle"),
        bad=with_gland(complete=False),
        tell=glands_failing(ending_is_explained, "incomplete without a reason"),
    ),
    Rule(
        id="DOC-218",
        title="An attempt is billed by report",
        severity=Severity.ADVICE,
        field="procedure.glands",
        message="No duct was entered, so this is no D0371.",
        fix="Bill the attempt by report (D0999); the record says what was tried and why it ended.",
        citation=BY_REPORT,
        prevents=Cause.CODING,
        passes=lambda e: not attempt_only(e),
        good=COMPLETE,
        bad=ATTEMPT,
    ),
    Rule(
        id="DOC-219",
        title="An incomplete examination says what it leaves open",
        severity=Severity.ADVICE,
        field="procedure.glands",
        message="The examination was incomplete, and the record does not say what could not be judged.",
        fix="Choose the parts that were not seen, so that nobody takes unseen for normal.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=each_gland(says_what_is_open),
        good=CUT_SHORT,
        bad=with_gland(complete=False, incomplete_reason="bleeding hid the view", extent="middle"),
        tell=glands_failing(says_what_is_open, "incomplete, and not said what could not be judged"),
    ),
)
