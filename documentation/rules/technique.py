"""DOC-21x: anesthesia, endoscope and complications."""

from __future__ import annotations

from decimal import Decimal

from documentation.facts import EncounterFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import MEMORY, SPECIFICS, at
from documentation.rules.examples import COMPLETE, with_procedure, with_visit
from documentation.rules.predicates import SEDATIONS, attempt_only, said

SMALLEST_SCOPE_MM, LARGEST_SCOPE_MM = Decimal("0.50"), Decimal("2.50")


def scope_is_plausible(e: EncounterFacts) -> bool:
    diameter = e.procedure.scope_outer_diameter_mm
    return diameter is None or SMALLEST_SCOPE_MM <= diameter <= LARGEST_SCOPE_MM


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-211",
        title="Anesthesia is recorded",
        severity=Severity.BLOCKER,
        field="procedure.anesthesia",
        message="Anesthesia is not recorded.",
        fix="Choose the kind of anesthesia, or 'None'.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: said(e.procedure.anesthesia),
        good=COMPLETE,
        bad=with_procedure(anesthesia=""),
    ),
    Rule(
        id="DOC-212",
        title="The anesthetic has agent and dose",
        severity=Severity.ADVICE,
        field="procedure.anesthesia_agent",
        message="The anesthetic has no agent or no dose.",
        fix="Enter the agent and the dose in mg.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: (
            e.procedure.anesthesia in ("", "none", "nitrous")
            or (said(e.procedure.anesthesia_agent) and e.procedure.anesthesia_dose_mg is not None)
        ),
        good=COMPLETE,
        bad=with_procedure(anesthesia_dose_mg=None),
    ),
    Rule(
        id="DOC-213",
        title="Sedation has start and end",
        severity=Severity.WARNING,
        field="visit.start_time",
        message="Sedation was given, but start or end of the visit is missing.",
        fix="Enter both times.",
        citation=at(MEMORY, "sedation is paid by time (from memory, to be verified)"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: e.procedure.anesthesia not in SEDATIONS or None not in (e.start_time, e.end_time),
        good=COMPLETE,
        bad=with_visit(end_time=None, procedure=with_procedure(anesthesia="moderate_sedation").procedure),
    ),
    Rule(
        id="DOC-214",
        title="The outer diameter of the endoscope is recorded",
        severity=Severity.BLOCKER,
        field="procedure.scope_outer_diameter_mm",
        message="The outer diameter of the endoscope is not recorded.",
        fix="Enter it in millimetres.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: e.procedure.scope_outer_diameter_mm is not None or attempt_only(e),
        good=COMPLETE,
        bad=with_procedure(scope_outer_diameter_mm=None),
    ),
    Rule(
        id="DOC-215",
        title="The diameter is one of a sialoendoscope",
        severity=Severity.BLOCKER,
        field="procedure.scope_outer_diameter_mm",
        message="No sialoendoscope has this diameter.",
        fix="Enter between 0.50 and 2.50 mm.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=scope_is_plausible,
        good=COMPLETE,
        bad=with_procedure(scope_outer_diameter_mm=Decimal("11.0")),
        tell=lambda e: f"{e.procedure.scope_outer_diameter_mm} mm is no diameter of a sialoendoscope.",
    ),
    Rule(
        id="DOC-216",
        title="The endoscope can be traced",
        severity=Severity.ADVICE,
        field="procedure.scope_serial",
        message="The serial number of the endoscope is not recorded.",
        fix="Enter it: it links the visit to the reprocessing log.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: said(e.procedure.scope_serial),
        good=COMPLETE,
        bad=with_procedure(scope_serial=""),
    ),
    Rule(
        id="DOC-217",
        title="Complications are recorded",
        severity=Severity.BLOCKER,
        field="procedure.complications",
        message="Complications are not recorded.",
        fix="Tick what happened, or 'None occurred'.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: bool(e.procedure.complications),
        good=COMPLETE,
        bad=with_procedure(complications=()),
    ),
)
