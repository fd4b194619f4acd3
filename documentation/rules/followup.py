"""DOC-4xx: the diagnosis and the care that follows."""

from __future__ import annotations

import re

from documentation.facts import EncounterFacts, OtherProcedureFacts
from documentation.kernel.identifiers import icd10_problem
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules import diagnoses
from documentation.rules.citations import CARE, ICD10, MEMORY, SPECIFICS, at
from documentation.rules.examples import COMPLETE, with_plan, with_visit
from documentation.rules.predicates import and_joined, said

_WARNING_SIGNS = re.compile(r"\b(return|fever|swelling|breath|numb|call|emergency|warning)", re.IGNORECASE)


def malformed(e: EncounterFacts) -> list[str]:
    return [code for code in e.diagnoses if icd10_problem(code)]


def headings(e: EncounterFacts) -> list[str]:
    return [code for code in e.diagnoses if code in diagnoses.PARENTS]


def undocumented(e: EncounterFacts) -> list[str]:
    return [p.code for p in e.other_procedures if not p.documented]


def gives_warning_signs(e: EncounterFacts) -> bool:
    return e.plan.warning_signs is True or any(
        _WARNING_SIGNS.search(text) for text in (*e.plan.recommendations, e.plan.statement)
    )


def plan_is_stated(e: EncounterFacts) -> bool:
    return said(e.plan.statement) or any(said(r) for r in e.plan.recommendations)


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-401",
        title="The plan of care is stated",
        severity=Severity.BLOCKER,
        field="plan.recommendations",
        message="There is no plan of care.",
        fix="Add what the patient should do, or write the plan in a sentence.",
        citation=CARE,
        prevents=Cause.DOCUMENTATION,
        passes=plan_is_stated,
        good=COMPLETE,
        bad=with_plan(recommendations=(), statement=""),
    ),
    Rule(
        id="DOC-402",
        title="The follow-up is given",
        severity=Severity.BLOCKER,
        field="plan.follow_up_days",
        message="No follow-up is given.",
        fix="Enter in how many days the patient returns, or say in the plan why no visit is needed.",
        citation=CARE,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: e.plan.follow_up_days is not None or said(e.plan.statement),
        good=COMPLETE,
        bad=with_plan(follow_up_days=None, statement=""),
    ),
    Rule(
        id="DOC-403",
        title="The patient knows when to return at once",
        severity=Severity.ADVICE,
        field="plan.recommendations",
        message="The plan names no warning signs.",
        fix="Add when to return at once, such as fever or increasing swelling.",
        citation=CARE,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not plan_is_stated(e) or gives_warning_signs(e),
        good=COMPLETE,
        bad=with_plan(recommendations=("sialogogues for four weeks",), statement="Review in four weeks."),
    ),
    Rule(
        id="DOC-411",
        title="A diagnosis is recorded",
        severity=Severity.BLOCKER,
        field="plan.diagnoses",
        message="No diagnosis is recorded.",
        fix="Choose the ICD-10-CM code of what was found.",
        citation=SPECIFICS,
        prevents=Cause.CODING,
        passes=lambda e: bool(e.diagnoses),
        good=COMPLETE,
        bad=with_visit(diagnoses=()),
    ),
    Rule(
        id="DOC-412",
        title="Diagnosis codes have the right shape",
        severity=Severity.BLOCKER,
        field="plan.diagnoses",
        message="A diagnosis code is mistyped.",
        fix="A code looks like K11.8: a letter, two characters, a dot, and up to four more.",
        citation=ICD10,
        prevents=Cause.CODING,
        passes=lambda e: not malformed(e),
        good=COMPLETE,
        bad=with_visit(diagnoses=("K118",)),
        tell=lambda e: f"{and_joined(malformed(e))}: this is no ICD-10-CM code.",
    ),
    Rule(
        id="DOC-413",
        title="Diagnosis codes are specific enough to bill",
        severity=Severity.BLOCKER,
        field="plan.diagnoses",
        message="A diagnosis code only heads a group.",
        fix="Choose one of the codes below it, such as K11.20 to K11.23 instead of K11.2.",
        citation=ICD10,
        prevents=Cause.CODING,
        passes=lambda e: not headings(e),
        good=COMPLETE,
        bad=with_visit(diagnoses=("K11.2",)),
        tell=lambda e: f"{and_joined(headings(e))} only heads a group and cannot be billed.",
    ),
    Rule(
        id="DOC-414",
        title="No diagnosis excludes another",
        severity=Severity.BLOCKER,
        field="plan.diagnoses",
        message="Two diagnoses exclude each other.",
        fix="Keep the one that fits best.",
        citation=at(ICD10, "April 2026, Excludes1 notes"),
        prevents=Cause.CODING,
        passes=lambda e: not diagnoses.conflicts(e.diagnoses),
        good=COMPLETE,
        bad=with_visit(diagnoses=("K11.8", "M35.00")),
        tell=lambda e: "{} and {} exclude each other.".format(*diagnoses.conflicts(e.diagnoses)[0]),
    ),
    Rule(
        id="DOC-415",
        title="The main diagnosis is specific",
        severity=Severity.WARNING,
        field="plan.diagnoses",
        message="The main diagnosis is 'unspecified'. It says little about why the examination was needed.",
        fix="Choose a specific code, such as K11.5 for a stone or K11.8 for a stricture.",
        citation=ICD10,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: not e.diagnoses or e.diagnoses[0] not in diagnoses.WEAK,
        good=COMPLETE,
        bad=with_visit(diagnoses=("K11.9",)),
        tell=lambda e: f"{e.diagnoses[0]} is 'unspecified'. It says little about why the examination was needed.",
    ),
    Rule(
        id="DOC-416",
        title="Symptoms stand alone",
        severity=Severity.WARNING,
        field="plan.diagnoses",
        message="A symptom is coded beside the disease that explains it.",
        fix="Remove the symptom.",
        citation=at(MEMORY, "symptom beside a definite diagnosis (from memory, to be verified)"),
        prevents=Cause.CODING,
        passes=lambda e: not diagnoses.redundant_symptoms(e.diagnoses),
        good=COMPLETE,
        bad=with_visit(diagnoses=("K11.5", "R22.0")),
        tell=lambda e: f"{and_joined(diagnoses.redundant_symptoms(e.diagnoses))} is explained by the other diagnosis.",
    ),
    Rule(
        id="DOC-421",
        title="Each other service of the day is documented",
        severity=Severity.WARNING,
        field="visit.other_procedures",
        message="Another service of the day is not documented by itself.",
        fix="Write its own note, or take it off the visit.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not undocumented(e),
        good=with_visit(other_procedures=(OtherProcedureFacts("D7979", 90000, documented=True),)),
        bad=with_visit(other_procedures=(OtherProcedureFacts("D7979", 90000),)),
        tell=lambda e: f"{and_joined(undocumented(e))} is not documented by itself.",
    ),
)
