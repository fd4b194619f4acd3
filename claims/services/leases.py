"""One process alone carries what waits in the outbox: it holds it for a while, and renews that before each step.

The time is the database's own: one clock for all processes, whatever moment their verbs are told.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from claims.models import Dispatch
from documentation.kernel.machine import NotPossible

HELD = timedelta(minutes=3)
"""How long it is held without a sign of life: longer than `claims.ways.base.ONE_STEP` with what is looked at before and
behind it. It is renewed before each such step.
"""

_OVERTAKEN = "Another process took it over meanwhile. Look again in a few minutes."


def hold(dispatch: Dispatch) -> Dispatch:
    """Take hold of it. The condition of the update lets one process alone succeed, on every database.

    What was handed over already is given as it is. Raises NotPossible where it was taken out, or another holds it.
    """
    free = Q(held_until=None) | Q(held_until__lte=Now())
    ours = Dispatch.objects.filter(free, pk=dispatch.pk, delivered_at=None, given_up_at=None)
    taken = ours.update(held_until=Now() + HELD, holder=secrets.token_hex(16))
    row: Dispatch = Dispatch.objects.select_related("transmission").get(pk=dispatch.pk)
    if not taken and not row.delivered_at:
        require_waiting(row)
        raise NotPossible("Somebody else hands it over at this moment. Look again in a few minutes.")
    return row


def renew(row: Dispatch) -> None:
    """Hold it for as long again. Raises NotPossible where another took it over, or it was taken out meanwhile."""
    if not _held_by(row).update(held_until=Now() + HELD):
        raise NotPossible(_OVERTAKEN)


def let_go(row: Dispatch) -> None:
    """Hold it no longer; nothing where another does by now."""
    _held_by(row).update(held_until=None)


def require_waiting(row: Dispatch) -> None:
    """Raises NotPossible where it is over, or being carried at this moment."""
    require_unfinished(row)
    if Dispatch.objects.filter(pk=row.pk, held_until__gt=Now()).exists():
        raise NotPossible("It is being handed over at this moment. Look again in a few minutes.")


def require_unfinished(row: Dispatch) -> None:
    """Raises NotPossible where it was handed over or taken out."""
    if row.delivered_at:
        raise NotPossible("It was handed over meanwhile. Look at the page again.")
    if row.given_up_at:
        raise NotPossible("It was taken out of the outbox meanwhile. Look at the page again.")


def _held_by(row: Dispatch) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(pk=row.pk, holder=row.holder, delivered_at=None, given_up_at=None)
