"""The advice on a denial: by code, amount, days and the practice's own record, with what stands against each way."""

from __future__ import annotations

from typing import Any

import pytest

from claims.codes.ways_out import CONSEQUENCES, FIRST, WAY_LABELS, Advice, Situation, Way, advise
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share

USUAL: dict[str, Any] = {
    "cause": Cause.MEDICAL_NECESSITY,
    "cents": 85000,
    "groups": frozenset({"CO"}),
    "appeal_days": 120,
    "has_packet": True,
    "limit_cents": 10000,
}


def ways(**other: Any) -> dict[Way, Advice]:
    return {a.way: a for a in advise(Situation(**{**USUAL, **other}))}


def first(**other: Any) -> Way | None:
    found = advise(Situation(**{**USUAL, **other}))[0]
    return found.way if found.rank else None


def test_every_way_is_told_once_with_words_and_what_it_does() -> None:
    assert set(ways()) == set(Way) == {Way(w) for w in WAY_LABELS} == {Way(w) for w in CONSEQUENCES}
    assert set(FIRST) == set(Cause)


@pytest.mark.parametrize(
    ("cause", "known", "way"),
    [
        ("documentation", {}, "documents"),
        ("images", {}, "documents"),
        ("images", {"has_packet": False}, "appeal"),
        ("medical_necessity", {}, "appeal"),
        ("medical_necessity", {"may_appeal": False}, None),
        ("medical_necessity", {"appeal_days": -1}, None),
        ("coding", {}, "corrected"),
        ("coding", {"against_correction": ("Wait.",)}, "appeal"),
        ("coding", {"needs_new_claim": True, "may_appeal": False}, "new_claim"),
        ("eligibility", {"needs_new_claim": True}, "new_claim"),
        ("bundling", {}, "appeal"),
        ("authorization", {}, "appeal"),
        ("coverage", {}, "appeal"),
        ("coverage", {"has_plan": "Example Health"}, "other_plan"),
        ("coverage", {"groups": frozenset({"PR"}), "may_appeal": False}, "patient"),
        ("crossover", {"other_plan": "medical", "has_plan": "Example Health"}, "other_plan"),
        ("crossover", {"other_plan": "both", "has_plan": "Example Health"}, "appeal"),
        ("crossover", {"other_plan": "medical", "has_plan": "Example", "is_forwarded": True}, "appeal"),
        ("cob", {}, "corrected"),
        ("timely_filing", {}, "appeal"),
        ("eligibility", {}, "corrected"),
        ("duplicate", {}, None),
        ("provider", {}, "corrected"),
        ("appeal", {}, "appeal"),
        ("other", {}, None),
    ],
)
def test_what_comes_first(cause: str, known: dict[str, Any], way: str | None) -> None:
    assert first(cause=Cause(cause), **known) == way


def test_nothing_is_advised_that_cannot_be_done() -> None:
    for cause in Cause:
        for other in ({}, {"open_appeal": True}, {"needs_new_claim": True}, {"other_plan": "both"}):
            assert all(a.is_possible for a in ways(cause=cause, **other).values() if a.rank)


def test_a_new_claim_without_need_would_be_a_duplicate() -> None:
    assert "duplicate" in ways()[Way.NEW_CLAIM].against[0]
    assert ways(needs_new_claim=True)[Way.NEW_CLAIM].is_possible


def test_the_patient_is_not_billed_against_the_group() -> None:
    assert ways(groups=frozenset({"PR"}))[Way.PATIENT].is_possible
    for group in ("CO", "PI", "OA", "CR"):
        assert not ways(groups=frozenset({group, "PR"}))[Way.PATIENT].is_possible


def test_what_stands_against_giving_up_is_told_before_somebody_decides() -> None:
    assert ways()[Way.WRITE_OFF].is_possible
    assert ways(against_write_off=("Ask first.",))[Way.WRITE_OFF].against == ("Ask first.",)


def test_days_and_amounts_are_told() -> None:
    assert "1 day is left to appeal $850.00." in ways(appeal_days=1)[Way.APPEAL].reasons
    assert "120 days are left to appeal $850.00." in ways()[Way.APPEAL].reasons
    assert "$850.00 is above the limit of $100.00: a second person decides." in ways()[Way.WRITE_OFF].reasons
    assert "within the limit" in ways(cents=10000)[Way.WRITE_OFF].reasons[0]


def test_the_record_is_counted_not_invented_and_turns_the_order_only_with_cases_enough() -> None:
    few = {Way.CORRECTED: Share(3, 3)}
    many = {Way.CORRECTED: Share(8, 9), Way.APPEAL: Share(0, 4)}
    assert first(cause=Cause.BUNDLING, record=few) == Way.APPEAL
    assert first(cause=Cause.BUNDLING, record=many) == Way.CORRECTED
    assert "8 of 9 corrected claims for this cause at this payer brought money here" in " ".join(
        ways(cause=Cause.BUNDLING, record=many)[Way.CORRECTED].reasons
    )
    assert "brought" not in " ".join(r for a in ways().values() for r in a.reasons)


def test_an_open_appeal_stands_against_all_but_documents() -> None:
    found = ways(open_appeal=True)
    assert [w for w, a in found.items() if a.is_possible] == [Way.DOCUMENTS]


def test_a_last_day_that_nobody_verified_closes_no_way_and_asks_for_the_reason() -> None:
    assert not ways(appeal_days=-1)[Way.APPEAL].is_possible
    open_still = ways(appeal_days=-1, is_day_firm=False)[Way.APPEAL]
    assert (open_still.is_possible, open_still.rank) == (True, 0)
    assert any("nobody verified" in reason for reason in open_still.reasons)
