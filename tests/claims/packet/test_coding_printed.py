"""What is added to a claim is printed with it: a comparator, why a second gland, which claim it corrects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claims.among import ResentFacts
from claims.facts import ClaimFacts
from claims.packet.formdata import claim_data
from claims.packet.narrative import compose
from claims.rules.examples import APPROVED, MEDICAL, READY, with_claim, with_line
from documentation.facts import Address

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


CORRECTED = ResentFacts("corrected", "PCN-778812")


def values(facts: ClaimFacts, number: str) -> list[str]:
    return [f.value for group in claim_data(facts, "").groups for f in group.fields if f.item == number]


def test_a_corrected_claim_names_the_one_in_whose_place_it_stands() -> None:
    remarks = field(replace(SECOND, resent=CORRECTED), "35")
    assert remarks.startswith("Corrected claim: it replaces your claim number PCN-778812. ")
    assert "sialoendoscopy" in remarks
    assert remarks.endswith("Second gland: Both glands swell at meals.")
    assert len(remarks) <= 400
    assert values(replace(MEDICAL, resent=CORRECTED), "22") == ["7", "PCN-778812"]


def test_a_void_claim_says_so() -> None:
    void = ResentFacts("void", "PCN-778812")
    assert field(replace(READY, resent=void), "35").startswith("Void: please cancel your claim number PCN-778812.")
    assert values(replace(MEDICAL, resent=void), "22") == ["8", "PCN-778812"]


def test_an_original_claim_says_nothing_of_the_kind() -> None:
    assert values(MEDICAL, "22") == []
    assert "claim" not in field(READY, "35").lower()


def test_a_number_that_no_answer_told_is_missing_and_not_made_up() -> None:
    unknown = replace(MEDICAL, resent=ResentFacts("corrected"))
    (code, number) = (f for group in claim_data(unknown, "").groups for f in group.fields if f.item == "22")
    assert (code.value, number.value, number.is_missing) == ("7", "Not recorded", True)
    told = field(replace(READY, resent=ResentFacts("corrected")), "35")
    assert told.startswith("Corrected claim: it replaces the claim that you hold.")


def test_the_area_of_the_mouth_has_its_column_where_a_line_names_one() -> None:
    (line,) = READY.lines
    data = claim_data(replace(READY, lines=(replace(line, area="10"), line)), "")
    assert [item for item, _ in data.columns] == ["24", "25", "29", "29a", "29b", "30", "31"]
    assert [row[1] for row in data.rows] == ["10", ""]
    assert "25" not in dict(claim_data(READY, "").columns)


@pytest.mark.parametrize("facts", [READY, MEDICAL])
def test_each_row_has_a_cell_for_each_column_and_columns_stand_in_the_order_of_the_form(facts: ClaimFacts) -> None:
    data = claim_data(facts, "")
    assert {len(row) for row in data.rows} == {len(data.columns)}
    form = {"dental": "24 29 29a 29b 30 31", "medical": "24A 24B 24D 24 24E 24F 24G"}[facts.kind]
    assert " ".join(item for item, _ in data.columns) == form


def test_an_address_that_is_missing_is_said_beside_the_name() -> None:
    person = replace(READY.encounter.patient, address=Address())
    facts = replace(READY, encounter=replace(READY.encounter, patient=person))
    (patient,) = (f for group in claim_data(facts, "").groups for f in group.fields if f.item == "20")
    assert patient.value.endswith("\nAddress not recorded")
    assert patient.is_missing
    assert "not recorded" not in field(READY, "20")
