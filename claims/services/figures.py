"""Keeping the figures of a claim true, in the transaction that changes the claim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from claims.models import Appeal, Claim, ClaimFigures, Coverage, Denial, Payer, RemittanceClaim, Submission
from claims.queries.deadlines import appeal_deadline
from claims.workflow import APPEALS_TO_SEND, AppealOutcome, AppealStatus, Closing, DenialStatus

ZERO = Decimal("0.00")
ANSWERS = ("paid", "partly_paid", "denied", "patient_share")
OVERTURNED = (AppealOutcome.OVERTURNED_FULL, AppealOutcome.OVERTURNED_PARTIAL)


def refresh(claim: Claim) -> None:
    """Count one claim again. Verbs call it last, before their transaction ends."""
    values = figures_of(claim)
    ClaimFigures.objects.update_or_create(claim_id=claim.pk, defaults=values)


def refresh_deadlines(payer: Payer) -> None:
    """Count the open denials of a payer again, whose last days follow what is known of its rules."""
    for claim in Claim.objects.filter(coverage__payer=payer, figures__at_risk__gt=0):
        refresh(claim)


def refresh_of_plan(coverage: Coverage) -> None:
    """Count the claims of a plan again, whose payer and last days follow from it."""
    for claim in Claim.objects.filter(coverage=coverage, figures__isnull=False):
        refresh(claim)


def figures_of(claim: Claim) -> dict[str, Any]:
    """The figures of a claim from its rows."""
    submissions = list(Submission.objects.filter(claim=claim, packet__kind="claim").order_by("sent_on", "pk"))
    answers = list(
        RemittanceClaim.objects.filter(claim=claim, remittance__posted_at__isnull=False)
        .select_related("remittance")
        .order_by("remittance__posted_at", "pk")
    )
    denials = list(Denial.objects.filter(claim=claim).order_by("pk"))
    appeals = list(Appeal.objects.filter(claim=claim))
    first = next((a for a in answers if a.outcome in ANSWERS), None)
    first_denial = next((d for d in denials if d.is_first), None)
    is_open = claim.closing == Closing.OPEN
    open_denials = [d for d in denials if is_open and d.status != DenialStatus.RESOLVED]
    decided = [a for a in appeals if a.status == AppealStatus.DECIDED]
    won_back: dict[int, Decimal] = {}
    for appeal in decided:
        won_back[appeal.denial_id] = won_back.get(appeal.denial_id, ZERO) + appeal.recovered
    return {
        "payer_id": claim.coverage.payer_id,
        "clinician_id": claim.encounter.clinician_id,
        "location_id": claim.encounter.location_id,
        "service_date": claim.service_date,
        "submitted_on": submissions[0].sent_on if submissions else None,
        "answered_on": _day(first),
        "paid_on": _day(next((a for a in answers if a.outcome in ("paid", "partly_paid", "patient_share")), None)),
        "billed": claim.total,
        "paid": sum((a.paid for a in answers if a.outcome != "predetermination"), ZERO),
        "initially_denied": first_denial is not None,
        "first_cause": first_denial.cause if first_denial else "",
        "first_denied": first_denial.amount if first_denial else ZERO,
        "paid_first_time": first is not None and first.outcome in ("paid", "patient_share") and first_denial is None,
        # A later denial of the same dollars does not make them more.
        "at_risk": min(sum((d.amount - won_back.get(d.pk, ZERO) for d in open_denials), ZERO), claim.total),
        "at_risk_until": min(_deadlines(open_denials, appeals), default=None),
        "appeals_decided": len(decided),
        "appeals_overturned": sum(1 for a in decided if a.outcome in OVERTURNED),
        "recovered": sum((a.recovered for a in decided), ZERO),
    }


def _deadlines(denials: list[Denial], appeals: list[Appeal]) -> Iterator[date]:
    """The last days that still run: of appeals to send, and of denials that nobody has appealed."""
    at_risk = {d.pk for d in denials}
    yield from (a.due_on for a in appeals if a.status in APPEALS_TO_SEND and a.denial_id in at_risk)
    yield from (appeal_deadline(d).day for d in denials if d.status == DenialStatus.OPEN and d.may_appeal)


def _day(answer: RemittanceClaim | None) -> date | None:
    if answer is None:
        return None
    return answer.remittance.paid_on
