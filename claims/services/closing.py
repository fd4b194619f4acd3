"""Verbs at the end of a claim: close it, write the rest off, void it, open it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim
from claims.services.figures import refresh
from claims.services.renumbering import renumber
from claims.workflow import CLOSING, Adjudication, Closing, DenialStatus, Transport
from documentation.kernel.machine import NotPossible
from documentation.models import User
from documentation.services.transitions import perform


def close(claim: Claim, *, by: User, at: datetime) -> None:
    """Nothing is left to do. Raises NotPossible before the payer answered, and while a denial is open."""
    _require_an_end(claim)
    _step(claim, "close", by=by, at=at)


def write_off(claim: Claim, reason: str, *, by: User, at: datetime) -> None:
    """Give up what is unpaid, with the reason: a decision of a person, never a side effect of an answer."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the rest is written off."})
    _require_an_end(claim)
    _step(claim, "write_off", by=by, at=at, reason=reason[:300])


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
        # Both in the order of their numbers, as everywhere where several are held.
        both = Claim.objects.select_for_update().filter(pk__in=[claim.pk, claim.replaces_id or claim.pk])
        list(both.order_by("pk").values_list("pk"))
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
    """Work on a closed or written-off claim again."""
    _step(claim, "reopen", by=by, at=at)


def _require_an_end(claim: Claim) -> None:
    if claim.adjudication in (Adjudication.NONE, Adjudication.PENDED):
        raise NotPossible("The payer has not decided yet. A claim is closed after its answer.")
    if _has_open_denial(claim):
        raise NotPossible("A denial of this claim is open. Resolve it first, saying how it ended.")


def _has_open_denial(claim: Claim) -> bool:
    return claim.denials.exclude(status=DenialStatus.RESOLVED).exists()


def _step(claim: Claim, name: str, *, by: User, at: datetime, **detail: Any) -> None:
    with transaction.atomic():
        with perform(CLOSING, name, claim, by=by, at=at, patient=claim.encounter.patient, **detail):
            pass
        refresh(claim)
