"""Each rule of the order decides its good example, leaves its bad one open, and says why with its source."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from claims.rules.order import TABLE, Decision, OrderRule, Pair, PlanStanding, decide, open_questions, suggest, told

DAY = date(2026, 11, 5)
OWN = PlanStanding("Own plan", relationship="self", employment="active")
SPOUSES = PlanStanding("Spouse's plan", relationship="spouse", employment="active")
MEDICARE = PlanStanding(
    "Medicare", line="medical", program="medicare", relationship="self", employment="individual", medicare_reason="age"
)
CHILDS = PlanStanding("Mother's plan", relationship="child", employment="active", parent="together")


@pytest.mark.parametrize("rule", TABLE, ids=lambda r: r.id)
class TestEachRule:
    def test_decides_its_good_example_whichever_plan_is_named_first(self, rule: OrderRule) -> None:
        assert rule.decide(rule.good) == "a"
        assert rule.decide(rule.good.turned) == "b"

    def test_leaves_its_bad_example_open(self, rule: OrderRule) -> None:
        assert rule.decide(rule.bad) == ""
        assert rule.decide(rule.bad.turned) == ""

    def test_is_the_first_that_decides_its_good_example(self, rule: OrderRule) -> None:
        found = decide(rule.good)
        assert found.rule is rule
        assert found.first is rule.good.a

    def test_says_why_with_its_source(self, rule: OrderRule) -> None:
        sentence = told(decide(rule.good))
        assert sentence.startswith(f"{rule.good.a.key} pays first, because ")
        assert f"({rule.id}; {rule.citation}" in sentence


def test_ids_are_given_once() -> None:
    ids = [r.id for r in TABLE]
    assert len(ids) == len(set(ids))


def first(a: PlanStanding, b: PlanStanding, day: date = DAY) -> tuple[str, str]:
    found = decide(Pair(a, b, day))
    return found.first.key, found.rule.id if found.rule else ""


ACCIDENT = replace(SPOUSES, key="Auto insurance", program="liability")
HEALTH = replace(OWN, key="Health plan", line="medical")
SINCE_2019, SINCE_2024 = {"held_since": date(2019, 1, 1)}, {"held_since": date(2024, 1, 1)}

RETIREES = replace(OWN, key="Own old plan", employment="retired")
LARGE = replace(SPOUSES, employer_size="100_or_more")

CASES = [
    # Before any health plan, and a plan whose contract never stands back.
    (OWN, ACCIDENT, ("Auto insurance", "ORD-101")),
    (replace(OWN, program="medicaid", has_cob_clause="no"), ACCIDENT, ("Auto insurance", "ORD-101")),
    (
        replace(OWN, has_cob_clause="yes"),
        replace(SPOUSES, has_cob_clause="no"),
        ("Spouse's plan", "ORD-103"),
    ),
    # The law on Medicare binds a contract without such a clause, too.
    (
        replace(OWN, employment="retired", has_cob_clause="no"),
        replace(MEDICARE, has_cob_clause="yes"),
        ("Medicare", "ORD-114"),
    ),
    (OWN, replace(MEDICARE, has_cob_clause="no"), ("Own plan", "")),
    # What the law needs to know is asked: no general rule decides instead of it.
    (SPOUSES, MEDICARE, ("Spouse's plan", "")),
    (
        replace(OWN, employment="unknown", held_since=date(2001, 1, 1)),
        replace(MEDICARE, held_since=DAY),
        ("Own plan", ""),
    ),
    (replace(OWN, employment="retired"), replace(MEDICARE, medicare_reason="kidney"), ("Own plan", "")),
    # Medicare, by the size of the employer on both sides of the line.
    (replace(OWN, employer_size="under_20"), MEDICARE, ("Medicare", "ORD-112")),
    (replace(OWN, employer_size="20_to_99"), MEDICARE, ("Own plan", "ORD-112")),
    (replace(SPOUSES, employer_size="100_or_more"), MEDICARE, ("Spouse's plan", "ORD-112")),
    (
        replace(OWN, employer_size="20_to_99"),
        replace(MEDICARE, medicare_reason="disability"),
        ("Medicare", "ORD-113"),
    ),
    (replace(OWN, employment="cobra"), MEDICARE, ("Medicare", "ORD-114")),
    # Kidney disease: the whole of the 30th month still belongs to the group plan, COBRA included.
    (
        replace(OWN, employment="cobra"),
        replace(MEDICARE, medicare_reason="kidney", kidney_since=date(2024, 6, 1)),
        ("Own plan", "ORD-111"),
    ),
    (OWN, replace(MEDICARE, medicare_reason="kidney", kidney_since=date(2024, 5, 5)), ("Medicare", "ORD-111")),
    # Children: month and day, never the year; a court before custody; custody before the rest.
    (
        replace(CHILDS, holder_birth=(12, 1)),
        replace(CHILDS, key="Father's plan", holder_birth=(2, 28)),
        ("Father's plan", "ORD-124"),
    ),
    # While a birthday is not known neither active work nor the longer time stands in for it.
    *(
        (
            replace(CHILDS, parent=parent, holder_birth=(3, 2), **SINCE_2019),
            replace(CHILDS, key="Father's plan", parent=parent, employment="retired", line="medical", **SINCE_2024),
            ("Mother's plan", ""),
        )
        for parent in ("together", "joint")
    ),
    (
        replace(CHILDS, parent="joint", holder_birth=(1, 9)),
        replace(CHILDS, key="Father's plan", parent="joint", holder_birth=(2, 28)),
        ("Mother's plan", "ORD-124"),
    ),
    (
        replace(CHILDS, parent="custodial"),
        replace(CHILDS, key="Father's plan", parent="court_order"),
        ("Father's plan", "ORD-122"),
    ),
    (
        replace(CHILDS, parent="other_parent"),
        replace(CHILDS, key="Stepfather's plan", parent="custodial_spouse"),
        ("Stepfather's plan", "ORD-123"),
    ),
    # Own before dependent, even where a playbook or the longer time would say otherwise.
    (
        replace(OWN, held_since=date(2026, 1, 1)),
        replace(SPOUSES, line="medical", treats_as="medical", held_since=date(2010, 1, 1)),
        ("Own plan", "ORD-121"),
    ),
    # Holders with the same birthday: at once the plan held longer, whatever comes from active work.
    (
        replace(CHILDS, holder_birth=(3, 2), **SINCE_2024),
        replace(CHILDS, key="Father's plan", employment="retired", holder_birth=(3, 2), **SINCE_2019),
        ("Father's plan", "ORD-125"),
    ),
    (
        replace(CHILDS, holder_birth=(3, 2)),
        replace(CHILDS, key="Father's plan", employment="retired", holder_birth=(3, 2), **SINCE_2019),
        ("Mother's plan", "ORD-131"),
    ),
    # Active work, then retirement, then what was continued after it.
    (
        replace(OWN, employment="retired", **SINCE_2019),
        replace(HEALTH, employment="active", **SINCE_2024),
        ("Health plan", "ORD-131"),
    ),
    (
        replace(OWN, employment="cobra", **SINCE_2019),
        replace(HEALTH, employment="retired", **SINCE_2024),
        ("Health plan", "ORD-132"),
    ),
    # Dental beside medical: by the payers, then by the longer time, and only then the medical plan as such.
    (OWN, replace(HEALTH, treats_as="medical"), ("Health plan", "ORD-141")),
    (replace(OWN, treats_as="dental"), HEALTH, ("Own plan", "ORD-141")),
    (replace(OWN, **SINCE_2019), replace(HEALTH, treats_as="medical", **SINCE_2024), ("Health plan", "ORD-141")),
    (replace(OWN, **SINCE_2019), replace(HEALTH, **SINCE_2024), ("Own plan", "ORD-151")),
    (
        replace(OWN, treats_as="dental", **SINCE_2024),
        replace(HEALTH, treats_as="medical", **SINCE_2019),
        ("Health plan", "ORD-151"),
    ),
    (replace(OWN, **SINCE_2019), replace(HEALTH, **SINCE_2019), ("Health plan", "ORD-142")),
    (replace(OWN, **SINCE_2019), HEALTH, ("Health plan", "ORD-142")),
    (
        replace(OWN, program="medicaid"),
        replace(SPOUSES, has_cob_clause="unknown"),
        ("Spouse's plan", "ORD-102"),
    ),
    (OWN, replace(OWN, key="Other plan"), ("Own plan", "")),
]


@pytest.mark.parametrize(("a", "b", "expected"), CASES)
def test_two_plans_stand_in_their_order(a: PlanStanding, b: PlanStanding, expected: tuple[str, str]) -> None:
    assert first(a, b) == expected


def test_every_rule_of_the_order_decides_two_plans_here() -> None:
    """A rule that nothing ever reaches stands in the wrong place."""
    decided = {rule for _, _, (_, rule) in CASES}
    # The last needs a third plan, and has its own test.
    assert decided - {""} == {rule.id for rule in TABLE} - {"ORD-115"}


DENTAL_SINCE_2010 = replace(OWN, key="Dental", held_since=date(2010, 1, 1))
MEDICAL_SINCE_2015 = replace(HEALTH, key="Medical", held_since=date(2015, 1, 1))
MEDICAL_THAT_SAYS_SO = replace(HEALTH, key="Newer medical", treats_as="medical", **SINCE_2024)

TRIPLES = [
    # The exception of the model regulation: Medicare turns what else would go round in a circle.
    ((RETIREES, LARGE, MEDICARE), ["Spouse's plan", "Medicare", "Own old plan"], ["ORD-112", "ORD-114"]),
    (
        (replace(RETIREES, employment="cobra"), LARGE, replace(MEDICARE, medicare_reason="disability")),
        ["Spouse's plan", "Medicare", "Own old plan"],
        ["ORD-113", "ORD-114"],
    ),
    # Medicare that pays before both turns nothing.
    (
        (RETIREES, replace(LARGE, employer_size="under_20"), MEDICARE),
        ["Medicare", "Own old plan", "Spouse's plan"],
        ["ORD-114", "ORD-121"],
    ),
    # Two plans without an order of their own before or behind one that has its place.
    (
        (OWN, replace(OWN, key="Other plan"), replace(OWN, key="Medicaid", program="medicaid")),
        ["Other plan", "Own plan", "Medicaid"],
        ["", "ORD-102"],
    ),
    ((SPOUSES, replace(SPOUSES, key="Other plan"), OWN), ["Own plan", "Other plan", "Spouse's plan"], ["ORD-121", ""]),
    ((PlanStanding("C"), PlanStanding("A"), PlanStanding("B")), ["A", "B", "C"], ["", ""]),
    # Round in a circle: held longer, held longer, and what a payer says of itself.
    (
        (DENTAL_SINCE_2010, MEDICAL_SINCE_2015, MEDICAL_THAT_SAYS_SO),
        ["Dental", "Medical", "Newer medical"],
        ["circle", "circle"],
    ),
]


@pytest.mark.parametrize(("plans", "names", "rules"), TRIPLES)
def test_three_plans_stand_alike_in_whatever_order_they_come(
    plans: tuple[PlanStanding, ...], names: list[str], rules: list[str]
) -> None:
    for given in permutations(plans):
        ordered, decisions = suggest(given, DAY)
        assert [p.key for p in ordered] == names
        assert [d.rule.id if d.rule else "circle" if d.is_circle else "" for d in decisions] == rules
        assert all("nothing decides" in d.sentence or "Nothing" in d.sentence for d in decisions if not d.rule)


def test_the_law_turns_two_plans_only_where_medicare_stands_between() -> None:
    assert first(RETIREES, LARGE) == ("Own old plan", "ORD-121")
    turned = decide(Pair(RETIREES, LARGE, DAY, beside=(MEDICARE,)))
    assert turned.rule
    assert (turned.first, turned.rule.id) == (LARGE, "ORD-115")


def test_three_plans_stand_in_their_order_each_with_the_rule_that_put_it_before_the_next() -> None:
    medicaid = replace(OWN, key="Medicaid", program="medicaid")
    ordered, decisions = suggest([medicaid, SPOUSES, OWN], DAY)
    assert [p.key for p in ordered] == ["Own plan", "Spouse's plan", "Medicaid"]
    assert [d.rule.id for d in decisions if d.rule] == ["ORD-121", "ORD-102"]


def test_what_nobody_knows_never_decides_and_is_asked_for() -> None:
    bare, other = PlanStanding("Plan A"), PlanStanding("Plan B")
    assert decide(Pair(bare, other, DAY)).rule is None
    assert "Nothing that is known decides" in told(Decision(bare, other, None))
    medicare = PlanStanding("Medicare", program="medicare", relationship="self")
    asked = open_questions([bare, medicare, replace(OWN, relationship="child"), replace(CHILDS, **SINCE_2019)])
    assert "Who holds Plan A?" in asked
    assert any(q.startswith("Why does the patient have Medicare") for q in asked)
    assert any(q.startswith("How many employees has the employer behind Own plan") for q in asked)
    assert any(q.startswith("Which parent holds Own plan") for q in asked)
    assert "When is the birthday of whoever holds Mother's plan?" in asked
    assert [q for q in asked if q.startswith("Since when")] == [
        "Since when is Plan A held without a gap?",
        "Since when is Own plan held without a gap?",
    ]
    kidney = replace(MEDICARE, medicare_reason="kidney")
    assert open_questions([kidney]) == ["Since when does Medicare cover the patient for kidney disease?"]
