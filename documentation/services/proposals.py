"""The verb that takes descriptions of pictures as the findings propose them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from documentation.kernel.machine import NotPossible
from documentation.models import Encounter, User
from documentation.queries.encounters import with_record
from documentation.queries.figures import proposals_of
from documentation.services.images import describe


def take_proposals(
    encounter: Encounter, wanted: Collection[int] | None, *, by: User, at: datetime, seal: str | None = None
) -> int:
    """Describe pictures as the findings propose; what is said of them already stays. Returns how many changed.

    `wanted` are the keys of the pictures whose proposals were taken; None takes all. `seal` names the proposals that
    the person saw: others are not taken, which raises NotPossible. Besides raises whatever describing a picture does.
    """
    with transaction.atomic():
        Encounter.objects.select_for_update().get(pk=encounter.pk)
        proposals = proposals_of(with_record().get(pk=encounter.pk))
        if seal is not None and seal != proposals.seal:
            raise NotPossible("The proposals changed after you opened the page. Nothing was taken. Look at them again.")
        taken = [p for p in proposals.open if wanted is None or p.image.pk in wanted]
        for proposal in taken:
            describe(proposal.image, dict(proposal.values), by=by, at=at)
    return len(taken)
