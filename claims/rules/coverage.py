"""COV: whether the plan was in force and pays for D0371. Unknown is never 'no', and stale is unknown."""

from __future__ import annotations

from datetime import date

from claims.facts import ClaimFacts, StaleFact
from claims.rules.citations import CARC, PLAN, POLICY
from claims.rules.examples import (
    MEDICAL,
    READY,
    with_claim,
    with_coverage,
    with_payer,
    with_policy,
)
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import at
from documentation.rules.predicates import in_order, said


def why_not_known(c: ClaimFacts, key: str) -> str:
    """What was known before it grew stale, as a sentence; empty where nobody ever knew."""
    fact = c.policy.stale_fact(key)
    return f"{fact.sentence} It counts as not known." if fact else ""


def facts_without_a_source(c: ClaimFacts) -> list[str]:
    return [s.key.replace("_", " ") for s in c.policy.sources if not said(s.source)]


def belongs_to_the_other_line(c: ClaimFacts) -> bool:
    """Whether the payer handles D0371 as dental where the claim is medical, or the reverse."""
    return c.policy.treats_as in ("dental", "medical") and c.policy.treats_as != c.kind


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COV-101",
        title="The plan had begun",
        severity=Severity.BLOCKER,
        field="coverage.effective_on",
        message="The plan was not yet in force on the date of service.",
        fix="Choose the plan that covered the patient on that day.",
        citation=at(CARC, "26"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: in_order(c.coverage.effective_on, c.service_date),
        good=READY,
        bad=with_coverage(effective_on=date(2026, 12, 1)),
        tell=lambda c: (
            f"The plan began on {long_date(c.coverage.effective_on)}, after the date of service."
            if c.coverage.effective_on
            else ""
        ),
    ),
    Rule(
        id="COV-102",
        title="The plan had not ended",
        severity=Severity.BLOCKER,
        field="coverage.terminated_on",
        message="The plan had ended on the date of service.",
        fix="Choose the plan that covered the patient on that day.",
        citation=at(CARC, "27"),
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: in_order(c.service_date, c.coverage.terminated_on),
        good=READY,
        bad=with_coverage(terminated_on=date(2026, 10, 31)),
        tell=lambda c: (
            f"The plan ended on {long_date(c.coverage.terminated_on)}, before the date of service."
            if c.coverage.terminated_on
            else ""
        ),
    ),
    Rule(
        id="COV-103",
        title="The plan pays for D0371",
        severity=Severity.BLOCKER,
        field="payer.covers_d0371",
        message="The payer's policy says that D0371 is not covered.",
        fix="Bill another plan or the patient. If the policy has changed, record what the payer says now.",
        citation=POLICY,
        prevents=Cause.COVERAGE,
        passes=lambda c: c.policy.covers_d0371 != "no",
        good=READY,
        bad=with_policy(covers_d0371="no"),
    ),
    Rule(
        id="COV-104",
        title="It is known whether the plan pays for D0371",
        severity=Severity.WARNING,
        field="payer.covers_d0371",
        message="It is not known whether the payer covers D0371.",
        fix="Ask the payer, and record the answer in its policy.",
        citation=POLICY,
        prevents=Cause.COVERAGE,
        passes=lambda c: c.policy.covers_d0371 in ("yes", "no"),
        good=READY,
        bad=with_policy(covers_d0371="unknown"),
        tell=lambda c: why_not_known(c, "covers_d0371"),
    ),
    Rule(
        id="COV-105",
        title="The claim goes to the right line of business",
        severity=Severity.BLOCKER,
        field="payer.treats_as",
        message="The payer handles D0371 in the other line of business.",
        fix="Start the claim against the plan of that line.",
        citation=at(CARC, "254, 270"),
        prevents=Cause.CROSSOVER,
        passes=lambda c: not belongs_to_the_other_line(c),
        good=MEDICAL,
        bad=with_policy(treats_as="medical"),
        tell=lambda c: f"This is a {c.kind} claim, but the payer handles D0371 as {c.policy.treats_as}.",
    ),
    Rule(
        id="COV-106",
        title="It is known whether the payer handles D0371 as dental or medical",
        severity=Severity.ADVICE,
        field="payer.treats_as",
        message="It is not known whether the payer handles D0371 as dental or as medical.",
        fix="Ask the payer, and record the answer in its policy.",
        citation=POLICY,
        prevents=Cause.CROSSOVER,
        passes=lambda c: c.policy.treats_as in ("dental", "medical"),
        good=READY,
        bad=with_policy(treats_as="unknown"),
        tell=lambda c: why_not_known(c, "treats_as"),
    ),
    Rule(
        id="COV-107",
        title="What is known of the payer is fresh",
        severity=Severity.WARNING,
        field="payer.verified_on",
        message="What is known of the payer is too old to rely on, or was never verified.",
        fix="Ask the payer whether it still holds, and write down the source and the day.",
        citation=POLICY,
        prevents=Cause.COVERAGE,
        passes=lambda c: c.policy.verified_on is not None and not c.policy.stale,
        good=READY,
        bad=with_policy(stale=(StaleFact("attachments", "Wants attachments", "Always", "expired on Jun 30, 2026"),)),
        tell=lambda c: " ".join(f.sentence for f in c.policy.stale),
    ),
    Rule(
        id="COV-108",
        title="The policy has a source",
        severity=Severity.ADVICE,
        field="payer.source",
        message="The record does not say where the payer's policy comes from.",
        fix="Enter the manual, the letter or the call.",
        citation=POLICY,
        prevents=Cause.COVERAGE,
        passes=lambda c: said(c.policy.source) and not facts_without_a_source(c),
        good=READY,
        bad=with_policy(source=""),
    ),
    Rule(
        id="COV-111",
        title="The payer has name and ID",
        severity=Severity.BLOCKER,
        field="payer.payer_id",
        message="The payer has no name or no payer ID.",
        fix="Complete the payer's page.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: said(c.coverage.payer.name, c.coverage.payer.payer_id),
        good=READY,
        bad=with_payer(payer_id=""),
    ),
    Rule(
        id="COV-112",
        title="The plan belongs to the claim's line of business",
        severity=Severity.BLOCKER,
        field="claim.kind",
        message="The claim and the plan are of different lines of business.",
        fix="Start the claim anew against the plan.",
        citation=PLAN,
        prevents=Cause.CROSSOVER,
        passes=lambda c: c.coverage.kind == c.kind,
        good=READY,
        bad=with_claim(kind="medical"),
        tell=lambda c: f"This is a {c.kind} claim, but the plan is {c.coverage.kind}.",
    ),
)
