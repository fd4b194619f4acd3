"""Verbs at the end of a claim: close it, write the rest off, open it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim
from claims.services.figures import refresh
from claims.workflow import CLOSING, Adjudication, DenialStatus
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


def reopen(claim: Claim, *, by: User, at: datetime) -> None:
    """Work on a closed or written-off claim again."""
    _step(claim, "reopen", by=by, at=at)


def _require_an_end(claim: Claim) -> None:
    if claim.adjudication in (Adjudication.NONE, Adjudication.PENDED):
        raise NotPossible("The payer has not decided yet. A claim is closed after its answer.")
    if claim.denials.exclude(status=DenialStatus.RESOLVED).exists():
        raise NotPossible("A denial of this claim is open. Resolve it first, saying how it ended.")


def _step(claim: Claim, name: str, *, by: User, at: datetime, **detail: Any) -> None:
    with transaction.atomic():
        with perform(CLOSING, name, claim, by=by, at=at, patient=claim.encounter.patient, **detail):
            pass
        refresh(claim)
