"""Answers that match no claim by themselves, by what was done with them."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from claims.models import RemittanceClaim
from claims.queries.checks import waiting
from documentation.models.together import counting

STATES = {"waiting": "Waiting", "parked": "Put aside", "by_hand": "Matched by hand"}

_DIVIDED = Exists(RemittanceClaim.objects.filter(split_of=OuterRef("pk")))
_WHICH = {
    "waiting": waiting(),
    "parked": Q(parked_at__isnull=False, claim=None),
    "by_hand": Q(Q(matched_person__isnull=False) | Q(_DIVIDED), split_of=None),
}


def listed(state: str) -> QuerySet[RemittanceClaim]:
    """Answers of sound checks in a state, those of the newest checks first."""
    rows = RemittanceClaim.objects.filter(_WHICH[state], remittance__problems=[])
    rows = rows.select_related("remittance", "parked_by", "matched_person", "claim__encounter__patient")
    rows = rows.prefetch_related("lines", "parts__claim")
    return rows.order_by("-remittance__recorded_at", "-remittance_id", "position", "pk")


def counts() -> dict[str, QuerySet[Any]]:
    """How many answers each state has, to be asked together."""
    return {state: counting(listed(state)) for state in STATES}
