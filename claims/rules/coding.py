"""COD-10x, COD-116 and COD-117: which procedure codes may stand on the claim, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from claims.codes import cdt, procedures
from claims.facts import ClaimFacts
from claims.rules.citations import CARC, CODES
from claims.rules.examples import (
    READY,
    SIGNED,
    with_claim,
    with_encounter,
    with_line,
    with_second_line,
)
from documentation.facts import EncounterFacts
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.prose.names import the_duct, the_gland
from documentation.rules.citations import D0371, MEMORY, at
from documentation.rules.examples import CUT_SHORT
from documentation.rules.predicates import and_joined, cut_short, duct_was_entered, endoscopic_images, said


def bills_the_endoscopy(c: ClaimFacts) -> bool:
    return c.kind == "medical" or cdt.SIALOENDOSCOPY in c.codes


def why_not_the_endoscopy(c: ClaimFacts) -> str:
    """What to code instead, where no duct was entered: in one sentence for the person at the claim."""
    glands = [g for g in c.encounter.procedure.glands if not g.was_entered]
    if not glands or any(g.was_entered for g in c.encounter.procedure.glands):
        return ""
    ducts = and_joined(the_duct(g.duct, g.side) if g.duct else the_gland(g.gland, g.side) for g in glands)
    told = f"{ducts[0].upper()}{ducts[1:]} could not be entered"
    if c.kind == "medical":
        return f"{told}: bill the attempt as this plan wants it, never as an endoscopy that was done."
    return f"{told}, so this is no {cdt.SIALOENDOSCOPY}: bill the attempt by report with {cdt.BY_REPORT} instead."


def is_a_whole_service(e: EncounterFacts) -> bool:
    """Entered, imaged and interpreted: what D0371 stands for."""
    return duct_was_entered(e) and bool(endoscopic_images(e)) and said(e.interpretation.text)


def is_billed_below_its_worth(c: ClaimFacts) -> bool:
    """Whether an examination with images and reading goes out by report, though D0371 is for it."""
    return cdt.BY_REPORT in c.codes and not bills_the_endoscopy(c) and is_a_whole_service(c.encounter)


def shows_standard_imaging_alone(c: ClaimFacts) -> bool:
    return bool(c.encounter.images) and not endoscopic_images(c.encounter)


def out_of_force(c: ClaimFacts) -> tuple[str, ...]:
    return procedures.out_of_force(c.codes, c.service_date, c.listed)


def why_out_of_force(c: ClaimFacts) -> str:
    """The code with its days, beside the day of service."""
    code = out_of_force(c)[0]
    span = procedures.in_force(code, c.listed)
    day = long_date(c.service_date) if c.service_date else "the day of service"
    return f"{code} is valid {span}; the service was on {day}." if span else f"{code} was not valid on {day}."


def not_known(c: ClaimFacts) -> list[str]:
    return [code for code in dict.fromkeys(c.codes) if not procedures.is_known(code, c.listed)]


def second_gland_is_explained(c: ClaimFacts) -> bool:
    """Whether more than one unit is for a second gland, and the line says why."""
    more = [line for line in c.lines if line.code == c.procedure_code]
    return len(c.encounter.procedure.glands) > 1 and any(said(line.second_gland_reason) for line in more)


def units(c: ClaimFacts) -> int:
    """Units of the sialoendoscopy on all lines."""
    return sum(line.quantity for line in c.lines if line.code == c.procedure_code)


TWO_GLANDS = replace(SIGNED.procedure, glands=(*SIGNED.procedure.glands, replace(SIGNED.procedure.glands[0], side="R")))

RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COD-101",
        title="The sialoendoscopy stands on the claim",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="The claim does not contain D0371.",
        fix="Add the line D0371; use D0999 by report when no duct was entered.",
        citation=D0371,
        prevents=Cause.CODING,
        passes=lambda c: bool(c.lines) and (bills_the_endoscopy(c) or cdt.BY_REPORT in c.codes),
        good=READY,
        bad=with_line(code="D0330"),
    ),
    Rule(
        id="COD-102",
        title="An endoscope was in the duct",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="No endoscope was in a duct, so there is no sialoendoscopy to bill.",
        fix="Bill the attempt by report (D0999), or the imaging by its own code.",
        citation=D0371,
        prevents=Cause.CODING,
        passes=lambda c: not bills_the_endoscopy(c) or duct_was_entered(c.encounter),
        good=READY,
        bad=with_encounter(sialoendoscopy_performed=False),
        tell=why_not_the_endoscopy,
    ),
    Rule(
        id="COD-103",
        title="D0371 is not used for standard imaging",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="The record holds standard imaging only. D0371 is never for that.",
        fix="Bill the imaging by its own code, or mark the endoscopic images as such.",
        citation=D0371,
        prevents=Cause.CODING,
        passes=lambda c: not bills_the_endoscopy(c) or not shows_standard_imaging_alone(c),
        good=READY,
        bad=with_encounter(images=tuple(replace(i, kind="radiograph") for i in SIGNED.images)),
    ),
    Rule(
        id="COD-104",
        title="Procedure codes were in force",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="A procedure code was not in force on the date of service.",
        fix="Choose the code of that year.",
        citation=at(CARC, "181"),
        prevents=Cause.CODING,
        passes=lambda c: not out_of_force(c),
        good=READY,
        bad=with_encounter(service_date=date(2012, 11, 5)),
        tell=why_out_of_force,
    ),
    Rule(
        id="COD-105",
        title="Codes fit the line of business",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="Dental claims carry CDT codes, medical claims CPT or HCPCS codes.",
        fix="Replace the code, or move the service to the other plan.",
        citation=CODES,
        prevents=Cause.CODING,
        passes=lambda c: all((code[:1] == "D") == (c.kind == "dental") for code in c.codes),
        good=READY,
        bad=with_second_line("42660"),
    ),
    Rule(
        id="COD-106",
        title="An examination in the duct is billed as D0371",
        severity=Severity.WARNING,
        field="lines.code",
        message="The duct was entered, imaged and interpreted. D0371 is the code for that, complete or not.",
        fix="Replace D0999 by D0371; the narrative states what could not be judged.",
        citation=D0371,
        prevents=Cause.CODING,
        passes=lambda c: not is_billed_below_its_worth(c),
        good=READY,
        bad=with_line(code="D0999"),
    ),
    Rule(
        id="COD-107",
        title="An examination that was not complete states its limits",
        severity=Severity.ADVICE,
        field="lines.code",
        message="The examination was not complete. D0371 stands for what was examined, with its limits stated.",
        fix="Keep D0371. Read the narrative: it says how far the endoscope came, why it ended and what is open.",
        citation=D0371,
        prevents=Cause.CODING,
        passes=lambda c: not (bills_the_endoscopy(c) and cut_short(c.encounter)),
        good=READY,
        bad=with_claim(encounter=CUT_SHORT),
    ),
    Rule(
        id="COD-108",
        title="Procedure codes are in a list at hand",
        severity=Severity.ADVICE,
        field="lines.code",
        message="A code is in no list at hand, so nothing is known of its days.",
        fix="Look it up in the list of that year; the practice's licensed list can be loaded on the page of codes.",
        citation=CODES,
        prevents=Cause.CODING,
        passes=lambda c: not not_known(c),
        good=READY,
        bad=with_second_line("D9974"),
        tell=lambda c: f"{and_joined(not_known(c))}: in no list at hand, so nothing is known of its days.",
    ),
    Rule(
        id="COD-116",
        title="Not more units than glands",
        severity=Severity.BLOCKER,
        field="lines.quantity",
        message="There are more units of the sialoendoscopy than glands examined.",
        fix="Bill one unit.",
        citation=CODES,
        prevents=Cause.CODING,
        passes=lambda c: units(c) <= max(1, len(c.encounter.procedure.glands)),
        good=READY,
        bad=with_line(quantity=2),
    ),
    Rule(
        id="COD-117",
        title="One unit a day",
        severity=Severity.WARNING,
        field="lines.second_gland_reason",
        message="D0371 has no unit per gland. Most payers take one a day.",
        fix="Bill one unit and name both sides, or say at the line why the second gland was examined.",
        citation=at(MEMORY, "one unit per date of service (from memory, to be verified)"),
        prevents=Cause.CODING,
        passes=lambda c: units(c) <= 1 or second_gland_is_explained(c),
        good=with_claim(encounter=replace(SIGNED, procedure=TWO_GLANDS)),
        bad=replace(with_line(quantity=2), encounter=replace(SIGNED, procedure=TWO_GLANDS)),
    ),
)
