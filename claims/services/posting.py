"""Posting: a payer's answer becomes the state of the claim, once."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from claims.codes.denial_causes import Classification, Outcome
from claims.models import Appeal, Claim, Denial, Remittance, RemittanceClaim
from claims.queries.remittances import DECISIONS, classification_of
from claims.services import appeals, denials
from claims.services.figures import refresh
from claims.workflow import (
    ADJUDICATION,
    APPEALS_TO_SEND,
    CLOSING,
    AppealOutcome,
    AppealStatus,
    Closing,
    DenialStatus,
)
from documentation.kernel.machine import NotPermitted, Refused
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record
from documentation.services.transitions import perform

STEP = {
    Outcome.PAID: "pay",
    Outcome.PARTLY_PAID: "pay_part",
    Outcome.DENIED: "deny",
    Outcome.PATIENT_SHARE: "leave_to_patient",
    Outcome.PENDED: "pend",
    Outcome.REVERSAL: "reverse",
}


def post(remittance: Remittance, *, by: User, at: datetime, reason: str = "") -> bool:
    """Post one check in one transaction. False when it was posted before: then nothing changes.

    Raises Refused for a check with problems, and for one made out to another payee unless a reason is given.
    """
    if not by.may(Permission.REMITTANCE_POST):
        raise NotPermitted("Your role does not allow you to post remittances.")
    with transaction.atomic():
        row = Remittance.objects.select_for_update().get(pk=remittance.pk)
        if row.posted_at:
            return False
        if row.problems:
            raise Refused("This check cannot be posted.", *row.problems)
        if row.is_foreign and not reason.strip():
            raise Refused("This check is made out to another payee. Say why it is posted here, or leave it.")
        for answer in row.answers.filter(claim__isnull=False).select_related("remittance"):
            post_answer(answer, by=by, at=at)
        # The condition makes a second poster find nothing to do, where no row lock exists.
        won = Remittance.objects.filter(pk=row.pk, posted_at=None).update(
            posted_at=at, posted_by=by, foreign_reason=reason[:300]
        )
        if not won:
            raise Refused("Somebody else is posting this check at this moment.")
        for claim in Claim.objects.filter(answers__remittance=row).distinct():
            refresh(claim)
        record("remittance.post", by=by, at=at, subject=f"check {row.pk}", claims=row.answers.count())
    return True


def post_answer(answer: RemittanceClaim, *, by: User, at: datetime) -> None:
    """Bring one matched answer to its claim: its state, its denial, its appeal."""
    if answer.claim_id is None:
        raise ValueError("an answer is posted to a claim")
    # As it is now: an earlier answer of the same check may have changed it.
    claim = Claim.objects.select_related("encounter__patient", "encounter__location").get(pk=answer.claim_id)
    found = classification_of(answer)
    step = STEP.get(found.outcome)
    if step is None:  # a predetermination is an estimate: it changes nothing and denies nothing
        return
    patient = claim.encounter.patient
    paid_on = answer.remittance.paid_on or claim.encounter.location.today(at)
    with perform(ADJUDICATION, step, claim, by=by, at=at, patient=patient):
        pass
    was_void = claim.closing == Closing.VOIDED
    if was_void and found.outcome in DECISIONS:
        reason = "The payer answered it all the same."
        with perform(CLOSING, "answer_void", claim, by=by, at=at, patient=patient, because=reason):
            Claim.objects.filter(pk=claim.pk).update(void_answered_at=at)
    elif claim.closing == Closing.CLOSED and found.outcome is not Outcome.PAID:
        # What was settled is not any more: the claim must be seen again.
        with perform(CLOSING, "reopen", claim, by=by, at=at, patient=patient):
            pass
    if found.outcome is Outcome.REVERSAL:
        return
    if found.outcome in (Outcome.PAID, Outcome.PARTLY_PAID):
        _settle(claim, answer, found, paid_on, by=by, at=at)
    if found.is_denial:
        _resolve_open(claim, "Replaced by a later answer", paid_on, by=by, at=at)
        denials.open_denial(answer, found, denied_on=paid_on, by=by, at=at)
    elif found.outcome is Outcome.PAID and claim.closing == Closing.OPEN and not was_void:
        with perform(CLOSING, "close", claim, by=by, at=at, patient=patient):
            pass
    if answer.remittance.posted_at:
        refresh(claim)


def _settle(
    claim: Claim, answer: RemittanceClaim, found: Classification, paid_on: date, *, by: User, at: datetime
) -> None:
    """A payment after a denial decides the appeal that waits, and resolves what it pays."""
    for appeal in Appeal.objects.filter(claim=claim, status=AppealStatus.SENT):
        sent_on = max((s.sent_on for s in appeal.submissions.all()), default=paid_on)
        if paid_on < sent_on or not answer.paid:
            continue
        outcome = AppealOutcome.OVERTURNED_PARTIAL if found.is_denial else AppealOutcome.OVERTURNED_FULL
        # Checks are often dated ahead; the decision is known today.
        decided_on = min(paid_on, claim.encounter.location.today(at))
        values = {"outcome": outcome, "decided_on": decided_on, "recovered": min(answer.paid, appeal.denial.amount)}
        appeals.decide(appeal, values, by=by, at=at)
    if not found.is_denial:
        for appeal in Appeal.objects.filter(claim=claim, status__in=APPEALS_TO_SEND):
            appeals.withdraw(appeal, by=by, at=at)  # the payer gave in before it was sent
        _resolve_open(claim, "Paid by a later answer", paid_on, by=by, at=at)


def _resolve_open(claim: Claim, how: str, on: date, *, by: User, at: datetime) -> None:
    for denial in Denial.objects.filter(claim=claim, status=DenialStatus.OPEN):
        denials.resolve(denial, how, on=on, by=by, at=at)


def recovered_by(claim: Claim) -> Decimal:
    """What appeals brought for a claim."""
    return sum((a.recovered for a in Appeal.objects.filter(claim=claim)), Decimal("0.00"))
