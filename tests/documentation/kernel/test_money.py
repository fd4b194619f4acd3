"""Money: exact both ways, rounded half up, never a float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documentation.kernel import money as m


@pytest.mark.parametrize(
    ("amount", "cents"),
    [("850.00", 85000), ("0", 0), ("0.1", 10), ("-12.34", -1234), ("1234567.89", 123456789), ("0.005", 1)],
)
def test_cents(amount: str, cents: int) -> None:
    assert m.to_cents(Decimal(amount)) == cents


@pytest.mark.parametrize(
    ("cents", "percent", "share"),
    [(85000, 20, 17000), (1, 50, 1), (3, 50, 2), (101, 33, 33), (85000, 0, 0), (999, 100, 999)],
)
def test_a_share_is_rounded_half_up(cents: int, percent: int, share: int) -> None:
    assert m.percent_of(cents, percent) == share


@pytest.mark.parametrize(
    ("cents", "text"), [(123450, "$1,234.50"), (0, "$0.00"), (5, "$0.05"), (-5, "-$0.05"), (100000000, "$1,000,000.00")]
)
def test_dollars(cents: int, text: str) -> None:
    assert m.dollars(cents) == text


@given(st.integers(-(10**12), 10**12))
def test_there_and_back(cents: int) -> None:
    amount = m.from_cents(cents)
    assert amount.as_tuple().exponent == -2
    assert m.to_cents(amount) == cents


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_a_share_and_its_rest_are_never_more_than_a_cent_off(cents: int, percent: int) -> None:
    assert 0 <= m.percent_of(cents, percent) + m.percent_of(cents, 100 - percent) - cents <= 1
