"""The guided record: what is typed is saved, refused with a reason, or kept and compared; never lost."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from documentation.facts import EncounterFacts
from documentation.forms.record import SectionForm
from documentation.forms.sections import BY_KEY
from documentation.models import AuditEvent, Encounter, Finding
from documentation.queries.encounters import draft_facts, with_record
from documentation.queries.stored import base_of
from tests import factories as f
from tests.documentation.views.conftest import LogIn

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


def url(encounter: Encounter, section: str) -> str:
    return reverse("encounter_section", args=[encounter.pk, section])


def as_shown(encounter: Encounter, section: str) -> dict[str, Any]:
    """What the form of a section would send if nobody changed anything."""
    encounter = with_record().get(pk=encounter.pk)
    shown = SectionForm(BY_KEY[section], encounter)
    data: dict[str, Any] = {"base": json.dumps(base_of(encounter, section))}
    forms = [shown.form]
    for name, rows in shown.lists.items():
        data |= {f"{name}-TOTAL_FORMS": str(len(rows.forms)), f"{name}-INITIAL_FORMS": "0"}
        forms += rows.forms
    for form in forms:
        for field in form:
            value = field.value()
            if value not in (None, "", [], False):
                data[field.html_name] = field.field.widget.format_value(value) if not isinstance(value, list) else value
                if field.name in ("recommendations", "diagnoses"):
                    data[field.html_name] = "\n".join(value)
    return data


@pytest.fixture
def encounter() -> Encounter:
    return f.drafted(with_images=False)


@pytest.fixture
def client(encounter: Encounter, log_in: LogIn) -> Client:
    assert encounter.clinician.user
    return log_in(encounter.clinician.user)


@pytest.mark.parametrize("section", ["visit", "justification", "procedure", "findings", "interpretation", "plan"])
def test_saving_what_is_shown_changes_nothing(client: Client, encounter: Encounter, section: str) -> None:
    before = draft_facts(with_record().get(pk=encounter.pk))
    response = client.post(url(encounter, section), as_shown(encounter, section))
    assert response.status_code == 302, response.content.decode()
    assert draft_facts(with_record().get(pk=encounter.pk)) == before


@pytest.mark.parametrize("section", [*BY_KEY])
def test_every_section_opens_and_is_recorded_as_seen(client: Client, encounter: Encounter, section: str) -> None:
    response = client.get(url(encounter, section))
    assert response.status_code == 200
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.subject) == ("encounter.view", encounter.number)
    assert f'"section":"{section}"' in event.detail


def test_a_save_leads_to_the_next_section_or_stays(client: Client, encounter: Encounter) -> None:
    data = as_shown(encounter, "plan")
    assert client.post(url(encounter, "plan"), {**data, "go": "stay"})["Location"] == url(encounter, "plan")
    encounter.refresh_from_db()
    data = as_shown(encounter, "plan")
    assert client.post(url(encounter, "plan"), {**data, "go": "next"})["Location"] == url(encounter, "sign")


def test_a_background_save_answers_with_the_report_and_the_new_revision(client: Client, encounter: Encounter) -> None:
    data = {**as_shown(encounter, "interpretation"), "text": ""}
    response = client.post(url(encounter, "interpretation"), data, headers=SCRIPT)
    page = response.content.decode()
    base = base_of(Encounter.objects.get(pk=encounter.pk), "interpretation")
    assert response.status_code == 200
    assert "HX-Request" in response["Vary"]
    assert json.loads(unescape(re.search(r'id="base" value="([^"]*)"', page)[1])) == base  # type: ignore[index]
    assert f'href="{url(encounter, "interpretation")}#id_text"' in page
    assert "<html" not in page


def test_an_invalid_value_has_its_sentence_and_the_page_keeps_everything_typed(
    client: Client, encounter: Encounter
) -> None:
    data = {**as_shown(encounter, "plan"), "follow_up_days": "soon", "statement": "Typed <b>just</b> now"}
    response = client.post(url(encounter, "plan"), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_follow_up_days"' in page
    assert "Give a whole number from 0 to 3,650." in page
    assert 'value="soon"' in page
    assert "Typed &lt;b&gt;just&lt;/b&gt; now" in page
    encounter.refresh_from_db()
    assert encounter.planofcare.statement != "Typed <b>just</b> now"  # type: ignore[attr-defined]


def test_a_sentence_of_the_service_lands_in_the_right_row(client: Client, encounter: Encounter) -> None:
    data = {**as_shown(encounter, "findings")}
    total = int(data["findings-TOTAL_FORMS"])
    # An empty row stands before the faulty one: the service counts rows without it, the page does not.
    data |= {"findings-TOTAL_FORMS": str(total + 2), f"findings-{total + 1}-type": "stone"}
    data[f"findings-{total + 1}-size_mm"] = "900"
    response = client.post(url(encounter, "findings"), data)
    assert response.status_code == 422
    assert f'href="#id_findings-{total + 1}-size_mm"' in response.content.decode()


def test_a_visit_before_the_birth_is_refused_at_its_field(client: Client, encounter: Encounter) -> None:
    response = client.post(url(encounter, "visit"), {**as_shown(encounter, "visit"), "service_date": "1900-01-01"})
    assert response.status_code == 422
    assert 'href="#id_service_date"' in response.content.decode()


def test_a_clash_keeps_what_was_typed_and_asks_which_one_stays(client: Client, encounter: Encounter) -> None:
    mine = {**as_shown(encounter, "plan"), "statement": "My words"}
    theirs = {**as_shown(encounter, "plan"), "statement": "Their words"}
    assert client.post(url(encounter, "plan"), theirs).status_code == 302
    response = client.post(url(encounter, "plan"), mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert page.count("My words") >= 2
    assert "Their words" in page
    assert kept(encounter).plan.statement == "Their words"
    assert client.post(url(encounter, "plan"), mine).status_code == 409, "nobody chose yet"

    seal = re.search(r'name="keep-statement" value="mine:(\w+)"', page)[1]  # type: ignore[index]
    assert client.post(url(encounter, "plan"), {**mine, "keep-statement": f"theirs:{seal}"}).status_code == 302
    assert kept(encounter).plan.statement == "Their words"
    assert client.post(url(encounter, "plan"), {**mine, "keep-statement": f"mine:{seal}"}).status_code == 302
    assert kept(encounter).plan.statement == "My words"


def test_a_choice_against_a_value_that_changed_again_is_void(client: Client, encounter: Encounter) -> None:
    mine = {**as_shown(encounter, "plan"), "statement": "My words"}
    theirs = {**as_shown(encounter, "plan"), "statement": "Their words"}
    client.post(url(encounter, "plan"), theirs)
    page = client.post(url(encounter, "plan"), mine).content.decode()
    choice = {"keep-statement": re.search(r'value="(mine:\w+)"', page)[1]}  # type: ignore[index]
    client.post(url(encounter, "plan"), {**as_shown(encounter, "plan"), "statement": "Their second thoughts"})
    response = client.post(url(encounter, "plan"), {**mine, **choice})
    assert response.status_code == 409
    assert "Their second thoughts" in response.content.decode()


def test_what_two_people_changed_in_different_fields_is_put_together(client: Client, encounter: Encounter) -> None:
    mine = {**as_shown(encounter, "plan"), "statement": "My words"}
    theirs = {**as_shown(encounter, "plan"), "follow_up_days": "90"}
    client.post(url(encounter, "plan"), theirs)
    response = client.post(url(encounter, "plan"), mine, headers=SCRIPT)
    assert response.status_code == 200
    assert 'data-fresh="follow_up_days"' in response.content.decode()
    plan = kept(encounter).plan
    assert (plan.statement, plan.follow_up_days) == ("My words", 90)


def test_rows_of_two_people_stand_side_by_side(client: Client, encounter: Encounter) -> None:
    """One changes the first treatment, another the second and adds a third: all three stand."""
    mine = {**as_shown(encounter, "justification"), "prior_care-0-result": "mine"}
    theirs = {**as_shown(encounter, "justification"), "prior_care-1-result": "theirs", "prior_care-TOTAL_FORMS": "3"}
    theirs |= {"prior_care-2-type": "heat", "prior_care-2-result": "added"}
    assert client.post(url(encounter, "justification"), theirs).status_code == 302
    response = client.post(url(encounter, "justification"), mine, headers=SCRIPT)
    assert response.status_code == 200
    assert 'data-fresh="prior_care"' in response.content.decode()
    assert [c.result for c in kept(encounter).justification.prior_care] == ["mine", "theirs", "added"]


def test_a_row_that_one_removed_and_the_other_changed_is_asked_about(client: Client, encounter: Encounter) -> None:
    shown = as_shown(encounter, "justification")
    mine = {**shown, "prior_care-1-result": "mine"}
    theirs = {k: v for k, v in shown.items() if not k.startswith("prior_care-1-")} | {"prior_care-TOTAL_FORMS": "1"}
    assert client.post(url(encounter, "justification"), theirs).status_code == 302
    response = client.post(url(encounter, "justification"), mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "removed" in page
    name, value = re.search(r'name="(keep-prior_care[^"]*)" value="(mine:\w+)"', page).groups()  # type: ignore[union-attr]
    assert client.post(url(encounter, "justification"), {**mine, name: value}).status_code == 302
    assert [c.result for c in kept(encounter).justification.prior_care][1] == "mine"


def test_a_save_whose_answer_was_lost_is_not_taken_for_somebody_elses(client: Client, encounter: Encounter) -> None:
    first = {**as_shown(encounter, "plan"), "statement": "Half a"}
    client.post(url(encounter, "plan"), first)  # it arrived; the page never heard
    again = {**first, "statement": "Half a sentence"}
    assert client.post(url(encounter, "plan"), again).status_code == 409
    again["unanswered"] = urlencode(first, doseq=True)
    assert client.post(url(encounter, "plan"), again).status_code == 302
    assert kept(encounter).plan.statement == "Half a sentence"


def test_a_sentence_finds_its_row_though_rows_of_others_were_put_in(client: Client, encounter: Encounter) -> None:
    mine = {**as_shown(encounter, "findings"), "findings-1-size_mm": "900"}
    theirs = as_shown(encounter, "findings")
    theirs = {k: v for k, v in theirs.items() if not k.startswith("findings-0-")} | {"findings-TOTAL_FORMS": "2"}
    client.post(url(encounter, "findings"), theirs)
    response = client.post(url(encounter, "findings"), mine)
    assert response.status_code == 422
    assert 'href="#id_findings-1-size_mm"' in response.content.decode()


def kept(encounter: Encounter) -> EncounterFacts:
    return draft_facts(with_record().get(pk=encounter.pk))


def test_a_double_click_saves_once_and_is_no_conflict(client: Client, encounter: Encounter) -> None:
    data = {**as_shown(encounter, "plan"), "statement": "Sent twice"}
    before = Encounter.objects.get(pk=encounter.pk).revision
    answers = [client.post(url(encounter, "plan"), data) for _ in range(2)]
    assert [a.status_code for a in answers] == [302, 302]
    assert Encounter.objects.get(pk=encounter.pk).revision == before + 1


@pytest.mark.parametrize("base", ["", "x", "[]", "{}", '{"statement": 1}', "9" * 30])
def test_a_page_that_does_not_say_what_it_showed_overwrites_nothing(
    client: Client, encounter: Encounter, base: str
) -> None:
    data = {**as_shown(encounter, "plan"), "statement": "Tampered", "base": base}
    assert client.post(url(encounter, "plan"), data).status_code == 409


def test_a_row_is_added_and_removed_without_a_script_and_nothing_is_saved(client: Client, encounter: Encounter) -> None:
    data = {**as_shown(encounter, "justification"), "statement": "Half a sentence"}
    count = int(data["prior_care-TOTAL_FORMS"])
    page = client.post(url(encounter, "justification"), {**data, "add": "prior_care"}).content.decode()
    assert f'id="id_prior_care-{count}-type"' in page
    assert "Half a sentence" in page
    page = client.post(url(encounter, "justification"), {**data, "remove": "prior_care-0"}).content.decode()
    assert f'id="id_prior_care-{count - 1}-type"' not in page
    encounter.refresh_from_db()
    assert encounter.justification.statement != "Half a sentence"  # type: ignore[attr-defined]
    assert encounter.prior_care.count() == count  # type: ignore[attr-defined]


def test_new_findings_learn_their_keys_and_keep_them(client: Client, encounter: Encounter) -> None:
    data = as_shown(encounter, "findings")
    total = int(data["findings-TOTAL_FORMS"])
    data |= {"findings-TOTAL_FORMS": str(total + 1), f"findings-{total}-type": "stone"}
    page = client.post(url(encounter, "findings"), data, headers=SCRIPT).content.decode()
    made = Finding.objects.get(encounter=encounter, type="stone")
    assert f'id="id_findings-{total}-key" value="{made.key}"' in page
    assert f'<option value="{made.key}">' in page


def test_a_finding_that_is_gone_is_not_lost_on_images_but_let_go(encounter: Encounter, log_in: LogIn) -> None:
    f.illustrate(encounter=encounter, by=encounter.clinician.user)  # type: ignore[arg-type]
    client = log_in(encounter.clinician.user)  # type: ignore[arg-type]
    encounter.refresh_from_db()
    data = as_shown(encounter, "findings") | {"findings-TOTAL_FORMS": "1", "interventions-TOTAL_FORMS": "0"}
    assert client.post(url(encounter, "findings"), data).status_code == 302
    assert encounter.images.filter(finding=None).exists()  # type: ignore[attr-defined]
    assert encounter.images.count() == 4  # type: ignore[attr-defined]


def test_a_new_finding_never_inherits_what_was_said_of_one_that_is_gone(client: Client, encounter: Encounter) -> None:
    assert encounter.interpretation.findings == ["f1", "f2"]  # type: ignore[attr-defined]
    data = as_shown(encounter, "findings") | {"findings-TOTAL_FORMS": "1"}
    assert client.post(url(encounter, "findings"), data).status_code == 302
    encounter = Encounter.objects.get(pk=encounter.pk)
    data = as_shown(encounter, "findings") | {"findings-TOTAL_FORMS": "2", "findings-1-type": "stone"}
    assert client.post(url(encounter, "findings"), data).status_code == 302
    assert Finding.objects.get(encounter=encounter, type="stone").key == "f3"


def test_what_was_typed_into_a_record_that_was_signed_meanwhile_is_shown_again(log_in: LogIn) -> None:
    encounter = f.signed_encounter()
    client = log_in(encounter.clinician.user)  # type: ignore[arg-type]
    response = client.post(url(encounter, "plan"), {**as_shown(encounter, "plan"), "statement": "Too late"})
    assert response.status_code == 409
    assert "Too late" in response.content.decode()
    assert "Write an addendum" in response.content.decode()
    assert client.get(url(encounter, "plan"))["Location"] == reverse("encounter", args=[encounter.pk])


@pytest.mark.parametrize(
    "words",
    ['O\'Neil "quotes" <script>alert(1)</script>', "🦷🔬", "مرحبا بالعالم", "x" * 10_000, "e\u0301", "a\u0000b"],
)
def test_any_text_is_taken_or_refused_with_a_reason(client: Client, encounter: Encounter, words: str) -> None:
    response = client.post(
        url(encounter, "interpretation"), {**as_shown(encounter, "interpretation"), "comparison": words}
    )
    assert response.status_code in (302, 422)
    page = client.get(url(encounter, "interpretation")).content.decode()
    assert "<script>alert" not in page


def test_a_section_that_does_not_exist_is_not_found(client: Client, encounter: Encounter) -> None:
    assert client.get(f"/encounters/{encounter}/dragons/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_rows(client: Client, encounter: Encounter) -> None:
    data = as_shown(encounter, "findings")
    client.get(url(encounter, "findings"))
    with CaptureQueriesContext(connection) as few:
        client.get(url(encounter, "findings"))
    total, treated = int(data["findings-TOTAL_FORMS"]), int(data["interventions-TOTAL_FORMS"])
    for n in range(15):
        data |= {f"findings-{total + n}-type": "stone", f"interventions-{treated + n}-type": "basket_retrieval"}
        data[f"interventions-{treated + n}-finding"] = "f1"
    data |= {"findings-TOTAL_FORMS": str(total + 15), "interventions-TOTAL_FORMS": str(treated + 15)}
    assert client.post(url(encounter, "findings"), data).status_code == 302
    with CaptureQueriesContext(connection) as many:
        client.get(url(encounter, "findings"))
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("section", "typed", "field", "said"),
    [
        ("procedure", {"scope_channel_mm": "1.2"}, "scope_channel_mm", "cannot be as wide as the endoscope"),
        ("procedure", {"scope_channel_mm": "0.1"}, "scope_channel_mm", "Give a number from 0.2 to 1.2."),
        ("procedure", {"irrigation_ml": "501"}, "irrigation_ml", "Give a whole number from 0 to 500."),
        ("plan", {"stent_removal_on": "2026-11-01"}, "stent_removal_on", "would come out before the visit"),
        ("findings", {"interventions-0-pressure_atm": "31"}, "interventions-0-pressure_atm", "from 0 to 30"),
        ("findings", {"findings-0-width_mm": "90.1"}, "findings-0-width_mm", "from 0 to 90"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    client: Client, encounter: Encounter, section: str, typed: dict[str, str], field: str, said: str
) -> None:
    if section == "procedure":
        typed = {**typed, "scope_outer_diameter_mm": "1.1"}
    response = client.post(url(encounter, section), {**as_shown(encounter, section), **typed})
    page = response.content.decode()
    assert response.status_code == 422
    assert f'href="#id_{field}"' in page
    assert said in page


def test_a_number_shows_its_unit_and_its_range(client: Client, encounter: Encounter) -> None:
    page = client.get(url(encounter, "procedure")).content.decode()
    assert "0.2 to 1.2 mm." in page
    assert "0 to 500 mL." in page
    assert "0.5 to 2.5 mm." in page


def test_none_was_tried_can_have_its_reason(client: Client, encounter: Encounter) -> None:
    data = {**as_shown(encounter, "justification"), "prior_care-TOTAL_FORMS": "1", "prior_care-0-type": "none"}
    data |= {"prior_care-0-result": "acute blockage", "prior_care-0-from_on": "", "prior_care-0-to_on": ""}
    assert client.post(url(encounter, "justification"), data).status_code == 302
    assert kept(encounter).justification.prior_care[0].result == "acute blockage"
    page = client.get(url(encounter, "justification")).content.decode()
    where = re.search(r'<div([^>]*)>\s*<div id="div_id_prior_care-0-result"', page)
    assert where, "the field stands in a box of its own"
    assert "data-when" not in where[1], "and is shown for 'none', too"
