"""What every change of a claim has in common: it is locked, it has not left, and what was ready is looked at again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from claims.models import Claim
from claims.services.figures import refresh
from claims.services.leaving import require_not_leaving
from claims.services.telling import to_worker
from claims.workflow import PREPARATION, Closing, Preparation, Transport
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record
from documentation.services.transitions import perform

NOT_AWAY = (Transport.NONE, Transport.REJECTED)
"""A claim that was rejected before adjudication is mended and sent again."""


class Changing:
    """Lock a claim for a change of its content."""

    def __init__(self, claim: Claim, *, by: User, seen: int | None = None) -> None:
        if not by.may(Permission.CLAIM_PREPARE):
            raise NotPermitted("Your role does not allow you to prepare claims.")
        self.claim, self.seen = claim, seen

    def __enter__(self) -> Claim:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        row = Claim.objects.select_for_update().get(pk=self.claim.pk)
        problem = None
        if self.seen is not None and row.revision != self.seen:
            problem = "Somebody else changed this claim after you opened it. Nothing was saved; look at it again."
        elif row.closing == Closing.VOIDED:
            problem = "This claim is void, and nothing of it changes any more. Start a new claim from the visit."
        elif row.transport not in NOT_AWAY:
            problem = (
                "This claim was sent, and what was sent stays as it is. To bill the visit otherwise, void this claim"
                " with a reason, then start a new one from the visit."
            )
        if problem:
            error = NotPossible(problem)
            self.atomic.__exit__(NotPossible, error, None)
            raise error
        try:
            require_not_leaving(row)
        except NotPossible as e:
            self.atomic.__exit__(NotPossible, e, None)
            raise
        return row

    def __exit__(self, *error: Any) -> None:
        self.atomic.__exit__(*error)


def changed(claim: Claim, *, by: User, at: datetime, action: str, because: str = "", **detail: Any) -> None:
    """Keep a locked claim that was changed: its packet is no longer current, and a ready one goes back to draft.

    `because` stands in the claim's history beside its way back. Whoever may not prepare claims leaves a ready one as it
    is: sealing its packet checks it again.
    """
    patient = claim.encounter.patient
    claim.revision += 1
    claim.save()
    refresh(claim)
    record(action, by=by, at=at, subject=claim, patient=patient, **detail)
    if claim.preparation == Preparation.READY and by.may(Permission.CLAIM_PREPARE):
        told: dict[str, Any] = {"because": because} if because else {}
        with perform(PREPARATION, "back_to_draft", claim, by=by, at=at, patient=patient, **told):
            to_worker(claim, "back", by=by, at=at)
