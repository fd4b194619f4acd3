"""How the tiles of the manager's page tell days."""

from __future__ import annotations

from claims.figures.measures import MEASURES
from claims.queries.waits import Spread
from claims.views.kpis import tiles


def test_a_median_between_two_days_moves_by_halves() -> None:
    totals = {**dict.fromkeys(MEASURES, 0), "appeal_days": 25, "appeal_claims": 2}
    found = tiles(totals, totals, Spread(2, 12.5, 15), Spread(2, 11, 13), lambda key: key)["days_to_appeal"]
    assert (found.value, found.change, found.is_better) == ("12.5", "▲ 1.5 days, from 11", False)
    same = tiles(totals, totals, Spread(2, 12.5, 15), Spread(2, 12, 13), lambda key: key)["days_to_appeal"]
    assert same.change == "▲ 0.5 days, from 12"


def test_a_mean_is_told_in_whole_days() -> None:
    now = {**dict.fromkeys(MEASURES, 0), "payment_days": 31, "payment_claims": 2}
    before = {**now, "payment_days": 33}
    found = tiles(now, before, Spread(), Spread(), lambda key: key)["days_to_payment"]
    assert (found.value, found.change) == ("16", "as before")
