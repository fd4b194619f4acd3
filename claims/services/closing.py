"""Verbs at the end of a claim: close it, void it, open it again. Writing off has verbs of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim
from claims.queries.accounts import left_behind
from claims.queries.balances import settled
from claims.services.figures import refresh
from claims.services.holding import hold_all
from claims.services.leaving import require_not_leaving
from claims.services.renumbering import renumber
from claims.services.writing_off import take_back
from claims.workflow import CLOSING, Adjudication, Closing, DenialStatus, Transport
from documentation.kernel.machine import NotPossible
from documentation.models import User
from documentation.queries.versions import of_visit
from documentation.services.transitions import perform


def close(claim: Claim, *, by: User, at: datetime) -> None:
    """Nothing is left to do. Raises NotPossible before the payer answered, while a denial is open, and where something
    is left that nobody pays: giving that up is a write-off, with its reason and its limit.
    """
    with transaction.atomic():
        row = Claim.objects.select_for_update().get(pk=claim.pk)
        _require_an_end(row)
        if left := left_behind(row):
            raise NotPossible(
                f"${left:,.2f} of this claim is left, and nobody pays it. Closing would give it up: write off the rest,"
                " with a reason."
            )
        _step(claim, "close", by=by, at=at)


class _Voidable:
    """What the guard of 'void' looks at."""

    def __init__(self, claim: Claim) -> None:
        self.is_paid = claim.adjudication in (Adjudication.PAID, Adjudication.PARTLY_PAID)
        self.has_open_denial = _has_open_denial(claim)


def refusals_to_void(claim: Claim) -> tuple[str, ...]:
    """What stands against voiding a claim, in sentences; the same that `void` would say."""
    guard = CLOSING.find("void").guard
    return tuple(guard(_Voidable(claim))) if guard else ()


def is_with_payer(claim: Claim) -> bool:
    """Whether a payer holds the claim and must be told that it is void."""
    return claim.transport in (Transport.SENT, Transport.ACCEPTED)


def void(claim: Claim, reason: str, told: str = "", *, by: User, at: datetime) -> Claim | None:
    """The claim counts as never made: its visit can be billed again, and what it used of an authorization is free.

    A corrected claim that no payer holds gives its place back to the one that it was to replace, which is returned.
    Nothing is sent by this. Where the payer holds the claim, `told` says when and how it heard that the claim is void.
    Raises Refused after a payment and while a denial is open.
    """
    errors = {}
    if not reason.strip():
        errors["reason"] = "Say why the claim is void."
    if is_with_payer(claim) and not told.strip():
        errors["told"] = "The payer holds this claim. Say when and how it was told that the claim is void."
    if errors:
        raise ValidationError(errors)
    with transaction.atomic():
        # Whether the visit waits to be billed follows from all of its claims.
        hold_all(Claim.objects.filter(encounter__in=of_visit(claim.encounter.visit_key)))
        # Behind the mark the payer may hold it, and nobody would have told it: the outbox says first what became of it.
        require_not_leaving(claim)
        _step(claim, "void", by=by, at=at, facts=_Voidable, reason=reason[:300], told=told[:300])
        old = _restored(Claim.objects.get(pk=claim.pk), by=by, at=at)
        renumber(claim.encounter.patient, by=by, at=at)
    return old


def _restored(claim: Claim, *, by: User, at: datetime) -> Claim | None:
    """The claim that a void one was to replace, open again: the payer still holds it. None where there is none."""
    old = claim.replaces
    if old is None or old.closing != Closing.CORRECTED or is_with_payer(claim):
        return None
    if Claim.objects.filter(encounter=old.encounter_id, coverage=old.coverage_id, closing=Closing.OPEN).exists():
        return None  # another one stands for the visit by now
    _step(old, "restore", by=by, at=at, because=claim.number)
    return old


def reopen(claim: Claim, *, by: User, at: datetime) -> None:
    """Work on a closed or written-off claim again; what was written off of it counts as open."""
    with transaction.atomic():
        # Where it goes follows from the plans before it, and later ones wait for it.
        hold_all(Claim.objects.filter(encounter__in=of_visit(claim.encounter.visit_key)))
        _step(claim, "reopen", by=by, at=at)
        take_back(claim, by=by, at=at)
        refresh(claim)


def _require_an_end(claim: Claim) -> None:
    if claim.adjudication in (Adjudication.NONE, Adjudication.PENDED):
        raise NotPossible("The payer has not decided yet. A claim is closed after its answer.")
    if _has_open_denial(claim):
        raise NotPossible("A denial of this claim is open. Resolve it first, saying how it ended.")
    if not settled(claim).is_whole:
        raise NotPossible("The payer has decided on a part of this claim only. Ask it about the rest.")


def _has_open_denial(claim: Claim) -> bool:
    return claim.denials.exclude(status=DenialStatus.RESOLVED).exists()


def _step(claim: Claim, name: str, *, by: User, at: datetime, **detail: Any) -> None:
    with transaction.atomic():
        with perform(CLOSING, name, claim, by=by, at=at, patient=claim.encounter.patient, **detail):
            pass
        refresh(claim)
