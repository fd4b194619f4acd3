"""FIN: the fee, and whether the patient knew what it may cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from claims.facts import ClaimFacts
from claims.rules.citations import PLAN
from claims.rules.examples import READY, with_claim, with_eligibility, with_line
from documentation.kernel.money import dollars
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import DENTAL_FORM, at
from documentation.rules.predicates import and_joined, in_order


def without_fee(c: ClaimFacts) -> list[str]:
    return [line.code for line in c.lines if line.fee_cents <= 0]


def with_estimate(**changes: Any) -> ClaimFacts:
    return with_claim(estimate=replace(READY.estimate, **changes) if READY.estimate else None)


def annual_maximum_left(c: ClaimFacts) -> int | None:
    return c.eligibility.annual_maximum_remaining_cents if c.eligibility else None


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="FIN-101",
        title="Each line has its full fee",
        severity=Severity.BLOCKER,
        field="lines.fee",
        message="A line has no fee.",
        fix="Enter the practice's full fee, not the contracted one.",
        citation=at(DENTAL_FORM, "item 31"),
        prevents=Cause.OTHER,
        passes=lambda c: not without_fee(c),
        good=READY,
        bad=with_line(fee_cents=0),
        tell=lambda c: f"{and_joined(without_fee(c))} has no fee.",
    ),
    Rule(
        id="FIN-102",
        title="The patient was given an estimate",
        severity=Severity.ADVICE,
        field="estimate.given_on",
        message="The patient was not given an estimate.",
        fix="Make one, and give it to the patient.",
        citation=PLAN,
        prevents=Cause.OTHER,
        passes=lambda c: c.estimate is not None and c.estimate.given_on is not None,
        good=READY,
        bad=with_claim(estimate=None),
    ),
    Rule(
        id="FIN-103",
        title="The patient has acknowledged the estimate",
        severity=Severity.ADVICE,
        field="estimate.acknowledged_on",
        message="The patient has not acknowledged the estimate.",
        fix="Have it signed, and enter the date.",
        citation=PLAN,
        prevents=Cause.OTHER,
        passes=lambda c: c.estimate is None or c.estimate.acknowledged_on is not None,
        good=READY,
        bad=with_estimate(acknowledged_on=None),
    ),
    Rule(
        id="FIN-104",
        title="The estimate came before the service",
        severity=Severity.ADVICE,
        field="estimate.given_on",
        message="The estimate was given after the service.",
        fix="Next time, give it when the visit is planned.",
        citation=PLAN,
        prevents=Cause.OTHER,
        passes=lambda c: c.estimate is None or in_order(c.estimate.given_on, c.service_date),
        good=READY,
        bad=with_estimate(given_on=date(2026, 11, 9)),
    ),
    Rule(
        id="FIN-105",
        title="The annual maximum is not used up",
        severity=Severity.ADVICE,
        field="eligibility.annual_maximum_remaining",
        message="The plan's annual maximum does not reach for this claim.",
        fix="Tell the patient what may remain to pay.",
        citation=PLAN,
        prevents=Cause.COVERAGE,
        passes=lambda c: (left := annual_maximum_left(c)) is None or left >= c.total_cents,
        good=READY,
        bad=with_eligibility(annual_maximum_remaining_cents=10000),
        tell=lambda c: (
            f"Of the plan's annual maximum {dollars(annual_maximum_left(c) or 0)} are left,"
            f" less than the claim's {dollars(c.total_cents)}."
        ),
    ),
)
