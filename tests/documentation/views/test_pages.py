"""Lists and the start of the day: who sees what, what is next, and how many questions the database is asked."""

import sys
import uuid
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from documentation.kernel.permissions import Permission, Role, permissions_of
from documentation.models import AuditEvent, Encounter, statements
from documentation.rules import CATALOGUE
from documentation.services import encounters, versions
from documentation.views import home, reference
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db


def asked_by(client: Client, url: str) -> int:
    """Questions of the page itself: without session, user, audit and what every page shows around its content."""
    client.get(url)
    # What is prepared names no table: here each question is told as it stands.
    with mock.patch.object(statements, "SHORT", sys.maxsize), CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    around = (
        "django_session",
        "documentation_user",
        "documentation_auditevent",
        "documentation_location",
        "usersessions",
    )
    own = [
        q["sql"]
        for q in asked.captured_queries
        if q["sql"].startswith("SELECT") and not any(f'FROM "{t}' in q["sql"] for t in around)
    ]
    return len(own)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_begins_on_a_page_that_it_may_open(log_in: LogIn, role: Role) -> None:
    client = log_in(f.user(role=role))
    response = client.get("/", follow=True)
    assert response.status_code == 200
    expected = {Role.CLINICIAN: "/today/", Role.ASSISTANT: "/today/", Role.ADMINISTRATOR: "/setup/"}
    if role in expected:
        assert response.redirect_chain[-1][0] == expected[role]


def test_the_start_page_skips_pages_that_do_not_exist(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_ours(name: str, *args: object, **kwargs: object) -> str:
        if name not in ("encounter_list", "rule_list"):
            raise NoReverseMatch
        return f"/{name}/"

    monkeypatch.setattr(home, "reverse", only_ours)
    assert log_in(f.user(role=Role.BILLER)).get("/")["Location"] == "/encounter_list/"


def test_today_shows_visits_and_drafts_with_what_they_lack(log_in: LogIn) -> None:
    treating = f.clinician()
    here = f.location().today(timezone.now())
    draft = f.drafted(treating=treating, besides=("plan",), with_images=False)
    visit = f.planned_visit(treating=treating, person=f.patient(first_name="Tuesday"), service_date=here)
    later = f.planned_visit(
        treating=treating, person=f.patient(first_name="Later"), service_date=here + timedelta(days=3)
    )
    other = f.planned_visit(person=f.patient(first_name="Foreign"), service_date=here)
    client = log_in(treating.user)  # type: ignore[arg-type]
    page = client.get(reverse("today")).content.decode()
    assert "No diagnosis is recorded." in page or "to fix:" in page
    assert reverse("encounter", args=[draft.pk]) in page
    for seen in (visit, later):
        assert reverse("encounter", args=[seen.pk]) in page
    assert reverse("encounter", args=[other.pk]) not in page
    assert reverse("encounter", args=[other.pk]) in client.get(reverse("today") + "?of=everyone").content.decode()


def test_an_empty_day_teaches(log_in: LogIn) -> None:
    page = log_in(f.clinician().user).get(reverse("today")).content.decode()  # type: ignore[arg-type]
    assert "No visits planned for today" in page
    assert "Nothing is unfinished" in page


def test_today_asks_the_same_number_of_questions_however_much_there_is(log_in: LogIn) -> None:
    treating = f.clinician()
    client = log_in(treating.user)  # type: ignore[arg-type]

    def work() -> None:
        """Drafts, one of them the correction of a signed record, and visits before, today and later."""
        f.drafted(treating=treating, with_images=False)
        signed = f.signed_encounter(treating=treating)
        versions.unlock(signed, "It was noted wrongly.", by=treating.user, at=f.AT)  # type: ignore[arg-type]
        for days in (-3, 0, 3):
            f.planned_visit(treating=treating, service_date=f.location().today(timezone.now()) + timedelta(days=days))

    work()
    few = asked_by(client, reverse("today"))
    for _ in range(3):
        work()
    assert asked_by(client, reverse("today")) == few <= 6


def test_encounters_are_listed_by_state_and_page(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documentation.views.encounters.PAGE", 2)
    made = [f.planned_visit(service_date=f.SERVICE_DATE + timedelta(days=n % 2)) for n in range(5)]
    client, seen, url = log_in(f.user(role=Role.BILLER)), [], reverse("encounter_list") + "?status=planned"
    for _ in range(3):
        response = client.get(url)
        seen += [row["encounter"].pk for row in response.context["rows"]]
        url = reverse("encounter_list") + response.context["page"]["next"]
    assert sorted(seen) == [e.pk for e in made]
    assert "No encounters" not in client.get(reverse("encounter_list")).content.decode()
    assert "None in this state" in client.get(reverse("encounter_list") + "?status=signed").content.decode()


@pytest.mark.parametrize("query", ["?status=dragon", "?after=x", "?after=20269999-1", "?after=20261105-" + "9" * 40])
def test_a_hand_edited_address_shows_the_list(log_in: LogIn, query: str) -> None:
    f.planned_visit()
    assert log_in(f.user(role=Role.BILLER)).get(reverse("encounter_list") + query).status_code == 200


def test_seeing_patient_data_is_recorded(log_in: LogIn) -> None:
    encounter = f.planned_visit()
    client = log_in(f.user(role=Role.CLINICIAN))
    for name, args, action in (
        ("today", [], "today.view"),
        ("encounter_list", [], "encounter.list"),
        ("patient_list", [], "patient.list"),
        ("patient", [encounter.patient_id], "patient.view"),
        ("patient_edit", [encounter.patient_id], "patient.view"),
        ("encounter", [encounter.pk], "encounter.view"),
    ):
        before = AuditEvent.objects.count()
        assert client.get(reverse(name, args=args)).status_code == 200
        assert AuditEvent.objects.count() == before + 1, name
        assert AuditEvent.objects.latest("seq").action == action


# --- Steps --------------------------------------------------------------------------------------------------------


def step(client: Client, encounter: Encounter, name: str) -> int:
    data = {"transition": name, "once": str(uuid.uuid4())}
    return client.post(reverse("encounter_step", args=[encounter.pk]), data).status_code


def test_a_visit_is_started_cancelled_and_planned_again(log_in: LogIn) -> None:
    encounter = f.planned_visit()
    client = log_in(f.user(role=Role.ASSISTANT))
    for name, status in (("start", "draft"), ("cancel", "cancelled"), ("reopen", "planned")):
        assert step(client, encounter, name) == 302
        encounter.refresh_from_db()
        assert encounter.status == status
    assert step(client, encounter, "reopen") == 409
    assert step(client, encounter, "sign") == 404


def test_a_role_that_may_not_start_is_told_so(log_in: LogIn) -> None:
    encounter = f.planned_visit()
    assert step(log_in(f.user(role=Role.BILLER)), encounter, "start") == 403
    encounter.refresh_from_db()
    assert encounter.status == "planned"


def test_the_record_reads_the_same_for_everyone_who_may_see_it(log_in: LogIn) -> None:
    encounter = f.signed_encounter()
    for role in Role:
        response = log_in(f.user(role=role)).get(reverse("encounter", args=[encounter.pk]))
        if Permission.ENCOUNTER_VIEW not in permissions_of(role):
            assert response.status_code == 403
            continue
        page = response.content.decode()
        assert f.reference().case.encounter.justification.statement in page
        assert "Casey Example" in page
        assert 'id="ductmap-submandibular-L"' in page


def test_a_cancelled_draft_keeps_what_was_documented(log_in: LogIn) -> None:
    encounter = f.drafted(with_images=False)
    encounters.cancel(encounter, by=encounter.clinician.user, at=f.AT)  # type: ignore[arg-type]
    page = log_in(f.user(role=Role.CLINICIAN)).get(reverse("encounter", args=[encounter.pk])).content.decode()
    assert f.reference().case.encounter.justification.statement in page


# --- Rules --------------------------------------------------------------------------------------------------------


def test_the_catalogue_shows_every_rule_with_its_source_and_example(log_in: LogIn) -> None:
    page = log_in(f.user(role=Role.ADMINISTRATOR)).get(reverse("rule_list")).content.decode()
    for rule in CATALOGUE:
        assert f'id="{rule.id}"' in page
        assert reference.differences(rule.good, rule.bad), rule.id
    assert page.count("Source:") >= len(CATALOGUE)


def test_rules_are_found_by_family_cause_and_words(log_in: LogIn) -> None:
    client = log_in(f.user(role=Role.BILLER))
    rule = CATALOGUE[0]
    found = client.get(reverse("rule_list"), {"q": rule.id}, headers={"HX-Request": "true"})
    assert f'id="{rule.id}"' in found.content.decode()
    assert found.context["count"] == 1
    family = client.get(reverse("rule_list"), {"family": "IMG"})
    assert 0 < family.context["count"] < family.context["total"]
    cause = client.get(reverse("rule_list"), {"cause": "medical_necessity"})
    assert 0 < cause.context["count"] < cause.context["total"]
    assert "No rule fits" in client.get(reverse("rule_list"), {"q": "dragons"}).content.decode()
