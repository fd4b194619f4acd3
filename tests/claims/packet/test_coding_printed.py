"""What a coder adds to a claim is printed with it: the comparator of an unlisted code, and why a second gland."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claims.facts import ClaimFacts
from claims.packet.formdata import claim_data
from claims.packet.narrative import compose
from claims.rules.examples import APPROVED, MEDICAL, READY, with_claim, with_line

REASON = "Both glands swell at meals."
SECOND = with_line(second_gland_reason=REASON)


ESTIMATED = replace(APPROVED, kind="predetermination", number="PD-9")


def field(facts: ClaimFacts, number: str) -> str:
    data = claim_data(facts, "K000001")
    return next((f.value for group in data.groups for f in group.fields if f.item == number), "")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((APPROVED,), "Prior authorization PA-5501"),
        ((ESTIMATED,), "Predetermination PD-9"),
        ((ESTIMATED, APPROVED), "Prior authorization PA-5501\nPredetermination PD-9"),
        ((replace(APPROVED, number=""), ESTIMATED), "Predetermination PD-9"),
        ((replace(APPROVED, status="denied"), replace(ESTIMATED, codes=("D7979",))), ""),
    ],
)
def test_item_2_says_which_number_is_a_permission_and_which_an_estimate(answers, said) -> None:
    assert field(with_claim(authorizations=answers), "2") == said


def test_box_23_takes_a_permission_alone() -> None:
    permission, estimate = replace(APPROVED, codes=("42699",)), replace(ESTIMATED, codes=("42699",))
    assert field(replace(MEDICAL, authorizations=(estimate, permission)), "23") == "PA-5501"
    assert field(replace(MEDICAL, authorizations=(estimate,)), "23") == ""
    assert field(replace(MEDICAL, authorizations=(replace(permission, number=""), estimate)), "23") == ""


def test_the_comparator_stands_in_the_line_once() -> None:
    (row,) = claim_data(MEDICAL, "").rows
    assert "Diagnostic sialendoscopy, left submandibular duct; comparator 42660" in row
    named = replace(MEDICAL, lines=(replace(MEDICAL.lines[0], description="Endoscopy; comparator 42660"),))
    (row,) = claim_data(named, "").rows
    assert "Endoscopy; comparator 42660" in row


def test_the_reason_for_a_second_gland_is_in_the_remarks_and_they_still_fit() -> None:
    remarks = field(SECOND, "35")
    assert remarks.endswith("Second gland: Both glands swell at meals.")
    assert len(remarks) <= 400
    longest = with_line(second_gland_reason="word " * 39)
    assert len(field(longest, "35")) <= 400


@pytest.mark.parametrize("word", ["word ", "unbroken"])
@pytest.mark.parametrize("count", [2, 3, 6])
def test_long_reasons_for_second_glands_leave_room_for_the_narrative(count: int, word: str) -> None:
    (line,) = READY.lines
    reasons = tuple(replace(line, second_gland_reason=f"{n} {word * 39}"[:200]) for n in range(count))
    remarks = field(replace(READY, lines=reasons), "35")
    assert len(remarks) <= 400
    assert "sialoendoscopy" in remarks
    assert remarks.count("Second gland: ") == min(count, 3)
    assert remarks.endswith("…")


def test_the_narrative_tells_the_reason_once_and_nothing_without_one() -> None:
    twice = replace(SECOND, lines=SECOND.lines * 2)
    told = [s.text for s in compose(twice) if "second gland" in s.text]
    assert told == ["A second gland was examined on the same day: Both glands swell at meals."]
    assert not [s for s in compose(READY) if "second gland" in s.text]


def test_a_medical_form_has_a_field_for_the_reason() -> None:
    medical = replace(MEDICAL, lines=(replace(MEDICAL.lines[0], second_gland_reason=REASON),))
    assert field(medical, "24") == REASON
