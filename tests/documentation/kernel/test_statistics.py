"""Wilson intervals against values worked out by hand and by their definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documentation.kernel.statistics import SMALL, Share, wilson


@pytest.mark.parametrize(
    "part, whole, low, high",
    [
        (0, 10, 0.0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (3, 12, 0.0889, 0.5323),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (8, 100, 0.0411, 0.1500),
    ],
)
def test_known_intervals(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    part, whole = case
    low, high = wilson(part, whole)
    assert 0 <= low <= part / whole <= high <= 1
    assert wilson(whole - part, whole) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("part, whole", [(0, 0), (-1, 5), (6, 5), (1, -1)])
def test_what_is_no_share_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError):
        wilson(part, whole)


def test_a_share_of_few_is_small() -> None:
    assert Share(1, SMALL - 1).is_small
    assert not Share(1, SMALL).is_small
    assert Share(3, 12).value == 0.25
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    assert Share(3, 12).interval == wilson(3, 12)
