"""A share is a range while something is not known, and each unknown is named with what would settle it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claims.shares.plans import Method
from claims.shares.spread import Known, Number, spread

PLAN = Known(
    "Example Dental Plan", allowed=80000, in_network=True, covers="yes", deductible=5000, percent=80, left=None,
    left_is_known=True, method=Method.STANDARD,
)  # fmt: skip
SECOND = replace(PLAN, name="Example Health Plan", allowed=78000, deductible=0, percent=70)


def test_what_is_known_gives_one_amount() -> None:
    found = spread(85000, (PLAN,))
    assert (found.low, found.high, found.plans) == (20000, 20000, ((60000, 60000),))
    assert (found.words, found.questions, found.notes) == ("$200.00", (), ())
    assert spread(85000, ()).words == "$850.00"


def test_two_plans_with_a_method_that_is_not_known_give_the_range_of_all_methods() -> None:
    found = spread(85000, (PLAN, replace(SECOND, method=None)))
    assert (found.low, found.high) == (0, 20000)
    assert [q.what for q in found.questions] == ["how Example Health Plan counts what the first plan paid"]
    assert found.plans == ((60000, 60000), (0, 20000))


@pytest.mark.parametrize(
    ("unknown", "low", "high", "asked"),
    [
        ({"percent": None}, 5000, 80000, "how much of the cost"),
        ({"deductible": None}, 16000, 80000, "deductible"),
        ({"left_is_known": False}, 20000, 80000, "may still pay this year"),
        ({"covers": "unknown"}, 20000, 80000, "whether Example Dental Plan pays"),
        ({"in_network": None}, 20000, 25000, "in network"),
    ],
)
def test_each_unknown_widens_the_range_and_is_named(
    unknown: dict[str, object], low: int, high: int, asked: str
) -> None:
    found = spread(85000, (replace(PLAN, **unknown),))  # type: ignore[arg-type]
    assert (found.low, found.high) == (low, high)
    (question,) = found.questions
    assert asked in question.what
    assert question.settle.endswith(".")


def test_a_plan_that_does_not_cover_is_no_question() -> None:
    found = spread(85000, (Known("Example Dental Plan", covers="no", in_network=True),))
    assert (found.low, found.questions) == (85000, ())


def test_a_fee_that_the_payer_never_told_is_counted_in_full_and_said() -> None:
    found = spread(85000, (replace(PLAN, allowed=None),))
    assert found.low == 21000
    assert "full fee is counted" in found.notes[0]
    assert "first two plans" in spread(85000, (PLAN, SECOND, SECOND)).notes[-1]


def test_a_number_that_is_not_known_says_so() -> None:
    assert Number("Deductible left", None, "").value == "not known"
