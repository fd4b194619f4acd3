"""Conditions: how they hold, how they are kept, how they read, and what is said of those that make no sense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from claims.conditions.catalogue import PROPERTIES
from claims.conditions.condition import Clause, Group, holds_on, read
from claims.conditions.kinds import Kind
from claims.conditions.operators import NONE, ONE, SEVERAL, TWO, for_kind
from claims.conditions.own import OwnRule
from claims.conditions.property import Property
from claims.conditions.sense import Adopted, problems
from claims.conditions.sentence import sentence
from claims.conditions.trying import can_hold, holds_always
from claims.facts import ClaimFacts
from claims.rules.examples import READY
from documentation.kernel.rule import Cause, Severity, check
from tests.claims.conditions.test_properties import EXAMPLES

FEW_IMAGES = Clause("images.endoscopic", "less", "5")
COSTLY = Clause("claim.total", "more", 100000)
LOCAL = Clause("procedure.anesthesia", "one_of", ("local", "topical"))
NESTED = Group("all", (FEW_IMAGES, Group("any", (COSTLY, Group("all", (LOCAL, Clause("plan.others", "is", "0")))))))


def every(*parts: Clause | Group) -> Group:
    return Group("all", parts)


def some(*parts: Clause | Group) -> Group:
    return Group("any", parts)


def test_groups_hold_by_all_or_any_of_their_parts_however_deep() -> None:
    assert holds_on(NESTED, READY)
    assert not holds_on(every(FEW_IMAGES, COSTLY), READY)
    assert holds_on(some(COSTLY, FEW_IMAGES), READY)
    assert not holds_on(Group(), READY)


def test_a_condition_comes_back_from_json_as_it_was() -> None:
    assert read(json.loads(json.dumps(NESTED.as_data()))) == NESTED


def test_it_reads_as_a_sentence() -> None:
    assert sentence(NESTED) == (
        "Hold the claim when the number of endoscopic images is less than 5 and either the total charge is more than"
        " $1,000.00 or (both the anesthesia is one of “Local” or “Topical” and the number of the patient's other plans"
        " is 0)."
    )


@pytest.mark.parametrize(
    "data",
    [
        {"property": "claim.total", "operator": "more", "value": 1},
        {"all": [{"property": "claim.total"}]},
        {"all": "everything"},
        None,
        {"all": [{"property": "no.such", "operator": "is", "value": 1}]},
        {"all": [{"property": "claim.total", "operator": "begins", "value": "8"}]},
        {"all": [{"property": "claim.total", "operator": "more", "value": "lots"}]},
        {"any": [FEW_IMAGES.as_data(), {"property": "claim.total", "operator": "between", "value": [1]}]},
    ],
)
def test_a_rule_that_cannot_be_evaluated_holds_the_claim_and_says_why(data: Any) -> None:
    """Even where it would only advise, and where another part of it would let the claim pass."""
    rule = OwnRule("OWN-001", 1, "Title", "Message.", "Fix.", "lines.code", Cause.CODING, Severity.ADVICE, data)
    (result,) = check(READY, [rule.as_rule()], severities={"OWN-001": Severity.ADVICE})
    assert not result.passed
    assert result.severity is Severity.BLOCKER
    assert "could not be carried out (Title), because " in result.message


def test_a_sound_rule_holds_by_its_own_severity_and_words() -> None:
    rule = OwnRule(
        "OWN-007", 2, "T", "M.", "F.", "images.images", Cause.IMAGES, Severity.WARNING, NESTED.as_data(), (4,)
    )
    (result,) = check(READY, [rule.as_rule()])
    assert (result.rule, result.passed, result.severity, result.message) == ("OWN-007", False, Severity.WARNING, "M.")
    (passed,) = check(ClaimFacts(), [rule.as_rule()])
    assert passed.passed
    assert rule.applies_to(4)
    assert not rule.applies_to(5)


PAIN = "reason.pain"

SENSELESS: dict[str, tuple[Group, str]] = {
    "nothing": (Group(), "Add at least one condition."),
    "an empty group": (every(FEW_IMAGES, some()), "Add a condition, or remove this group."),
    "no property": (every(Clause("", "")), "Choose what to ask of the claim."),
    "no operator": (every(Clause(PAIN, "")), "Choose how to compare the pain."),
    "another kind's operator": (every(Clause(PAIN, "begins", "1")), "Choose how to compare the pain."),
    "no value": (every(Clause("payer.name", "is")), "Give a value to compare with."),
    "half a range": (every(Clause(PAIN, "between", ("1",))), "Give both ends of the range."),
    "a word there is not": (every(Clause("claim.kind", "is", "visual")), "“visual” is none of the answers"),
    "a range backwards": (every(Clause(PAIN, "between", ("8", "3"))), "The range ends before it begins"),
    "days backwards": (
        every(Clause("claim.service_day", "between", ("2026-11-06", "2026-11-05"))),
        "The range ends before it begins",
    ),
    "twice the same": (every(FEW_IMAGES, FEW_IMAGES), "stands here twice"),
    "beyond its ends": (every(Clause(PAIN, "more", "10")), "This can never hold: it lies between 0 and 10."),
    "below nothing": (every(Clause("images.count", "less", "0")), "This can never hold: it lies between 0 and 999."),
    "not whole": (every(Clause("images.count", "is", "1.5")), "This can never hold"),
    "unknown of what is known": (every(Clause("claim.total", "unknown")), "every claim has it recorded"),
    "known of what is known": (every(Clause("claim.total", "known")), "This holds on every claim"),
    "always": (every(Clause("images.count", "at_least", "0")), "This holds on every claim"),
    "always where recorded": (every(Clause(PAIN, "at_most", "10")), "say that the pain is known"),
    "two ends that miss": (
        every(Clause(PAIN, "less", "3"), Clause(PAIN, "at_least", "3")),
        "“the pain is less than 3” and “the pain is at least 3” exclude each other",
    ),
    "two words at once": (
        every(Clause("claim.kind", "is", "dental"), Clause("claim.kind", "is", "medical")),
        "exclude each other",
    ),
    "some and none of a list": (
        every(Clause("claim.codes", "any_of", ("D1", "D2")), Clause("claim.codes", "not_any_of", ("D2", "D1"))),
        "exclude each other",
    ),
    "none of more words than are tried one by one": (
        every(
            Clause("claim.diagnoses", "all_of", tuple(f"K11.{n}" for n in range(9))),
            Clause("claim.diagnoses", "not_any_of", ("K11.0",)),
        ),
        "exclude each other",
    ),
    "some word and only others": (
        every(
            Clause("claim.diagnoses", "only", tuple(f"K11.{n}" for n in range(9))),
            Clause("claim.diagnoses", "any_begins", "R"),
        ),
        "exclude each other",
    ),
    "with a word or without": (
        some(
            Clause("reading.text", "contains", "stone"),
            Clause("reading.text", "lacks", "no stone"),
            *(Clause("reading.text", "lacks", word) for word in ("duct", "left", "scar")),
        ),
        "This holds whatever is recorded",
    ),
    "begins otherwise": (
        every(Clause("claim.code", "begins", "D"), Clause("claim.code", "begins", "4")),
        "exclude each other",
    ),
    "one or the other half": (
        some(Clause("images.count", "less", "3"), Clause("images.count", "at_least", "3")),
        "every claim would be held",
    ),
    "one or the other half where recorded": (
        some(Clause(PAIN, "less", "3"), Clause(PAIN, "at_least", "3")),
        "This holds whatever is recorded",
    ),
    "within a group": (
        some(COSTLY, every(Clause(PAIN, "is", "3"), Clause(PAIN, "unknown"))),
        "exclude each other",
    ),
    "after the last day": (every(Clause("plan.ended", "after", "9999-12-31")), "This can never hold"),
    "before the first day": (every(Clause("plan.ended", "before", "0001-01-01")), "This can never hold"),
    "more pictures than a record holds": (
        every(Clause("images.count", "between", ("0", "100000"))),
        "This holds on every claim: it lies between 0 and 999.",
    ),
    "after a day before all others": (
        every(Clause("claim.service_day", "after", "1900-01-01")),
        "This holds whatever is recorded: it lies between January 1, 2000 and December 31, 2099.",
    ),
    "older than any claim": (
        every(Clause("claim.age", "more", "100000")),
        "This can never hold: it lies between 0 and 36,500.",
    ),
    "dearer than any claim": (
        every(Clause("claim.total", "more", 1_000_000_000)),
        "This can never hold: it lies between $0.00 and $1,000,000.00.",
    ),
    "more of a part than of the whole": (
        every(Clause("images.endoscopic", "at_least", "5"), Clause("images.count", "at_most", "4")),
        "“the number of endoscopic images is at least 5” and “the number of images is at most 4” exclude each other",
    ),
    "of a part of a part": (
        every(Clause("images.unread", "more", "4"), Clause("images.count", "less", "4")),
        "exclude each other",
    ),
    "few of a part or many of the whole": (
        some(Clause("images.key", "at_most", "4"), Clause("images.count", "at_least", "5")),
        "every claim would be held",
    ),
    "known or one half or the other": (
        some(Clause(PAIN, "unknown"), Clause(PAIN, "less", "3"), Clause(PAIN, "at_least", "3")),
        "This holds on every claim",
    ),
    "a number beyond all": (every(Clause(PAIN, "is", "1e999999999")), "Give a number"),
    "a text of half a letter": (every(Clause("reading.text", "shorter", "1.5")), "from 1 to 5,000"),
    "a text of no letter": (every(Clause("reading.text", "shorter", "0")), "from 1 to 5,000"),
    "a text without end": (every(Clause("reading.text", "shorter", "999999999")), "from 1 to 5,000"),
    "too deep": (every(some(every(some(every(FEW_IMAGES))))), "nested at most 4 deep"),
    "too many": (every(*(Clause("images.count", "is_not", str(n)) for n in range(41))), "at most 40 conditions"),
}


@pytest.mark.parametrize("name", SENSELESS)
def test_what_makes_no_sense_is_said_while_it_is_built(name: str) -> None:
    condition, sentence = SENSELESS[name]
    found = problems(condition)
    assert sentence in found[0].sentence, found


@pytest.mark.parametrize(
    "condition",
    [
        NESTED,
        every(Clause("plan.ended", "known")),
        every(Clause("plan.ended", "is", "9999-12-31")),
        every(Clause("images.endoscopic", "at_least", "5"), Clause("images.count", "at_most", "5")),
        every(Clause("images.key", "at_least", "5"), Clause("images.endoscopic", "at_most", "4")),
        every(Clause(PAIN, "between", ("3", "3"))),
        some(Clause(PAIN, "less", "3"), Clause(PAIN, "more", "3")),
        every(Clause("images.count", "at_least", "2"), Clause("images.count", "at_most", "2")),
        every(Clause("claim.codes", "any_of", ("D1", "D2")), Clause("claim.codes", "not_any_of", ("D2",))),
        every(Clause("reading.text", "contains", "stone"), Clause("reading.text", "lacks", "no stone")),
        every(Clause("reading.text", "begins", "The"), Clause("reading.text", "shorter", "9")),
        every(
            Clause("procedure.treatments", "only", ("stent", "biopsy")),
            Clause("procedure.treatments", "any_of", ("stent",)),
        ),
        some(*(Clause("reading.text", "lacks", word) for word in ("stone", "duct", "left", "scar"))),
        every(*(Clause("reading.text", "contains", word) for word in ("stone", "duct", "left", "scar"))),
        some(Clause("reading.text", "lacks", "stone"), Clause("reading.text", "shorter", "9")),
        every(
            Clause("claim.diagnoses", "any_of", tuple(f"K11.{n}" for n in range(9))),
            Clause("claim.diagnoses", "not_any_of", ("K11.0",)),
        ),
        every(
            Clause("claim.diagnoses", "any_begins", "K11"),
            Clause("claim.diagnoses", "not_any_of", tuple(f"K11.{n}" for n in range(9))),
        ),
        some(Clause("claim.diagnoses", "all_of", ("A", "B")), Clause("claim.diagnoses", "not_any_of", ("A", "B"))),
        some(*(Clause(key, "unknown") for key in (PAIN, "reason.episodes", "reason.duration", "procedure.scope"))),
    ],
)
def test_what_makes_sense_is_left_alone(condition: Group) -> None:
    assert problems(condition) == ()


def test_of_more_words_than_can_be_tried_nothing_is_claimed_but_that_they_stand_there_again() -> None:
    condition = every(*(Clause("reading.text", "contains", f"word {n}") for n in range(12)))
    assert can_hold(condition) is None
    assert problems(condition) == ()
    (found,) = problems(condition, [Adopted("OWN-004", "Twelve words", condition)])
    assert "says the same" in found.sentence


def test_a_rule_that_leaves_no_way_out_beside_another_contradicts_it() -> None:
    many = Adopted("OWN-002", "Many images", every(Clause("images.endoscopic", "at_least", "5")))
    (found,) = problems(every(FEW_IMAGES), [many])
    assert found.sentence.startswith("It contradicts OWN-002 (Many images)")
    assert problems(every(Clause("images.endoscopic", "less", "4")), [many]) == ()


ENDED, NOT_ENDED = every(Clause("plan.ended", "known")), every(Clause("plan.ended", "unknown"))


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        (ENDED, NOT_ENDED),
        (NOT_ENDED, ENDED),
        (some(Clause(PAIN, "unknown"), Clause(PAIN, "less", "3")), every(Clause(PAIN, "at_least", "3"))),
        (every(Clause("images.endoscopic", "at_most", "4")), every(Clause("images.count", "at_least", "5"))),
    ],
)
def test_rules_that_hold_every_claim_between_them_contradict_each_other(condition: Group, other: Group) -> None:
    (found,) = problems(condition, [Adopted("OWN-002", "The other", other)])
    assert found.sentence.startswith("It contradicts OWN-002 (The other)")


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        (every(Clause("plan.ended", "before", "2026-11-05")), ENDED),
        (every(FEW_IMAGES, Clause("plan.ended", "before", "2026-11-05")), ENDED),
        (every(Clause("plan.ended", "before", "2026-11-05")), NOT_ENDED),
        (every(FEW_IMAGES), every(Clause("images.endoscopic", "at_least", "0"))),  # adopted before that was refused
    ],
)
def test_a_rule_is_not_blamed_for_what_another_holds_by_itself(condition: Group, other: Group) -> None:
    assert problems(condition, [Adopted("OWN-001", "The other", other)]) == ()


def test_a_rule_that_says_the_same_in_other_words_is_named() -> None:
    same = Adopted("OWN-003", "Four at most", some(Clause("images.endoscopic", "at_most", "4")))
    (found,) = problems(every(FEW_IMAGES), [same])
    assert "says the same" in found.sentence


@pytest.mark.parametrize("about", PROPERTIES, ids=lambda p: p.key)
def test_what_a_claim_can_have_is_never_said_to_be_impossible(about: Property) -> None:
    """Whatever is compared with a value that a claim really has: if it holds there, it can hold."""
    found = EXAMPLES[about.key][0]
    value = about.value(found)
    plain = {Kind.NUMBER: str, Kind.DAY: str}.get(about.kind, lambda v: v)
    for operator in for_kind(about.kind, has_choices=bool(about.choices)):
        one = plain(value)
        if about.kind is Kind.LIST:
            given: Any = value[0][:2] if operator.compares else value
        elif operator.compares is Kind.NUMBER:
            given = str(len(value) + 1)
        else:
            given = {NONE: None, ONE: one, TWO: (one, one), SEVERAL: (one,)}[operator.takes]
        condition = every(Clause(about.key, operator.key, given))
        if holds_on(condition, found):
            assert can_hold(condition), (operator.key, given)
        else:
            assert not holds_always(condition), (operator.key, given)
