"""The verb that decides what is done about a denial, with its reason and its consequence in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.codes.ways_out import WAY_LABELS, Way
from claims.models import Claim, Decision, Denial
from claims.queries.plans import billed
from claims.queries.ways import advice_on, claim_to, meaning_of, other_plan_of
from claims.services import appeals, closing, correcting, denials, preparation, writing_off
from claims.services.figures import refresh
from claims.services.holding import hold_visit
from claims.workflow import DenialStatus
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record

DAYS_TO_SEND = 7
"""Days until documents that somebody decided to send are looked for."""


def decide(denial: Denial, way: str, reason: str, *, by: User, at: datetime) -> Decision:
    """Decide what is done about a denial: the decision is kept with its reason, and what follows from it is done.

    Raises Refused with what stands against the way, NotPossible for a denial that is resolved, ValidationError without
    a reason.
    """
    if not by.may(Permission.APPEAL_EDIT):
        raise NotPermitted("Your role does not allow you to work on denials.")
    if way not in WAY_LABELS:
        raise ValidationError({"way": "Choose one of the ways offered here."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why: the next person, and the practice's own record, rest on it."})
    chosen = Way(way)
    with transaction.atomic():
        row = _locked(denial)
        today = row.claim.encounter.location.today(at)
        advice = next(a for a in advice_on(row, today) if a.way is chosen)
        if advice.against:
            raise Refused(*advice.against)
        links = _FOLLOWS[chosen](row, reason, today, by, at)
        decision = Decision(
            denial=row,
            way=chosen,
            reason=reason,
            was_advised=advice.rank == 1,
            decided_at=at,
            decided_by=by,
            **links,
        )
        decision.full_clean(validate_constraints=False)
        decision.save()
        refresh(Claim.objects.get(pk=row.claim_id))
        record(
            "denial.decide",
            by=by,
            at=at,
            subject=row.claim,
            patient=row.claim.encounter.patient,
            way=chosen.value,
            because=WAY_LABELS[chosen],
            was_advised=decision.was_advised,
        )
    return decision


def _locked(denial: Denial) -> Denial:
    """The denial with its claim and its visit, held: the claims first, as everywhere. A claim may be started of it."""
    hold_visit(denial.claim.encounter)
    Denial.objects.select_for_update().get(pk=denial.pk)
    row = Denial.objects.select_related("claim__encounter__patient", "claim__coverage__payer").get(pk=denial.pk)
    if row.status == DenialStatus.RESOLVED:
        raise NotPossible("This denial is resolved already. Look at how it ended.")
    return row


def _resolve(row: Denial, how: str, today: date, by: User, at: datetime) -> None:
    denials.resolve(row, how, on=today, by=by, at=at)


def _correct(row: Denial, reason: str, today: date, by: User, at: datetime) -> dict[str, Any]:
    _resolve(row, "A corrected claim follows.", today, by, at)
    return {"made_claim": correcting.correct(row.claim, reason, by=by, at=at)}


def _appeal(row: Denial, reason: str, today: date, by: User, at: datetime) -> dict[str, Any]:
    return {"appeal": appeals.open_appeal(row, by=by, at=at, because=reason)}


def _new_claim(row: Denial, reason: str, today: date, by: User, at: datetime) -> dict[str, Any]:
    claim = row.claim
    _resolve(row, "A new claim follows: the payer could not process this one.", today, by, at)
    told = "The payer could not process it and asked for a new one (MA130)."
    closing.void(claim, reason, told, by=by, at=at)
    place, fee = claim.sequence, _fee_of(claim)
    made = preparation.start_claim(claim.encounter, claim.coverage, sequence=place, by=by, at=at, fee=fee)
    return {"made_claim": made}


def _other_plan(row: Denial, reason: str, today: date, by: User, at: datetime) -> dict[str, Any]:
    claim = row.claim
    plan = other_plan_of(row, meaning_of(row).other_plan)
    if plan is None:
        raise NotPossible("The patient's other plan was taken off the list meanwhile. Look at the page again.")
    made = claim_to(claim, plan)
    if made is None:
        order = [c.pk for c in billed(claim.encounter.patient, claim.service_date)]
        place = order.index(plan.pk) + 1
        made = preparation.start_claim(claim.encounter, plan, sequence=place, by=by, at=at, fee=_fee_of(claim))
    _resolve(row, f"Billed to {plan.payer.name} with {made.number}."[:300], today, by, at)
    return {"made_claim": made}


def _fee_of(claim: Claim) -> Decimal | None:
    """The full fee of the sialoendoscopy, which is the same to every plan; None follows the fee schedule."""
    line = claim.lines.order_by("position").first()
    return line.fee if line else None


def _documents(row: Denial, reason: str, today: date, by: User, at: datetime) -> dict[str, Any]:
    until = today + timedelta(days=DAYS_TO_SEND)
    denials.plan_next(row, "Build the supplement with what the payer misses, and send it", until, by=by, at=at)
    return {}


def _patient(row: Denial, reason: str, today: date, by: User, at: datetime) -> dict[str, Any]:
    _resolve(row, f"Left to the patient: {reason}"[:300], today, by, at)
    return {}


def _write_off(row: Denial, reason: str, today: date, by: User, at: datetime) -> dict[str, Any]:
    return {"write_off": writing_off.request(row.claim, reason, denial=row, by=by, at=at)}


Follow = Callable[[Denial, str, date, User, datetime], dict[str, Any]]
_FOLLOWS: Mapping[Way, Follow] = {
    Way.CORRECTED: _correct,
    Way.APPEAL: _appeal,
    Way.NEW_CLAIM: _new_claim,
    Way.OTHER_PLAN: _other_plan,
    Way.DOCUMENTS: _documents,
    Way.PATIENT: _patient,
    Way.WRITE_OFF: _write_off,
}
