"""COD-12x: the diagnoses of the claim, against the whole public list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from claims.codes import icd10
from claims.facts import ClaimFacts
from claims.rules.citations import CARC
from claims.rules.examples import READY, with_claim, with_encounter, with_line
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules import diagnoses
from documentation.rules.citations import AGREEMENT, DENTAL_FORM, ICD10, MEMORY, at
from documentation.rules.predicates import and_joined

MOST_DIAGNOSES = {"dental": 4, "medical": 12}


def unknown(c: ClaimFacts) -> list[str]:
    return [code for code in c.diagnoses if not icd10.exists(code)]


def headings(c: ClaimFacts) -> list[str]:
    return [code for code in c.diagnoses if icd10.exists(code) and not icd10.is_billable(code)]


def not_in_the_record(c: ClaimFacts) -> list[str]:
    return [code for code in c.diagnoses if code not in c.encounter.diagnoses]


def pointers_hold(c: ClaimFacts) -> bool:
    return all(
        line.diagnosis_pointers and all(1 <= p <= len(c.diagnoses) for p in line.diagnosis_pointers) for line in c.lines
    )


def choices_below(c: ClaimFacts) -> str:
    heading = headings(c)[0]
    below = icd10.below(heading)
    return f"{heading} only heads a group and cannot be billed; below it are {and_joined(below[:6])}."


def out_of_force(c: ClaimFacts) -> tuple[str, ...]:
    return icd10.out_of_force(c.diagnoses, c.service_date)


def why_out_of_force(c: ClaimFacts) -> str:
    code = out_of_force(c)[0]
    day = long_date(c.service_date) if c.service_date else "the day of service"
    return f"{code} is valid {icd10.in_force(code)}; the service was on {day}."


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COD-121",
        title="A diagnosis stands on the claim",
        severity=Severity.BLOCKER,
        field="diagnoses.codes",
        message="The claim has no diagnosis.",
        fix="Add the diagnosis of the record.",
        citation=at(DENTAL_FORM, "item 34a"),
        prevents=Cause.CODING,
        passes=lambda c: bool(c.diagnoses),
        good=READY,
        bad=with_claim(diagnoses=()),
    ),
    Rule(
        id="COD-122",
        title="Not more diagnoses than the form takes",
        severity=Severity.BLOCKER,
        field="diagnoses.codes",
        message="There are more diagnoses than the form takes.",
        fix="Keep the ones that explain the examination; a dental form takes 4, a medical one 12.",
        citation=at(DENTAL_FORM, "item 34a"),
        prevents=Cause.CODING,
        passes=lambda c: len(c.diagnoses) <= MOST_DIAGNOSES.get(c.kind, 4),
        good=READY,
        bad=with_claim(diagnoses=("K11.8", "K11.7", "K11.1", "K11.6", "K11.23")),
        tell=lambda c: f"{len(c.diagnoses)} diagnoses; a {c.kind} form takes {MOST_DIAGNOSES.get(c.kind, 4)}.",
    ),
    Rule(
        id="COD-123",
        title="Diagnosis codes exist",
        severity=Severity.BLOCKER,
        field="diagnoses.codes",
        message="A diagnosis code is not in the ICD-10-CM list.",
        fix="Look for a mistyped character, or choose the code again.",
        citation=at(CARC, "146"),
        prevents=Cause.CODING,
        passes=lambda c: not unknown(c),
        good=READY,
        bad=with_claim(diagnoses=("K11.85",)),
        tell=lambda c: f"{and_joined(unknown(c))} is not in the ICD-10-CM list.",
    ),
    Rule(
        id="COD-124",
        title="Diagnosis codes can be billed",
        severity=Severity.BLOCKER,
        field="diagnoses.codes",
        message="A diagnosis code only heads a group and cannot be billed.",
        fix="Choose one of the codes below it.",
        citation=ICD10,
        prevents=Cause.CODING,
        passes=lambda c: not headings(c),
        good=READY,
        bad=with_claim(diagnoses=("K11.2",)),
        tell=choices_below,
    ),
    Rule(
        id="COD-125",
        title="No diagnosis excludes another",
        severity=Severity.BLOCKER,
        field="diagnoses.codes",
        message="Two diagnoses exclude each other.",
        fix="Keep the one that fits best.",
        citation=at(ICD10, "April 2026, Excludes1 notes"),
        prevents=Cause.CODING,
        passes=lambda c: not icd10.conflicts(c.diagnoses),
        good=READY,
        bad=with_claim(diagnoses=("K11.8", "M35.0C")),
        tell=lambda c: "{} and {} exclude each other.".format(*icd10.conflicts(c.diagnoses)[0]),
    ),
    Rule(
        id="COD-126",
        title="The main diagnosis is specific",
        severity=Severity.WARNING,
        field="diagnoses.codes",
        message="The main diagnosis is 'unspecified'. A payer may not see why the examination was needed.",
        fix="Ask the clinician for a specific code, such as K11.5 for a stone or K11.8 for a stricture.",
        citation=at(CARC, "11, 50"),
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda c: not c.diagnoses or c.diagnoses[0] not in diagnoses.WEAK,
        good=READY,
        bad=with_claim(diagnoses=("K11.9",)),
        tell=lambda c: f"{c.diagnoses[0]} is 'unspecified'. A payer may not see why the examination was needed.",
    ),
    Rule(
        id="COD-127",
        title="Symptoms stand alone",
        severity=Severity.WARNING,
        field="diagnoses.codes",
        message="A symptom is coded beside the disease that explains it.",
        fix="Remove the symptom.",
        citation=at(MEMORY, "symptom beside a definite diagnosis (from memory, to be verified)"),
        prevents=Cause.CODING,
        passes=lambda c: not diagnoses.redundant_symptoms(c.diagnoses),
        good=READY,
        bad=with_claim(diagnoses=("K11.5", "R22.0")),
        tell=lambda c: f"{and_joined(diagnoses.redundant_symptoms(c.diagnoses))} is explained by the other diagnosis.",
    ),
    Rule(
        id="COD-128",
        title="The claim says what the record says",
        severity=Severity.BLOCKER,
        field="diagnoses.codes",
        message="A diagnosis of the claim is not in the signed record.",
        fix="Choose a diagnosis of the record, or have the record replaced by a new version.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: not not_in_the_record(c),
        good=READY,
        bad=with_claim(diagnoses=("K11.5",)),
        tell=lambda c: f"{and_joined(not_in_the_record(c))} is not in the signed record.",
    ),
    Rule(
        id="COD-129",
        title="Each line points to a diagnosis",
        severity=Severity.BLOCKER,
        field="lines.diagnosis_pointers",
        message="A line points to no diagnosis of the claim.",
        fix="Choose the diagnosis that the service was for.",
        citation=at(DENTAL_FORM, "item 29a"),
        prevents=Cause.CODING,
        passes=lambda c: not c.diagnoses or pointers_hold(c),
        good=READY,
        bad=with_line(diagnosis_pointers=(2,)),
    ),
    Rule(
        id="COD-130",
        title="Diagnosis codes were in force",
        severity=Severity.BLOCKER,
        field="diagnoses.codes",
        message="A diagnosis code was not in force on the date of service.",
        fix="Choose the code of that fiscal year; a new list begins each October 1.",
        citation=at(CARC, "146"),
        prevents=Cause.CODING,
        passes=lambda c: not out_of_force(c),
        good=with_claim(diagnoses=("M35.0C",)),
        bad=replace(with_encounter(service_date=date(2021, 9, 30)), diagnoses=("M35.0C",)),
        tell=why_out_of_force,
    ),
)
