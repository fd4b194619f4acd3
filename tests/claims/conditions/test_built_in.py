"""Where own rules meet those of the program: the conditions that stand for these say the same of every example."""

from __future__ import annotations

import pytest

from claims.conditions.built_in import ASKED, remarks
from claims.conditions.condition import Clause, Group, holds_on
from claims.rules import CATALOGUE

RULES = {rule.id: rule for rule in CATALOGUE}
TITLES = {rule.id: rule.title for rule in CATALOGUE}
EXAMPLES = [facts for rule in CATALOGUE for facts in (rule.good, rule.bad)]


@pytest.mark.parametrize("rule", ASKED)
def test_a_condition_holds_where_its_rule_fails_and_nowhere_else(rule: str) -> None:
    for facts in EXAMPLES:
        held = holds_on(ASKED[rule], facts)
        assert held is not RULES[rule].passes(facts)


def test_the_same_the_opposite_and_what_is_not_in_force_are_told_apart() -> None:
    asked = Group("any", (Clause("eligibility.active", "unknown"),))
    (said,) = remarks(asked, TITLES)
    assert said.startswith("ELG-101 (Eligibility was checked) of the program asks the same.")
    (said,) = remarks(Group("all", (Clause("eligibility.active", "is", True),)), TITLES)
    assert said.startswith("It contradicts ELG-102 (The plan was active) of the program")
    assert remarks(asked, {}) == ()
    assert remarks(Group(), TITLES) == (), "what is not complete is said elsewhere"
    assert remarks(Group("all", (Clause("images.endoscopic", "less", "3"),)), TITLES) == ()
