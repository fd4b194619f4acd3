"""What posting a check will do to the claims of the plans that pay next: decided as posting decides it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from claims.models import Claim, Remittance
from claims.queries.balances import posted_of, with_codes
from claims.queries.effects import effects_of
from claims.queries.next_plan import Next, NextPlans, with_another_plan
from claims.workflow import Closing


def ahead_of(check: Remittance, claims: Collection[int | None], *, at: datetime) -> dict[int, Next]:
    """What follows some claims once a check is posted, by the last of its answers on each. A constant number of
    queries; a single one where nobody has another plan.
    """
    found = list(with_another_plan(Claim.objects.filter(pk__in=[key for key in claims if key])))
    if not found:
        return {}
    patients = {claim.encounter.patient_id for claim in found}
    # Of the same patients all that the check answers: the claim to the next plan may be among it.
    rows = list(with_codes(check.answers.filter(claim__encounter__patient__in=patients)))
    told = effects_of(rows, at=at)
    later = posted_of(found)
    closings: dict[int, Closing] = {}
    last: dict[int, int] = {}
    for row in rows:
        key = row.claim_id or 0
        later.setdefault(key, []).append(row)
        closings[key], last[key] = told[row.pk].effect.after.closing, row.pk
    plans = NextPlans(found, later)
    nexts = {claim.pk: plans.of(claim, closings) for claim in found}
    return {last[key]: one for key, one in nexts.items() if one and key in last}
