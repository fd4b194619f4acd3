"""The verb that replaces a decided claim by a corrected one."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.models import Claim, ClaimLine
from claims.queries.resending import refusals_to_correct
from claims.services.figures import refresh
from claims.services.holding import hold_visit
from claims.services.renumbering import renumber
from claims.workflow import CLOSING
from documentation.kernel.machine import NotPossible
from documentation.models import User
from documentation.services.audit import record
from documentation.services.transitions import perform


def correct(claim: Claim, reason: str, *, by: User, at: datetime) -> Claim:
    """Start the claim that takes the place of one that the payer decided: a draft with the same lines and diagnoses.

    It is sent with frequency 7 and the payer's own number of the old one, which stays readable. Raises Refused where
    the payer has not decided, gave no number, a denial is open, or another claim of the visit is open at the plan;
    NotPossible where somebody starts one at this moment; ValidationError without a reason.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Say what is corrected."})
    try:
        return _correct(claim, reason, by=by, at=at)
    except IntegrityError as e:
        raise NotPossible(
            "Somebody else started a claim for this visit and plan at the same moment. Look at the page again."
        ) from e


def _correct(claim: Claim, reason: str, *, by: User, at: datetime) -> Claim:
    patient = claim.encounter.patient
    with transaction.atomic():
        hold_visit(claim.encounter)
        with perform(
            CLOSING, "correct", claim, by=by, at=at, facts=refusals_to_correct, patient=patient, reason=reason[:300]
        ) as row:
            lines = list(row.lines.all())
        made = Claim(
            encounter=row.encounter,
            coverage=row.coverage,
            kind=row.kind,
            sequence=row.sequence,
            diagnoses=row.diagnoses,
            service_date=row.service_date,
            total=row.total,
            confirmed_code=row.confirmed_code,
            confirmed_by=row.confirmed_by,
            confirmed_at=row.confirmed_at,
            replaces=row,
            created_at=at,
            created_by=by,
        )
        made.full_clean(validate_constraints=False)
        made.save()
        for line in lines:
            line.pk, line.claim = None, made
        ClaimLine.objects.bulk_create(lines)
        refresh(row)
        refresh(made)
        record("claim.start", by=by, at=at, subject=made, patient=patient, replaces=row.number)
        renumber(patient, by=by, at=at)
    return made
