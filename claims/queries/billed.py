"""Claims that bill something, to be looked for among those of a patient, a visit or a plan."""

from __future__ import annotations

from django.db.models import QuerySet

from claims.models import Claim
from claims.workflow import BILLED, Closing

REPLACED = tuple(state for state in Closing if state not in BILLED)
"""What became of claims with which nothing is billed any more: voided, or another one took their place."""


def billed_claims() -> QuerySet[Claim]:
    """Claims with which a visit was billed, to be narrowed to those of few visits.

    Nearly every claim that a practice ever made is among them. An engine that begins with their states reads them all:
    with the few that are left out it has to begin with what they are narrowed by.
    """
    return Claim.objects.exclude(closing__in=REPLACED)
