"""Verbs on denials: open, say otherwise about the cause, resolve."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.codes.denial_causes import Classification
from claims.models import Claim, Denial, RemittanceClaim
from claims.models.packets import DECIDED_ON
from claims.services import work
from claims.services.figures import refresh
from claims.services.holding import hold
from claims.workflow import APPEALS_TO_SEND, DENIAL, AppealStatus, DenialStatus
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
    sent = claim.submissions.filter(packet__kind__in=DECIDED_ON)
    submission = sent.filter(sent_on__lte=denied_on).first() or sent.first()
    packet = submission.packet_id if submission else None
    is_first = not _was_answered_before(answer)
    denial = denial_of(answer, found, packet=packet, is_first=is_first, denied_on=denied_on, at=at)
    denial.save(force_insert=True)
    cause = denial.cause
    record("denial.open", by=by, at=at, subject=claim, patient=claim.encounter.patient, carc=found.carc, cause=cause)
    return denial


def denial_of(
    answer: RemittanceClaim,
    found: Classification,
    *,
    packet: int | None,
    is_first: bool,
    denied_on: date,
    at: datetime,
) -> Denial:
    """The case of what a payer refused, as a row that is not written yet."""
    known = values_of(found, is_first=is_first, denied_on=denied_on, at=at)
    return Denial(claim=answer.claim, answer=answer, packet_id=packet, **known)


def values_of(found: Classification, *, is_first: bool, denied_on: date, at: datetime) -> dict[str, Any]:
    """Every other field of such a row, as a new case has it."""
    cause = (found.cause or Cause.OTHER).value
    return {
        "status": DenialStatus.OPEN.value,
        "group": found.group,
        "carc": found.carc,
        "rarcs": list(found.rarcs),
        "codes": [c.as_json() for c in found.codes],
        "machine_cause": cause,
        "cause": cause,
        "cause_reason": "",
        "amount": from_cents(found.denied_cents),
        "is_full": found.is_full,
        "is_first": is_first,
        "may_appeal": found.may_appeal,
        "denied_on": denied_on,
        "resolution": "",
        "revision": 1,
        "opened_at": at,
    }


def _was_answered_before(answer: RemittanceClaim) -> bool:
    """Whether these dollars were decided on before: on this claim, or on one that it was sent in the place of."""
    claims, claim = [], answer.claim
    while claim and claim.pk not in claims:
        claims.append(claim.pk)
        claim = claim.replaces
    earlier = RemittanceClaim.objects.filter(claim__in=claims, remittance__posted_at__isnull=False)
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
        hold(denial.claim_id)
        row = Denial.objects.select_for_update().get(pk=denial.pk)
        row.cause, row.cause_reason = Cause(cause).value, reason
        row.revision += 1
        row.full_clean(exclude=["answer"])
        row.save()
        refresh(row.claim)
        record("denial.cause", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient, cause=row.cause)
    return row


def assign(denial: Denial, owner: User | None, *, by: User, at: datetime) -> None:
    """Give the claim of a denial to somebody, or to nobody."""
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on denials.")
    work.assign(denial.claim, owner, by=by, at=at)


def take(denial: Denial, seen: int | None, *, by: User, at: datetime) -> Claim:
    """Take the claim of a denial, or give one's own back; `seen` is whose it was on the page."""
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on denials.")
    return work.take(denial.claim, seen, by=by, at=at)


def plan_next(denial: Denial, action: str, on: date | None, *, by: User, at: datetime) -> None:
    """Write down what is done next, and by which day. An empty text goes back to what is advised."""
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on denials.")
    with transaction.atomic():
        hold(denial.claim_id)
        row = Denial.objects.select_for_update().get(pk=denial.pk)
        if row.status == DenialStatus.RESOLVED:
            raise NotPossible("This denial is resolved: nothing is left to do about it.")
        if on and on < row.claim.encounter.location.today(at):
            raise ValidationError({"next_on": "This day has passed. Give today or a later day."})
        row.next_action, row.next_on = action, on if action.strip() else None
        row.revision += 1
        row.full_clean(exclude=["answer"])
        row.save()
        refresh(row.claim)
        record("denial.plan_next", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient)


def resolve(
    denial: Denial,
    resolution: str,
    *,
    on: date,
    by: User,
    at: datetime,
    answer: RemittanceClaim | None = None,
) -> None:
    """Close the case, saying how. A write-off is a decision of its own, never a side effect.

    `answer` is the payer's that settled it, where no person did.
    """
    if not resolution.strip():
        raise ValidationError({"resolution": "Say how it was resolved."})
    claim = denial.claim
    with transaction.atomic():
        # An appeal that is opened at this moment is seen, or waits.
        hold(claim.pk)
        if denial.appeals.filter(status__in=(*APPEALS_TO_SEND, AppealStatus.SENT)).exists():
            raise NotPossible("An appeal of this denial is open. Record its decision, or withdraw it first.")
        with perform(DENIAL, "resolve", denial, by=by, at=at, patient=claim.encounter.patient) as row:
            known = {"resolution": resolution[:300], "resolved_on": on, "resolved_by": answer}
            Denial.objects.filter(pk=row.pk).update(**known)
        refresh(claim)
