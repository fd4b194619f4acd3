"""What stands of a payer's answers: a reversal undoes exactly what it reverses, parts stand side by side."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from claims.codes.denial_causes import Outcome
from claims.edi.standing import Given, Net, net, standing, taken_back

PAID, DENIED, REVERSAL = Outcome.PAID, Outcome.DENIED, Outcome.REVERSAL
_keys = itertools.count(1)


def given(outcome: Outcome, charge: int = 850, paid: int = 0, denied: int = 0, **known: Any) -> Given:
    lines = frozenset(known.pop("lines", ()))
    return Given(next(_keys), outcome, charge * 100, paid * 100, denied * 100, lines=lines, **known)


def stands(*answers: Given, billed: int = 850) -> list[int]:
    return [answers.index(a) for a in standing(answers, billed * 100)]


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ([], []),
        ([given(PAID, paid=640)], [0]),
        ([given(DENIED), given(PAID, paid=640)], [1]),
        ([given(DENIED), given(REVERSAL, -850)], []),
        ([given(DENIED), given(REVERSAL, -850), given(PAID, paid=640)], [2]),
        ([given(Outcome.PENDED), given(PAID, paid=640)], [1]),
        ([given(PAID, paid=640), given(Outcome.PREDETERMINATION)], [0]),
        ([given(REVERSAL, -850)], []),
        # Two parts of one claim; the second taken back; the first taken back.
        ([given(PAID, 500, 400), given(DENIED, 350, 0, 350)], [0, 1]),
        ([given(PAID, 500, 400), given(DENIED, 350, 0, 350), given(REVERSAL, -350)], [0]),
        ([given(PAID, 500, 400), given(DENIED, 350, 0, 350), given(REVERSAL, -500, -400)], [1]),
        # More than was billed is no part, nor is a second answer on the same line.
        ([given(PAID, 500, 400), given(DENIED, 351)], [1]),
        ([given(PAID, 400, 300, lines=["C1-1"]), given(DENIED, 400, lines=["C1-1"])], [1]),
        ([given(PAID, 400, 300, lines=["C1-1"]), given(DENIED, 400, lines=["C1-2"])], [0, 1]),
        ([given(PAID, 500, 400), given(DENIED, 0)], [1]),
    ],
)
def test_what_stands(answers: list[Given], left: list[int]) -> None:
    assert stands(*answers) == left


def test_of_several_a_reversal_takes_the_one_of_its_amounts_and_number() -> None:
    first, second = given(PAID, 400, 300, payer_control="A"), given(PAID, 400, 300, payer_control="B")
    assert taken_back(given(REVERSAL, -400, -300, payer_control="A"), [first, second]) is first
    assert taken_back(given(REVERSAL, -400, -300), [first, second]) is second
    assert taken_back(given(REVERSAL, -10, -1, payer_control="A"), [first, second]) is first
    assert taken_back(given(REVERSAL, -10, -1), [first, second]) is None
    assert taken_back(given(REVERSAL, -10, -1), [first]) is first
    assert taken_back(given(REVERSAL, -10, -1), []) is None


@pytest.mark.parametrize(
    ("answers", "outcome", "is_whole"),
    [
        ([], None, False),
        ([given(PAID, paid=640)], PAID, True),
        ([given(PAID, 849, 640)], PAID, False),
        ([given(PAID, 500, 400), given(DENIED, 350, 0, 350)], Outcome.PARTLY_PAID, True),
        ([given(DENIED, 500, 0, 500), given(DENIED, 350, 0, 350)], DENIED, True),
        ([given(PAID, 500, 400), given(PAID, 350, 300)], PAID, True),
        ([given(PAID, 500, 400), given(Outcome.PENDED, 350)], Outcome.PENDED, True),
        ([given(Outcome.PATIENT_SHARE, 500), given(Outcome.PATIENT_SHARE, 349)], Outcome.PATIENT_SHARE, False),
    ],
)
def test_what_they_come_to(answers: list[Given], outcome: Outcome | None, is_whole: bool) -> None:
    assert net(answers, 85_000) == Net(outcome, is_whole)


class TestCorrectionBeforeItsReversal:
    """A payer may put the correction in front of the reversal of what it corrects."""

    def test_the_correction_stands(self) -> None:
        old, new, back = given(DENIED, denied=850), given(PAID, paid=640), given(REVERSAL, -850)
        assert standing([old, new, back], 85000) == (new,)

    def test_a_second_reversal_takes_the_correction_back(self) -> None:
        old, new = given(DENIED, denied=850), given(PAID, paid=640)
        assert standing([old, new, given(REVERSAL, -850), given(REVERSAL, -850, -640)], 85000) == ()

    def test_what_came_with_the_same_check_is_the_last_to_go(self) -> None:
        old, new = given(DENIED, denied=850, check=1), given(DENIED, denied=800, check=2)
        assert standing([old, new, given(REVERSAL, -850, check=2)], 85000) == (new,)
        assert standing([new, given(REVERSAL, -850, check=2)], 85000) == ()

    def test_an_unknown_one_does_not_take_back_what_came_with_it(self) -> None:
        new = given(PAID, paid=640, check=2)
        assert standing([new, given(REVERSAL, -850, check=2)], 85000) == (new,)
