"""What a winning appeal encloses by cause: found in packet, record and on the shelf, never ticked by a hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from claims.facts import AppealFacts, AuthorizationFacts, EligibilityFacts
from claims.proofs.checklist import Held, Place, Row, State, checklist, missing
from claims.proofs.items import BY_KEY, ITEMS
from claims.proofs.wanted import HELPS, NEEDED, NOT_WANTED, SHIPPED, Wanted, wanted_on
from documentation.facts import JustificationFacts, PriorCareFacts, PriorImagingFacts
from documentation.kernel.rule import Cause
from tests.claims.packet.appeals import APPEALS, claim

PARTS = {key: [Place("In the packet")] for key in ("denial", "interpretation", "figures", "claim", "note")}
SHOWN = Held(parts=PARTS)
FACTS = APPEALS["medical_necessity"]


def rows(facts: AppealFacts = FACTS, *causes: Cause, held: Held = SHOWN) -> dict[str, Row]:
    return {row.item.key: row for row in checklist(causes or (Cause(facts.denial.cause),), facts, held)}


def with_record(facts: AppealFacts, **changed: object) -> AppealFacts:
    record = replace(facts.claim.encounter, **changed)  # type: ignore[arg-type]
    return replace(facts, claim=replace(facts.claim, encounter=record))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_checklist_with_the_decision_and_something_needed(cause: Cause) -> None:
    table = wanted_on(date(2026, 12, 2))
    needed = [item for (c, item), row in table.items() if c is cause and row.weight == NEEDED]
    assert "decision" in needed
    assert len(needed) > 2


def test_an_old_denial_has_a_list_too() -> None:
    assert wanted_on(date(2019, 3, 1)) == wanted_on(date(2026, 12, 2))


def test_the_table_names_known_items_with_a_reason_and_a_source() -> None:
    for row in SHIPPED:
        assert row.item in BY_KEY
        assert row.weight in (NEEDED, HELPS, NOT_WANTED)
        assert row.because
        assert not row.because.endswith(".")
        assert row.source
    assert len({(row.cause, row.item, row.since) for row in SHIPPED}) == len(SHIPPED)
    assert {row.item for row in SHIPPED} == set(BY_KEY)


def test_a_later_row_counts_for_denials_from_its_day_on() -> None:
    more = Wanted(Cause.IMAGES, "referral", NEEDED, "the payer asks for it", date(2026, 12, 1))
    gone = Wanted(Cause.IMAGES, "images", NOT_WANTED, "the payer no longer wants them", date(2027, 1, 1))
    table = (*SHIPPED, more, gone)
    assert (Cause.IMAGES, "referral") not in wanted_on(date(2026, 11, 30), table)
    assert wanted_on(date(2026, 12, 1), table)[Cause.IMAGES, "referral"].weight == NEEDED
    assert (Cause.IMAGES, "images") in wanted_on(date(2026, 12, 31), table)
    assert (Cause.IMAGES, "images") not in wanted_on(date(2027, 1, 1), table)


def test_several_reasons_make_one_list_without_doubles_in_one_order() -> None:
    both = checklist((Cause.IMAGES, Cause.MEDICAL_NECESSITY, Cause.IMAGES), FACTS, SHOWN)
    keys = [row.item.key for row in both]
    assert len(keys) == len(set(keys))
    assert keys == [item.key for item in ITEMS if item.key in keys]
    turned = checklist((Cause.MEDICAL_NECESSITY, Cause.IMAGES), FACTS, SHOWN)
    assert [row.item.key for row in turned] == keys
    (prior,) = [row for row in both if row.item.key == "prior_imaging"]
    assert prior.is_needed, "needed by one cause is needed"
    assert prior.because == ("they let the reviewer compare", "they show that less was not enough")


def test_what_the_packet_shows_is_there_and_what_comes_from_outside_is_missing() -> None:
    found = rows()
    assert {found[key].state for key in ("decision", "interpretation", "images", "note")} == {State.THERE}
    assert found["images"].places == (Place("In the packet"),)
    assert found["prior_care"].state is State.MISSING
    assert found["literature"].state is State.ABSENT
    assert {row.item.key for row in missing(found.values())} == {"prior_care", "prior_imaging"}


def test_a_document_on_the_shelf_is_there_with_its_place() -> None:
    place = Place("On the shelf: Note of Dr. Green", document=7)
    found = rows(held=Held(PARTS, {"prior_care": [place]}))
    assert (found["prior_care"].state, found["prior_care"].places) == (State.THERE, (place,))


def test_what_cannot_be_had_is_said_with_its_reason_until_it_is_there() -> None:
    held = Held(PARTS, {}, {"prior_care": "The office closed."})
    row = rows(held=held)["prior_care"]
    assert (row.state, row.said) == (State.UNOBTAINABLE, "The office closed.")
    there = replace(held, documents={"prior_care": [Place("On the shelf: Note", document=1)]})
    assert rows(held=there)["prior_care"].state is State.THERE


def test_what_the_record_tells_nothing_of_is_not_needed() -> None:
    none = JustificationFacts(prior_care=(PriorCareFacts("none"),), prior_imaging=(PriorImagingFacts("none"),))
    found = rows(with_record(FACTS, justification=none))
    assert (found["prior_care"].state, found["prior_care"].said) == (
        State.NOT_NEEDED, "The record tells of no earlier care.",
    )  # fmt: skip
    assert found["prior_imaging"].said == "The record tells of no earlier imaging."


@pytest.mark.parametrize(
    "changed,key,said",
    [
        ({"signature": None}, "note", "The record is not signed."),
        ({"signature": None}, "interpretation", "The interpretation is not signed."),
        ({"images": ()}, "images", "The record holds no images."),
    ],
)
def test_a_record_that_does_not_show_it_is_missing_whatever_the_packet_holds(
    changed: dict[str, object], key: str, said: str
) -> None:
    row = rows(with_record(FACTS, **changed))[key]
    assert (row.state, row.said) == (State.MISSING, said)


def test_an_authorization_that_the_payer_did_not_require_is_not_needed() -> None:
    plain = replace(FACTS, claim=replace(claim("reference"), authorizations=(), eligibility=None))
    assert rows(plain, Cause.AUTHORIZATION)["authorization"].state is State.MISSING
    check = EligibilityFacts(date(2026, 11, 1), active=True, prior_authorization="not_required")
    told = replace(plain, claim=replace(plain.claim, eligibility=check))
    row = rows(told, Cause.AUTHORIZATION)["authorization"]
    assert (row.state, row.said) == (State.NOT_NEEDED, "The payer said that none is required; the letter tells it.")
    code = plain.claim.procedure_code
    given = AuthorizationFacts("prior_authorization", "approved", "PA-1", (code,))
    with_both = replace(told, claim=replace(told.claim, authorizations=(given,)))
    assert rows(with_both, Cause.AUTHORIZATION)["authorization"].state is State.MISSING


def test_the_other_plan_s_eob_is_asked_for_only_where_there_is_another_plan() -> None:
    alone = replace(FACTS, claim=replace(FACTS.claim, sequence=1, other_coverages=()))
    assert rows(alone, Cause.COB)["other_eob"].state is State.NOT_NEEDED
    second = replace(alone, claim=replace(alone.claim, sequence=2))
    assert rows(second, Cause.COB)["other_eob"].state is State.MISSING


def test_the_patient_s_authorization_is_needed_for_the_patient_s_own_appeal_alone() -> None:
    row = rows()["representative"]
    assert (row.state, row.said) == (State.NOT_NEEDED, "The appeal is the practice's own.")
    assert rows(replace(FACTS, is_of_patient=True))["representative"].state is State.MISSING


def test_a_sending_with_its_proof_and_a_check_with_its_number_are_told_without_a_document() -> None:
    late = APPEALS["timely_filing"]
    assert rows(late)["filing_proof"].places == (Place("“What you wrote” lists each sending with its proof."),)
    unproven = replace(late, denial=replace(late.denial, sent=()))
    assert rows(unproven)["filing_proof"].state is State.MISSING
    check = EligibilityFacts(date(2026, 11, 1), active=True, reference="REF-9")
    checked = replace(FACTS, claim=replace(FACTS.claim, eligibility=check))
    assert "reference REF-9" in rows(checked, Cause.ELIGIBILITY)["eligibility"].places[0].text


def test_only_what_comes_from_outside_can_be_marked_as_not_obtainable() -> None:
    assert {item.key for item in ITEMS if not item.can_lack} == {
        "decision", "interpretation", "images", "note", "claim",
    }  # fmt: skip
