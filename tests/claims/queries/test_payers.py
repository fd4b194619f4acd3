"""What counts of a plan and of its payer is the same in the playbook, in the lists and in the recount."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from claims.models import Coverage, Payer
from claims.queries.billing import worded
from claims.queries.filing import filing_of_claim
from claims.rules.filing import counted_days
from claims.services.payers import record_fact
from claims.services.recount import recount
from documentation.kernel.permissions import Role
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 5)
DENIED_ON = DAY + timedelta(days=20)
FRESH, OLD = {"verified_on": DAY}, {"verified_on": DAY - timedelta(days=400)}
SAID: list[list[tuple[Any, dict[str, Any]]]] = [
    [],
    [(120, FRESH)],
    [(100, FRESH), (150, FRESH)],
    [(120, FRESH), (None, FRESH)],
    [(120, FRESH), ("unknown", FRESH)],
    [(110, FRESH), ("", {}), (60, FRESH)],
    [(60, OLD)],
    [(400, OLD)],
]
"""What was written down one after the other: of a payer, and of each of its plans."""


def tell(payer: Payer, by: Any, plan_name: str, said: list[tuple[Any, dict[str, Any]]]) -> None:
    for value, known in said:
        for key in ("timely_filing_days", "appeal_days"):
            given = {"value": value, "plan_name": plan_name, "source": f"{plan_name} call", **known}
            record_fact(payer, key, given, by=by, at=f.AT)


@pytest.mark.parametrize("of_payer", SAID, ids=str)
def test_a_plan_of_which_nobody_knows_any_more_is_its_payers_again_wherever_it_is_counted(of_payer: Any) -> None:
    biller = f.user(role=Role.BILLER)
    payer = answered.payer("Summit Dental PPO")
    tell(payer, biller, "", of_payer)
    for n, said in enumerate(SAID):
        tell(payer, biller, f"Plan {n}", said)
    claims = [answered.claim(DAY, of=payer.name, transport="sent", adjudication="denied") for _ in SAID]
    for n, claim in enumerate(claims):
        Coverage.objects.filter(pk=claim.coverage_id).update(plan_name=f"Plan {n}")
        claim.coverage.refresh_from_db()
        answered.denial(answered.answer(claim, DENIED_ON, "denied", denied="850.00"), "images", "850.00")
    book, counted = payer.book(), recount()
    assert len({book.value("appeal_days", f"Plan {n}") for n, _ in enumerate(SAID)}) > 3
    for n, claim in enumerate(claims):
        row = worded().get(pk=claim.pk)
        known, clock = book.newest("timely_filing_days", f"Plan {n}"), filing_of_claim(row, DAY)
        says = known is not None and known.is_known
        assert clock.days == counted_days(known.value if says else None, is_stale=not clock.is_known), SAID[n]
        assert clock.source == (known.source if says else ""), SAID[n]
        assert clock.is_known == (book.reliable("timely_filing_days", f"Plan {n}", DAY) is not None), SAID[n]
        limit = book.reliable("appeal_days", f"Plan {n}", DENIED_ON)
        # What cannot be relied on stands beside what the payer says of all its plans, and the usual days: the shortest.
        doubted = book.value("appeal_days", f"Plan {n}"), book.reliable("appeal_days", "", DENIED_ON), 180
        days = limit or min(filter(None, doubted))
        assert counted[claim.pk]["at_risk_until"] == DENIED_ON + timedelta(days=days), SAID[n]
        assert row.figures.at_risk_until == counted[claim.pk]["at_risk_until"], SAID[n]
