"""What payers answer to predeterminations: an estimate under a number, which the later claim names (REF G3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from claims.codes.denial_causes import Outcome
from claims.edi.acknowledgements import Answer
from claims.models import Predetermination, Remittance, RemittanceClaim
from claims.queries.predeterminations import key_in
from claims.services.coverage import save_authorization
from claims.workflow import AuthorizationStatus
from documentation.models import User
from documentation.services.audit import record

ANTICIPATED = "101"
"""The CARC under which a payer tells what it would pay, where it pays nothing yet."""
ZERO = Decimal("0.00")
MOST_REASONS = 20
"""Sentences kept of one acknowledgement."""


def hold_asked(remittance: Remittance) -> None:
    """Hold what the estimates of a check answer, with its authorizations, before anything is written."""
    numbers = remittance.answers.filter(claim=None, outcome=Outcome.PREDETERMINATION.value, parked_at=None)
    hold_questions(key for number in numbers.values_list("patient_control", flat=True) if (key := key_in(number)))


def hold_questions(keys: Iterable[int]) -> None:
    """Hold predeterminations with their authorizations in the one order, before the first event: with the trail held
    it would wait for who holds them and waits for the trail.
    """
    asked = Predetermination.objects.select_for_update(of=("self", "authorization")).filter(pk__in=list(keys))
    list(asked.select_related("authorization").order_by("pk"))


def take_answers(remittance: Remittance, *, by: User, at: datetime) -> None:
    """Bring the answers of a check that speak of predeterminations to these, inside the caller's transaction."""
    estimates = remittance.answers.filter(claim=None, outcome=Outcome.PREDETERMINATION.value, parked_at=None)
    for answer in estimates.prefetch_related("adjustments", "lines__adjustments").order_by("position"):
        row = Predetermination.objects.filter(pk=key_in(answer.patient_control) or 0).first()
        if row is not None:
            _take(row, answer, remittance, by=by, at=at)


def _take(row: Predetermination, answer: RemittanceClaim, check: Remittance, *, by: User, at: datetime) -> None:
    row = Predetermination.objects.select_for_update(of=("self",)).select_related(
        "authorization", "coverage__patient", "encounter__location"
    ).get(pk=row.pk)  # fmt: skip
    row.answer, row.estimated, row.patient_share = answer, would_pay(answer), answer.patient_share
    row.save(update_fields=["answer", "estimated", "patient_share"])
    asked = row.authorization
    if asked.status != AuthorizationStatus.CANCELLED:
        said_on = check.paid_on or row.encounter.location.today(at)
        values: dict[str, Any] = {
            "number": answer.payer_control[:50],
            "decided_on": max(said_on, asked.requested_on or said_on),
            "note": f"Estimate: would pay ${row.estimated:,.2f}; patient ${row.patient_share:,.2f}. It binds nobody.",
        }
        if asked.status == AuthorizationStatus.REQUESTED:
            would = row.estimated > 0 or row.patient_share > 0
            values["status"] = AuthorizationStatus.APPROVED if would else AuthorizationStatus.DENIED
        save_authorization(row.coverage, asked, values, by=by, at=at)
    visit = row.encounter
    record("predetermination.answer", by=by, at=at, subject=visit, patient=visit.patient)


def take_acknowledgement(row: Predetermination, answer: Answer, *, by: User, at: datetime) -> bool:
    """Keep what a TA1, 999 or 277CA says of a question, inside the caller's transaction. Whether it was kept: the same
    is kept once.
    """
    row = Predetermination.objects.select_for_update(of=("self",)).select_related("encounter__patient").get(pk=row.pk)
    said: dict[str, Any] = {
        "kind": answer.kind,
        "outcome": answer.outcome.value,
        "reasons": list(answer.reasons)[:MOST_REASONS],
        "on": answer.answered_on.isoformat() if answer.answered_on else "",
    }
    if said in row.acknowledged:
        return False
    row.acknowledged = [*row.acknowledged, said]
    row.save(update_fields=["acknowledged"])
    visit = row.encounter
    record("predetermination.acknowledge", by=by, at=at, subject=visit, patient=visit.patient, outcome=said["outcome"])
    return True


def would_pay(answer: RemittanceClaim) -> Decimal:
    """What the payer says it would pay: as paid, or as what it takes off under CARC 101."""
    if answer.paid > 0:
        return answer.paid
    # An answer's adjustments are those of its lines, too.
    return sum((a.amount for a in answer.adjustments.all() if a.carc == ANTICIPATED), ZERO)
