"""The verb on claims that a payer does not answer: note what it said when it was asked, and when to ask again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim, StatusCall
from claims.queries.balances import settled
from claims.services.figures import refresh
from claims.workflow import Adjudication, AppealStatus, Closing, Transport
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record


def waits_for_payer(claim: Claim) -> bool:
    """Whether a payer can be asked about a claim: it owes an answer to it, or a decision on an appeal that was sent."""
    if claim.closing != Closing.OPEN:
        return False
    is_away = claim.transport in (Transport.SENT, Transport.ACCEPTED)
    return (is_away and _owes(claim)) or claim.appeals.filter(status=AppealStatus.SENT).exists()


def _owes(claim: Claim) -> bool:
    """Whether an answer is owed: on the claim, on what was pended, or on the rest of what was answered in part."""
    if claim.adjudication in (Adjudication.NONE, Adjudication.PENDED):
        return True
    found = settled(claim)
    return bool(found.standing) and not found.is_whole


def note_call(claim: Claim, values: dict[str, Any], *, by: User, at: datetime) -> StatusCall:
    """Note a call: `outcome`, `called_on`, `next_on`, and who answered, reference and note where given.

    Raises NotPossible for a claim that does not wait for its payer, ValidationError with a sentence by field.
    """
    if not by.may(Permission.CLAIM_SUBMIT):
        raise NotPermitted("Your role does not allow you to note calls to payers.")
    today = claim.encounter.location.today(at)
    called: date | None = values.get("called_on") or today
    following: date | None = values.get("next_on")
    errors = {}
    if called is None or called > today:
        errors["called_on"] = "This day lies in the future. Give the day of the call."
    if following is None:
        errors["next_on"] = "Say when to ask again."
    elif following <= today:
        errors["next_on"] = "Choose a day after today: on it the claim comes up again."
    if errors or called is None or following is None:
        raise ValidationError(errors)
    with transaction.atomic():
        row = Claim.objects.select_for_update().get(pk=claim.pk)
        if not waits_for_payer(row):
            raise NotPossible("This claim does not wait for its payer any more. Look at the page again.")
        call = StatusCall(
            claim=row,
            called_on=called,
            next_on=following,
            outcome=values.get("outcome") or "",
            representative=values.get("representative") or "",
            reference=values.get("reference") or "",
            note=values.get("note") or "",
            recorded_at=at,
            recorded_by=by,
        )
        call.full_clean()
        call.save()
        refresh(row)
        record("claim.call", by=by, at=at, subject=row, patient=claim.encounter.patient, outcome=call.outcome)
    return call
