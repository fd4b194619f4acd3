"""Every operator: when it holds, when it does not, and what it makes of something that is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from claims.conditions import operators
from claims.conditions.catalogue import BY_KEY, PROPERTIES
from claims.conditions.condition import Clause
from claims.conditions.kinds import Kind, NotAValue, meant, said, typed
from claims.conditions.operators import OPERATORS, Operator

DAY, NEXT = date(2026, 11, 5), date(2026, 11, 6)

EXAMPLES: dict[str, tuple[str, Any, Any, Any]] = {
    "is": ("payer.name", "delta dental", "Delta Dental", "Delta"),
    "is_not": ("payer.name", "Delta Dental", "Delta", "DELTA DENTAL"),
    "less": ("reason.pain", "3", 2, 3),
    "at_most": ("reason.pain", "3", 3, 4),
    "more": ("claim.total", 85000, 85001, 85000),
    "at_least": ("claim.total", 85000, 85000, 84999),
    "between": ("reason.pain", ("3", "5"), 5, 6),
    "outside": ("claim.service_day", ("2026-11-05", "2026-11-05"), NEXT, DAY),
    "before": ("claim.service_day", "2026-11-06", DAY, NEXT),
    "after": ("claim.service_day", "2026-11-05", NEXT, DAY),
    "one_of": ("procedure.anesthesia", ("local", "general"), "general", "topical"),
    "none_of": ("procedure.anesthesia", ("local", "general"), "topical", "local"),
    "contains": ("reading.text", "stone", "No STONE was seen", "Normal"),
    "lacks": ("reading.text", "stone", "Normal", "A stone."),
    "begins": ("claim.first_diagnosis", "k11", "K11.5", "R22.0"),
    "shorter": ("reading.text", "7", "Normal", "Normal."),
    "any_of": ("claim.codes", ("D0330", "D0350"), ("D0371", "D0350"), ("D0371",)),
    "all_of": ("claim.codes", ("D0371", "D0350"), ("D0350", "D0371", "D1"), ("D0371",)),
    "not_any_of": ("claim.codes", ("D0330",), ("D0371",), ("D0371", "D0330")),
    "only": ("procedure.sides", ("L",), ("L",), ("L", "R")),
    "any_begins": ("claim.diagnoses", "K11", ("R22.0", "K11.8"), ("R22.0", "M35.0")),
    "known": ("reason.pain", None, 0, None),
    "unknown": ("reason.pain", None, None, 0),
}
"""For each operator: a property, what it is compared with, a value that holds, one that does not."""


def holds(operator: Operator, value: Any) -> bool:
    about, compared, _, _ = EXAMPLES[operator.key]
    return Clause(about, operator.key, compared).holds(lambda _: value)


def test_there_is_an_example_for_every_operator_and_no_other() -> None:
    assert set(EXAMPLES) == set(operators.BY_KEY)
    assert len(OPERATORS) >= 12


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: o.key)
def test_each_holds_where_it_says_and_on_a_gap_only_where_it_asks_for_one(operator: Operator) -> None:
    _, _, good, bad = EXAMPLES[operator.key]
    assert holds(operator, good)
    assert not holds(operator, bad)
    assert holds(operator, None) is (operator.key == "unknown")
    assert operator.words
    assert operator.description.endswith(".")
    assert operator.kinds


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_value_can_be_compared_and_asked_for(kind: Kind) -> None:
    keys = {o.key for o in operators.for_kind(kind)}
    assert {"known", "unknown"} < keys


def test_words_that_are_given_are_not_compared_by_their_letters() -> None:
    for about in (p for p in PROPERTIES if p.choices and p.kind is Kind.LIST):
        assert "any_begins" not in {o.key for o in operators.for_kind(about.kind, has_choices=True)}


@pytest.mark.parametrize(
    "kind, text, value, words",
    [
        (Kind.NUMBER, "1,250.5", "1250.5", "1250.5 mm"),
        (Kind.MONEY, "$1,250.50", 125050, "$1,250.50"),
        (Kind.DAY, "2026-11-05", "2026-11-05", "November 5, 2026"),
        (Kind.YES_NO, "no", False, "no"),
        (Kind.TEXT, "  Delta ", "Delta", "“Delta”"),
    ],
)
def test_what_is_typed_is_kept_as_json_and_read_out(kind: Kind, text: str, value: Any, words: str) -> None:
    assert typed(kind, text) == value
    assert said(kind, value, "mm") == words
    meant(kind, value)


@pytest.mark.parametrize(
    "kind, text",
    [
        (Kind.NUMBER, "many"),
        (Kind.NUMBER, "NaN"),
        (Kind.NUMBER, "1e99"),
        (Kind.MONEY, "12.345"),
        (Kind.DAY, "2026-02-30"),
        (Kind.YES_NO, "perhaps"),
        (Kind.TEXT, "\x00"),
        (Kind.CHOICE, ""),
    ],
)
def test_what_is_no_value_is_refused_with_what_is_one(kind: Kind, text: str) -> None:
    with pytest.raises(NotAValue, match=r"^[A-Z].*\.$"):
        typed(kind, text)


def test_a_text_that_is_too_long_is_kept_as_it_was_typed_and_not_compared() -> None:
    assert typed(Kind.TEXT, "x" * 201) == "x" * 201
    assert meant(Kind.TEXT, "x" * 200) == "x" * 200
    with pytest.raises(NotAValue, match="has 201 characters; at most 200 are compared"):
        meant(Kind.TEXT, "x" * 201)


def test_every_property_can_be_compared() -> None:
    for about in BY_KEY.values():
        assert len(operators.for_kind(about.kind, has_choices=bool(about.choices))) > 2
