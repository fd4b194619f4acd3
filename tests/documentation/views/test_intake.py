"""The intake: what an assistant records on a planned visit, how far it has come, and what the clinician finds."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from documentation.facts import EncounterFacts
from documentation.forms.intake import INTAKE
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, User
from documentation.models.together import together
from documentation.queries.encounters import draft_facts, planned, with_record
from documentation.queries.intake import intakes_of, with_intake
from documentation.queries.reading import parts_of
from documentation.queries.stored import base_of
from documentation.services import encounters
from documentation.views.home import visits_asked, visits_by_day
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def assistant() -> User:
    return f.user(role=Role.ASSISTANT, first_name="Avery", last_name="Helper")


@pytest.fixture
def visit() -> Encounter:
    return f.planned_visit()


@pytest.fixture
def client(log_in: LogIn, assistant: User) -> Client:
    return log_in(assistant)


def url(visit: Encounter) -> str:
    return reverse("encounter_section", args=[visit.pk, "intake"])


def base(visit: Encounter) -> str:
    return json.dumps(base_of(Encounter.objects.get(pk=visit.pk), "intake"))


def asked(visit: Encounter) -> dict[str, Any]:
    """Everything that the intake asks, as a browser sends it."""
    return {
        "base": base(visit),
        "indications": ["recurrent_swelling", "swelling_at_meals"],
        "symptoms": ["swelling", "pain"],
        "gland": "submandibular",
        "side": "L",
        "onset_on": "2026-03-01",
        "statement": "Swells at meals.",
        "prior_care-TOTAL_FORMS": "1",
        "prior_care-INITIAL_FORMS": "0",
        "prior_care-0-type": "hydration",
        "prior_care-0-from_on": "2026-04-01",
        "prior_care-0-result": "no relief",
        "prior_imaging-TOTAL_FORMS": "1",
        "prior_imaging-INITIAL_FORMS": "0",
        "prior_imaging-0-modality": "none",
        "history": ["allergies"],
        "history_note": "penicillin",
        "consent_on": "2026-11-05",
        "consent_by": "Avery Helper",
    }


def kept(visit: Encounter) -> EncounterFacts:
    return draft_facts(with_record().get(pk=visit.pk))


def words(visit: Encounter) -> str:
    return intakes_of(with_intake(Encounter.objects.filter(pk=visit.pk)))[visit.pk].words


def test_the_page_asks_everything_but_what_the_clinician_decides(client: Client, visit: Encounter) -> None:
    page = client.get(url(visit)).content.decode()
    for name in ("indications", "statement", "prior_care", "prior_imaging", "history", "consent_on", "consent_by"):
        assert f'id="id_{name}"' in page, name
    assert 'id="coverage"' in page
    for name in ("change_of_care", "risk_without", "anesthesia", "scope_type"):
        assert f'id="id_{name}"' not in page, name
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.subject) == ("encounter.view", visit.number)


def test_what_is_asked_is_in_the_record_when_the_clinician_begins(
    client: Client, visit: Encounter, assistant: User
) -> None:
    assert words(visit) == "Intake 0 of 6"
    assert client.post(url(visit), asked(visit))["Location"] == reverse("today")
    assert words(visit) == "Intake 5 of 6"
    f.coverage(person=visit.patient)
    assert words(visit) == "Intake 6 of 6"
    encounters.start(visit, by=visit.clinician.user, at=f.AT)  # type: ignore[arg-type]
    record = kept(visit)
    assert record.status == "draft"
    assert record.justification.indications == ("recurrent_swelling", "swelling_at_meals")
    assert [c.type for c in record.justification.prior_care] == ["hydration"]
    assert record.justification.history_note == "penicillin"
    assert (record.procedure.consent_on, record.procedure.consent_by) == (date(2026, 11, 5), "Avery Helper")
    assert record.intake_by == "Avery Helper"
    lines = {line.label: line.value for part in parts_of(record) for block in part.blocks for line in block.lines}
    assert lines["Intake by"].startswith("Avery Helper, ")


def test_the_clinician_reads_who_asked(client: Client, visit: Encounter, log_in: LogIn) -> None:
    client.post(url(visit), asked(visit))
    encounters.start(visit, by=visit.clinician.user, at=f.AT)  # type: ignore[arg-type]
    desk = log_in(visit.clinician.user)  # type: ignore[arg-type]
    page = desk.get(reverse("encounter_section", args=[visit.pk, "justification"])).content.decode()
    assert "Intake by <bdi>Avery Helper</bdi>" in page
    encounters.save_section(visit, "plan", {"statement": "Mine."}, by=visit.clinician.user, at=f.AT)  # type: ignore[arg-type]
    assert kept(visit).intake_by == "Avery Helper", "what is written after the start is no intake"


def test_names_are_told_once_and_the_latest_stands_last(visit: Encounter, assistant: User) -> None:
    other = f.user(role=Role.ASSISTANT, first_name="Blair", last_name="Second")
    for who in (assistant, other, assistant):
        encounters.save_section(visit, "intake", {"pain": 3}, by=who, at=f.AT)
    assert kept(visit).intake_by == "Blair Second, Avery Helper"
    for n in range(8):
        who = f.user(role=Role.ASSISTANT, first_name=f"{n}" * 60, last_name="L" * 20)
        encounters.save_section(visit, "intake", {"pain": 3}, by=who, at=f.AT)
    assert len(kept(visit).intake_by) <= 400
    assert kept(visit).intake_by.endswith("L" * 20)


def test_a_background_save_tells_how_far_it_has_come(client: Client, visit: Encounter) -> None:
    response = client.post(url(visit), {**asked(visit), "consent_by": ""}, headers=SCRIPT)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'id="intake"' in page
    assert "The record does not say who took the consent." in page
    assert "<html" not in page


def test_the_assistant_and_the_clinician_write_at_the_same_time(
    client: Client, visit: Encounter, log_in: LogIn
) -> None:
    mine = asked(visit)
    desk = log_in(visit.clinician.user)  # type: ignore[arg-type]
    encounters.start(visit, by=visit.clinician.user, at=f.AT)  # type: ignore[arg-type]
    theirs = {"base": json.dumps(base_of(visit, "procedure")), "consent_by": "Casey Example, DDS"}
    assert desk.post(reverse("encounter_section", args=[visit.pk, "procedure"]), theirs).status_code == 302
    response = client.post(url(visit), mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "keep-consent_by" in page
    assert "Casey Example, DDS" in page
    assert "Avery Helper" in page
    assert kept(visit).justification.indications == ()


def test_what_the_clinician_wrote_elsewhere_is_not_touched_by_the_intake(client: Client, visit: Encounter) -> None:
    at_hand = {"change_of_care": "decides the operation"}
    encounters.save_section(visit, "justification", at_hand, by=visit.clinician.user, at=f.AT)  # type: ignore[arg-type]
    encounters.save_section(visit, "procedure", {"scope_maker": "Optics"}, by=visit.clinician.user, at=f.AT)  # type: ignore[arg-type]
    assert client.post(url(visit), asked(visit)).status_code == 302
    assert kept(visit).justification.change_of_care == "decides the operation"
    assert kept(visit).procedure.scope_maker == "Optics"


def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_is_saved(client: Client, visit: Encounter) -> None:
    response = client.post(url(visit), {**asked(visit), "pain": "11", "consent_on": "31/31/2026"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_pain"' in page
    assert 'href="#id_consent_on"' in page
    assert kept(visit).justification.indications == ()


def test_rows_are_added_without_a_script(client: Client, visit: Encounter) -> None:
    page = client.post(url(visit), {**asked(visit), "add": "prior_care:none"}).content.decode()
    assert 'id="id_prior_care-1-type"' in page
    assert "Swells at meals." in page


def test_a_signed_record_takes_no_intake(client: Client) -> None:
    signed = f.signed_encounter()
    assert client.get(url(signed))["Location"] == reverse("encounter", args=[signed.pk])
    assert client.post(url(signed), asked(signed)).status_code == 409


def test_an_assistant_never_signs(client: Client, visit: Encounter, key: str) -> None:
    client.post(url(visit), asked(visit))
    response = client.post(reverse("encounter_sign", args=[visit.pk]), {"password": "x", "seen": "1", "once": key})
    assert response.status_code in (403, 409, 422)
    visit.refresh_from_db()
    assert visit.status == "planned"


@pytest.mark.parametrize(("role", "status"), [(Role.BILLER, 403), (Role.ADMINISTRATOR, 403), (Role.CLINICIAN, 200)])
def test_who_may_open_the_intake(log_in: LogIn, visit: Encounter, role: Role, status: int) -> None:
    assert log_in(f.user(role=role)).get(url(visit)).status_code == status


# --- Where it shows -----------------------------------------------------------------------------------------------


def test_today_shows_each_visit_with_its_intake(client: Client, assistant: User) -> None:
    here = f.location().today(timezone.now())
    today = f.planned_visit(service_date=here)
    encounters.save_section(today, "intake", {"history": ["none"]}, by=assistant, at=f.AT)
    page = client.get(reverse("today")).content.decode()
    assert "Intake 1 of 6" in page
    assert url(today) in page


def test_the_visits_row_shows_the_intake_where_planned_visits_are_listed(client: Client, visit: Encounter) -> None:
    assert "Intake 0 of 6" in client.get(reverse("encounter_list") + "?status=planned").content.decode()
    assert "Intake 0 of 6" in client.get(reverse("patient", args=[visit.patient_id])).content.decode()
    encounters.start(visit, by=visit.clinician.user, at=f.AT)  # type: ignore[arg-type]
    assert "Intake" not in client.get(reverse("patient", args=[visit.patient_id])).content.decode()


def test_a_planned_visit_leads_to_its_intake(client: Client, visit: Encounter) -> None:
    assert url(visit) in client.get(reverse("encounter", args=[visit.pk])).content.decode()


def test_intakes_ask_the_same_number_of_questions_however_many_visits_there_are() -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert len(intakes_of(with_intake(planned()))) == planned().count()
        return len(seen) - 1

    f.planned_visit()
    few = questions()
    for _ in range(4):
        f.planned_visit()
    assert questions() == few <= 4


def test_no_visit_of_today_is_crowded_out_by_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documentation.views.home.MOST", 2)
    monkeypatch.setattr("documentation.views.home.NEXT", 1)
    now = timezone.now()
    here = f.location().today(now)
    treating = f.clinician()
    for days in (-9, -8, -7, 0, 0, 0, 2, 3):
        f.planned_visit(treating=treating, service_date=here + timedelta(days=days))
    days = visits_by_day(together(**visits_asked(treating, {here})), now)
    assert [len(days[k].visits) for k in ("before", "today", "later")] == [2, 3, 1]
    assert [days[k].more for k in ("before", "today", "later")] == [1, 0, 1]
    assert days["before"].visits[0][0].service_date == here - timedelta(days=9)


def test_today_leads_back_to_where_one_was(log_in: LogIn) -> None:
    draft = f.drafted(with_images=False, besides=("plan",))
    desk = log_in(draft.clinician.user)  # type: ignore[arg-type]
    page = desk.get(reverse("today")).content.decode()
    assert (
        f'href="{reverse("encounter_section", args=[draft.pk, "interpretation"])}"><span>Go on: Interpretation' in page
    )
    assert f'href="{reverse("encounter_section", args=[draft.pk, "plan"])}#id_' in page, (
        "each reason leads to its field"
    )
    assert 'class="btn btn-primary btn-sm"' not in page, "nothing to sign yet"


def test_today_of_an_assistant_offers_no_signature(client: Client) -> None:
    f.drafted()
    page = client.get(reverse("today")).content.decode()
    assert "/sign/" not in page
    assert page.index("Visits today") < page.index("Begun and not signed")


def test_more_drafts_than_are_shown_are_counted(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documentation.views.home.MOST", 1)
    treating = f.clinician()
    for _ in range(3):
        f.drafted(treating=treating, with_images=False)
    assert "2 more, each newer than these." in log_in(treating.user).get(reverse("today")).content.decode()  # type: ignore[arg-type]


def test_the_intake_is_made_of_the_fields_of_other_sections() -> None:
    names = {item.name for item in INTAKE.items}
    assert {"indications", "history", "history_note", "consent_on", "consent_by"} <= names
    assert "change_of_care" not in names
