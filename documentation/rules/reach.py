"""DOC-61x, DOC-62x and DOC-63x about how far the endoscope came, and what is said of places that it did not reach.

A duct that was not entered has no inside to speak of: blockers, like all that touches the gland. The rest are warnings.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from documentation.facts import EncounterFacts, FindingFacts, GlandFacts, ImageFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import AGREEMENT
from documentation.rules.examples import ATTEMPT, COMPLETE, CUT_SHORT, with_finding, with_gland
from documentation.rules.predicates import NARROWINGS, attempt_only, examined, is_endoscopic, numbered

OUTSIDE = frozenset({"papilla", "parenchyma"})
"""Segments of which something can be said though no endoscope was in the duct."""
SIGHT_MM = 5
"""So far one sees through a narrowing that the endoscope itself cannot pass."""
REACH = ("papilla", "distal", "middle", "masseteric_bend", "knee", "hilum", "second_order", "third_order")
"""Segments from the papilla inwards. A finding cannot lie deeper than the endoscope came."""


def never_entered(e: EncounterFacts, gland: str, side: str) -> bool:
    """Whether the only duct that this can mean was not entered. Where none was at all, DOC-202 says so first."""
    if not (any(g.was_entered for g in e.procedure.glands) or attempt_only(e)):
        return False
    meant = [g for g in examined(e) if (not gland or g.gland == gland) and (not side or g.side == side)]
    return bool(meant) and not any(g.was_entered for g in meant)


def findings_in_unentered_ducts(e: EncounterFacts) -> list[FindingFacts]:
    """What lies at the papilla can be seen, and what lies in the gland can be felt, from outside."""
    inside = [f for f in e.findings if f.segment not in OUTSIDE and (f.segment or f.distance_from_papilla_mm)]
    return [f for f in inside if never_entered(e, f.gland, f.side)]


def images_of_unentered_ducts(e: EncounterFacts) -> list[ImageFacts]:
    inside = [i for i in e.images if is_endoscopic(i) and i.segment not in OUTSIDE]
    return [i for i in inside if never_entered(e, i.gland, i.side)]


def depth(segment: str) -> int:
    """How far inwards a segment lies; -1 where that is not known."""
    return REACH.index(segment) if segment in REACH else -1


def beyond_reach(e: EncounterFacts) -> list[FindingFacts]:
    reached = {(g.gland, g.side): depth("knee" if g.extent == "middle" else g.extent) for g in examined(e)}
    return [f for f in e.findings if 0 <= reached.get((f.gland, f.side), -1) < depth(f.segment)]


def impassable(e: EncounterFacts, gland: GlandFacts) -> list[FindingFacts]:
    """Narrowings of a gland that the endoscope could not pass."""
    here = [f for f in e.findings if (f.gland, f.side) == (gland.gland, gland.side)]
    return [f for f in here if f.type in NARROWINGS and f.passable == "no"]


def doubtfully_complete(e: EncounterFacts) -> list[GlandFacts]:
    """Called complete, though the endoscope came no farther than the papilla or could not pass a narrowing."""
    return [g for g in examined(e) if g.complete and (g.extent in ("not_entered", "papilla") or bool(impassable(e, g)))]


def beyond_what_closed_the_way(e: EncounterFacts) -> list[FindingFacts]:
    """Findings deeper than a narrowing of the same duct that could not be passed."""
    ends: dict[tuple[str, str], Decimal] = {}
    for g in examined(e):
        depths = [f.distance_from_papilla_mm for f in impassable(e, g) if f.distance_from_papilla_mm is not None]
        if depths:
            ends[g.gland, g.side] = min(depths)
    return [
        f
        for f in e.findings
        if f.distance_from_papilla_mm is not None
        and (f.gland, f.side) in ends
        and f.distance_from_papilla_mm > ends[f.gland, f.side] + SIGHT_MM
    ]


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-610",
        title="Findings lie in ducts that were entered",
        severity=Severity.BLOCKER,
        field="findings.findings",
        message="A finding lies inside a duct that was not entered.",
        fix="Correct how far the endoscope came, or the place of the finding.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not findings_in_unentered_ducts(e),
        good=ATTEMPT,
        bad=replace(ATTEMPT, findings=COMPLETE.findings),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: f in findings_in_unentered_ducts(e))}:"
            " inside a duct that was not entered."
        ),
    ),
    Rule(
        id="DOC-615",
        title="Endoscopic images show ducts that were entered",
        severity=Severity.BLOCKER,
        field="images.images",
        message="An endoscopic image shows the inside of a duct that was not entered.",
        fix="Correct how far the endoscope came, or gland, side and segment of the image.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not images_of_unentered_ducts(e),
        good=ATTEMPT,
        bad=replace(ATTEMPT, images=COMPLETE.images),
        tell=lambda e: f"Figure {images_of_unentered_ducts(e)[0].figure} shows a duct that was not entered.",
    ),
    Rule(
        id="DOC-626",
        title="Findings lie within reach",
        severity=Severity.WARNING,
        field="procedure.glands",
        message="A finding lies deeper than the endoscope came.",
        fix="Correct the extent, or the segment of the finding.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not beyond_reach(e),
        good=COMPLETE,
        bad=with_gland(extent="distal"),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: f in beyond_reach(e))}: deeper than the endoscope came."
        ),
    ),
    Rule(
        id="DOC-634",
        title="'Complete' was the way to the end",
        severity=Severity.WARNING,
        field="procedure.glands",
        message="An examination is called complete that ended at the papilla, or could not pass a narrowing.",
        fix="Choose 'not complete' and say what ended it, or correct the extent or the finding.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not doubtfully_complete(e),
        good=COMPLETE,
        bad=with_finding(passable="no"),
    ),
    Rule(
        id="DOC-635",
        title="Only an incomplete examination has a reason for its end",
        severity=Severity.WARNING,
        field="procedure.glands",
        message="An examination is called complete, and the record says what ended it or what could not be judged.",
        fix="Choose 'not complete', or take the reason out.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: (
            not any(
                g.complete and (g.incomplete_causes or g.incomplete_reason.strip() or g.not_judged)
                for g in e.procedure.glands
            )
        ),
        good=CUT_SHORT,
        bad=with_gland(incomplete_reason="bleeding hid the view"),
    ),
    Rule(
        id="DOC-636",
        title="Nothing is seen behind what closed the way",
        severity=Severity.WARNING,
        field="findings.findings",
        message="A finding lies behind a narrowing that the endoscope could not pass.",
        fix="Correct the place of the finding, or whether the narrowing could be passed.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not beyond_what_closed_the_way(e),
        good=COMPLETE,
        bad=with_finding(passable="no"),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: f in beyond_what_closed_the_way(e))}:"
            " behind a narrowing that the endoscope could not pass."
        ),
    ),
)
