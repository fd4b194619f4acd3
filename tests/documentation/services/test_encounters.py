"""Planning visits and saving sections: stale pages, locked records, and rows of which one is bad."""

from datetime import date, time
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, Finding, Justification
from documentation.queries.encounters import draft_facts, with_record
from documentation.services import encounters, images, patients
from documentation.services.encounters import SECTIONS, StaleSection
from tests import factories as f

pytestmark = pytest.mark.django_db


def facts(encounter: Encounter):
    return draft_facts(with_record().get(pk=encounter.pk))


def save(encounter: Encounter, section: str, values: dict, rows: dict | None = None, **options):
    by = options.pop("by", encounter.clinician.user)
    return encounters.save_section(encounter, section, values, rows, by=by, at=f.AT, **options)


@pytest.fixture
def draft() -> Encounter:
    return f.drafted(with_images=False)


# --- Planning -----------------------------------------------------------------------------------------------------


def test_a_planned_visit_is_whole_from_the_start() -> None:
    """Every section exists at once: no page has to make one."""
    encounter = f.planned_visit()
    assert (encounter.status, encounter.revision, encounter.version) == ("planned", 1, 1)
    empty = facts(encounter)
    assert (empty.justification.indications, empty.findings, empty.interpretation.text) == ((), (), "")


def test_a_visit_before_birth_is_refused() -> None:
    person = f.patient(birth_date=date(2020, 1, 1))
    with pytest.raises(ValidationError) as error:
        f.planned_visit(person=person, service_date=date(2019, 12, 31))
    assert "service_date" in error.value.message_dict
    assert not Encounter.objects.exists()


def test_who_may_plan_and_who_may_register() -> None:
    administrator, treating = f.user(role=Role.ADMINISTRATOR), f.clinician()
    person = f.patient()
    with pytest.raises(NotPermitted):
        encounters.plan_visit(
            person, location=f.location(), clinician=treating, service_date=f.SERVICE_DATE, by=administrator, at=f.AT
        )
    with pytest.raises(NotPermitted):
        f.patient(by=administrator)
    with pytest.raises(NotPermitted):
        patients.correct(person, {"city": "Tacoma"}, by=administrator, at=f.AT, today=f.TODAY, seen=1)


# --- Saving -------------------------------------------------------------------------------------------------------


def test_every_section_of_the_reference_record_comes_back_as_it_was_given(draft: Encounter) -> None:
    case = f.reference().case.encounter
    kept = facts(draft)
    assert kept.start_time == time(9, 10)
    assert kept.justification.indications == case.justification.indications
    assert [c.type for c in kept.justification.prior_care] == ["hydration", "sialogogue"]
    assert kept.procedure.scope_outer_diameter_mm == Decimal("1.10")
    assert kept.procedure.glands[0].lsd == "L0S1D0"
    assert [x.key for x in kept.findings] == ["f1", "f2"]
    assert kept.interventions[0].finding == "f1"
    assert kept.interpretation.text == case.interpretation.text
    assert kept.diagnoses == ("K11.8",)


def test_a_save_counts_up_and_is_in_the_trail(draft: Encounter) -> None:
    before = draft.revision
    save(draft, "plan", {"statement": "Review in six weeks."})
    assert draft.revision == before + 1 == draft.section_revision("plan")
    event = AuditEvent.objects.last()
    assert (event.action, event.subject, event.detail) == ("encounter.save", draft.number, '{"section":"plan"}')


def test_a_stale_section_is_refused_and_nothing_of_it_written(draft: Encounter) -> None:
    seen = draft.section_revision("plan")
    save(draft, "plan", {"statement": "The first."}, seen=seen)
    with pytest.raises(StaleSection):
        save(draft, "plan", {"statement": "The second."}, seen=seen)
    assert facts(draft).plan.statement == "The first."


def test_two_people_in_different_sections_do_not_disturb_each_other(draft: Encounter) -> None:
    plan, justification = draft.section_revision("plan"), draft.section_revision("justification")
    save(draft, "plan", {"statement": "One."}, seen=plan)
    save(draft, "justification", {"statement": "Two."}, seen=justification)
    kept = facts(draft)
    assert (kept.plan.statement, kept.justification.statement) == ("One.", "Two.")


@pytest.mark.parametrize("section", SECTIONS)
def test_no_section_of_a_signed_record_is_saved(section: str) -> None:
    encounter = f.signed_encounter()
    with pytest.raises(NotPossible, match="signed"):
        save(encounter, section, {}, {})


def test_no_section_of_a_cancelled_visit_is_saved(draft: Encounter) -> None:
    encounters.cancel(draft, by=draft.clinician.user, at=f.AT)
    with pytest.raises(NotPossible, match="cancelled"):
        save(draft, "plan", {"statement": "Too late."})


@pytest.mark.parametrize("role", [Role.BILLER, Role.MANAGER, Role.ADMINISTRATOR])
def test_only_the_clinical_side_documents(draft: Encounter, role: Role) -> None:
    with pytest.raises(NotPermitted):
        save(draft, "plan", {"statement": "Mine."}, by=f.user(role=role))


BAD = [
    ("visit", {"place_of_service": "1"}, {}, "place_of_service"),
    ("visit", {"service_date": date(1900, 1, 1)}, {}, "service_date"),
    ("visit", {"start_time": time(10), "end_time": time(9)}, {}, "end_time"),
    ("justification", {"pain": 11}, {}, "pain"),
    ("justification", {"indications": ["none_such"]}, {}, "indications"),
    ("justification", {"history": ["none", "sjogren"]}, {}, "history"),
    ("justification", {}, {"prior_care": [{"type": "heat"}, {"type": "prayer"}]}, "prior_care[1].type"),
    ("justification", {}, {"prior_imaging": [{"modality": "ct", "result": "?"}]}, "prior_imaging[0].result"),
    ("procedure", {"scope_outer_diameter_mm": Decimal("9.00")}, {}, "scope_outer_diameter_mm"),
    ("procedure", {"anesthesia_dose_mg": Decimal("-1")}, {}, "anesthesia_dose_mg"),
    ("procedure", {}, {"glands": [{"gland": "parotid", "side": "left"}]}, "glands[0].side"),
    ("procedure", {}, {"other_procedures": [{"code": "D03", "fee": Decimal(1)}]}, "other_procedures[0].code"),
    ("procedure", {}, {"other_procedures": [{"code": "D0120", "fee": Decimal(-1)}]}, "other_procedures[0].fee"),
    ("findings", {}, {"findings": [{"key": "a", "type": "stone"}, {"key": "a", "type": "web"}]}, "findings[1].key"),
    ("findings", {}, {"findings": [{"key": "a", "type": "stone", "size_mm": Decimal("90.1")}]}, "findings[0].size_mm"),
    ("findings", {}, {"findings": [{"key": "k" * 41, "type": "stone"}]}, "findings[0].key"),
    ("findings", {}, {"interventions": [{"type": "bougie", "finding": "f9"}]}, "interventions[0].finding"),
    ("interpretation", {"text": "x" * 20_001}, {}, "text"),
    ("plan", {"diagnoses": ["K11.8", "cancer"]}, {}, "diagnoses"),
    ("plan", {"diagnoses": ["K11.8", "K11.8"]}, {}, "diagnoses"),
    ("plan", {"recommendations": ["rest\x00"]}, {}, "recommendations"),
    ("plan", {"recommendations": ["rest \ud800"]}, {}, "recommendations"),
    ("plan", {"follow_up_days": -1}, {}, "follow_up_days"),
]


@pytest.mark.parametrize(
    ("section", "values", "rows", "field"), BAD, ids=[f"{b[0]}-{b[3]}-{n}" for n, b in enumerate(BAD)]
)
def test_a_bad_answer_is_named_and_nothing_is_written(section: str, values: dict, rows: dict, field: str) -> None:
    draft = f.drafted(with_images=False)
    before, events = facts(draft), AuditEvent.objects.count()
    good = {"plan": {"statement": "New."}, "interpretation": {"quality": "poor"}}.get(section, {})
    with pytest.raises(ValidationError) as error:
        save(draft, section, {**good, **values}, rows)
    assert list(error.value.message_dict) == [field]
    assert facts(draft) == before
    assert AuditEvent.objects.count() == events


def test_text_is_cleaned_on_its_way_in(draft: Encounter) -> None:
    save(draft, "plan", {"statement": "  Jose\u0301\x00 \r\nrests.\u202e "})
    assert facts(draft).plan.statement == "Jos\u00e9\nrests."


def test_a_list_that_is_not_handed_over_stays(draft: Encounter) -> None:
    save(draft, "justification", {"pain": 4})
    assert len(facts(draft).justification.prior_care) == 2
    save(draft, "justification", {}, {"prior_care": []})
    assert facts(draft).justification.prior_care == ()
    assert len(facts(draft).justification.prior_imaging) == 2


# --- Findings keep their rows -------------------------------------------------------------------------------------


@pytest.fixture
def illustrated() -> Encounter:
    return f.drafted()


def figures(encounter: Encounter) -> dict[int, str]:
    return {i.figure: i.finding for i in facts(encounter).images}


def test_images_and_treatments_stay_with_their_finding(illustrated: Encounter) -> None:
    """Saved anew, in another order, with other words: what is linked stays linked."""
    linked, rows = figures(illustrated), f.sections()["findings"][1]["findings"]
    pks = {x.key: x.pk for x in illustrated.findings.all()}
    save(illustrated, "findings", {}, {"findings": [{**rows[1], "note": "changed"}, rows[0]]})
    assert figures(illustrated) == linked == {1: "f1", 2: "f1", 3: "f2", 4: "f2"}
    kept = facts(illustrated)
    assert [x.key for x in kept.findings] == ["f2", "f1"]
    assert kept.interventions[0].finding == "f1"
    assert {x.key: x.pk for x in Finding.objects.filter(encounter=illustrated)} == pks


def test_a_finding_taken_out_leaves_its_images_without_one(illustrated: Encounter) -> None:
    rows = f.sections()["findings"][1]["findings"]
    save(illustrated, "findings", {}, {"findings": rows[1:]})
    assert figures(illustrated) == {1: "", 2: "", 3: "f2", 4: "f2"}
    assert facts(illustrated).interventions[0].finding == ""


def test_a_finding_put_back_has_its_images_again(illustrated: Encounter) -> None:
    """Taken out by a slip, saved, and brought back by 'Undo': nothing that hung on it is lost."""
    linked, rows = figures(illustrated), f.sections()["findings"][1]["findings"]
    treatments = f.sections()["findings"][1]["interventions"]
    save(illustrated, "findings", {}, {"findings": rows[1:], "interventions": [{**treatments[0], "finding": ""}]})
    save(illustrated, "findings", {}, {"findings": rows, "interventions": treatments})
    assert figures(illustrated) == linked
    assert facts(illustrated).interventions[0].finding == "f1"


def test_a_picture_that_was_given_to_another_finding_meanwhile_stays_with_it(illustrated: Encounter) -> None:
    rows = f.sections()["findings"][1]["findings"]
    save(illustrated, "findings", {}, {"findings": rows[1:]})
    other = illustrated.findings.get(key="f2")
    images.describe(illustrated.images.all()[0], {"finding": other}, by=illustrated.clinician.user, at=f.AT)
    save(illustrated, "findings", {}, {"findings": rows})
    assert figures(illustrated) == {1: "f2", 2: "f1", 3: "f2", 4: "f2"}


def test_the_key_of_a_finding_that_may_come_back_is_given_to_no_other(illustrated: Encounter) -> None:
    rows = f.sections()["findings"][1]["findings"]
    save(illustrated, "interpretation", {"findings": []})
    save(illustrated, "findings", {}, {"findings": rows[1:]})
    save(illustrated, "findings", {}, {"findings": [*rows[1:], {"key": "", "type": "stone"}]})
    assert figures(illustrated) == {1: "", 2: "", 3: "f2", 4: "f2"}


def test_a_new_finding_never_inherits_the_images_of_one_that_goes(illustrated: Encounter) -> None:
    """One finding is taken out and another typed in on the same page: it is another finding."""
    rows = f.sections()["findings"][1]["findings"]
    save(illustrated, "findings", {}, {"findings": [{"key": "", "type": "stone"}, rows[1]]})
    kept = facts(illustrated)
    assert [x.type for x in kept.findings] == ["stone", "normal"]
    assert kept.findings[0].key not in ("f1", "f2", "")
    assert kept.findings[0].note == ""
    assert figures(illustrated)[1] == ""


def test_a_key_is_cleaned_like_any_text(draft: Encounter) -> None:
    save(draft, "findings", {}, {"findings": [{"key": " f9\x00 ", "type": "web"}]})
    assert [(x.key, x.type) for x in facts(draft).findings] == [("f9", "web")]


def test_two_keys_that_look_the_same_are_the_same(draft: Encounter) -> None:
    with pytest.raises(ValidationError) as error:
        save(draft, "findings", {}, {"findings": [{"key": "f9", "type": "web"}, {"key": "f9 ", "type": "kink"}]})
    assert list(error.value.message_dict) == ["findings[1].key"]


def test_treatments_may_come_with_the_findings_that_they_name(draft: Encounter) -> None:
    rows = {"findings": [{"key": "n1", "type": "stone"}], "interventions": [{"type": "forceps", "finding": "n1"}]}
    save(draft, "findings", {}, rows)
    assert [(i.type, i.finding) for i in facts(draft).interventions] == [("forceps", "n1")]


def test_a_picture_cannot_point_into_another_record(illustrated: Encounter) -> None:
    other = f.drafted(with_images=False).findings.first()
    with pytest.raises(ValidationError) as error:
        images.describe(illustrated.images.first(), {"finding": other}, by=illustrated.clinician.user, at=f.AT)
    assert "finding" in error.value.message_dict


# --- Reading ------------------------------------------------------------------------------------------------------


def test_a_record_is_read_in_few_queries_however_long_it_is(illustrated: Encounter) -> None:
    def count() -> int:
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            facts(illustrated)
        return len(captured)

    before = count()
    rows = [{"key": f"k{n}", "type": "stone"} for n in range(30)]
    save(illustrated, "findings", {}, {"findings": rows})
    assert count() <= before


def test_a_section_belongs_to_one_encounter() -> None:
    one, other = f.planned_visit(), f.planned_visit()
    save(one, "justification", {"pain": 7})
    assert Justification.objects.get(encounter=other).pain is None
