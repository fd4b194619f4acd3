"""Licensed lists and medical codes: taken whole or not at all, dated, and never overwritten unseen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from claims.codes.licensed import TableError
from claims.models import Claim, CodeText
from claims.queries.claims import facts_of, report_of
from claims.queries.codes import proposals
from claims.services import preparation
from claims.services.codes import LoadedTexts, load_texts, save_mapping
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, User
from tests import factories as f

pytestmark = pytest.mark.django_db
LIST = (
    b"code,text,effective_on,ended_on\nD0371,Words of the list,2026-01-01,\nD0330,Other words,2020-01-01,2025-12-31\n"
)


@pytest.fixture
def manager() -> User:
    return f.user(role=Role.MANAGER)


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER)


@pytest.fixture
def claim(biller: User) -> Claim:
    """A claim to a medical plan; the duct was dilated."""
    record = f.signed_encounter()
    f.coverage(person=record.patient, with_payer=f.medical_payer(by=biller), by=biller)
    return f.claim_at(by=biller, encounter=record)


class TestLicensedLists:
    def test_the_same_list_again_changes_nothing(self, manager: User) -> None:
        assert load_texts(LIST, by=manager, at=f.AT) == LoadedTexts(2, 0, 0)
        assert load_texts(LIST, by=manager, at=f.AT) == LoadedTexts(0, 0, 2)
        changed = LIST.replace(b"Words of the list", b"Newer words")
        assert load_texts(changed, by=manager, at=f.AT) == LoadedTexts(0, 1, 1)
        assert CodeText.objects.get(code="D0371").text == "Newer words"

    def test_a_faulty_row_keeps_the_whole_list_out(self, manager: User) -> None:
        with pytest.raises(TableError, match="Row 4"):
            load_texts(LIST + b"D9,x,2026-01-01,\n", by=manager, at=f.AT)
        assert not CodeText.objects.exists()

    def test_the_words_of_the_list_are_in_no_event(self, manager: User) -> None:
        load_texts(LIST, by=manager, at=f.AT)
        assert AuditEvent.objects.get(action="codes.load").detail == '{"added":2,"changed":0}'

    @pytest.mark.parametrize("role", [Role.BILLER, Role.CLINICIAN, Role.ASSISTANT])
    def test_others_do_not_load_them(self, role: Role) -> None:
        with pytest.raises(NotPermitted):
            load_texts(LIST, by=f.user(role=role), at=f.AT)

    def test_a_code_that_the_list_ended_stops_the_claim(self, manager: User, biller: User) -> None:
        load_texts(LIST.replace(b"D0330,", b"D0371,"), by=manager, at=f.AT)
        claim = f.claim_at(by=biller)
        assert "COD-104" not in failed(claim)  # the row of 2026 holds
        load_texts(LIST.replace(b"2026-01-01,", b"2020-01-01,2026-11-04"), by=manager, at=f.AT)
        CodeText.objects.filter(effective_on=date(2026, 1, 1)).delete()
        assert "COD-104" in failed(claim)


def failed(claim: Claim) -> set[str]:
    return {r.rule for r in report_of(claim, today=f.TODAY).failed}


class TestTheMedicalCode:
    def test_a_claim_starts_with_the_unlisted_code_and_its_comparator_and_nobody_chose_it(self, claim: Claim) -> None:
        line = claim.lines.get()
        assert (line.code, line.comparator, claim.confirmed_code) == ("42699", "42660", "")
        assert "COD-148" in failed(claim)
        assert [(p.mapping.code, p.is_current, p.is_chosen) for p in proposals(facts_of(claim))] == [
            ("42699", True, False),
            ("42650", False, False),
            ("42660", False, False),
        ]

    def test_each_candidate_says_which_condition_fired(self, claim: Claim) -> None:
        reasons = {p.mapping.code: p.reasons for p in proposals(facts_of(claim))}
        assert reasons["42650"] == ("hydrostatic dilation was done",)
        assert reasons["42699"] == ("no listed code names an endoscopy of a salivary duct",)

    def test_a_person_confirms_a_candidate(self, claim: Claim, biller: User) -> None:
        chosen = preparation.choose_code(claim, "42660", by=biller, at=f.AT, seen=claim.revision)
        assert (chosen.lines.get().code, chosen.lines.get().comparator) == ("42660", "")
        assert (chosen.confirmed_code, chosen.confirmed_by, chosen.confirmed_at) == ("42660", biller, f.AT)
        assert not {"COD-148", "COD-145", "COD-141"} & failed(chosen)
        back = preparation.choose_code(chosen, "42699", by=biller, at=f.AT, seen=chosen.revision)
        assert back.lines.get().comparator == "42660"

    def test_what_is_no_candidate_is_refused_and_nothing_changes(self, claim: Claim, biller: User) -> None:
        for code in ("42335", "D0371", "", "99999"):
            with pytest.raises(Refused, match="no candidate"):
                preparation.choose_code(claim, code, by=biller, at=f.AT, seen=claim.revision)
        assert claim.lines.get().code == "42699"

    def test_a_choice_made_on_an_old_page_is_refused(self, claim: Claim, biller: User) -> None:
        preparation.choose_code(claim, "42660", by=biller, at=f.AT, seen=1)
        with pytest.raises(NotPossible, match="Somebody else"):
            preparation.choose_code(claim, "42650", by=biller, at=f.AT, seen=1)

    def test_a_code_typed_by_a_person_is_a_choice(self, claim: Claim, biller: User) -> None:
        line = {"code": "42650", "fee": claim.lines.get().fee, "description": "Duct dilated"}
        saved = preparation.save_lines(claim, [line], by=biller, at=f.AT, seen=claim.revision)
        assert saved.confirmed_code == "42650"


class TestMappings:
    def test_what_a_payer_does_not_take_is_no_candidate_for_it(self, claim: Claim, biller: User) -> None:
        row = f.code_mapping(by=biller, code="42650", interventions=[], payer=claim.coverage.payer, is_taken=False)
        assert [p.mapping.code for p in proposals(facts_of(claim))] == ["42699", "42660"]
        save_mapping(row, {"payer": f.medical_payer(by=biller, payer_id="99996", name="Other")}, by=biller, at=f.AT)
        assert "42650" in [p.mapping.code for p in proposals(facts_of(claim))]

    def test_a_verified_row_loses_its_mark_and_names_its_source(self, claim: Claim, biller: User) -> None:
        f.code_mapping(by=biller, payer=claim.coverage.payer)
        (mapping,) = [p.mapping for p in proposals(facts_of(claim)) if p.mapping.code == "42660"]
        assert mapping.is_verified
        assert (mapping.source, mapping.as_of) == ("Provider line, call 4471", date(2026, 10, 12))

    @pytest.mark.parametrize(
        "values, field",
        [
            ({"source": ""}, "source"),
            ({"ended_on": date(2025, 1, 1)}, "ended_on"),
            ({"interventions": ["juggling"]}, "interventions"),
            ({"effective_on": None}, "effective_on"),
        ],
    )
    def test_what_cannot_hold_is_refused_at_its_field(self, biller: User, values: dict[str, Any], field: str) -> None:
        with pytest.raises(ValidationError) as refused:
            f.code_mapping(by=biller, **values)
        assert field in refused.value.message_dict or "__all__" in refused.value.message_dict

    def test_a_dental_payer_takes_no_medical_code(self, biller: User) -> None:
        with pytest.raises(ValidationError, match="pays as dental"):
            f.code_mapping(by=biller, payer=f.payer(by=biller))

    def test_a_correction_from_an_old_page_is_refused(self, biller: User) -> None:
        row = f.code_mapping(by=biller)
        save_mapping(row, {"caveat": "First"}, by=biller, at=f.AT, seen=1)
        with pytest.raises(NotPossible, match="Somebody else"):
            save_mapping(row, {"caveat": "Second"}, by=biller, at=f.AT, seen=1)
        row.refresh_from_db()
        assert row.caveat == "First"
