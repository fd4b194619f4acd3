"""Verbs that follow a plan's answer: the next plan's claim is started, or written down as passed on; and back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q

from claims.codes.crossover import NextStep
from claims.models import Claim, ClaimLine, Remittance, RemittanceClaim
from claims.queries.next_plan import Next, answered_by, next_of, with_another_plan
from claims.services.figures import refresh, remove
from claims.services.holding import hold_visit
from claims.services.leaving import require_not_leaving
from claims.services.preparation import start_claim
from claims.services.queues import bill
from claims.workflow import BILLED, TRANSPORT, Closing, Preparation, Transport
from documentation.kernel.machine import NotPossible, Refusal
from documentation.kernel.permissions import Permission
from documentation.models import AuditEvent, User
from documentation.queries.retention import on_hold
from documentation.services.audit import record
from documentation.services.transitions import perform


def start_next(claim: Claim, *, plan: int | None = None, by: User, at: datetime) -> Claim:
    """The claim to the plan after this one, started where none stands: it tells what this one answered. Where the plan
    passed the claim on by itself, it is sent by that plan and not to be sent again. `plan` is the key of the one that a
    person says it was passed on to, where the answer does not tell that clearly.

    Raises NotPossible where nothing follows, and where a plan is named whose turn was decided by sending a claim since;
    Refused or NotPossible where no claim can be started.
    """
    with transaction.atomic():
        hold_visit(claim.encounter)
        row = Claim.objects.select_related("encounter__patient").get(pk=claim.pk)
        found = next_of(row, plan)
        if plan and found and found.claim and not (found.passed_on or found.may_be):
            raise NotPossible(
                f"{found.claim} to {found.plan.payer.name} was sent by the practice, or is being sent. Nothing is"
                " written down as passed on: ask the payers which of them has it, or it may be answered twice."
            )
        is_other = plan and found and not (found.passed_on and found.plan.pk == plan)
        if found is None or is_other or (found.may_be and not found.left):
            raise NotPossible("No other plan is to be told of this claim now. Look at the page again.")
        made = found.claim or _started(row, found, by=by, at=at)
        if found.passed_on and made.transport == Transport.NONE and made.closing == Closing.OPEN:
            require_not_leaving(made)
            _passed_on(made, found, by=by, at=at)
    made.refresh_from_db()
    return made


def follow(remittance: Remittance, *, by: User, at: datetime, only: Collection[int] | None = None) -> None:
    """After answers of a check were posted: start what follows by itself, where a person confirmed the order of the
    plans, or where the payer says that it passed the claim on. Anything else waits on the claim's page for one press.

    `only` names the claims that are looked at, else all of the check. Doing it again changes nothing.
    """
    if not by.may(Permission.CLAIM_PREPARE):
        return
    claims = answered_by(remittance).filter(closing__in=BILLED)
    for claim in with_another_plan(claims if only is None else claims.filter(pk__in=only)):
        found = next_of(claim)
        if found is None or found.step is NextStep.NONE:
            continue
        try:
            start_next(claim, by=by, at=at)
        except (Refusal, ValidationError, IntegrityError):
            continue  # such as a record that is being corrected: the page of the claim says what stands against it


def never_passed_on(answer: RemittanceClaim, *, by: User, at: datetime) -> None:
    """An answer that was matched wrongly passed nothing on: what was written down as sent by it was not sent.

    Raises Refused where that claim was sent, accepted or answered since.
    """
    for made in Claim.objects.filter(passed_on_by=answer).select_related("encounter__patient").order_by("pk"):
        patient = made.encounter.patient
        because = "The answer that passed it on was matched wrongly."
        facts = _OnItsWay
        with perform(TRANSPORT, "never_passed_on", made, by=by, at=at, facts=facts, patient=patient, because=because):
            Claim.objects.filter(pk=made.pk).update(passed_on_by=None)
        refresh(made)


def take_back_started(answer: RemittanceClaim, claim: Claim, *, by: User, at: datetime) -> None:
    """After an answer left the claim that it was matched to wrongly: the next plan's draft that was started after it
    goes with it, where nothing was done to it since and nothing else calls for it. Anything else stays, for people.
    """
    for made in Claim.objects.filter(started_after=answer).select_related("encounter__patient").order_by("pk"):
        Claim.objects.filter(pk=made.pk).update(started_after=None)
        found = next_of(claim)
        if found and found.claim == made:  # another answer of the same plan leads to it, too
            Claim.objects.filter(pk=made.pk).update(started_after=found.answer)
        elif _is_untouched(made) and not on_hold([made.encounter.patient_id]):
            _gone(made, by=by, at=at)


def _is_untouched(made: Claim) -> bool:
    """Whether a draft is as it was started: nobody did more than look at it."""
    if (made.preparation, made.transport, made.closing) != (Preparation.DRAFT, Transport.NONE, Closing.OPEN):
        return False
    own = Q(action__in=("claim.start", "claim.pass_on", "claim.never_passed_on")) | Q(action__endswith=".view")
    return not AuditEvent.objects.filter(subject=made.number).exclude(own).exists()


def _gone(made: Claim, *, by: User, at: datetime) -> None:
    """Take a draft out again, as denials of such an answer are; the trail tells of it."""
    number, patient = made.number, made.encounter.patient
    try:
        with transaction.atomic():
            ClaimLine.objects.filter(claim=made).delete()
            remove([made.pk])
            made.delete()
            bill([made.encounter_id])
    except ProtectedError:
        return  # something hangs on it after all
    because = "The answer after which it was started was matched wrongly."
    record("claim.start_taken_back", by=by, at=at, subject=number, patient=patient, because=because)


class _OnItsWay:
    """What the guard of 'never_passed_on' looks at."""

    def __init__(self, claim: Claim) -> None:
        self.number = claim.number
        self.is_on_its_way = claim.submissions.exists() or claim.answers.exists()


def _started(claim: Claim, found: Next, *, by: User, at: datetime) -> Claim:
    line = claim.lines.order_by("position").first()  # the full fee is the same to every plan
    fee = line.fee if line else None
    made = start_claim(claim.encounter, found.plan, sequence=found.place, by=by, at=at, fee=fee)
    Claim.objects.filter(pk=made.pk).update(started_after=found.answer)
    return made


def _passed_on(made: Claim, found: Next, *, by: User, at: datetime) -> None:
    patient, because = made.encounter.patient, f"passed on by the plan before ({found.said.by if found.said else ''})"
    with perform(TRANSPORT, "pass_on", made, by=by, at=at, patient=patient, because=because):
        Claim.objects.filter(pk=made.pk).update(passed_on_by=found.passed_on)
    refresh(made)
