"""The bar above a section, the page of what waits, and confirming at the fields: by plain forms, without a script."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from documentation.kernel.pending import Origin, marks_from
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, User
from documentation.queries.encounters import draft_facts, with_record
from documentation.services import encounters, images
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Encounter:
    earlier = f.signed_encounter()
    besides = ("procedure", "findings", "interpretation", "plan")
    encounter = f.drafted(treating=earlier.clinician, with_images=False, besides=besides)
    assert encounter.clinician.user is not None
    f.upload_pictures(encounter=encounter, by=encounter.clinician.user)
    return encounter


@pytest.fixture
def casey(draft: Encounter) -> User:
    assert draft.clinician.user is not None
    return draft.clinician.user


@pytest.fixture
def client(casey: User, log_in: Callable[..., Client]) -> Client:
    return log_in(casey)


def waiting(draft: Encounter) -> set[str]:
    return {m.path for m in marks_from(Encounter.objects.get(pk=draft.pk).to_confirm)}


def act(client: Client, draft: Encounter, name: str = "encounter_fill", **sent: Any) -> Any:
    return client.post(reverse(name, args=[draft.pk]), {"once": str(uuid.uuid4()), **sent})


def shown_seals(page: str) -> list[str]:
    return [html.unescape(v) for v in re.findall(r'name="seen" value="([^"]+)"', page)]


def confirm_page(client: Client, draft: Encounter) -> str:
    return client.get(reverse("encounter_confirm", args=[draft.pk])).content.decode()


def test_a_normal_study_leads_to_the_page_that_shows_every_value(client: Client, draft: Encounter) -> None:
    answer = act(client, draft, fill=Origin.NORMAL_STUDY)
    assert answer["Location"] == reverse("encounter_confirm", args=[draft.pk])
    page = confirm_page(client, draft)
    assert {seal.split("=")[0] for seal in shown_seals(page)} == waiting(draft)
    for words in ("Dilated papilla", "S0 no stenosis", "SN-0417", "No cause for the recurrent swelling", "42 days"):
        assert words in page
    assert "Left submandibular hilum" in page
    assert AuditEvent.objects.filter(action="encounter.view", detail__contains='"confirm"').exists()


def test_when_all_is_confirmed_a_section_that_still_lacks_something_is_next_and_then_the_signature(
    client: Client, draft: Encounter, casey: User
) -> None:
    act(client, draft, fill=Origin.NORMAL_STUDY)
    url = reverse("encounter_confirm", args=[draft.pk])
    for section in ("procedure", "findings", "interpretation"):
        answer = client.post(url, {"confirm": section, "seen": shown_seals(confirm_page(client, draft))})
        assert answer["Location"] == url
        assert not any(path.startswith(section) for path in waiting(draft))
    seal = re.search(r'name="seal" value="(\w+)"', confirm_page(client, draft))
    assert seal
    act(client, draft, "image_take", take="all:confirm", seal=seal[1])
    answer = client.post(url, {"confirm": "plan", "seen": shown_seals(confirm_page(client, draft))})
    assert answer["Location"] == reverse("encounter_section", args=[draft.pk, "procedure"])  # consent is missing
    values, _ = f.sections()["procedure"]
    encounters.save_section(
        draft,
        "procedure",
        {n: values[n] for n in ("consent_on", "consent_by", "end_time") if n in values},
        by=casey,
        at=f.AT,
    )
    answer = client.post(url, {"confirm": "plan", "seen": []})
    assert answer["Location"] == reverse("encounter_sign", args=[draft.pk])


def test_the_page_of_what_changed_meanwhile_confirms_nothing(client: Client, draft: Encounter, casey: User) -> None:
    act(client, draft, fill=Origin.USUAL_PROCEDURE)
    seen = shown_seals(confirm_page(client, draft))
    encounters.save_section(draft, "procedure", {"scope_serial": "SN-9"}, by=f.user(role=Role.ASSISTANT), at=f.AT)
    before = waiting(draft)
    answer = client.post(reverse("encounter_confirm", args=[draft.pk]), {"confirm": "procedure", "seen": seen})
    assert answer.status_code == 409
    assert "was changed after you opened the page" in html.unescape(answer.content.decode())
    assert waiting(draft) == before


def test_the_usual_procedure_asks_for_gland_and_side_where_they_are_not_known(client: Client, casey: User) -> None:
    bare = f.planned_visit(treating=casey.clinician)
    encounters.start(bare, by=casey, at=f.AT)
    page = client.get(reverse("encounter_section", args=[bare.pk, "procedure"])).content.decode()
    assert 'name="fill_gland"' in page
    answer = act(client, bare, fill=Origin.USUAL_PROCEDURE)
    assert answer.status_code == 302
    assert not waiting(bare)
    act(client, bare, fill=Origin.USUAL_PROCEDURE, fill_gland="parotid", fill_side="R")
    assert [g.duct for g in with_record().get(pk=bare.pk).glands.all()] == ["stensen"]


def as_shown(client: Client, draft: Encounter, key: str) -> dict[str, Any]:
    """A section as a browser without a script sends it, with everything that it shows."""
    context = client.get(reverse("encounter_section", args=[draft.pk, key])).context
    form = context["typed"]
    sent: dict[str, Any] = {"base": context["base"]}
    for name, value in form.form.initial.items():
        field = form.form.fields[name]
        sent[name] = field.prepare_value(value) if value is not None else ""
    for list_name, rows in form.lists.items():
        sent[f"{list_name}-TOTAL_FORMS"] = len(rows.forms)
        sent[f"{list_name}-INITIAL_FORMS"] = 0
        for n, row in enumerate(rows.forms):
            for name, value in row.initial.items():
                shown = row.fields[name].prepare_value(value) if name in row.fields else value
                sent[f"{list_name}-{n}-{name}"] = "" if shown is None else shown
    return sent


def typed(client: Client, draft: Encounter, key: str, **more: Any) -> Any:
    """Send a section with everything that it shows and what somebody typed or pressed."""
    url = reverse("encounter_section", args=[draft.pk, key])
    return client.post(url, {**as_shown(client, draft, key), **more})


def test_what_is_typed_goes_along_with_the_button_and_is_saved_first(client: Client, draft: Encounter) -> None:
    sent = {**as_shown(client, draft, "visit"), "from": "visit", "assistant": "Robin Helper"}
    answer = act(client, draft, fill=Origin.USUAL_PROCEDURE, **sent)
    assert answer["Location"] == reverse("encounter_section", args=[draft.pk, "procedure"])
    assert Encounter.objects.get(pk=draft.pk).assistant == "Robin Helper"
    assert "procedure.anesthesia" in waiting(draft)


def test_what_cannot_be_saved_stops_the_button_and_stays_on_the_page(client: Client, draft: Encounter) -> None:
    sent = {**as_shown(client, draft, "visit"), "from": "visit", "assistant": "Robin Helper", "end_time": "25:70"}
    answer = act(client, draft, fill=Origin.USUAL_PROCEDURE, **sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Robin Helper"' in page
    assert f'action="{reverse("encounter_section", args=[draft.pk, "visit"])}"' in page
    assert not waiting(draft)


def test_a_draft_that_went_stale_while_it_waits_says_so_and_is_mended_where_it_is_confirmed(
    client: Client, draft: Encounter, casey: User
) -> None:
    drafted(client, draft, casey)
    assert "The record changed." not in confirm_page(client, draft)
    move(draft, casey, "19.0")
    page = confirm_page(client, draft)
    assert page.count("The record changed.") == 1
    assert re.search(r"The text says: <del>[^<]*12 mm", page)
    assert re.search(r"The record says: <ins>[^<]*19 mm", page)
    section = client.get(reverse("encounter_section", args=[draft.pk, "interpretation"])).content.decode()
    assert "The record changed." in section
    assert "The record changed after" in client.get(reverse("encounter_sign", args=[draft.pk])).content.decode()

    verb = html.unescape(re.search(r'name="prose" value="(take:[^"]+)"', page).group(1))  # type: ignore[union-attr]
    url = reverse("encounter_prose", args=[draft.pk, "interpretation"])
    answer = client.post(url, {"once": str(uuid.uuid4()), "prose": verb, "seen": shown_seals(page)})
    assert answer["Location"] == reverse("encounter_confirm", args=[draft.pk]) + "#confirm-interpretation"
    mended = confirm_page(client, draft)
    assert "The record changed." not in mended
    assert "interpretation.text" in waiting(draft)
    assert "19 mm" in with_record().get(pk=draft.pk).interpretation.text


def drafted(client: Client, draft: Encounter, casey: User) -> None:
    """Findings recorded, the rest drafted from them and waiting."""
    encounters.save_section(draft, "findings", *f.sections()["findings"], by=casey, at=f.AT)
    act(client, draft, fill=Origin.FINDINGS)


def move(draft: Encounter, casey: User, mm: str) -> None:
    values, rows = f.sections()["findings"]
    findings = [dict(r) for r in rows["findings"]]
    findings[0]["distance_from_papilla_mm"] = mm
    encounters.save_section(draft, "findings", values, {**rows, "findings": findings}, by=casey, at=f.AT)


def test_at_the_fields_one_value_or_the_whole_section_is_confirmed(client: Client, draft: Encounter) -> None:
    act(client, draft, fill=Origin.USUAL_PROCEDURE)
    page = client.get(reverse("encounter_section", args=[draft.pk, "procedure"])).content.decode()
    assert {html.unescape(p) for p in re.findall(r'data-mark="([^"]+)"', page)} == waiting(draft)
    before = waiting(draft)
    typed(client, draft, "procedure", confirm="procedure.anesthesia")
    assert waiting(draft) == before - {"procedure.anesthesia"}
    answer = typed(client, draft, "procedure", confirm="procedure:next", irrigation="saline 40 mL")
    assert answer["Location"] == reverse("encounter_section", args=[draft.pk, "findings"])
    assert not waiting(draft)
    facts = draft_facts(with_record().get(pk=draft.pk))
    assert (facts.procedure.irrigation, facts.procedure.scope_serial) == ("saline 40 mL", "SN-0417")


def test_undo_is_one_press(client: Client, draft: Encounter) -> None:
    act(client, draft, fill=Origin.NORMAL_STUDY)
    answer = act(client, draft, undo=Origin.NORMAL_STUDY, **{"from": "findings"})
    assert answer["Location"] == reverse("encounter_section", args=[draft.pk, "findings"])
    assert not waiting(draft)
    assert not with_record().get(pk=draft.pk).findings.exists()


@pytest.mark.parametrize("sent", [{"fill": "everything"}, {"undo": "everything"}, {}])
def test_an_action_that_is_none_fills_nothing(client: Client, draft: Encounter, sent: dict[str, str]) -> None:
    assert act(client, draft, **sent).status_code == 404
    assert not waiting(draft)


def test_proposals_that_the_person_did_not_see_are_not_taken(client: Client, draft: Encounter) -> None:
    act(client, draft, fill=Origin.NORMAL_STUDY)
    act(client, draft, "image_take", take="all", seal="0" * 16)
    assert not draft.images.exclude(caption="").exists()
    act(client, draft, "image_take", take="nonsense", seal="")
    assert not draft.images.exclude(caption="").exists()


def test_one_description_is_taken_and_what_was_typed_stays(client: Client, draft: Encounter, casey: User) -> None:
    act(client, draft, fill=Origin.NORMAL_STUDY)
    first, second, *_ = draft.images.all()
    images.describe(first, {"caption": "My own words"}, by=casey, at=f.AT)
    page = client.get(reverse("encounter_images", args=[draft.pk])).content.decode()
    seal = re.search(r'name="seal" value="(\w+)"', page)
    assert seal
    act(client, draft, "image_take", take=str(first.pk), seal=seal[1])
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.caption, first.reading, first.finding.key) == ("My own words", "Normal wall and lumen.", "f1")
    assert (second.caption, second.finding) == ("", None)


def test_a_row_on_offer_is_added_without_a_script(client: Client, draft: Encounter, casey: User) -> None:
    act(client, draft, fill=Origin.USUAL_PROCEDURE)
    rows = {"findings": [{"type": "stenosis", "gland": "submandibular", "side": "L"}]}
    encounters.save_section(draft, "findings", {}, rows, by=casey, at=f.AT)
    answer = typed(client, draft, "findings", add="interventions:@0")
    row = answer.context["typed"].lists["interventions"].forms[0]
    assert (row["type"].value(), row["finding"].value()) == ("hydrostatic_dilation", "f1")
    answer = typed(client, draft, "findings", add="findings:@7")
    assert len(answer.context["typed"].lists["findings"].forms) == 2
