"""The claim of the reference case as facts, and ways to change one thing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from claims.facts import (
    AuthorizationFacts,
    ClaimFacts,
    CoverageFacts,
    EligibilityFacts,
    EstimateFacts,
    LineFacts,
    PayerFacts,
    PolicyFacts,
    SiblingClaimFacts,
    SubscriberFacts,
)
from documentation.facts import Address, SignatureFacts
from documentation.rules.examples import COMPLETE

SIGNED = replace(
    COMPLETE,
    status="signed",
    signature=SignatureFacts(
        "Casey Example", "DDS", "DE60123456", datetime(2026, 11, 5, 18, 5, tzinfo=UTC), content_sha256="0" * 64
    ),
)

_PATIENT = COMPLETE.patient

_COVERAGE = CoverageFacts(
    payer=PayerFacts(
        name="Example Dental Plan",
        payer_id="99991",
        line="dental",
        address=Address("PO Box 100", "", "Omaha", "NE", "681010100"),
        policy=PolicyFacts(
            covers_d0371="yes",
            treats_as="dental",
            prior_authorization="not_required",
            attachments="always",
            timely_filing_days=365,
            appeal_days=180,
            source="provider manual 2026, section 4",
            verified_on=date(2026, 10, 12),
        ),
    ),
    plan_name="PPO Gold",
    group_number="GRP5501",
    member_id="W123456789",
    effective_on=date(2024, 1, 1),
    signature_on_file=True,
    assignment_of_benefits=True,
    subscriber=SubscriberFacts(
        _PATIENT.first_name, _PATIENT.last_name, _PATIENT.birth_date, _PATIENT.sex, _PATIENT.address
    ),
)

READY = ClaimFacts(
    number="C000001",
    today=date(2026, 11, 6),
    encounter=SIGNED,
    billing=COMPLETE.location,
    coverage=_COVERAGE,
    eligibility=EligibilityFacts(
        checked_on=date(2026, 11, 2),
        method="portal",
        reference="EL-77120",
        active=True,
        covers_specialized_diagnostics="yes",
        deductible_remaining_cents=0,
        annual_maximum_remaining_cents=142000,
        coinsurance_percent=20,
    ),
    estimate=EstimateFacts(17000, 17000, given_on=date(2026, 11, 2), acknowledged_on=date(2026, 11, 2)),
    lines=(LineFacts("D0371", 85000, description="Salivary duct endoscopy with images and interpretation"),),
    diagnoses=("K11.8",),
)

MEDICAL = replace(
    READY,
    kind="medical",
    coverage=replace(
        _COVERAGE,
        payer=replace(
            _COVERAGE.payer,
            name="Example Health Plan",
            payer_id="88881",
            line="medical",
            policy=replace(_COVERAGE.payer.policy, treats_as="medical"),
        ),
    ),
    lines=(
        LineFacts("42699", 85000, description="Diagnostic sialendoscopy, left submandibular duct", comparator="42660"),
    ),
    confirmed_code="42699",
)
"""The same visit billed to a medical plan."""

APPROVED = AuthorizationFacts(
    "prior_authorization", "approved", "PA-5501", ("D0371",), date(2026, 10, 20), date(2027, 1, 20)
)

AUTHORIZED = replace(
    READY,
    coverage=replace(
        _COVERAGE,
        payer=replace(_COVERAGE.payer, policy=replace(_COVERAGE.payer.policy, prior_authorization="required")),
    ),
    authorizations=(APPROVED,),
)
"""A plan that demands prior authorization, and the one that it gave."""

TWIN = SiblingClaimFacts("C000002", "submitted", READY.service_date, ("D0371",), "99991", ("L submandibular",))


def with_claim(**changes: Any) -> ClaimFacts:
    return replace(READY, **changes)


def with_encounter(**changes: Any) -> ClaimFacts:
    return replace(READY, encounter=replace(SIGNED, **changes))


def with_coverage(**changes: Any) -> ClaimFacts:
    return replace(READY, coverage=replace(_COVERAGE, **changes))


def with_payer(**changes: Any) -> ClaimFacts:
    return with_coverage(payer=replace(_COVERAGE.payer, **changes))


def with_policy(**changes: Any) -> ClaimFacts:
    return with_payer(policy=replace(_COVERAGE.payer.policy, **changes))


def with_subscriber(**changes: Any) -> ClaimFacts:
    """Covered through somebody else, whose data are changed."""
    holder = SubscriberFacts("Jordan", "Doe", date(1979, 8, 2), "M", _PATIENT.address)
    return with_coverage(relationship="spouse", subscriber=replace(holder, **changes))


def with_eligibility(**changes: Any) -> ClaimFacts:
    return replace(READY, eligibility=replace(READY.eligibility, **changes) if READY.eligibility else None)


def with_line(**changes: Any) -> ClaimFacts:
    """The line of the sialoendoscopy changed."""
    return with_claim(lines=(replace(READY.lines[0], **changes),))


def with_second_line(code: str, fee_cents: int = 9000, **changes: Any) -> ClaimFacts:
    """Another service on the same claim."""
    return with_claim(lines=(*READY.lines, LineFacts(code, fee_cents, **changes)))


def with_authorization(**changes: Any) -> ClaimFacts:
    """The authorization that the plan gave, changed."""
    return replace(AUTHORIZED, authorizations=(replace(APPROVED, **changes),))


def with_medical_line(**changes: Any) -> ClaimFacts:
    """The unlisted line of the medical claim changed; a bare one where its comparator is not given."""
    line = replace(MEDICAL.lines[0], **{"comparator": "", **changes} if "description" in changes else changes)
    return replace(MEDICAL, lines=(line,), confirmed_code=line.code)


def with_billing(**changes: Any) -> ClaimFacts:
    return replace(READY, billing=replace(READY.billing, **changes))
