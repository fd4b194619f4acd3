"""What a payer owes of a claim that it answered in part: each sum is worked out by hand and recounted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.models import QueuedClaim
from claims.services.figures import refresh
from claims.services.recount import differences, rebuild
from tests import factories as f
from tests.claims import checks
from tests.claims.checks import answer, taken_back
from tests.claims.services.test_posting import sent

pytestmark = pytest.mark.django_db

CUT = (("CO", "50", "200"),)
WAITS = (("OA", "133", "250"),)
CONTRACT = (("CO", "45", "50"),)
Step = tuple[dict[str, Any], str, str]
"""What is answered, and what is at risk and owed afterwards."""

# Billed is 850.00 each time.
ROADS: dict[str, list[Step]] = {
    "a part is paid": [
        ({"charge": "500"}, "0.00", "350.00"),  # 850 - 500: of the rest nothing was said
        ({"charge": "350", "taken": CONTRACT, "line": "-2"}, "0.00", "0.00"),  # all is said, and the claim closed
    ],
    "a part is denied": [
        ({"charge": "500", "taken": CUT}, "200.00", "550.00"),  # 200 denied, 350 not answered
        ({"charge": "300", "line": "-2"}, "200.00", "250.00"),  # 200 denied, 850 - 500 - 300 not answered
        ({"charge": "50", "line": "-3"}, "200.00", "200.00"),  # all is answered: the denial is left
    ],
    "all of a part is denied": [
        ({"charge": "500", "taken": (("CO", "50", "500"),)}, "500.00", "850.00"),
    ],
    "a part of it is pended": [
        ({"taken": WAITS}, "0.00", "250.00"),  # 600 paid, 250 looked at
        ({"taken": CONTRACT}, "0.00", "0.00"),  # decided again, all of it: 800 paid
    ],
    "a part is pended and a part not answered": [
        ({"charge": "500", "taken": WAITS}, "0.00", "600.00"),  # 250 pended, 350 not answered
    ],
    "the patient owes a part": [
        ({"charge": "500", "taken": (("PR", "1", "500"),)}, "0.00", "350.00"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("road", ROADS)
def test_what_was_not_decided_is_owed_by_the_payer(road: str) -> None:
    biller, claim = f.user(role="manager"), sent()
    assert claim.total == Decimal("850.00")
    for n, (given, at_risk, owed) in enumerate(ROADS[road]):
        line = f"{claim.number}{given.get('line', '-1')}"
        checks.post(answer(claim, given.get("taken", ()), charge=given.get("charge", "850"), line=line),
                    by=biller, at=f.AT + timedelta(days=n), trace=f"T{n}")  # fmt: skip
        # As posting keeps it, counted from its rows, and recounted.
        for _ in range(2):
            claim.refresh_from_db()
            assert (claim.figures.at_risk, claim.figures.owed) == (Decimal(at_risk), Decimal(owed)), n
            # The worklist tells of the same dollars: while a denial is open of those that it refused.
            at_stake = {Decimal(at_risk if Decimal(at_risk) else owed)} if claim.closing == "open" else set()
            assert set(QueuedClaim.objects.values_list("dollars", flat=True)) == at_stake, n
            refresh(claim)
        assert differences() == (1, 0), n


def test_a_part_that_is_taken_back_is_owed_again() -> None:
    biller, claim = f.user(role="manager"), sent()
    parts = [answer(claim, (), charge=c, line=f"{claim.number}-{n}") for n, c in enumerate(("500", "300"), 1)]
    checks.post(*parts, by=biller, at=f.AT)  # two on one check: not the plain way
    claim.figures.refresh_from_db()
    assert (claim.figures.paid, claim.figures.owed) == (800, 50)
    back, said = taken_back(claim, ())
    said = [s.replace("-850", "-300") for s in said]
    checks.post((-300.0, said), by=biller, at=f.AT + timedelta(days=1), trace="T2", amount="-300")
    claim.figures.refresh_from_db()
    assert (back, claim.figures.paid, claim.figures.owed) == (-850, 500, 350)
    assert differences() == (1, 0)
    claim.figures.owed = Decimal("0.00")
    claim.figures.save()
    assert rebuild() == (1, 1)
    claim.figures.refresh_from_db()
    assert claim.figures.owed == 350
