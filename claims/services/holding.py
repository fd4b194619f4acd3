"""Holding what is changed in one order everywhere, so that no two people wait for each other.

First the check, then claims by their numbers, then their visit and what is known of payers, then what hangs on claims
(denials, appeals, write-offs, figures, places). The audit trail has one writer at a time until its transaction ends:
whatever is held is held before the first event. Figures are written by who holds their claim; a recount holds every
claim, and then their tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import QuerySet

from claims.models import Claim, Coverage, Payer
from claims.queries.placing import behind
from documentation.models import Encounter
from documentation.models.among import among
from documentation.queries.versions import of_visit


def hold(*keys: int | None) -> None:
    """Hold claims, by their keys, until the transaction ends, and those that wait for them."""
    _hold({key for key in keys if key})


@contextmanager
def holding(*keys: int | None) -> Iterator[None]:
    """A transaction that holds claims from its beginning."""
    with transaction.atomic():
        hold(*keys)
        yield


def hold_all(claims: QuerySet[Claim]) -> list[int]:
    """Hold claims, and those that wait for them: whatever is written to the ones may move the others, too. Returns the
    keys that were asked for, in order: asked again, the question may find more than is held.
    """
    keys = set(claims.order_by().values_list("pk", flat=True))
    _hold(keys)
    return sorted(keys)


def hold_visit(encounter: Encounter) -> Encounter:
    """Hold a visit of which a claim is started: its claims, the record, which is returned, and the patient's payers.

    What is answered, voided or written down of a payer at this moment is through before, or sees the new claim.
    """
    hold_all(Claim.objects.filter(encounter__in=of_visit(encounter.visit_key)))
    # Not its key: rows that point at it are written by people who hold its claims, and they need not wait.
    row = Encounter.objects.select_for_update(no_key=True).get(pk=encounter.pk)
    plans = Coverage.objects.filter(patient=row.patient_id)
    list(Payer.objects.select_for_update(no_key=True).filter(pk__in=plans.values("payer")).order_by("pk"))
    return row


def _hold(keys: set[int]) -> None:
    if keys:
        found = Claim.objects.filter(among("pk", keys | behind(keys)))
        list(found.select_for_update().order_by("pk").values_list("pk"))
