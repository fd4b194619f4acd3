"""ELG-2xx: who is covered and through whom. What a payer cannot match to a member it returns or denies."""

from __future__ import annotations

from dataclasses import replace

from claims.facts import ClaimFacts
from claims.rules.citations import CARC, PLAN
from claims.rules.examples import MEDICAL, READY, SIGNED, with_claim, with_coverage, with_encounter, with_subscriber
from documentation.facts import Address
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import DENTAL_FORM, at
from documentation.rules.predicates import and_joined, said

MEDICAL_PLAN = replace(MEDICAL.coverage, member_id="X987654321", priority=2)


def subscriber_is_whole(c: ClaimFacts) -> bool:
    person = c.coverage.subscriber
    return (
        said(person.first_name, person.last_name, person.sex)
        and person.birth_date is not None
        and person.address.is_whole
    )


def copied(c: ClaimFacts) -> list[str]:
    """The identifiers of this plan that are those of another plan of the patient at another payer, in words."""
    elsewhere = [o for o in c.other_coverages if _bare(o.payer.payer_id) != _bare(c.coverage.payer.payer_id)]
    others = {_bare(text) for o in elsewhere for text in (o.member_id, o.payer.payer_id)}
    others |= {_bare(number) for number in c.numbers_elsewhere if elsewhere}
    own = {"member ID": [c.coverage.member_id], "payer ID": [c.coverage.payer.payer_id]}
    own["authorization number"] = [number for _, number in c.references]
    return [what for what, texts in own.items() if {_bare(text) for text in texts} & (others - {""})]


def _bare(text: str) -> str:
    """An identifier without blanks and dashes, as a person compares it."""
    return "".join(letter for letter in text if letter.isalnum()).upper()


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="ELG-201",
        title="The member ID is there",
        severity=Severity.BLOCKER,
        field="coverage.member_id",
        message="The member ID is missing.",
        fix="Copy it from the insurance card.",
        citation=at(CARC, "31"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: said(c.coverage.member_id),
        good=READY,
        bad=with_coverage(member_id=""),
    ),
    Rule(
        id="ELG-202",
        title="The group number is there",
        severity=Severity.ADVICE,
        field="coverage.group_number",
        message="The group number is missing.",
        fix="Copy it from the insurance card; an individual plan may have none.",
        citation=at(DENTAL_FORM, "item 16"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: said(c.coverage.group_number),
        good=READY,
        bad=with_coverage(group_number=""),
    ),
    Rule(
        id="ELG-203",
        title="The relationship to the subscriber is known",
        severity=Severity.BLOCKER,
        field="coverage.relationship",
        message="The record does not say how the patient is related to the subscriber.",
        fix="Choose self, spouse, child or other.",
        citation=at(DENTAL_FORM, "item 18"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: said(c.coverage.relationship),
        good=READY,
        bad=with_coverage(relationship=""),
    ),
    Rule(
        id="ELG-204",
        title="The subscriber is whole",
        severity=Severity.BLOCKER,
        field="coverage.subscriber",
        message="The subscriber's name, birth date, sex or address is missing.",
        fix="Complete the subscriber on the coverage.",
        citation=at(DENTAL_FORM, "items 12 to 14"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.coverage.relationship in ("", "self") or subscriber_is_whole(c),
        good=with_subscriber(),
        bad=with_subscriber(birth_date=None),
    ),
    Rule(
        id="ELG-205",
        title="The patient's address is whole",
        severity=Severity.BLOCKER,
        field="claim.patient",
        message="The patient's address is not complete.",
        fix="Enter street, city, state and ZIP code on the patient's page.",
        citation=at(DENTAL_FORM, "item 20"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.encounter.patient.address.is_whole,
        good=READY,
        bad=with_encounter(patient=replace(SIGNED.patient, address=Address("22 Pine St"))),
    ),
    Rule(
        id="ELG-206",
        title="The patient's birth date and sex are there",
        severity=Severity.BLOCKER,
        field="claim.patient",
        message="The patient's birth date or sex is missing.",
        fix="Complete the patient's page; sex may be 'unknown'.",
        citation=at(DENTAL_FORM, "items 21 and 22"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.encounter.patient.birth_date is not None and said(c.encounter.patient.sex),
        good=READY,
        bad=with_encounter(patient=replace(SIGNED.patient, birth_date=None)),
    ),
    Rule(
        id="ELG-207",
        title="The signature is on file",
        severity=Severity.WARNING,
        field="coverage.signature_on_file",
        message="The patient's signature for the release of records is not on file.",
        fix="Have it signed, and mark it on the coverage.",
        citation=at(DENTAL_FORM, "item 36"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.coverage.signature_on_file is True,
        good=READY,
        bad=with_coverage(signature_on_file=False),
    ),
    Rule(
        id="ELG-208",
        title="Benefits are assigned to the practice",
        severity=Severity.ADVICE,
        field="coverage.assignment_of_benefits",
        message="Benefits are not assigned. The plan will pay the subscriber, not the practice.",
        fix="Have the assignment signed, and mark it on the coverage.",
        citation=at(DENTAL_FORM, "item 37"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.coverage.assignment_of_benefits is True,
        good=READY,
        bad=with_coverage(assignment_of_benefits=False),
    ),
    Rule(
        id="ELG-209",
        title="The coverage names its plan",
        severity=Severity.ADVICE,
        field="coverage.plan_name",
        message="The plan has no name.",
        fix="Copy it from the insurance card.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: said(c.coverage.plan_name),
        good=READY,
        bad=with_coverage(plan_name=""),
    ),
    Rule(
        id="ELG-210",
        title="No identifier is copied from another payer",
        severity=Severity.WARNING,
        field="coverage.member_id",
        message="An identifier of this plan is the same as one of the patient's plan at another payer.",
        fix="Compare it with the card and the letter of this payer, and correct the one that was copied.",
        citation=at(CARC, "31"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: not copied(c),
        good=with_claim(other_coverages=(MEDICAL_PLAN,)),
        bad=with_claim(other_coverages=(replace(MEDICAL_PLAN, member_id=READY.coverage.member_id),)),
        tell=lambda c: (
            f"The {and_joined(copied(c))} of this plan {'is' if len(copied(c)) == 1 else 'are'} the same as an"
            " identifier of the patient's plan at another payer."
        ),
    ),
)
