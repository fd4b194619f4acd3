"""COB: two plans, and which pays first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from claims.among import AdjustedFacts, AnsweredLineFacts, PrimaryFacts, RestrictionFacts
from claims.facts import ClaimFacts, CoverageFacts
from claims.rules.citations import CARC, COORDINATION, PRIVACY, SECONDARY_DATA
from claims.rules.examples import MEDICAL, READY, with_claim
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import DENTAL_FORM, at
from documentation.rules.predicates import in_order, said


def others_in_force(c: ClaimFacts) -> list[CoverageFacts]:
    """The patient's other plans on the date of service."""
    return [o for o in c.other_coverages if in_order(o.effective_on, c.service_date, o.terminated_on)]


def medical_plan_may_pay_first(c: ClaimFacts) -> bool:
    """Whether a dental claim goes out first although a medical plan covers the patient, too."""
    return (
        c.kind == "dental"
        and c.sequence == 1
        and c.policy.treats_as != "dental"
        and any(o.kind == "medical" for o in others_in_force(c))
    )


def plan_is_known(coverage: CoverageFacts) -> bool:
    return said(coverage.payer.name, coverage.payer.payer_id, coverage.member_id)


SECOND = replace(READY.coverage, priority=2, payer=replace(READY.coverage.payer, name="Second Plan", payer_id="99992"))
_LINE = AnsweredLineFacts(
    "D0371", 85000, 60000, 80000, (AdjustedFacts("CO", "45", 5000), AdjustedFacts("PR", "2", 20000))
)
ANSWER = PrimaryFacts(
    payer="Example Dental Plan", payer_id="99991", answered_on=date(2026, 11, 20), charge_cents=85000, paid_cents=60000,
    patient_cents=20000, lines=(_LINE,), has_document=True,
)  # fmt: skip
SECONDARY = with_claim(
    sequence=2, coverage=SECOND, other_coverages=(READY.coverage,), primary_is_decided=True, primary=ANSWER
)


def answered_before(c: ClaimFacts) -> bool:
    """Whether this is a claim to a second plan, and the first has answered."""
    return c.sequence > 1 and c.primary_is_decided


def told_as(way: str) -> CoverageFacts:
    """The second plan, whose payer wants to be told of the first in this way."""
    return replace(SECOND, payer=replace(SECOND.payer, terms=replace(SECOND.payer.terms, cob_as=way)))


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COB-101",
        title="The second plan waits for the first",
        severity=Severity.BLOCKER,
        field="claim.sequence",
        message="The first plan has not answered yet.",
        fix="Wait for its answer; the second plan needs the amounts.",
        citation=at(CARC, "22"),
        prevents=Cause.COB,
        passes=lambda c: c.sequence == 1 or c.primary_is_decided,
        good=SECONDARY,
        bad=replace(SECONDARY, primary_is_decided=False),
    ),
    Rule(
        id="COB-102",
        title="The second plan is told of the first",
        severity=Severity.BLOCKER,
        field="coverage.other_coverages",
        message="This is a claim to the second plan, but the first is not recorded.",
        fix="Add the plan that paid first to the patient's coverages.",
        citation=at(DENTAL_FORM, "items 4 to 11"),
        prevents=Cause.COB,
        passes=lambda c: c.sequence == 1 or bool(c.other_coverages),
        good=SECONDARY,
        bad=replace(SECONDARY, other_coverages=()),
    ),
    Rule(
        id="COB-103",
        title="The patient's other plans are whole",
        severity=Severity.WARNING,
        field="coverage.other_coverages",
        message="Another plan of the patient has no payer ID or no member ID.",
        fix="Complete it: both plans ask for each other's numbers.",
        citation=at(DENTAL_FORM, "items 5 to 11a"),
        prevents=Cause.COB,
        passes=lambda c: all(plan_is_known(o) for o in others_in_force(c)),
        good=with_claim(other_coverages=(SECOND,)),
        bad=with_claim(other_coverages=(replace(SECOND, member_id=""),)),
        tell=lambda c: "{} has no payer ID or no member ID.".format(
            next(o.payer.name for o in others_in_force(c) if not plan_is_known(o)) or "Another plan"
        ),
    ),
    Rule(
        id="COB-104",
        title="The medical plan is asked first where it may pay",
        severity=Severity.WARNING,
        field="claim.sequence",
        message="A medical plan covers the patient, too, and usually pays first.",
        fix="Bill the medical plan first, or say why the dental plan comes first.",
        citation=COORDINATION,
        prevents=Cause.COB,
        passes=lambda c: not medical_plan_may_pay_first(c),
        good=with_claim(other_coverages=(MEDICAL.coverage,)),
        bad=with_claim(
            other_coverages=(MEDICAL.coverage,),
            coverage=replace(
                READY.coverage,
                payer=replace(READY.coverage.payer, policy=replace(READY.policy, treats_as="unknown")),
            ),
        ),
    ),
    Rule(
        id="COB-105",
        title="The plan that pays first is billed first",
        severity=Severity.WARNING,
        field="coverage.priority",
        message="A plan with a higher priority is in force, but this claim goes out first.",
        fix="Correct the order of the plans, or bill the other one first.",
        citation=at(CARC, "22"),
        prevents=Cause.COB,
        passes=lambda c: c.sequence > 1 or all(o.priority >= c.coverage.priority for o in others_in_force(c)),
        good=with_claim(other_coverages=(SECOND,)),
        bad=with_claim(coverage=SECOND, other_coverages=(replace(READY.coverage, effective_on=date(2025, 1, 1)),)),
    ),
    Rule(
        id="COB-106",
        title="A person confirmed the order of the plans",
        severity=Severity.WARNING,
        field="coverage.order",
        message="Nobody confirmed which plan pays first, or something changed since.",
        fix="Look at the suggested order and its rule on the page of the plans, then confirm it.",
        citation=COORDINATION,
        prevents=Cause.COB,
        passes=lambda c: c.order_is_confirmed or not others_in_force(c),
        good=with_claim(other_coverages=(SECOND,)),
        bad=with_claim(other_coverages=(SECOND,), order_is_confirmed=False),
    ),
    Rule(
        id="COB-107",
        title="The second plan is told every amount of the first",
        severity=Severity.WARNING,
        field="claim.primary",
        message="The first plan's amounts are not at hand line by line, do not add up, or are of a part of it only.",
        fix="Post its remittance, or type its EOB on the first claim's page.",
        citation=SECONDARY_DATA,
        prevents=Cause.COB,
        passes=lambda c: not answered_before(c) or (c.primary is not None and c.primary.is_even and c.primary.is_whole),
        good=SECONDARY,
        bad=replace(SECONDARY, primary=replace(ANSWER, paid_cents=50000)),
    ),
    Rule(
        id="COB-108",
        title="The second plan is told as it wants to be",
        severity=Severity.ADVICE,
        field="payer.cob_as",
        message="It is not known whether this payer takes the first plan's amounts as data or wants its EOB.",
        fix="Ask the payer, and record it on its page.",
        citation=SECONDARY_DATA,
        prevents=Cause.COB,
        passes=lambda c: c.sequence == 1 or c.coverage.payer.terms.cob_as != "unknown",
        good=replace(SECONDARY, coverage=told_as("data")),
        bad=SECONDARY,
    ),
    Rule(
        id="COB-109",
        title="The first plan's EOB is at hand where the second wants it",
        severity=Severity.WARNING,
        field="claim.primary",
        message="This payer wants the first plan's EOB attached, and none is kept.",
        fix="Ask the first payer for its EOB on paper, and type it with its scan.",
        citation=SECONDARY_DATA,
        prevents=Cause.COB,
        passes=lambda c: (
            not (
                answered_before(c)
                and c.coverage.payer.terms.cob_as == "attachment"
                and not (c.primary and c.primary.has_document)
            )
        ),
        good=replace(SECONDARY, coverage=told_as("attachment")),
        bad=replace(SECONDARY, coverage=told_as("attachment"), primary=replace(ANSWER, has_document=False)),
    ),
    Rule(
        id="COB-111",
        title="No plan is told of what the patient pays and wants kept private",
        severity=Severity.BLOCKER,
        field="claim.restriction",
        message="The patient pays this visit in full and asked that no plan is told of it.",
        fix="Send no claim. Lift the restriction only if the patient takes it back.",
        citation=PRIVACY,
        prevents=Cause.OTHER,
        passes=lambda c: c.restriction is None,
        good=READY,
        bad=with_claim(restriction=RestrictionFacts(date(2026, 11, 2), "Wants the visit kept private.")),
    ),
)
