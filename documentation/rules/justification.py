"""DOC-1xx: why the examination was needed. A payer that does not read it here denies for medical necessity."""

from __future__ import annotations

from documentation.facts import EncounterFacts, PriorCareFacts, PriorImagingFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import NECESSITY, at
from documentation.rules.examples import (
    COMPLETE,
    with_justification,
    with_prior_care,
    with_prior_imaging,
)
from documentation.rules.predicates import care_tried, numbered, said, studies_done


def complaint_is_described(e: EncounterFacts) -> bool:
    j = e.justification
    symptoms = (j.onset_on, j.episodes_per_month, j.relation_to_meals, j.pain)
    return said(j.statement) or any(s is not None for s in symptoms)


def care_is_told(care: PriorCareFacts) -> bool:
    return care.type == "none" or (care.from_on is not None and said(care.result))


def leads_on(study: PriorImagingFacts) -> bool:
    """Whether a study is a reason to look inside the duct: it left the question open, or showed what must be seen."""
    return study.inconclusive is True or study.result in {"stone", "stricture", "dilatation", "mass", "inconclusive"}


def study_has_date(study: PriorImagingFacts) -> bool:
    return study.modality == "none" or study.done_on is not None


def study_has_limitation(study: PriorImagingFacts) -> bool:
    return not study.inconclusive or said(study.limitation)


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-101",
        title="An indication is chosen",
        severity=Severity.BLOCKER,
        field="justification.indications",
        message="No indication is chosen.",
        fix="Choose why the examination was needed.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: bool(e.justification.indications),
        good=COMPLETE,
        bad=with_justification(indications=()),
    ),
    Rule(
        id="DOC-102",
        title="The complaint names gland and side",
        severity=Severity.BLOCKER,
        field="justification.gland",
        message="The complaint does not name gland and side.",
        fix="Choose the gland and the side that gave trouble.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: said(e.justification.gland, e.justification.side),
        good=COMPLETE,
        bad=with_justification(side=""),
    ),
    Rule(
        id="DOC-103",
        title="The complaint is described",
        severity=Severity.BLOCKER,
        field="justification.statement",
        message="The complaint is not described.",
        fix="Say in a sentence what the patient felt, or enter onset, frequency, pain or relation to meals.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=complaint_is_described,
        good=COMPLETE,
        bad=with_justification(
            statement=" ", onset_on=None, episodes_per_month=None, relation_to_meals=None, pain=None
        ),
    ),
    Rule(
        id="DOC-104",
        title="The onset is dated",
        severity=Severity.WARNING,
        field="justification.onset_on",
        message="The record does not say since when.",
        fix="Enter when the complaint began; the month is enough.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: e.justification.onset_on is not None,
        good=COMPLETE,
        bad=with_justification(onset_on=None),
    ),
    Rule(
        id="DOC-105",
        title="The frequency is given",
        severity=Severity.ADVICE,
        field="justification.episodes_per_month",
        message="The record does not say how often.",
        fix="Enter the episodes per month.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: e.justification.episodes_per_month is not None,
        good=COMPLETE,
        bad=with_justification(episodes_per_month=None),
    ),
    Rule(
        id="DOC-106",
        title="Care before the visit is recorded",
        severity=Severity.BLOCKER,
        field="justification.prior_care",
        message="Care before the visit is not recorded.",
        fix="Add what was tried, or choose 'None was tried'.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: bool(e.justification.prior_care),
        good=COMPLETE,
        bad=with_justification(prior_care=()),
    ),
    Rule(
        id="DOC-107",
        title="Each treatment tried has its start and result",
        severity=Severity.WARNING,
        field="justification.prior_care",
        message="A treatment that was tried has no start or no result.",
        fix="Enter when it began and what it brought.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: all(care_is_told(c) for c in e.justification.prior_care),
        good=COMPLETE,
        bad=with_prior_care(result=""),
        tell=lambda e: (
            numbered("Treatment", e.justification.prior_care, lambda c: not care_is_told(c))
            + " before the visit: no start or no result."
        ),
    ),
    Rule(
        id="DOC-108",
        title="A missing trial of care has its reason",
        severity=Severity.ADVICE,
        field="justification.prior_care",
        message="Nothing was tried before, and the record does not say why.",
        fix="Write the reason beside 'None was tried'.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: (
            not e.justification.prior_care
            or bool(care_tried(e))
            or any(said(c.result) for c in e.justification.prior_care)
        ),
        good=COMPLETE,
        bad=with_justification(prior_care=(PriorCareFacts("none"),)),
    ),
    Rule(
        id="DOC-109",
        title="Imaging before the visit is recorded",
        severity=Severity.BLOCKER,
        field="justification.prior_imaging",
        message="Imaging before the visit is not recorded.",
        fix="Add each study, or choose 'None was done'.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: bool(e.justification.prior_imaging),
        good=COMPLETE,
        bad=with_justification(prior_imaging=()),
    ),
    Rule(
        id="DOC-110",
        title="Each earlier study has its date",
        severity=Severity.WARNING,
        field="justification.prior_imaging",
        message="An earlier study has no date.",
        fix="Enter the day on which it was done.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: all(study_has_date(s) for s in e.justification.prior_imaging),
        good=COMPLETE,
        bad=with_prior_imaging(done_on=None),
        tell=lambda e: (
            numbered("Study", e.justification.prior_imaging, lambda s: not study_has_date(s), "Studies") + ": no date."
        ),
    ),
    Rule(
        id="DOC-111",
        title="Earlier imaging left a question or found a cause",
        severity=Severity.WARNING,
        field="justification.prior_imaging",
        message="No earlier study was inconclusive or showed a cause. A payer will ask why endoscopy was needed.",
        fix="Mark the study that did not answer the question, and say why not.",
        citation=at(NECESSITY, "medical justification: why earlier imaging was not enough"),
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: not studies_done(e) or any(leads_on(s) for s in studies_done(e)),
        good=COMPLETE,
        bad=with_justification(prior_imaging=(PriorImagingFacts("ultrasound", result="normal", inconclusive=False),)),
    ),
    Rule(
        id="DOC-112",
        title="Each inconclusive study says what it left open",
        severity=Severity.WARNING,
        field="justification.prior_imaging",
        message="An inconclusive study does not say what it left open.",
        fix="Write its limitation, such as 'distal duct not seen'.",
        citation=at(NECESSITY, "medical justification: why earlier imaging was not enough"),
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: all(study_has_limitation(s) for s in e.justification.prior_imaging),
        good=COMPLETE,
        bad=with_prior_imaging(limitation=""),
        tell=lambda e: (
            numbered("Study", e.justification.prior_imaging, lambda s: not study_has_limitation(s), "Studies")
            + ": inconclusive, but the record does not say what stayed open."
        ),
    ),
    Rule(
        id="DOC-113",
        title="Relevant history is recorded",
        severity=Severity.BLOCKER,
        field="justification.history",
        message="Relevant history is not recorded.",
        fix="Tick what applies, or 'None of these'.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: bool(e.justification.history),
        good=COMPLETE,
        bad=with_justification(history=()),
    ),
    Rule(
        id="DOC-114",
        title="The result would change care",
        severity=Severity.WARNING,
        field="justification.change_of_care",
        message="The record does not say how the result would change care.",
        fix="Write what you would do for each possible result.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: said(e.justification.change_of_care),
        good=COMPLETE,
        bad=with_justification(change_of_care=""),
    ),
    Rule(
        id="DOC-115",
        title="The risk of waiting is stated",
        severity=Severity.ADVICE,
        field="justification.risk_without",
        message="The record does not say what happens without the examination.",
        fix="Name the risk of waiting.",
        citation=NECESSITY,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: said(e.justification.risk_without),
        good=COMPLETE,
        bad=with_justification(risk_without=""),
    ),
)
