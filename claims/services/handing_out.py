"""Giving denied claims that are nobody's to the people who work on claims, many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from claims.models import Claim
from claims.queries.narrowing import nobodys
from claims.queries.week import MOST
from claims.services.holding import hold
from claims.services.work import assign
from claims.workflow import Closing
from documentation.kernel.machine import NotPossible
from documentation.models import User


@dataclass(frozen=True)
class Given:
    """How many claims were given out, and the numbers of those that somebody took or closed meanwhile."""

    claims: int
    left: tuple[str, ...]


def hand_out(to: Mapping[int, User | None], *, by: User, at: datetime) -> Given:
    """Give each claim, by its key, to a person; None leaves it as it is. All of it or nothing.

    A claim that is somebody's by now, or closed, is left alone. Raises NotPossible for a person who does not work on
    claims, and for more than MOST at once.
    """
    if len(to) > MOST:
        raise NotPossible(f"At most {MOST} claims are handed out at once. Nothing was done; look at the page again.")
    wanted = {key: user for key, user in to.items() if user}
    with transaction.atomic():
        hold(*wanted)
        free = Claim.objects.filter(Q(pk__in=wanted) & nobodys(), closing=Closing.OPEN).select_related("owner")
        given = {claim.pk: claim for claim in free.order_by("pk")}
        for key, claim in given.items():
            assign(claim, wanted[key], by=by, at=at)
    left = Claim.objects.filter(pk__in=wanted.keys() - given.keys()).order_by("pk")
    return Given(len(given), tuple(claim.number for claim in left))
