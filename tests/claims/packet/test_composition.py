"""What goes into a packet, in which order and why, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claims.channels.profile import PARTS
from claims.packet import Supplement, build_supplement
from claims.packet.appeal import compose_appeal
from claims.packet.composition import ORDER, PLACES, Order, Part, compose_parts
from claims.packet.letter import draft
from documentation.kernel.machine import Refused
from tests.claims.packet.appeals import APPEALS
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


def test_a_profile_gives_order_and_parts_and_is_named_as_the_reason() -> None:
    order = Order(("cover", "figures", "narrative"), "Example portal", "manual, page 4, read Nov 6, 2026")
    whole = compose_parts(REFERENCE, (1, 2), (3, 4), order=order)
    assert [p.key for p in whole.parts] == ["cover", "figures", "narrative"]
    said = "Example portal takes the parts in this order (manual, page 4, read Nov 6, 2026)."
    assert {p.place for p in whole.parts} == {said}
    reasons = {p.key: p.reason for p in whole.left_out}
    assert reasons["note"] == "Example portal does not take it (manual, page 4, read Nov 6, 2026)"


def test_an_order_that_leaves_nothing_but_the_cover_is_refused() -> None:
    for parts in (("cover",), ("evidence", "cover"), ("evidence",)):
        with pytest.raises(Refused, match="Example portal takes none of the parts that this packet has"):
            compose_parts(REFERENCE, (), (), order=Order(parts, "Example portal"))


def test_each_part_of_the_usual_order_says_why_it_stands_where_it_does() -> None:
    assert list(PLACES) == list(ORDER) == [key for key, _ in PARTS]
    whole = compose_parts(REFERENCE, (1, 2), (3, 4))
    assert all(p.place == PLACES[p.key] for p in whole.parts)


def test_without_a_key_figure_there_is_no_part_for_them() -> None:
    assert "figures" not in {p.key for p in compose_parts(REFERENCE, (), (1, 2)).parts}


def test_a_claim_to_the_second_plan_says_where_the_first_plans_answer_is() -> None:
    second = compose_parts(replace(REFERENCE, sequence=2), (1, 2, 3, 4), ())
    assert {p.key: p.reason for p in second.left_out}["primary_eob"] == "its amounts stand in the claim data"


def test_a_supplement_without_a_document_would_be_a_cover_alone_and_is_refused() -> None:
    adds = Supplement(1, "The payer asked for it.", "K000001", "DUC00000101", "11/09/2026")
    with pytest.raises(Refused, match="holds no document, so only a cover would leave"):
        build_supplement(
            REFERENCE, adds, enclosures=(), control_number="DUC00000103", sealed_at=datetime(2026, 11, 20, tzinfo=UTC),
            verification_url="http://localhost:8000/verify/{code}",
        )  # fmt: skip


@pytest.mark.parametrize("name", APPEALS)
def test_an_appeal_never_leaves_as_a_letter_alone(name: str) -> None:
    facts = APPEALS[name]
    made = compose_appeal(
        facts, draft(facts), control_number="DUC00000102", packet_number="K000002", verification_code="7K2QF",
        sealed_at=datetime(2026, 12, 9, tzinfo=UTC), verification_url="/verify/7K2QF", image_files={},
        annotated_files={}, enclosures=(),
    )  # fmt: skip
    keys = [p.key for p in made.parts]
    assert keys[:2] == ["letter", "denial"]
    assert {"interpretation", "claim", "note"} <= set(keys)
    assert "cover" not in keys
    assert ("map" in keys) == any(x.gland for x in facts.claim.encounter.findings)
