"""Verbs on denials: open, say otherwise about the cause, resolve."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.codes.denial_causes import Classification
from claims.models import Denial, RemittanceClaim
from claims.services.figures import refresh
from claims.workflow import APPEALS_TO_SEND, DENIAL, AppealStatus
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.money import from_cents
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause
from documentation.models import User
from documentation.services.audit import record
from documentation.services.transitions import perform


def open_denial(answer: RemittanceClaim, found: Classification, *, denied_on: date, by: User, at: datetime) -> Denial:
    """Open the case of what a payer refused, inside the transaction that posts its answer."""
    claim = answer.claim
    if claim is None:
        raise ValueError("a denial answers a claim")
    submission = claim.submissions.filter(sent_on__lte=denied_on).first() or claim.submissions.first()
    cause = (found.cause or Cause.OTHER).value
    denial = Denial.objects.create(
        claim=claim,
        answer=answer,
        packet=submission.packet if submission else None,
        group=found.group,
        carc=found.carc,
        rarcs=list(found.rarcs),
        codes=[c.as_json() for c in found.codes],
        machine_cause=cause,
        cause=cause,
        amount=from_cents(found.denied_cents),
        is_full=found.is_full,
        is_first=not _was_answered_before(answer),
        may_appeal=found.may_appeal,
        denied_on=denied_on,
        opened_at=at,
    )
    record("denial.open", by=by, at=at, subject=claim, patient=claim.encounter.patient, carc=found.carc, cause=cause)
    return denial


def _was_answered_before(answer: RemittanceClaim) -> bool:
    earlier = RemittanceClaim.objects.filter(claim=answer.claim, remittance__posted_at__isnull=False)
    return (
        earlier.exclude(pk=answer.pk)
        .exclude(remittance=answer.remittance_id)
        .filter(outcome__in=("paid", "partly_paid", "denied", "patient_share"))
        .exists()
    )


def set_cause(denial: Denial, cause: str, reason: str, *, by: User, at: datetime) -> Denial:
    """Say otherwise about the cause, with a reason. What the classifier said stays beside it."""
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on denials.")
    if not reason.strip():
        raise ValidationError({"cause_reason": "Say why: the figures follow what you choose."})
    with transaction.atomic():
        row = Denial.objects.select_for_update().get(pk=denial.pk)
        row.cause, row.cause_reason = Cause(cause).value, reason
        row.revision += 1
        row.full_clean(exclude=["answer"])
        row.save()
        refresh(row.claim)
        record("denial.cause", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient, cause=row.cause)
    return row


def assign(denial: Denial, owner: User | None, *, by: User, at: datetime) -> None:
    """Give a denial to somebody, or to nobody."""
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on denials.")
    with transaction.atomic():
        Denial.objects.filter(pk=denial.pk).update(owner=owner)
        name = owner.username if owner else ""
        record("denial.assign", by=by, at=at, subject=denial.claim, patient=denial.claim.encounter.patient, owner=name)


def resolve(denial: Denial, resolution: str, *, on: date, by: User, at: datetime) -> None:
    """Close the case, saying how. A write-off is a decision of its own, never a side effect."""
    if not resolution.strip():
        raise ValidationError({"resolution": "Say how it was resolved."})
    if denial.appeals.filter(status__in=(*APPEALS_TO_SEND, AppealStatus.SENT)).exists():
        raise NotPossible("An appeal of this denial is open. Record its decision, or withdraw it first.")
    claim = denial.claim
    with transaction.atomic():
        with perform(DENIAL, "resolve", denial, by=by, at=at, patient=claim.encounter.patient) as row:
            Denial.objects.filter(pk=row.pk).update(resolution=resolution[:300], resolved_on=on)
        refresh(claim)
