"""ELG: whether somebody asked the plan in time, and what it answered. Unknown is never 'no'."""

from __future__ import annotations

from datetime import date, timedelta

from claims.facts import ClaimFacts
from claims.rules.citations import CARC, PLAN
from claims.rules.examples import READY, with_claim, with_eligibility
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import at
from documentation.rules.predicates import said

CHECK_GOES_STALE_AFTER = 30
"""Days before the service, where the payer has no number of its own (a decision of ours)."""


def days_before_service(c: ClaimFacts, day: date | None) -> timedelta:
    """How long before the service something was looked at; zero or less afterwards or where a date is missing."""
    return c.service_date - day if c.service_date and day else timedelta(0)


def check_holds_for(c: ClaimFacts) -> int:
    """Days before the service within which an answer on eligibility counts."""
    return c.policy.eligibility_days or CHECK_GOES_STALE_AFTER


def check_is_of_the_same_month(c: ClaimFacts) -> bool:
    if c.eligibility is None or c.service_date is None:
        return True
    day = c.eligibility.checked_on
    return day >= c.service_date or (day.year, day.month) == (c.service_date.year, c.service_date.month)


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="ELG-101",
        title="Eligibility was checked",
        severity=Severity.WARNING,
        field="eligibility.checked_on",
        message="Nobody has checked that the plan was active.",
        fix="Check with the payer, and record date and reference.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.eligibility is not None,
        good=READY,
        bad=with_claim(eligibility=None),
    ),
    Rule(
        id="ELG-102",
        title="The plan was active",
        severity=Severity.BLOCKER,
        field="eligibility.active",
        message="The eligibility check says that the plan is not active.",
        fix="Ask the patient for the plan that is in force, or check again.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.eligibility is None or c.eligibility.active,
        good=READY,
        bad=with_eligibility(active=False),
    ),
    Rule(
        id="ELG-103",
        title="The eligibility check is fresh",
        severity=Severity.WARNING,
        field="eligibility.checked_on",
        message="The eligibility check is too old for the day of service.",
        fix="Check again.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: (
            c.eligibility is None or days_before_service(c, c.eligibility.checked_on).days <= check_holds_for(c)
        ),
        good=READY,
        bad=with_eligibility(checked_on=date(2026, 9, 1)),
        tell=lambda c: (
            f"Eligibility was checked {days_before_service(c, c.eligibility.checked_on).days} days before"
            f" the service; {check_holds_for(c)} is the limit."
            if c.eligibility
            else ""
        ),
    ),
    Rule(
        id="ELG-104",
        title="Eligibility was checked in the month of service",
        severity=Severity.ADVICE,
        field="eligibility.checked_on",
        message="Eligibility was checked in an earlier month. Plans often change on the first.",
        fix="Check again in the month of service.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=check_is_of_the_same_month,
        good=READY,
        bad=with_eligibility(checked_on=date(2026, 10, 28)),
    ),
    Rule(
        id="ELG-105",
        title="The plan covers specialized diagnostics",
        severity=Severity.BLOCKER,
        field="eligibility.covers_specialized_diagnostics",
        message="The plan does not cover specialized diagnostics.",
        fix="Bill another plan or the patient. If the payer says otherwise now, record a new check.",
        citation=PLAN,
        prevents=Cause.COVERAGE,
        passes=lambda c: c.eligibility is None or c.eligibility.covers_specialized_diagnostics != "no",
        good=READY,
        bad=with_eligibility(covers_specialized_diagnostics="no"),
    ),
    Rule(
        id="ELG-106",
        title="It is known whether the plan covers specialized diagnostics",
        severity=Severity.WARNING,
        field="eligibility.covers_specialized_diagnostics",
        message="It is not known whether the plan covers specialized diagnostics.",
        fix="Ask the payer, and record the answer.",
        citation=PLAN,
        prevents=Cause.COVERAGE,
        passes=lambda c: c.eligibility is None or c.eligibility.covers_specialized_diagnostics in ("yes", "no"),
        good=READY,
        bad=with_eligibility(covers_specialized_diagnostics="unknown"),
    ),
    Rule(
        id="ELG-107",
        title="The eligibility check has its reference",
        severity=Severity.ADVICE,
        field="eligibility.reference",
        message="The eligibility check has no reference number. An appeal would need it.",
        fix="Enter the number that the payer gave.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: c.eligibility is None or said(c.eligibility.reference),
        good=READY,
        bad=with_eligibility(reference=""),
    ),
    Rule(
        id="ELG-108",
        title="The waiting period is over",
        severity=Severity.BLOCKER,
        field="eligibility.waiting_until",
        message="The plan's waiting period was not over on the date of service.",
        fix="Bill another plan or the patient. If the payer says otherwise now, record a new check.",
        citation=at(CARC, "179"),
        prevents=Cause.COVERAGE,
        passes=lambda c: (
            c.eligibility is None
            or c.eligibility.waiting_until is None
            or c.service_date is None
            or c.eligibility.waiting_until < c.service_date
        ),
        good=with_eligibility(waiting_until=date(2026, 11, 4)),
        bad=with_eligibility(waiting_until=date(2026, 12, 31)),
        tell=lambda c: (
            f"The plan's waiting period lasts until {long_date(c.eligibility.waiting_until)}."
            if c.eligibility and c.eligibility.waiting_until
            else ""
        ),
    ),
    Rule(
        id="ELG-109",
        title="The plan sets no limit on how often",
        severity=Severity.ADVICE,
        field="eligibility.frequency_limit",
        message="The plan limits how often it pays for this.",
        fix="See that the limit is not used up on the date of service.",
        citation=at(CARC, "119"),
        prevents=Cause.COVERAGE,
        passes=lambda c: c.eligibility is None or not said(c.eligibility.frequency_limit),
        good=READY,
        bad=with_eligibility(frequency_limit="once in 12 months"),
        tell=lambda c: (
            f"The plan limits how often it pays: {c.eligibility.frequency_limit.rstrip('.')}." if c.eligibility else ""
        ),
    ),
    Rule(
        id="ELG-110",
        title="The check that was planned before the visit was made",
        severity=Severity.ADVICE,
        field="eligibility.next_check_on",
        message="Eligibility was to be checked again before the visit.",
        fix="Check again, and record the answer.",
        citation=PLAN,
        prevents=Cause.ELIGIBILITY,
        passes=lambda c: (
            not (
                c.eligibility
                and c.eligibility.next_check_on
                and c.service_date
                and c.eligibility.checked_on < c.eligibility.next_check_on <= c.service_date
            )
        ),
        good=READY,
        bad=with_eligibility(next_check_on=date(2026, 11, 4)),
        tell=lambda c: (
            f"Eligibility was to be checked again on {long_date(c.eligibility.next_check_on)}."
            if c.eligibility and c.eligibility.next_check_on
            else ""
        ),
    ),
)
