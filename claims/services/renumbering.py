"""Claims that have not left follow their plans: when an order is confirmed, a plan goes, or its days change."""

from __future__ import annotations

from datetime import datetime

from claims.models import Claim
from claims.queries.plans import out_of_place
from claims.services.changing import NOT_AWAY, changed
from claims.workflow import Closing
from documentation.models import Patient, User

BECAUSE = "the plans pay in another order now"


def renumber(patient: Patient, *, by: User, at: datetime) -> list[Claim]:
    """Let each claim of a patient that has not left take the place of its plan, and return those that moved.

    What was sent stays as it went. Called in the transaction that changes the places of the plans.
    """
    places = {claim.pk: place for claim, place in out_of_place(patient)}
    waiting = Claim.objects.filter(pk__in=places, closing=Closing.OPEN, transport__in=NOT_AWAY)
    moved = list(waiting.select_for_update().order_by("pk"))
    for claim in moved:
        before, claim.sequence = claim.sequence, places[claim.pk]
        detail = {"before": before, "after": claim.sequence}
        changed(claim, by=by, at=at, action="claim.renumber", because=BECAUSE, **detail)
    return moved
