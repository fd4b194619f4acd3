"""Verbs on appeals: open with its deadline, write the letter, seal, send, decide."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Appeal, Denial
from claims.queries.deadlines import appeal_deadline, last_appeal
from claims.services.figures import OVERTURNED, refresh
from claims.services.letters import edit_again, seal
from claims.workflow import APPEAL, DENIAL, AppealOutcome, AppealStatus, DenialStatus
from documentation.kernel.dates import long_date
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record
from documentation.services.transitions import perform


def open_appeal(denial: Denial, *, by: User, at: datetime) -> Appeal:
    """Open the next appeal of a denial.

    The first is level 1; a further one only after the one before was decided against us. Raises NotPossible for a
    level that exists already, Refused where the payer gave no right of appeal or the last day has passed.
    """
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on appeals.")
    with transaction.atomic():
        row = Denial.objects.select_for_update().get(pk=denial.pk)
        last = last_appeal(row)
        if last and last.status != AppealStatus.DECIDED:
            raise NotPossible(f"An appeal of level {last.level} is open already. Finish it before you start another.")
        if last and last.outcome == AppealOutcome.OVERTURNED_FULL:
            raise NotPossible("This denial was overturned in full. There is nothing left to appeal.")
        if not row.may_appeal:
            raise Refused("The payer gave no right of appeal for this answer. Send a new or corrected claim instead.")
        due = appeal_deadline(row)
        today = row.claim.encounter.location.today(at)
        if due.day < today:
            raise Refused(f"The last day for this appeal was {long_date(due.day)}: {due.reason}.")
        appeal = Appeal.objects.create(
            claim=row.claim,
            denial=row,
            level=last.level + 1 if last else 1,
            due_on=due.day,
            due_reason=due.reason[:200],
            opened_at=at,
            opened_by=by,
        )
        patient = row.claim.encounter.patient
        record("appeal.open", by=by, at=at, subject=row.claim, patient=patient, level=appeal.level)
        step = "appeal" if row.status == DenialStatus.OPEN else None
        if row.status == DenialStatus.RESOLVED:
            with perform(DENIAL, "reopen", row, by=by, at=at, patient=patient):
                pass
            step = "appeal"
        if step:
            with perform(DENIAL, step, row, by=by, at=at, patient=patient):
                pass
        refresh(row.claim)
    return appeal


def save_letter(appeal: Appeal, letter: str, *, by: User, at: datetime, seen: int) -> Appeal:
    """Keep the letter as edited. An empty text brings back the draft from the facts."""
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on appeals.")
    with transaction.atomic():
        row = Appeal.objects.select_for_update().get(pk=appeal.pk)
        if row.status != AppealStatus.DRAFT:
            raise NotPossible("This letter is sealed. Take the appeal back to draft to change it.")
        if row.revision != seen:
            raise NotPossible(
                "Somebody else changed this letter meanwhile. Compare with the text as it stands now, then save again."
            )
        row.letter = letter
        row.full_clean(validate_constraints=False)
        row.revision += 1
        row.save()
        record("appeal.letter", by=by, at=at, subject=row.claim, patient=row.claim.encounter.patient, level=row.level)
    return row


def decide(appeal: Appeal, values: dict[str, Any], *, by: User, at: datetime) -> Appeal:
    """Record how the payer answered: `outcome`, `decided_on`, `recovered` in dollars."""
    errors: dict[str, str] = {}
    outcome = values.get("outcome") or ""
    decided_on: date | None = values.get("decided_on")
    recovered: Decimal = values.get("recovered") or Decimal("0.00")
    submission = appeal.submissions.first()
    today = appeal.claim.encounter.location.today(at)
    if outcome not in list(AppealOutcome):
        errors["outcome"] = "Choose how the payer answered."
    if decided_on is None:
        errors["decided_on"] = "Give the day of the decision."
    elif decided_on > today:
        errors["decided_on"] = "This day lies in the future."
    elif submission and decided_on < submission.sent_on:
        errors["decided_on"] = (
            f"The appeal was sent on {long_date(submission.sent_on)}; it cannot have been decided before."
        )
    if recovered < 0 or recovered > appeal.denial.amount:
        errors["recovered"] = f"Between $0.00 and ${appeal.denial.amount}, the amount that was denied."
    elif outcome in OVERTURNED and not recovered:
        errors["recovered"] = "An overturned denial brings money. Give the amount."
    elif "outcome" not in errors and outcome not in OVERTURNED and recovered:
        errors["recovered"] = "Only an overturned denial brings money. Leave this empty."
    if errors:
        raise ValidationError(errors)
    claim = appeal.claim
    patient = claim.encounter.patient
    with transaction.atomic():
        with perform(APPEAL, "decide", appeal, by=by, at=at, patient=patient, outcome=outcome) as row:
            Appeal.objects.filter(pk=row.pk).update(outcome=outcome, decided_on=decided_on, recovered=recovered)
        step = "resolve" if outcome == AppealOutcome.OVERTURNED_FULL else "reopen"
        denial = Denial.objects.get(pk=appeal.denial_id)
        if denial.status == DenialStatus.APPEALED:
            with perform(DENIAL, step, denial, by=by, at=at, patient=patient):
                if step == "resolve":
                    Denial.objects.filter(pk=denial.pk).update(
                        resolution="Overturned on appeal", resolved_on=decided_on
                    )
        refresh(claim)
    appeal.refresh_from_db()
    return appeal


def withdraw(appeal: Appeal, *, by: User, at: datetime) -> None:
    """Give an appeal up; the denial is open again."""
    patient = appeal.claim.encounter.patient
    with transaction.atomic():
        with perform(APPEAL, "withdraw", appeal, by=by, at=at, patient=patient):
            pass
        denial = Denial.objects.get(pk=appeal.denial_id)
        if denial.status == DenialStatus.APPEALED:
            with perform(DENIAL, "reopen", denial, by=by, at=at, patient=patient):
                pass
        refresh(appeal.claim)


__all__ = ["OVERTURNED", "decide", "edit_again", "open_appeal", "save_letter", "seal", "withdraw"]
