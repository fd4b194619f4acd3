"""Patients who share a plan: with nearly the same first name they may be one person, registered twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from claims.models import Coverage
from documentation.models.among import among


def sharing_a_plan(patients: Collection[int]) -> Iterator[tuple[int, int, str]]:
    """Of these patients, pairs with somebody who has the same member ID at the same payer."""
    plans = Coverage.objects.filter(among("patient", patients)).exclude(member_id="")
    mine = list(plans.order_by().values_list("patient_id", "payer_id", "member_id"))
    by_plan: dict[tuple[int, str], set[int]] = {}
    others = Coverage.objects.filter(among("member_id", {member for _, _, member in mine})).order_by()
    for patient, payer, member in others.values_list("patient_id", "payer_id", "member_id"):
        by_plan.setdefault((payer, member), set()).add(patient)
    pairs = {
        (min(patient, other), max(patient, other))
        for patient, payer, member in mine
        for other in by_plan[payer, member]
        if other != patient
    }
    for one, other in sorted(pairs):
        yield one, other, "the same member ID at the same payer"
