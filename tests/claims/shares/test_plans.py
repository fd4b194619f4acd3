"""The worked examples of one plan and two, to the cent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.shares.plans import Method, Plan, one_plan, self_pay, two_plans
from documentation.kernel.money import percent_of

FIRST = Plan(allowed=80000, percent=80, deductible=5000)


@pytest.mark.parametrize(("cents", "percent", "share"), [(33333, 80, 26666), (12345, 50, 6173), (1, 50, 1)])
def test_a_share_is_rounded_half_up_to_a_cent(cents: int, percent: int, share: int) -> None:
    assert percent_of(cents, percent) == share
    assert Plan(allowed=cents, percent=percent).alone() == share


def test_the_annual_maximum_caps_what_the_plan_pays() -> None:
    share = one_plan(80000, Plan(allowed=80000, percent=80, deductible=5000, left=30000))
    assert (share.first, share.patient, share.written_off) == (30000, 50000, 0)
    assert FIRST.alone() == 60000


def test_in_network_the_difference_to_the_fee_is_taken_off_and_out_of_network_it_is_owed() -> None:
    inside = one_plan(85000, FIRST)
    outside = one_plan(85000, Plan(allowed=80000, percent=80, deductible=5000, in_network=False))
    assert (inside.first, inside.patient, inside.written_off) == (60000, 20000, 5000)
    assert (outside.first, outside.patient, outside.written_off) == (60000, 25000, 0)


def test_a_plan_that_does_not_cover_pays_nothing_and_a_copay_lowers_the_benefit() -> None:
    assert one_plan(85000, Plan(allowed=80000, percent=80, covers=False)).patient == 80000
    assert Plan(allowed=80000, percent=80, copay=2500).alone() == 61500
    assert Plan(allowed=1000, percent=10, copay=2500).alone() == 0
    assert self_pay(85000).patient == 85000


A2 = Plan(allowed=78000, percent=70)
B1, B2 = Plan(allowed=80000, percent=50), Plan(allowed=80000, percent=80, deductible=5000)
C2 = Plan(allowed=78000, percent=70, left=15000)


@pytest.mark.parametrize(
    ("first", "second", "method", "pays", "patient"),
    [
        (FIRST, A2, Method.STANDARD, 20000, 0),
        (FIRST, A2, Method.NON_DUPLICATION, 0, 20000),
        (FIRST, A2, Method.CARVE_OUT, 0, 20000),
        (FIRST, A2, Method.MAINTENANCE, 12600, 7400),
        (B1, B2, Method.STANDARD, 40000, 0),
        (B1, B2, Method.NON_DUPLICATION, 20000, 20000),
        (B1, B2, Method.CARVE_OUT, 20000, 20000),
        (B1, B2, Method.MAINTENANCE, 28000, 12000),
        (FIRST, C2, Method.STANDARD, 15000, 5000),
    ],
    ids=lambda v: v.value if isinstance(v, Method) else None,
)
def test_the_second_plan_pays_by_its_method(first: Plan, second: Plan, method: Method, pays: int, patient: int) -> None:
    share = two_plans(85000, first, second, method)
    assert (share.second, share.patient) == (pays, patient)
    assert share.written_off == 5000


def test_a_crown_of_500_with_half_and_four_fifths_leaves_100_without_duplication() -> None:
    share = two_plans(50000, Plan(50000, 50), Plan(50000, 80), Method.NON_DUPLICATION)
    assert (share.first, share.second, share.patient) == (25000, 15000, 10000)


PLANS = st.builds(
    Plan,
    allowed=st.integers(0, 200_000),
    percent=st.integers(0, 100),
    deductible=st.integers(0, 50_000),
    copay=st.integers(0, 5_000),
    left=st.none() | st.integers(0, 200_000),
    covers=st.booleans(),
    in_network=st.booleans(),
)


@given(fee=st.integers(0, 200_000), first=PLANS, second=PLANS, method=st.sampled_from(Method))
def test_nobody_bears_less_than_nothing_and_the_shares_are_the_fee(
    fee: int, first: Plan, second: Plan, method: Method
) -> None:
    share = two_plans(fee, first, second, method)
    assert min(share.first, share.second, share.patient, share.written_off) >= 0
    assert share.patient <= one_plan(fee, first).patient
