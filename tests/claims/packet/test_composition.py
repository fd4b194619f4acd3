"""What goes into a packet, in which order and why, and what is left out."""

from __future__ import annotations

from dataclasses import replace

from claims.packet.composition import ORDER, Part, compose_parts
from tests.claims.packet.records import RECORDS, claim_of

REFERENCE = claim_of(RECORDS["reference"])


def test_the_parts_stand_in_the_order_in_which_a_consultant_reads() -> None:
    whole = compose_parts(REFERENCE, (1, 2), (3, 4))
    keys = [p.key for p in whole.parts]
    assert keys == ["cover", "narrative", "interpretation", "figures", "claim", "note", "further"]
    assert keys == [key for key in ORDER if key in keys]
    assert all(p.reason and p.title for p in whole.parts)


def test_documents_that_are_laid_in_take_their_place_and_are_no_longer_missing() -> None:
    bare = compose_parts(REFERENCE, (1,), ())
    assert {p.key for p in bare.left_out} == {"figures", "evidence", "authorization"}
    report = Part("evidence", "Ultrasound of September 2, 2026", "shows what imaging left open")
    whole = compose_parts(REFERENCE, (1, 2, 3, 4), (), documents=(report,))
    assert [p.key for p in whole.parts][-2:] == ["note", "evidence"]
    assert {p.key for p in whole.left_out} == {"authorization"}


def test_a_profile_that_leaves_a_part_out_is_named_as_the_reason() -> None:
    whole = compose_parts(REFERENCE, (1, 2), (3, 4), order=("cover", "narrative", "figures"))
    assert [p.key for p in whole.parts] == ["cover", "narrative", "figures"]
    reasons = {p.key: p.reason for p in whole.left_out}
    assert reasons["note"] == "the profile of the channel does not take it"


def test_without_a_key_figure_there_is_no_part_for_them() -> None:
    assert "figures" not in {p.key for p in compose_parts(REFERENCE, (), (1, 2)).parts}


def test_a_claim_to_the_second_plan_says_where_the_first_plans_answer_is() -> None:
    second = compose_parts(replace(REFERENCE, sequence=2), (1, 2, 3, 4), ())
    assert {p.key: p.reason for p in second.left_out}["primary_eob"] == "its amounts stand in the claim data"
