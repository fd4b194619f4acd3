"""COD-14x: what a medical claim needs, for no CPT code names a sialoendoscopy."""

from __future__ import annotations

import re
from dataclasses import replace

from claims.codes import bundling, cpt, crosswalk
from claims.facts import ClaimFacts, LineFacts
from claims.rules.bundled import codes_of_the_day, on_this_gland
from claims.rules.citations import CMS_1500, CROSSWALK, UNLISTED
from claims.rules.examples import MEDICAL, SIGNED, with_medical_line
from documentation.facts import EncounterFacts, InterventionFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import AETNA, at
from documentation.rules.predicates import and_joined, intervention_types, said

UNPROVEN = frozenset("laser_lithotripsy pneumatic_lithotripsy shock_wave_lithotripsy".split())
"""Treatments that a published medical policy calls experimental."""


def is_unlisted(code: str) -> bool:
    return code == crosswalk.UNLISTED


def candidates(c: ClaimFacts) -> tuple[crosswalk.Mapping, ...]:
    """The codes that gland, treatment, payer and day allow for the sialoendoscopy of this claim."""
    return crosswalk.candidates(
        (i.type for i in c.encounter.interventions),
        (g.gland for g in c.encounter.procedure.glands),
        c.coverage.payer.payer_id,
        c.service_date,
        own=c.mappings,
    )


def fits_what_was_done(c: ClaimFacts) -> bool:
    return any(m.code == c.procedure_code for m in candidates(c))


def codes_that_fit(c: ClaimFacts) -> str:
    fits = and_joined(dict.fromkeys(m.code for m in candidates(c)))
    told = f"{c.procedure_code} does not fit the gland, what was done, or this payer"
    return f"{told}; these do: {fits}." if fits else f"{told}, and no code is known that does."


def comparator(line: LineFacts) -> str:
    """The listed code that an unlisted line is priced against: its own field, or named in its description."""
    named = [line.comparator, *re.findall(r"\b\d{5}\b", line.description)]
    return next((code for code in named if code in cpt.CODES and not is_unlisted(code)), "")


def without_comparator(c: ClaimFacts) -> bool:
    return any(is_unlisted(line.code) and not comparator(line) for line in c.lines)


def operative_note_is_whole(e: EncounterFacts) -> bool:
    """Whether the signed note tells how each duct was entered, how far the endoscope came, and what was done there."""
    entered = [g for g in e.procedure.glands if g.was_entered]
    told = all(said(g.access) and said(g.extent) for g in entered)
    return e.is_signed and bool(entered) and told and bool(e.interventions)


def incidental(c: ClaimFacts) -> list[str]:
    """Operations on a duct or gland beside an endoscopy that a medical plan may hold to be part of them."""
    if c.kind != "medical" or not any(is_unlisted(line.code) for line in c.lines):
        return []
    return on_this_gland(c, bundling.DUCT_SURGERY.among(codes_of_the_day(c), c.policy.bundling_permitted))


def supports_code(c: ClaimFacts) -> bool:
    """Whether a diagnosis of the claim belongs to the family that goes with the code."""
    chosen = [m for m in candidates(c) if m.code == c.procedure_code]
    return not chosen or not c.diagnoses or any(m.supports(c.diagnoses) for m in chosen)


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COD-141",
        title="The CPT code fits what was done",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="The CPT code does not fit what was done.",
        fix="Choose one of the codes that fit; 42699 always does.",
        citation=CROSSWALK,
        prevents=Cause.CODING,
        passes=lambda c: c.kind != "medical" or not c.lines or fits_what_was_done(c),
        good=MEDICAL,
        bad=with_medical_line(code="42335"),
        tell=codes_that_fit,
    ),
    Rule(
        id="COD-142",
        title="The unlisted code has its description",
        severity=Severity.BLOCKER,
        field="lines.description",
        message="42699 has no description. A payer returns an unlisted code without one.",
        fix="Describe in a few words what was done, on which side, and compared with which code.",
        citation=at(CMS_1500, "box 24, shaded line (from memory, to be verified); remark code N350"),
        prevents=Cause.CODING,
        passes=lambda c: all(said(line.description) for line in c.lines if is_unlisted(line.code)),
        good=MEDICAL,
        bad=with_medical_line(description=" "),
    ),
    Rule(
        id="COD-143",
        title="The unlisted code carries no modifier",
        severity=Severity.WARNING,
        field="lines.modifiers",
        message="42699 carries a modifier. An unlisted code has nothing to modify.",
        fix="Remove the modifier and name the side in the description.",
        citation=at(CMS_1500, "box 24D (from memory, to be verified)"),
        prevents=Cause.CODING,
        passes=lambda c: not any(line.modifiers for line in c.lines if is_unlisted(line.code)),
        good=MEDICAL,
        bad=with_medical_line(modifiers=("LT",)),
    ),
    Rule(
        id="COD-144",
        title="No treatment that medical policies call experimental",
        severity=Severity.ADVICE,
        field="packet.narrative",
        message="Some medical policies call lithotripsy of salivary stones experimental.",
        fix="Read the plan's policy, and say in the narrative why it was needed.",
        citation=AETNA,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda c: c.kind != "medical" or not UNPROVEN & intervention_types(c.encounter),
        good=MEDICAL,
        bad=replace(MEDICAL, encounter=replace(SIGNED, interventions=(InterventionFacts("laser_lithotripsy", "f1"),))),
    ),
    Rule(
        id="COD-145",
        title="The unlisted code names the code it is compared with",
        severity=Severity.BLOCKER,
        field="lines.comparator",
        message="42699 has no value of its own. Without a listed code to compare it with, a payer cannot price it.",
        fix="Name a listed code of similar work, such as 42660.",
        citation=at(UNLISTED, "comparator"),
        prevents=Cause.CODING,
        passes=lambda c: not without_comparator(c),
        good=with_medical_line(description="Salivary duct endoscopy, left submandibular", comparator="42660"),
        bad=with_medical_line(description="Salivary duct endoscopy, left submandibular"),
    ),
    Rule(
        id="COD-146",
        title="The unlisted code has its operative note",
        severity=Severity.BLOCKER,
        field="packet.note",
        message="42699 goes out with the operative note, and the signed record does not tell the operation whole.",
        fix="Have access, extent and treatment of each gland recorded in a new version of the record.",
        citation=at(UNLISTED, "operative note"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: not any(is_unlisted(x) for x in c.codes) or operative_note_is_whole(c.encounter),
        good=MEDICAL,
        bad=replace(MEDICAL, encounter=replace(SIGNED, interventions=())),
    ),
    Rule(
        id="COD-147",
        title="No other operation on the duct beside the endoscopy unless the payer permits it",
        severity=Severity.WARNING,
        field="lines.code",
        message="A medical plan may hold the endoscopy incidental to another operation on the same duct.",
        fix="Bill the operation alone, or record the payer's permission with source and date in its policy.",
        citation=AETNA,
        prevents=Cause.BUNDLING,
        passes=lambda c: not incidental(c),
        good=MEDICAL,
        bad=replace(MEDICAL, lines=(*MEDICAL.lines, LineFacts("42650", 30000))),
        tell=lambda c: f"The endoscopy may be held incidental to {and_joined(incidental(c))} of the same day.",
    ),
    Rule(
        id="COD-148",
        title="A person chose the medical code",
        severity=Severity.ADVICE,
        field="claim.code",
        message="The medical code is only proposed so far.",
        fix="Look at the candidates on the claim and choose one.",
        citation=CROSSWALK,
        prevents=Cause.CODING,
        passes=lambda c: c.kind != "medical" or not c.lines or c.confirmed_code == c.procedure_code,
        good=MEDICAL,
        bad=replace(MEDICAL, confirmed_code=""),
        tell=lambda c: f"{c.procedure_code} is only proposed so far; nobody chose it.",
    ),
    Rule(
        id="COD-149",
        title="A diagnosis goes with the medical code",
        severity=Severity.ADVICE,
        field="diagnoses.codes",
        message="No diagnosis of the claim belongs to the family that usually goes with the code.",
        fix="Look at the diagnoses of the candidate on the claim; ask the clinician where they differ.",
        citation=CROSSWALK,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda c: c.kind != "medical" or supports_code(c),
        good=MEDICAL,
        bad=replace(MEDICAL, diagnoses=("R68.2",)),
    ),
)
