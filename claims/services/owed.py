"""Keeping true what payers owe with each claim: the one writer of `OwedClaim`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from claims.models import OwedClaim
from claims.queries.open_money import owed_with
from documentation.models.among import Keys, among
from documentation.models.together import Prepared
from documentation.services.bulk import insert

_FIELDS = [f.name for f in OwedClaim._meta.concrete_fields]


def keep(claims: Collection[int]) -> None:
    """Look again at what is owed with these claims, all of whose visits are among them. `queues.place` calls it."""
    # Who looks holds the rows first, as of places.
    held = OwedClaim.objects.select_for_update().filter(among("claim", claims)).order_by("pk")
    kept = set(held.values_list("pk", flat=True))
    rows = _asked({"claims": claims})["owed"]
    insert(OwedClaim, _FIELDS, rows, update="claim")
    if gone := kept - {row[0] for row in rows}:
        OwedClaim.objects.filter(among("claim", gone)).delete()


@Prepared
def _asked(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    return {"owed": owed_with(keys["claims"])}


def remove(claims: Collection[int]) -> None:
    """Take claims out that are about to be taken back themselves."""
    OwedClaim.objects.filter(among("claim", claims)).delete()
