"""What may be asked of who pays: the plan, what is known of its payer, and what was settled before the visit."""

from __future__ import annotations

from datetime import date

from claims.among import UNKNOWN
from claims.conditions.kinds import Kind
from claims.conditions.property import DEAREST, FIRST_DAY, LAST_DAY, Property
from claims.facts import ClaimFacts
from documentation.kernel.vocabulary import RELATIONSHIP

_COVERED = {"yes": "Covered", "no": "Not covered"}


def _known(value: str) -> str | None:
    return None if value == UNKNOWN else value


def _checked_before(facts: ClaimFacts) -> int | None:
    if facts.eligibility is None or facts.service_date is None:
        return None
    return (facts.service_date - facts.eligibility.checked_on).days


def _units_left(facts: ClaimFacts) -> int | None:
    """Of the one that counts; of those that would count but are used up, none is left."""
    if found := facts.authorization_for(facts.procedure_code):
        return found.units_left
    return 0 if facts.used_up_for(facts.procedure_code) else None


PROPERTIES = (
    Property("payer.name", "payer", "The name of the payer.", Kind.TEXT, lambda f: f.coverage.payer.name),
    Property(
        "payer.id", "payer ID", "The electronic ID of the payer.", Kind.TEXT, lambda f: f.coverage.payer.payer_id
    ),
    Property(
        "payer.state", "state of the payer's address", "The two letters of the state, such as NE.", Kind.TEXT,
        lambda f: f.coverage.payer.address.state,
    ),
    Property(
        "payer.covers", "payer's coverage of D0371", "What the playbook reliably says.", Kind.CHOICE,
        lambda f: _known(f.policy.covers_d0371), choices=_COVERED,
    ),
    Property(
        "payer.treats_as", "payer's class for D0371", "Dental or medical, by the playbook.", Kind.CHOICE,
        lambda f: _known(f.policy.treats_as), choices={"dental": "Dental", "medical": "Medical"},
    ),
    Property(
        "payer.authorization", "payer's demand for prior authorization", "Required or not, by the playbook.",
        Kind.CHOICE,
        lambda f: _known(f.policy.prior_authorization),
        choices={"required": "Required", "not_required": "Not required"},
    ),
    Property(
        "payer.attachments", "payer's wish for attachments", "Always, on request or never, by the playbook.",
        Kind.CHOICE,
        lambda f: _known(f.policy.attachments),
        choices={"always": "Always", "on_request": "On request", "never": "Never"},
    ),
    Property(
        "payer.filing_days", "payer's time to file", "Days from the service, by the playbook.", Kind.NUMBER,
        lambda f: f.policy.timely_filing_days, "days", low=1, high=3_650,
    ),
    Property(
        "payer.documents", "documents that the payer wants", "What the playbook names to be enclosed.", Kind.LIST,
        lambda f: f.policy.documents_wanted,
    ),
    Property(
        "payer.permitted", "codes that the payer permits beside D0371", "By the playbook, for the same day.", Kind.LIST,
        lambda f: f.policy.bundling_permitted,
    ),
    Property(
        "payer.stale", "number of facts of the playbook grown too old", "Answers that nobody verified lately.",
        Kind.NUMBER, lambda f: len(f.policy.stale), low=0, high=999, is_always_known=True,
    ),
    Property(
        "payer.network", "network", "Whether the practice is in the payer's network.", Kind.CHOICE,
        lambda f: _known(f.coverage.payer.terms.network), choices={"in": "In network", "out": "Out of network"},
    ),
    Property("plan.name", "plan", "The name of the plan.", Kind.TEXT, lambda f: f.coverage.plan_name),
    Property(
        "plan.group_number", "group number", "The group of the plan.", Kind.TEXT, lambda f: f.coverage.group_number,
    ),
    Property(
        "plan.relationship", "patient's relationship to the subscriber", "Self, spouse, child or other.", Kind.CHOICE,
        lambda f: f.coverage.relationship, choices=RELATIONSHIP,
    ),
    Property(
        "plan.began", "first day of the plan", "The day from which the plan covers.", Kind.DAY,
        lambda f: f.coverage.effective_on, low=FIRST_DAY, high=LAST_DAY,
    ),
    Property(
        "plan.ended", "last day of the plan", "The day on which the plan ended.", Kind.DAY,
        lambda f: f.coverage.terminated_on, low=FIRST_DAY, high=date.max,
    ),
    Property(
        "plan.assigned", "benefits are assigned to the practice", "Whether the payer pays the practice.", Kind.YES_NO,
        lambda f: f.coverage.assignment_of_benefits,
    ),
    Property(
        "plan.others", "number of the patient's other plans", "Plans of the patient besides this one.", Kind.NUMBER,
        lambda f: len(f.other_coverages), low=0, high=99, is_always_known=True,
    ),
    Property(
        "eligibility.active", "plan was active when checked", "What the check of eligibility said.", Kind.YES_NO,
        lambda f: f.eligibility.active if f.eligibility else None,
    ),
    Property(
        "eligibility.days_before", "time from the eligibility check to the service",
        "Days; below 0 where it was checked after the visit.", Kind.NUMBER, _checked_before, "days",
        low=-36_500, high=36_500,
    ),
    Property(
        "eligibility.covers", "plan's coverage of specialized diagnostics", "What the check of eligibility said.",
        Kind.CHOICE,
        lambda f: _known(f.eligibility.covers_specialized_diagnostics) if f.eligibility else None,
        choices=_COVERED,
    ),
    Property(
        "eligibility.deductible", "deductible that is left", "What the patient still pays first.", Kind.MONEY,
        lambda f: f.eligibility.deductible_remaining_cents if f.eligibility else None, low=0, high=DEAREST,
    ),
    Property(
        "eligibility.maximum", "annual maximum that is left", "What the plan still pays this year.", Kind.MONEY,
        lambda f: f.eligibility.annual_maximum_remaining_cents if f.eligibility else None, low=0, high=DEAREST,
    ),
    Property(
        "eligibility.coinsurance", "coinsurance", "The patient's share.", Kind.NUMBER,
        lambda f: f.eligibility.coinsurance_percent if f.eligibility else None, "%", low=0, high=100,
    ),
    Property(
        "authorization.approved", "prior authorization is approved", "One that fits code and day of service.",
        Kind.YES_NO, lambda f: f.authorization_for(f.procedure_code) is not None, is_always_known=True,
    ),
    Property(
        "authorization.units_left", "units left on the prior authorization", "Where the payer set a number.",
        Kind.NUMBER, _units_left, low=0, high=999,
    ),
    Property(
        "authorization.predetermined", "predetermination is approved", "One that fits code and day of service.",
        Kind.YES_NO, lambda f: f.predetermination_for(f.procedure_code) is not None, is_always_known=True,
    ),
    Property(
        "estimate.given", "patient was given an estimate", "Whether one is on record for the visit.", Kind.YES_NO,
        lambda f: f.estimate is not None, is_always_known=True,
    ),
    Property(
        "estimate.acknowledged", "patient acknowledged the estimate", "Whether the patient signed or agreed to it.",
        Kind.YES_NO, lambda f: f.estimate.acknowledged_on is not None if f.estimate else None,
    ),
)  # fmt: skip
