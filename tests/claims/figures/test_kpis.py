"""Each number of the manager's page against practice.tsv, added up by hand."""

from __future__ import annotations

import pytest

from claims.figures.kpis import AGES, BY_KEY, KPIS, LEFT
from claims.figures.measures import DIMENSIONS, MEASURES, measured
from tests.claims.figures.practice import figures, rows

BY_HAND = {
    # Answered: 1-8, 13, 14, 15, 18, 19, 20 (14). Denied at first: 4, 5, 6, 7, 8, 14, 18, 20 (8).
    # 16 stands in the place of another claim and 17 is void: neither counts.
    "initial_denial": (8, 14),
    # 1,180 + 850 + 412 + 150 + 850 + 1,180 + 850 + 25.25 = 5,497.25 of what was billed on the 14:
    # ten of 850, two of 1,180, 412 and 100.50 = 11,372.50.
    "initial_denial_dollars": (549_725, 1_137_250),
    # Paid at once: 1, 2, 3, 13 (the patient's share), 15, 19.
    "first_pass": (6, 14),
    # Known: the 14, and 9 and 10, which were rejected; 11 was not answered in any way. Not clean: 3, 9, 10.
    "clean": (13, 16),
    # 17 claims sent once, 3 twice, 10 three times = 22. Back came 3 once, 9 once, 10 twice = 4.
    "rejection": (4, 22),
    # Decided: 4, 5, 14. Won: 4, and 14 in part.
    "overturned": (2, 3),
    # 1,180 + 400 of 1,180 + 850 + 1,180.
    "overturned_dollars": (158_000, 321_000),
    # 1,180 by appeal, 412 answered anew, 400 by appeal.
    "recovery": (199_200, 549_725),
    # 7: 150. 18: 850.
    "written_off": (100_000, None),
    # 5: 850. 8: 850. 14: 780. 20: 25.25.
    "at_risk": (250_525, None),
    # 2+1+4+1+1+4+4+1+1+1+4 (claims 1-11), 1+2+1 (13-15), 1+1+1 (18-20) = 31 days of 17 claims.
    "days_to_submit": (31, 17),
    # 4: 10. 5: 20. 8: 15. 14: 10.
    "days_to_appeal": (55, 4),
    # 17, 20, 26, 55, 51, 21 (claims 1-4, 6, 7), 21, 20 (13, 15), 20, 20 (19, 20) = 271 days of 10 claims.
    "days_to_payment": (271, 10),
}


@pytest.mark.parametrize("key", BY_KEY)
def test_each_number_is_what_a_person_counts(key: str) -> None:
    kpi, found = BY_KEY[key], [measured(row) for row in rows().values()]
    part = sum(row[kpi.part] for row in found)
    whole = sum(row[kpi.whole] for row in found) if kpi.whole else None
    assert (part, whole) == BY_HAND[key]


def test_every_number_is_counted_by_hand() -> None:
    assert set(BY_HAND) == set(BY_KEY)


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.key)
def test_every_number_says_what_it_asks_and_how_it_is_counted(kpi: object) -> None:
    kpi = BY_KEY[kpi.key]  # type: ignore[attr-defined]
    assert (kpi.question[-1], kpi.formula[-1], kpi.source[:4]) == ("?", ".", "7.2 ")
    assert all((kpi.counts, kpi.figure))
    assert {kpi.part, kpi.whole} <= {"", *MEASURES}
    assert bool(kpi.whole) == (kpi.unit != "dollars")
    assert bool(kpi.of) == bool(kpi.figure_of) == (kpi.unit in ("share", "share of dollars"))


def test_a_claim_of_which_nothing_is_known_adds_nothing() -> None:
    assert not any(measured(figures()).values())
    assert set(measured(figures())) == set(MEASURES)


def test_every_day_is_in_one_band() -> None:
    for bands, days in ((AGES, range(400)), (LEFT, range(-200, 400))):
        for day in days:
            of = [b for b in bands if (b[0] is None or b[0] <= day) and (b[1] is None or day <= b[1])]
            assert len(of) == 1, day


def test_what_claims_are_told_apart_by_is_kept_of_each() -> None:
    assert set(DIMENSIONS) - {"month"} <= set(figures())
