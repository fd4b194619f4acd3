"""A case goes through the verbs of the screens: whole or not at all, and once."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from claims.cases import CaseError, read_folder
from claims.models import Claim, Coverage, PlaybookFact
from claims.queries.plans import order_of
from claims.services.case_loading import Loaded, load
from claims.services.cast import cast_of
from claims.services.demo_practice import make_sure
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent, Clinician, Encounter, Organization, Patient, User
from documentation.queries.encounters import draft_facts, with_record
from documentation.services import signing, versions

Data = dict[str, Any]
TakeIn = Callable[..., Loaded]
AT = datetime(2026, 11, 10, 18, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    """How many rows each table of ours holds."""
    models = [*apps.get_app_config("documentation").get_models(), *apps.get_app_config("claims").get_models()]
    return {model.__name__: model._default_manager.count() for model in models}


def test_the_reference_case_ends_signed_with_a_ready_claim(case: Data, take_in: TakeIn) -> None:
    loaded = take_in(case)
    assert loaded.encounter.status == "signed"
    assert [(c.kind, c.sequence, c.word) for c in loaded.claims] == [("dental", 1, "ready")]
    assert loaded.encounter.signature.signer.username == "clinician"
    assert loaded.claims[0].created_by.username == "biller"
    assert loaded.claims[0].total == 850
    assert [f.distance_from_papilla_mm for f in loaded.encounter.findings.all()] == [12, 50]
    assert loaded.encounter.images.filter(key_image=True).count() == 2
    assert loaded.encounter.images.first().finding.key == "f1"


def test_a_case_whose_record_was_corrected_since_leads_to_the_version_that_counts(case: Data, take_in: TakeIn) -> None:
    first = take_in(case)
    by = first.encounter.clinician.user
    second = versions.unlock(first.encounter, "The side was wrong.", by=by, at=AT)
    signing.sign(second, by=by, at=AT)
    again = take_in(case)
    assert (again.already, again.encounter, again.claims) == (True, second, first.claims)


def test_the_same_case_again_writes_nothing(case: Data, take_in: TakeIn) -> None:
    first = take_in(case)
    before = rows()
    again = take_in(case)
    assert again.already
    assert not first.already
    assert (again.encounter, again.claims) == (first.encounter, first.claims)
    assert rows() == before


def test_the_same_id_with_other_content_is_refused(case: Data, take_in: TakeIn) -> None:
    take_in(case)
    before = rows()
    case["encounter"]["assistant"] = "Somebody else"
    with pytest.raises(NotPossible, match="other content"):
        take_in(case)
    assert rows() == before


def test_the_same_id_with_another_picture_is_refused(case: Data, take_in: TakeIn, folder_of: Any) -> None:
    take_in(case)
    folder = folder_of(case)
    (folder / "fig4.jpg").write_bytes((folder / "fig3.jpg").read_bytes())
    with pytest.raises(NotPossible, match="other content"):
        load(read_folder(folder), by=cast_of(()), at=AT)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda c: c["coverages"][0].update(payer_id="00000"), "coverages[0].payer_id"),
        (lambda c: c["eligibility_checks"][0].update(payer_id="00000"), "eligibility_checks[0].payer_id"),
        (lambda c: c["patient"].update(birth_date="1890-01-01"), "patient.birth_date"),
    ],
)
def test_nothing_of_a_failing_case_is_kept(case: Data, take_in: TakeIn, change: Any, path: str) -> None:
    make_sure(at=AT)
    before = rows()
    change(case)
    with pytest.raises(CaseError) as caught:
        take_in(case)
    assert caught.value.problems[0].path == path
    assert rows() == before


@pytest.mark.parametrize("broken", ["cut", "text", "twin"])
def test_a_picture_that_cannot_be_taken_stops_the_case(case: Data, folder_of: Any, broken: str) -> None:
    make_sure(at=AT)
    before = rows()
    folder = folder_of(case)
    picture = folder / "fig4.jpg"
    content = {"cut": picture.read_bytes()[:9000], "text": b"hello", "twin": (folder / "fig1.jpg").read_bytes()}
    picture.write_bytes(content[broken])
    with pytest.raises(CaseError) as caught:
        load(read_folder(folder), by=cast_of(()), at=AT)
    assert caught.value.problems[0].path == "encounter.images[3].file"
    assert rows() == before


def test_a_known_patient_is_corrected_and_nothing_known_is_forgotten(case: Data, take_in: TakeIn) -> None:
    take_in(case)
    case |= {"id": "later", "sign": False, "claims": False}
    case["patient"] |= {"last_name": "Doe-Sample", "address": {**case["patient"]["address"], "line1": "1 New Street"}}
    del case["patient"]["phone"]
    loaded = take_in(case)
    patient = Patient.objects.get()
    assert (patient.last_name, patient.line1, patient.phone) == ("Doe-Sample", "1 New Street", "2065550142")
    assert loaded.encounter.patient == patient
    signed = Encounter.objects.get(case_id="seed").signature
    assert "Doe-Sample" not in signed.content


def test_a_new_policy_becomes_the_current_one_and_the_old_one_stays(case: Data, take_in: TakeIn) -> None:
    take_in(case)
    case["id"] = "later"
    case["payers"][0]["policy"] |= {"prior_authorization": "required", "verified_on": "2026-11-09"}
    take_in(case)
    asked = PlaybookFact.objects.filter(key="prior_authorization")
    assert [fact.value for fact in asked.order_by("pk")] == ["not_required", "required"]
    case["id"] = "once more"
    take_in(case)
    assert asked.count() == 2


def test_another_plan_with_the_same_priority_is_retired(case: Data, take_in: TakeIn) -> None:
    take_in(case)
    case["id"] = "later"
    case["coverages"][0]["member_id"] = "W999"
    take_in(case)
    assert list(Coverage.objects.order_by("pk").values_list("member_id", "is_active")) == [
        ("W123456789", False),
        ("W999", True),
    ]


def test_plans_can_change_places(case: Data, take_in: TakeIn) -> None:
    second = {**case["coverages"][0], "member_id": "W2", "priority": 2}
    case["coverages"].append(second)
    take_in(case)
    case["id"] = "later"
    case["coverages"][0]["priority"], case["coverages"][1]["priority"] = 2, 1
    take_in(case)
    active = Coverage.objects.filter(is_active=True).order_by("priority")
    assert [c.member_id for c in active] == ["W2", "W123456789"]


def test_a_second_plan_waits_for_the_first(case: Data, take_in: TakeIn) -> None:
    medical = {**case["payers"][0], "name": "Example Health", "payer_id": "99995", "line": "medical"}
    medical["policy"] = {**medical["policy"], "treats_as": "medical"}
    case["payers"].append(medical)
    case["coverages"].append({**case["coverages"][0], "payer_id": "99995", "priority": 2})
    loaded = take_in(case)
    assert [(c.kind, c.sequence) for c in loaded.claims] == [("dental", 1), ("medical", 2)]
    assert loaded.claims[1].word == "draft"


def test_a_visit_of_which_nothing_is_written_stays_planned(case: Data, take_in: TakeIn) -> None:
    known = ("service_date", "start_time", "place_of_service", "clinician")
    case["encounter"] = {k: v for k, v in case["encounter"].items() if k in known}
    loaded = take_in(case)
    assert loaded.encounter.status == "planned"
    assert loaded.encounter.estimates.count() == 1
    assert loaded.claims == ()


def test_a_new_clinician_of_the_demo_practice_can_log_in_and_signs(case: Data, take_in: TakeIn) -> None:
    case["encounter"]["clinician"] |= {"npi": "1457312068", "first_name": "Drew", "last_name": "Sample"}
    loaded = take_in(case)
    user = User.objects.get(username="drew.sample")
    assert user.clinician.npi == "1457312068"
    assert loaded.encounter.signature.signer == user


class TestInARealPractice:
    @pytest.fixture(autouse=True)
    def _practice(self, db: None, case: Data, take_in: TakeIn) -> None:
        take_in(case)
        Organization.objects.update(is_demo=False)
        case["id"] = "real"

    def load(self, folder: Path, *names: str) -> Loaded:
        return load(read_folder(folder), by=cast_of(names), at=AT)

    def test_somebody_must_be_named(self, case: Data, folder_of: Any) -> None:
        with pytest.raises(NotPermitted, match="--as"):
            self.load(folder_of(case))

    def test_an_unknown_person_is_refused(self, case: Data, folder_of: Any) -> None:
        with pytest.raises(NotPermitted, match="nobody"):
            self.load(folder_of(case), "nobody")

    def test_each_step_needs_its_permission(self, case: Data, folder_of: Any) -> None:
        folder = folder_of(case)
        for names in (["biller"], ["assistant"], ["administrator"]):
            with pytest.raises(NotPermitted):
                self.load(folder, *names)
        assert Encounter.objects.count() == 1

    def test_clinician_and_biller_do_it_together(self, case: Data, folder_of: Any) -> None:
        loaded = self.load(folder_of(case), "clinician", "biller")
        assert loaded.encounter.status == "signed"
        assert loaded.claims[0].created_by.username == "biller"

    def test_locations_and_clinicians_are_not_changed_by_a_file(self, case: Data, folder_of: Any) -> None:
        case["encounter"]["clinician"]["licence"] = "OTHER"
        case["location"]["phone"] = "2065559999"
        loaded = self.load(folder_of(case), "clinician", "biller")
        assert Clinician.objects.get().licence == "DE60123456"
        assert loaded.encounter.location.phone == "2065550100"

    def test_an_unknown_clinician_is_not_invented(self, case: Data, folder_of: Any) -> None:
        case["encounter"]["clinician"]["npi"] = "1457312068"
        with pytest.raises(CaseError, match=r"encounter\.clinician\.npi"):
            self.load(folder_of(case), "clinician", "biller")


@pytest.mark.parametrize("name", ['O\'Neil "Bobby"', "\u200fمحمد عبد الله", "😀🇺🇸 Smiley", "<script>alert(1)</script>"])
def test_names_are_kept_as_they_are_written(case: Data, take_in: TakeIn, name: str) -> None:
    case["patient"]["first_name"] = name
    loaded = take_in(case)
    assert loaded.encounter.patient.first_name == name
    assert loaded.encounter.status == "signed"


def test_a_long_statement_is_kept_whole(case: Data, take_in: TakeIn) -> None:
    statement = ("Swelling of the left submandibular gland. " * 300)[:10_000].strip()
    case["encounter"]["justification"]["statement"] = statement
    assert take_in(case).encounter.justification.statement == statement


def test_events_name_no_clinical_value(case: Data, take_in: TakeIn) -> None:
    take_in(case)
    details = " ".join(AuditEvent.objects.values_list("detail", flat=True))
    assert "Doe" not in details
    assert "stenosis" not in details
    assert Claim.objects.count() == 1


def test_the_details_that_a_case_may_carry_are_taken_in(case: Data, take_in: TakeIn) -> None:
    visit = case["encounter"]
    visit["justification"] |= {
        "symptoms": ["pain", "pus"],
        "history": ["allergies"],
        "history_note": "penicillin, rash",
    }
    visit["procedure"] |= {"irrigation_ml": 20, "complications": ["bleeding"], "complication_grade": "1"}
    visit["procedure"]["complication_note"] = "stopped by itself"
    visit["procedure"]["anesthesia"]["by"] = "Robin Nurse"
    visit["procedure"]["scope"] |= {"outer_diameter_mm": "1.30", "channel_mm": "1.20"}
    visit["findings"][0] |= {"width_mm": "1.5", "distribution": "single", "severity": "mild", "appearance": "pale"}
    treatment = {"type": "balloon_dilation", "finding": "f1", "device": "B1", "diameter_mm": 10, "pressure_atm": "8.5"}
    treatment |= {"duration_s": 60, "drug": "saline", "dose_mg": 40, "volume_ml": "2.5", "size_fr": "2.5"}
    visit["interventions"] = [{**treatment, "planned_days": 14, "retrieval": "partial", "to_pathology": False}]
    visit["plan"] |= {"measures": ["massage"], "stent_removal_on": "2026-11-19", "warning_signs": True}
    record = draft_facts(with_record().get(pk=take_in(case).encounter.pk))
    why, done, plan = record.justification, record.procedure, record.plan
    assert (why.symptoms, why.history_note) == (("pain", "pus"), "penicillin, rash")
    assert (done.irrigation_ml, done.complication_grade, done.complication_note) == (20, "1", "stopped by itself")
    assert (done.anesthesia_by, done.scope_channel_mm) == ("Robin Nurse", Decimal("1.2"))
    seen = record.findings[0]
    assert (seen.width_mm, seen.distribution, seen.severity, seen.appearance) == (
        Decimal("1.5"),
        "single",
        "mild",
        "pale",
    )
    (given,) = record.interventions
    for name, value in visit["interventions"][0].items():
        assert getattr(given, name) == (Decimal(value) if isinstance(value, str) and value[0].isdigit() else value)
    assert (plan.measures, str(plan.stent_removal_on), plan.warning_signs) == (("massage",), "2026-11-19", True)


def test_marks_on_a_picture_are_taken_in_and_a_wrong_one_names_its_path(case: Data, take_in: TakeIn) -> None:
    arrow = {"kind": "arrow", "x1": 1000, "y1": 1000, "x2": 4000, "y2": 4000, "label": "membrane"}
    image = case["encounter"]["images"][0]
    image["annotations"] = [arrow, {"kind": "text", "x1": 5000, "y1": 500}]
    with pytest.raises(CaseError) as caught:
        take_in(case)
    assert [p.path for p in caught.value.problems] == ["encounter.images[0].annotations[1].label"]
    image["annotations"] = [arrow, {"kind": "scale", "x1": 0, "y1": 0, "x2": 900, "y2": 0, "length_mm": "1.10"}]
    facts = draft_facts(with_record().get(pk=take_in(case).encounter.pk))
    assert [(m.kind, m.label, m.length_mm) for m in facts.images[0].annotations] == [
        ("arrow", "membrane", None),
        ("scale", "", Decimal("1.10")),
    ]


def two_plans(case: Data, **terms: str) -> Data:
    """The reference case with a medical plan that pays first, and what is known of both."""
    dental, payer = case["coverages"][0], case["payers"][0]
    health = {**payer, "payer_id": "99995", "name": "Example Health Plan", "line": "medical"}
    health["policy"] = {**payer["policy"], "treats_as": "medical"}
    case["payers"].append(health)
    medical = {**dental, "payer_id": "99995", "member_id": "M1", "priority": 1, "terms": terms}
    case["coverages"] = [medical, {**dental, "priority": 2, "terms": {"employment": "active"}}]
    case["eligibility_checks"].append({**case["eligibility_checks"][0], "payer_id": "99995"})
    return case


def test_an_order_that_a_person_confirmed_comes_with_the_case(case: Data, take_in: TakeIn) -> None:
    loaded = take_in({**two_plans(case, employment="active"), "plan_order": {}})
    order = order_of(loaded.encounter.patient, loaded.encounter.service_date)
    assert order.is_confirmed
    assert order.confirmed
    assert order.confirmed.rule == "ORD-142"
    assert [(c.kind, c.preparation) for c in loaded.claims] == [("medical", "ready"), ("dental", "draft")]


def test_an_order_against_the_rules_needs_its_reason(case: Data, take_in: TakeIn) -> None:
    given = two_plans(case, employment="cobra")
    with pytest.raises(CaseError, match=r"plan_order\.reason"):
        take_in({**given, "plan_order": {}})
    loaded = take_in({**given, "plan_order": {"reason": "Both payers said so, calls 17 and 18."}})
    assert order_of(loaded.encounter.patient, loaded.encounter.service_date).is_confirmed
