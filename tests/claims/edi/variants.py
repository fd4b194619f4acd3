"""Every way in which a claim leaves, from the facts of the example claim: a name, the facts, what the sending adds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from claims.among import AdjustedFacts, AnsweredLineFacts, PrimaryFacts, TermsFacts
from claims.edi.electronic import Purpose
from claims.facts import AuthorizationFacts, ClaimFacts, LineFacts
from claims.rules.examples import MEDICAL, READY, with_coverage, with_payer, with_policy, with_subscriber
from documentation.facts import ImageFacts, LocationFacts

Variant = tuple[ClaimFacts, dict[str, Any]]
HOSPITAL = replace(READY.billing, name="Example Surgery Center", npi="1003000126")
ASKED = AuthorizationFacts("predetermination", "approved", "PD20260912")
GIVEN = AuthorizationFacts("prior_authorization", "approved", "AUTH556677")
HEALTH = replace(MEDICAL.coverage, member_id="M98", group_number="MED7700")
DENTAL_TOO = replace(
    READY.coverage,
    payer=replace(READY.coverage.payer, name="Second Dental Plan", payer_id="77771"),
    member_id="S55",
    priority=2,
)


def answer(payer: str, payer_id: str, paid: int, *taken: AdjustedFacts, code: str = "D0371") -> PrimaryFacts:
    """What a plan answered to the claim, on its one line."""
    left = sum(a.cents for a in taken if a.group == "PR")
    line = AnsweredLineFacts(code, 85_000, paid, None, taken)
    return PrimaryFacts(payer, payer_id, f"{payer_id}-77", date(2026, 11, 5), 85_000, paid, left, (line,))


FIRST = answer(
    "Example Health Plan", "88881", 60_000, AdjustedFacts("CO", "45", 5_000), AdjustedFacts("PR", "2", 20_000)
)
SECOND = answer(
    "Second Dental Plan", "77771", 12_000, AdjustedFacts("OA", "23", 65_000), AdjustedFacts("PR", "2", 8_000)
)
AFTER_ONE = replace(READY, sequence=2, other_coverages=(HEALTH,), primary_is_decided=True, primary=FIRST)
AFTER_TWO = replace(AFTER_ONE, sequence=3, other_coverages=(DENTAL_TOO, HEALTH), primary=SECOND, earlier=(FIRST,))
EVERY_PAPER = ("RR", "EB", "B4", "RB", "OZ")


def numbered(*found: AuthorizationFacts) -> ClaimFacts:
    return replace(READY, authorizations=found)


def lines(*found: LineFacts, of: ClaimFacts = READY) -> ClaimFacts:
    return replace(of, lines=found)


def in_hospital(facts: ClaimFacts) -> ClaimFacts:
    place: LocationFacts = HOSPITAL
    return replace(facts, encounter=replace(facts.encounter, location=place, place_of_service="24"))


def alone(facts: ClaimFacts) -> ClaimFacts:
    """The dentist bills under the own number: who treats is who is paid."""
    clinician = replace(facts.encounter.clinician, npi=facts.billing.npi)
    return replace(facts, encounter=replace(facts.encounter, clinician=clinician))


def with_radiograph(facts: ClaimFacts) -> ClaimFacts:
    images = (*facts.encounter.images, ImageFacts(9, "radiograph"))
    return replace(facts, encounter=replace(facts.encounter, images=images))


def named(facts: ClaimFacts, last: str, first: str) -> ClaimFacts:
    """The patient, who is the subscriber, under another name."""
    patient = replace(facts.encounter.patient, last_name=last, first_name=first)
    holder = replace(facts.coverage.subscriber, last_name=last, first_name=first)
    encounter = replace(facts.encounter, patient=patient)
    return replace(facts, encounter=encounter, coverage=replace(facts.coverage, subscriber=holder))


MEDICAL_TOTAL = MEDICAL.total_cents
MEDICAL_AFTER = replace(
    MEDICAL,
    sequence=2,
    other_coverages=(DENTAL_TOO,),
    primary_is_decided=True,
    primary=PrimaryFacts(
        "Second Dental Plan", "77771", "D-9", date(2026, 11, 5), MEDICAL_TOTAL, 10_000, MEDICAL_TOTAL - 10_000,
        (AnsweredLineFacts(
            MEDICAL.lines[0].code, MEDICAL_TOTAL, 10_000, None, (AdjustedFacts("PR", "1", MEDICAL_TOTAL - 10_000),)
        ),),
    ),
)  # fmt: skip
VARIANTS: dict[str, Variant] = {
    "original": (READY, {}),
    "corrected": (READY, {"purpose": Purpose.CORRECTED, "payer_control": "26334D000777"}),
    "void": (READY, {"purpose": Purpose.VOID, "payer_control": "26334D000777", "attachment": ""}),
    "predetermination": (READY, {"purpose": Purpose.PREDETERMINATION}),
    "medical": (MEDICAL, {}),
    "medical corrected": (MEDICAL, {"purpose": Purpose.CORRECTED, "payer_control": "M1"}),
    "medical void": (MEDICAL, {"purpose": Purpose.VOID, "payer_control": "M1", "attachment": ""}),
    "spouse": (with_subscriber(), {}),
    "child": (with_subscriber(), {}),
    "other relation": (with_subscriber(), {}),
    "second plan, answer by line": (AFTER_ONE, {}),
    "second plan, answer for the claim": (
        replace(AFTER_ONE, primary=replace(FIRST, lines=(replace(FIRST.lines[0], code="42699"),))), {},
    ),
    "third plan": (AFTER_TWO, {}),
    "third plan of a dependent": (replace(AFTER_TWO, coverage=with_subscriber().coverage), {}),
    "first plan beside a second": (replace(READY, other_coverages=(HEALTH,)), {}),
    "prior authorization and predetermination": (numbered(ASKED, GIVEN), {}),
    "corrected with every number": (numbered(ASKED, GIVEN), {"purpose": Purpose.CORRECTED, "payer_control": "ICN1"}),
    "in a surgery center": (in_hospital(READY), {}),
    "medical in a surgery center": (in_hospital(MEDICAL), {}),
    "who treats is who is paid": (alone(READY), {}),
    "every paper": (with_radiograph(READY), {"enclosed": EVERY_PAPER}),
    "medical with every paper": (MEDICAL, {"enclosed": EVERY_PAPER}),
    "papers on request": (with_policy(attachments="on_request"), {}),
    "by fax": (READY, {"channel": "fax"}),
    "by mail": (READY, {"channel": "mail"}),
    "notes cut between words": (READY, {"note": "sialoendoscopy of the left duct " * 40}),
    "four diagnoses": (replace(READY, diagnoses=("K11.8", "K11.5", "K11.7", "R68.2")), {}),
    "twelve diagnoses": (replace(MEDICAL, diagnoses=tuple(f"K{n}.1" for n in range(11, 23))), {}),
    "area, units and modifiers": (
        lines(LineFacts("D0371", 85_000), LineFacts("D0330", 9_950, 2, area="10", modifiers=("22", "LT"))), {},
    ),
    "by report": (lines(LineFacts("D0999", 85_000, description="Attempt, the duct was not entered")), {}),
    "nothing charged": (lines(LineFacts("D0371", 0)), {}),
    "fifty lines": (lines(*[LineFacts("D0330", 101)] * 50), {}),
    "no group": (with_coverage(group_number=""), {}),
    "in network": (with_payer(terms=TermsFacts("in")), {}),
    "out of network": (with_payer(terms=TermsFacts("out")), {}),
    "one paper, as the payer takes one": (
        with_radiograph(with_policy(several_attachments="no")), {"enclosed": EVERY_PAPER},
    ),
    "no paper, as the payer wants none": (with_policy(attachments="never"), {}),
    "ten papers": (with_radiograph(READY), {"enclosed": (*EVERY_PAPER, "DA", "P6", "RR")}),
    "names with separators and marks": (named(READY, "O*Neil~:^", "Łukasz"), {"note": "Duct: 2 mm * 3 ~ left ^"}),
    "medical dependent": (replace(MEDICAL, coverage=replace(
        MEDICAL.coverage, relationship="child", subscriber=with_subscriber().coverage.subscriber)), {}),
    "medical second plan": (MEDICAL_AFTER, {}),
    "medical with a prior authorization": (replace(MEDICAL, authorizations=(GIVEN,)), {}),
    "second plan corrected": (AFTER_ONE, {"purpose": Purpose.CORRECTED, "payer_control": "ICN2"}),
    "second plan void": (AFTER_ONE, {"purpose": Purpose.VOID, "payer_control": "ICN2", "attachment": ""}),
    "predetermination of a dependent": (with_subscriber(), {"purpose": Purpose.PREDETERMINATION}),
    "no assignment of benefits": (with_coverage(assignment_of_benefits=False, signature_on_file=False), {}),
    "medicare": (with_coverage(program="medicare"), {}),
    "medicaid": (with_coverage(program="medicaid"), {}),
    "filing indicator of the payer": (with_policy(filing_indicator="BL"), {}),
}  # fmt: skip
for _name, _related in (("child", "child"), ("other relation", "other")):
    _facts = VARIANTS[_name][0]
    VARIANTS[_name] = (replace(_facts, coverage=replace(_facts.coverage, relationship=_related)), {})
