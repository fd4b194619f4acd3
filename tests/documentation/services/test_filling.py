"""Filling in, confirming and taking back: what counts, what is kept, and who decides when two people work."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from documentation.facts import EncounterFacts
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.merge import Sides, digests
from documentation.kernel.pending import Origin, marks_from
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, User
from documentation.queries.encounters import draft_facts, facts_of, report_of, with_record
from documentation.queries.stored import NAMES, PARTS, base_of, stored_rows, stored_values
from documentation.services import encounters, filling, merging, signing
from tests import factories as f

pytestmark = pytest.mark.django_db
LATER = f.AT.replace(hour=20)


@pytest.fixture
def draft() -> Encounter:
    """A draft with its intake done and its pictures taken in, by a clinician who has signed a record before."""
    earlier = f.signed_encounter()
    encounter = f.drafted(
        treating=earlier.clinician, with_images=False, besides=("procedure", "findings", "interpretation", "plan")
    )
    values = f.sections()["procedure"][0]
    consent = {n: values[n] for n in ("consent_on", "consent_by")}
    encounters.save_section(encounter, "procedure", consent, by=casey_of(encounter), at=f.AT)
    return encounter


def casey_of(encounter: Encounter) -> User:
    assert encounter.clinician.user is not None
    return encounter.clinician.user


@pytest.fixture
def casey(draft: Encounter) -> User:
    return casey_of(draft)


def now(encounter: Encounter) -> Encounter:
    return with_record().get(pk=encounter.pk)


def marked(encounter: Encounter) -> set[str]:
    return {m.path for m in marks_from(now(encounter).to_confirm)}


def facts(encounter: Encounter) -> EncounterFacts:
    return draft_facts(now(encounter))


def seen(encounter: Encounter, *sections: str) -> dict[str, str]:
    """Everything that waits in these sections, as a page shows it."""
    stored = {f"{s}.{p}": d for s in sections or PARTS for p, d in base_of(now(encounter), s).items()}
    return {path: stored[path] for path in marked(encounter) if path in stored}


def everything(encounter: Encounter) -> dict[str, Any]:
    row = now(encounter)
    return {s: (stored_values(row, s), stored_rows(row, s)) for s in PARTS}


# --- A normal study -----------------------------------------------------------------------------------------------


def test_a_normal_study_fills_what_one_fills_and_none_of_it_counts(draft: Encounter, casey: User) -> None:
    before = facts(draft)
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    row = now(draft)
    gland = row.glands.get()
    assert (gland.gland, gland.side, gland.duct, gland.access) == ("submandibular", "L", "wharton", "dilated_papilla")
    assert (gland.extent, gland.complete, gland.lsd_l + gland.lsd_s + gland.lsd_d) == ("hilum", True, "000")
    assert (row.procedure.scope_serial, row.procedure.anesthesia_dose_mg) == ("SN-0417", 36)
    assert [x.type for x in row.findings.all()] == ["normal"]
    assert [x.type for x in row.interventions.all()] == ["none"]
    assert row.procedure.complications == ["none"]
    assert "was entered through the dilated papilla" in row.interpretation.text
    assert row.interpretation.clinical_relevance
    assert (row.planofcare.diagnoses, row.planofcare.follow_up_days) == (["R22.1"], 42)
    counted = facts(draft)
    assert counted.to_confirm
    assert {**vars(counted), "to_confirm": ()} == vars(before)


def test_each_mark_says_whence_by_whom_and_when(draft: Encounter, casey: User) -> None:
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    marks = marks_from(now(draft).to_confirm)
    assert {(m.origin, m.by, m.at) for m in marks} == {("normal_study", casey.pk, f.AT.isoformat())}
    event = AuditEvent.objects.filter(action="encounter.fill").get()
    assert f'"values":{len(marks)}' in event.detail


def test_what_was_typed_is_never_overwritten(draft: Encounter, casey: User) -> None:
    encounters.save_section(
        draft, "procedure", {"anesthesia": "topical", "complications": ["bleeding"]}, by=casey, at=f.AT
    )
    encounters.save_section(draft, "plan", {"diagnoses": ["K11.1"]}, by=casey, at=f.AT)
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    row = now(draft)
    assert (row.procedure.anesthesia, row.procedure.complications) == ("topical", ["bleeding"])
    assert row.planofcare.diagnoses == ["K11.1"]
    assert not {"procedure.anesthesia", "procedure.complications", "plan.diagnoses"} & marked(draft)


def test_a_finding_that_is_not_normal_is_no_normal_study(draft: Encounter, casey: User) -> None:
    rows = {"findings": [{"type": "stone", "gland": "submandibular", "side": "L"}]}
    encounters.save_section(draft, "findings", {}, rows, by=casey, at=f.AT)
    before = everything(draft)
    with pytest.raises(NotPossible, match="no normal study"):
        filling.fill_normal_study(draft, by=casey, at=f.AT)
    assert everything(draft) == before


def test_the_gland_is_asked_for_where_the_record_does_not_name_it(casey: User, draft: Encounter) -> None:
    bare = f.planned_visit(treating=draft.clinician)
    encounters.start(bare, by=casey, at=f.AT)
    with pytest.raises(ValidationError, match="which gland"):
        filling.fill_normal_study(bare, by=casey, at=f.AT, gland="parotid", side="up")
    filling.fill_normal_study(bare, by=casey, at=f.AT, gland="parotid", side="R")
    assert (facts(bare).justification.gland, facts(bare).justification.side) == ("parotid", "R")
    gland = now(bare).glands.get()
    assert (gland.duct, gland.access) == ("stensen", "dilated_papilla")


def test_a_planned_visit_is_started_first_and_a_biller_fills_nothing(draft: Encounter, casey: User) -> None:
    with pytest.raises(NotPossible, match="still planned"):
        filling.fill_normal_study(f.planned_visit(treating=draft.clinician), by=casey, at=f.AT)
    with pytest.raises(NotPermitted):
        filling.fill_normal_study(draft, by=f.user(role=Role.BILLER), at=f.AT)


# --- Signing ------------------------------------------------------------------------------------------------------


def test_nothing_is_signed_while_a_value_waits(draft: Encounter, casey: User) -> None:
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    found = {r.rule for r in report_of(now(draft), today=f.TODAY).blockers}
    assert {"DOC-662", "DOC-663", "DOC-664", "DOC-665"} <= found
    with pytest.raises(Refused, match="not confirmed"):
        signing.sign(now(draft), by=casey, at=f.AT)


def test_a_normal_study_that_was_confirmed_is_signed_as_it_stands(draft: Encounter, casey: User) -> None:
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    f.illustrate_as_proposed(encounter=draft, by=casey)
    shown = draft_facts(now(draft), with_unconfirmed=True)
    filling.confirm(draft, seen(draft), by=casey, at=f.AT)
    assert facts(draft) == shown
    assert not facts(draft).to_confirm
    signing.sign(now(draft), by=casey, at=f.AT)
    assert facts_of(now(draft)).findings[0].is_normal


def test_no_path_locks_a_record_in_which_a_value_waits(draft: Encounter, casey: User) -> None:
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Encounter.objects.filter(pk=draft.pk).update(status="signed")


# --- Confirming and changing --------------------------------------------------------------------------------------


def test_one_value_is_confirmed_and_counts_the_others_wait(draft: Encounter, casey: User) -> None:
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    waiting = seen(draft)
    path = "procedure.anesthesia"
    filling.confirm(draft, {path: waiting[path]}, by=casey, at=f.AT)
    assert marked(draft) == set(waiting) - {path}
    assert (facts(draft).procedure.anesthesia, facts(draft).procedure.scope_type) == ("local", "")
    assert AuditEvent.objects.filter(action="encounter.confirm").count() == 1


def test_editing_a_value_confirms_it_and_no_other(draft: Encounter, casey: User) -> None:
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    waiting = marked(draft)
    gland = stored_rows(now(draft), "procedure")["glands"][0]
    encounters.save_section(draft, "procedure", {}, {"glands": [{**gland, "lsd_s": "1"}]}, by=casey, at=f.AT)
    path = f"procedure.glands.{gland['id']}.lsd_s"
    assert marked(draft) == waiting - {path}


def test_a_row_whose_kind_waits_is_no_row_yet(draft: Encounter, casey: User) -> None:
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    number = now(draft).glands.get().pk
    waiting = seen(draft)
    other = {p: d for p, d in waiting.items() if not p.endswith(".gland")}
    filling.confirm(draft, other, by=casey, at=f.AT)
    assert facts(draft).procedure.glands == ()
    filling.confirm(draft, {f"procedure.glands.{number}.gland": waiting[f"procedure.glands.{number}.gland"]},
                    by=casey, at=f.AT)  # fmt: skip
    assert [g.extent for g in facts(draft).procedure.glands] == ["hilum"]


def test_taking_a_row_out_takes_its_marks_along(draft: Encounter, casey: User) -> None:
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    encounters.save_section(draft, "procedure", {}, {"glands": []}, by=casey, at=f.AT)
    assert not {p for p in marked(draft) if ".glands." in p}


def test_nobody_confirms_what_another_changed_meanwhile(draft: Encounter, casey: User) -> None:
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    page = seen(draft)
    assistant = f.user(role=Role.ASSISTANT)
    encounters.save_section(draft, "procedure", {"scope_serial": "SN-9"}, by=assistant, at=f.AT)
    with pytest.raises(NotPossible, match="One of these values was changed"):
        filling.confirm(draft, page, by=casey, at=f.AT)
    assert facts(draft).procedure.scope_serial == "SN-9"
    filling.confirm(draft, seen(draft), by=casey, at=f.AT)
    assert not marked(draft)


def test_what_another_confirmed_and_somebody_changes_is_what_they_typed(draft: Encounter, casey: User) -> None:
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    page = base_of(now(draft), "procedure")
    filling.confirm(draft, seen(draft), by=casey, at=f.AT)
    typed = {**stored_values(now(draft), "procedure"), "anesthesia": "topical"}
    other = f.user(role=Role.ASSISTANT)
    done = merging.save_merged(now(draft), "procedure", typed, {}, sides=Sides(page), by=other, at=LATER)
    assert not done.clashes
    assert facts(draft).procedure.anesthesia == "topical"


def test_a_value_that_waits_gives_way_to_what_a_person_typed_without_a_question(draft: Encounter, casey: User) -> None:
    opened = now(draft)
    page, typed = base_of(opened, "procedure"), stored_values(opened, "procedure")
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    other = f.user(role=Role.ASSISTANT)
    # The page of the other still shows empty fields; one of them was filled by hand meanwhile.
    done = merging.save_merged(
        now(draft), "procedure", {**typed, "anesthesia": "general"}, {}, sides=Sides(page), by=other, at=LATER
    )
    assert not done.clashes
    assert facts(draft).procedure.anesthesia == "general"
    assert "procedure.anesthesia" not in marked(draft)
    assert "procedure.scope_type" in marked(draft)
    assert now(draft).procedure.scope_type == "semi_rigid"


def test_a_confirmed_value_that_two_people_see_differently_is_a_clash_as_ever(draft: Encounter, casey: User) -> None:
    opened = now(draft)
    page, typed = digests(stored_values(opened, "procedure"), {}, NAMES), stored_values(opened, "procedure")
    filling.fill_usual_procedure(draft, by=casey, at=f.AT)
    filling.confirm(draft, seen(draft), by=casey, at=f.AT)
    with pytest.raises(merging.Clashed):
        merging.save_merged(
            now(draft), "procedure", {**typed, "anesthesia": "general"}, {}, sides=Sides(page), by=casey, at=LATER
        )


# --- Taking it back -----------------------------------------------------------------------------------------------


def test_the_whole_action_is_taken_back(draft: Encounter, casey: User) -> None:
    before = everything(draft)
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    filling.undo(draft, Origin.NORMAL_STUDY, by=casey, at=f.AT)
    assert everything(draft) == before
    assert not marked(draft)
    assert now(draft).interpretation.sources == {}
    with pytest.raises(NotPossible, match="Nothing of it is left"):
        filling.undo(draft, Origin.NORMAL_STUDY, by=casey, at=f.AT)


def test_taking_back_leaves_what_was_confirmed_or_changed(draft: Encounter, casey: User) -> None:
    filling.fill_normal_study(draft, by=casey, at=f.AT)
    gland = stored_rows(now(draft), "procedure")["glands"][0]
    encounters.save_section(draft, "procedure", {}, {"glands": [{**gland, "extent": "middle"}]}, by=casey, at=f.AT)
    filling.confirm(draft, {"plan.diagnoses": seen(draft)["plan.diagnoses"]}, by=casey, at=f.AT)
    filling.undo(draft, Origin.NORMAL_STUDY, by=casey, at=f.AT)
    row = now(draft)
    assert [g.extent for g in row.glands.all()] == ["middle"]
    assert row.planofcare.diagnoses == ["R22.1"]
    assert (row.planofcare.statement, row.findings.count(), row.procedure.anesthesia) == ("", 0, "")


# --- The last visit -----------------------------------------------------------------------------------------------


@pytest.fixture
def again(draft: Encounter, casey: User) -> Encounter:
    """A second visit of a patient whose first is signed."""
    first = f.signed_encounter(treating=draft.clinician)
    return f.planned_visit(treating=draft.clinician, person=first.patient, service_date=f.TODAY)


def test_the_last_visit_lends_its_reasons_and_tools_not_its_consent_nor_its_findings(
    again: Encounter, casey: User
) -> None:
    filling.carry_over(again, by=f.user(role=Role.ASSISTANT), at=f.AT)
    row = now(again)
    assert row.justification.indications == f.sections()["justification"][0]["indications"]
    assert [c.type for c in row.prior_care.all()] == ["hydration", "sialogogue"]
    assert [s.modality for s in row.prior_imaging.all()] == ["occlusal", "ultrasound"]
    assert (row.procedure.scope_model, row.procedure.anesthesia) == ("S11", "local")
    assert (row.procedure.consent_on, row.procedure.consent_by) == (None, "")
    assert (row.justification.statement, row.justification.pain) == ("", None)
    assert not row.findings.exists()
    assert not row.glands.exists()
    assert facts(again).justification.indications == ()
    assert {m.origin for m in marks_from(row.to_confirm)} == {"last_visit"}


def test_a_finding_is_carried_over_only_when_it_is_asked_for(again: Encounter, casey: User) -> None:
    encounters.start(again, by=casey, at=f.AT)
    rows = {"findings": [{"type": "kink", "gland": "submandibular", "side": "L"}]}
    encounters.save_section(again, "findings", {}, rows, by=casey, at=f.AT)
    filling.carry_finding(again, "f1", by=casey, at=f.AT)
    assert [x.type for x in now(again).findings.all()] == ["kink", "stenosis"]
    assert [x.type for x in facts(again).findings] == ["kink"]
    with pytest.raises(NotPossible, match="no such finding"):
        filling.carry_finding(again, "f9", by=casey, at=f.AT)


def test_without_an_earlier_visit_nothing_is_carried(draft: Encounter, casey: User) -> None:
    with pytest.raises(NotPossible, match="no earlier signed visit"):
        filling.carry_over(draft, by=casey, at=f.AT)


def test_what_is_said_already_is_not_filled_twice(again: Encounter, casey: User) -> None:
    filling.carry_over(again, by=casey, at=f.AT)
    waiting = marked(again)
    with pytest.raises(NotPossible, match="Nothing is left"):
        filling.carry_over(again, by=casey, at=f.AT)
    assert marked(again) == waiting


# --- A draft from the findings ------------------------------------------------------------------------------------


def test_the_rest_is_drafted_from_what_was_found(casey: User, draft: Encounter) -> None:
    found = f.drafted(treating=draft.clinician, besides=("interpretation", "plan"))
    filling.draft_from_findings(found, by=casey, at=f.AT)
    row = now(found)
    assert row.interpretation.findings == ["f1", "f2"]
    assert "Figures 1 and 2 show a stenosis" in row.interpretation.text
    assert row.planofcare.diagnoses == ["K11.8"]
    assert (facts(found).interpretation.text, facts(found).diagnoses) == ("", ())
    with pytest.raises(NotPossible, match="No finding is recorded"):
        filling.draft_from_findings(draft, by=casey, at=f.AT)
