"""AUT: prior authorization where the policy demands it. Needed, not needed and not known are three answers.

A predetermination estimates a benefit; it is never an authorization.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from claims.facts import AuthorizationFacts, ClaimFacts
from claims.rules.citations import AUTHORIZATION, CARC, POLICY
from claims.rules.coverage import why_not_known
from claims.rules.examples import APPROVED, AUTHORIZED, READY, with_authorization, with_claim, with_policy
from documentation.kernel.dates import short_date
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import at
from documentation.rules.predicates import and_joined, said

STATES = {"requested": "requested", "denied": "denied", "cancelled": "void"}


def stricter(by_rules: str, for_the_patient: str) -> str:
    """Of the payer's rules and its answer for a patient: required, not_required, unknown."""
    return next((said for said in ("required", "not_required") if said in (by_rules, for_the_patient)), "unknown")


def what_is_known(c: ClaimFacts) -> str:
    return stricter(c.policy.prior_authorization, c.eligibility.prior_authorization if c.eligibility else "unknown")


def is_required(c: ClaimFacts) -> bool:
    return what_is_known(c) == "required"


def prior(c: ClaimFacts, *statuses: str) -> list[AuthorizationFacts]:
    """Prior authorizations in one of these states; a predetermination never counts."""
    return [a for a in c.authorizations if a.kind == "prior_authorization" and a.status in statuses]


def for_the_code(c: ClaimFacts) -> list[AuthorizationFacts]:
    """Approved ones that name the procedure, or name none and so mean any."""
    return [a for a in prior(c, "approved") if a.names(c.procedure_code)]


def in_time(c: ClaimFacts) -> list[AuthorizationFacts]:
    """Of these, the ones that hold on the date of service, whether or not they are used up."""
    return [a for a in for_the_code(c) if a.holds_on(c.service_date)]


def waived(c: ClaimFacts) -> list[AuthorizationFacts]:
    """Answers that none is needed, for this code and on this day."""
    answers = prior(c, "not_required")
    return [a for a in answers if a.is_about(c.procedure_code) and a.holds_on(c.service_date)]


def refused(c: ClaimFacts) -> list[AuthorizationFacts]:
    """Refusals of this code."""
    return [a for a in prior(c, "denied") if a.is_about(c.procedure_code)]


def on_the_day(c: ClaimFacts) -> bool:
    return c.authorization_for(c.procedure_code) is not None


def why_none_is_approved(c: ClaimFacts) -> str:
    if any(a.kind == "predetermination" for a in c.authorizations):
        return "The payer demands prior authorization; a predetermination does not replace it."
    asked = prior(c, "requested", "denied", "cancelled")
    return f"The payer demands prior authorization; the one asked for is {STATES[asked[-1].status]}." if asked else ""


def what_the_codes_are(c: ClaimFacts) -> str:
    codes = and_joined(dict.fromkeys(code for a in prior(c, "approved") for code in a.codes))
    return f"The authorization is for {codes}, not for {c.procedure_code}."


def when_it_is_valid(c: ClaimFacts) -> str:
    first = for_the_code(c)[0]
    start = short_date(first.valid_from) if first.valid_from else "the beginning"
    end = short_date(first.valid_to) if first.valid_to else "further notice"
    return f"The authorization holds from {start} to {end}, not on the date of service."


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="AUT-101",
        title="The authorization that the payer demands was given",
        severity=Severity.BLOCKER,
        field="authorization.status",
        message="The payer demands prior authorization, and there is none.",
        fix="Record the approved authorization, or ask the payer for one after the fact.",
        citation=at(CARC, "197"),
        prevents=Cause.AUTHORIZATION,
        passes=lambda c: not is_required(c) or bool(prior(c, "approved")),
        good=AUTHORIZED,
        bad=with_policy(prior_authorization="required"),
        tell=why_none_is_approved,
    ),
    Rule(
        id="AUT-102",
        title="The authorization names the code",
        severity=Severity.BLOCKER,
        field="authorization.codes",
        message="The authorization is for another code.",
        fix="Have the payer correct it, or record the codes that it names.",
        citation=at(CARC, "284"),
        prevents=Cause.AUTHORIZATION,
        passes=lambda c: not is_required(c) or not prior(c, "approved") or bool(for_the_code(c)),
        good=AUTHORIZED,
        bad=with_authorization(codes=("D7979",)),
        tell=what_the_codes_are,
    ),
    Rule(
        id="AUT-103",
        title="The authorization holds on the date of service",
        severity=Severity.BLOCKER,
        field="authorization.valid_to",
        message="The authorization does not hold on the date of service.",
        fix="Ask the payer to extend it, or correct its dates.",
        citation=at(CARC, "302"),
        prevents=Cause.AUTHORIZATION,
        passes=lambda c: not is_required(c) or not for_the_code(c) or bool(in_time(c)),
        good=AUTHORIZED,
        bad=with_authorization(valid_to=date(2026, 10, 31)),
        tell=when_it_is_valid,
    ),
    Rule(
        id="AUT-104",
        title="The authorization has its number",
        severity=Severity.BLOCKER,
        field="authorization.number",
        message="The authorization has no number.",
        fix="Enter the number that the payer gave.",
        citation=AUTHORIZATION,
        prevents=Cause.AUTHORIZATION,
        passes=lambda c: (
            not is_required(c)
            or not on_the_day(c)
            or any(said(a.number) for a in for_the_code(c) if a.covers(c.procedure_code, c.service_date))
        ),
        good=AUTHORIZED,
        bad=with_authorization(number=""),
    ),
    Rule(
        id="AUT-105",
        title="It is known whether authorization is needed",
        severity=Severity.WARNING,
        field="payer.prior_authorization",
        message="It is not known whether the payer demands prior authorization.",
        fix="Ask the payer, and record the answer in its policy.",
        citation=POLICY,
        prevents=Cause.AUTHORIZATION,
        passes=lambda c: what_is_known(c) != "unknown" or on_the_day(c) or bool(waived(c)),
        good=READY,
        bad=with_policy(prior_authorization="unknown"),
        tell=lambda c: why_not_known(c, "prior_authorization"),
    ),
    Rule(
        id="AUT-106",
        title="The payer has not refused the service",
        severity=Severity.WARNING,
        field="authorization.status",
        message="The payer has refused to authorize this service.",
        fix="Ask for a review before sending, or bill the patient.",
        citation=at(CARC, "39"),
        prevents=Cause.AUTHORIZATION,
        passes=lambda c: is_required(c) or on_the_day(c) or not refused(c),
        good=READY,
        bad=with_claim(authorizations=(replace(APPROVED, status="denied"),)),
    ),
    Rule(
        id="AUT-107",
        title="The authorization has units left",
        severity=Severity.BLOCKER,
        field="authorization.units",
        message="The authorization is used up.",
        fix="Ask the payer for another one, or correct the number of units.",
        citation=at(CARC, "198"),
        prevents=Cause.AUTHORIZATION,
        passes=lambda c: not is_required(c) or not in_time(c) or on_the_day(c),
        good=with_authorization(units=2, units_used=1),
        bad=with_authorization(units=1, units_used=1),
        tell=lambda c: f"The {in_time(c)[0].units} authorized units are used by earlier claims.",
    ),
)
