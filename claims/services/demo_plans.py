"""What the demo practice settled about plans: what payers agreed to, estimates made and signed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from claims.models import Payer
from claims.services import estimates, plans
from claims.services.cast import cast_of
from documentation.kernel.permissions import Permission
from documentation.models import Encounter

AGREED: dict[str, dict[str, Any]] = {
    "99991": {"network": "in", "allowed": Decimal("800.00"), "cob_method": "standard", "cob_as": "data"},
    "99992": {"network": "in", "allowed": Decimal("780.00"), "cob_method": "non_duplication", "cob_as": "attachment"},
    "99993": {"network": "in", "allowed": Decimal("765.00")},
    "99994": {"network": "out", "allowed": Decimal("690.00"), "cob_as": "data", "secondary_clock": "primary"},
}
"""By payer ID; what is left out nobody asked yet."""
SIGNED = ("demo-today", "demo-denied-images")
TO_SIGN = "demo-ahead"
WRITTEN = [
    [120, 210, 150, 120, 180, 90, 205, 130, 200, 200, 230, 215, 265, 150, 290, 140, 300, 190, 330, 200],
    [380, 60, 384, 130, 390, 205, 420, 170, 452, 150, 470, 180, 468, 205, 500, 210, 540, 160, 560, 150, 572, 195],
    [600, 190, 640, 140, 665, 150, 660, 195, 700, 200, 745, 155, 770, 160, 775, 195, 830, 180, 900, 150],
]
"""A signature as a pen might draw it."""


def settle(case_id: str, *, at: datetime) -> None:
    """Write down what was agreed with new payers, and what this visit is there to show."""
    cast = cast_of(())
    for payer in Payer.objects.filter(payer_id__in=AGREED, terms=None):
        agreed = {**AGREED[payer.payer_id], "source": "contract of this year", "verified_on": at.date()}
        plans.record_payer_terms(payer, agreed, by=cast.who_may(Permission.PAYER_EDIT), at=at)
    if case_id not in (TO_SIGN, *SIGNED):
        return
    visit = Encounter.objects.select_related("patient", "location", "clinician").get(case_id=case_id)
    by = cast.who_may(Permission.COVERAGE_EDIT)
    made = estimates.make_estimate(visit, by=by, at=at)
    if case_id in SIGNED:
        estimates.sign_estimate(made, name=visit.patient.full_name, agreed=True, strokes=WRITTEN, by=by, at=at)
