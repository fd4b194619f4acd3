"""What goes wrong on a real day: two tabs, two clicks, a slip of the finger, a lost connection. Nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from playwright.sync_api import Browser, Error, Page, expect

from claims.demo import SEED
from claims.models import Claim, Packet
from documentation.kernel.permissions import Role
from documentation.models import Encounter, EncounterImage, Patient
from tests import factories
from tests.browser.conftest import PASSWORD, session_of
from tests.browser.hands import chip, field, group, press, saved, write
from tests.browser.test_accessibility import axe

pytestmark = pytest.mark.every_engine

OPEN = Callable[..., Page]


@pytest.fixture
def clinician(people: Any) -> Any:
    return people[Role.CLINICIAN]


@pytest.fixture
def draft(clinician: Any) -> Encounter:
    return factories.drafted(treating=clinician.clinician)


def section(encounter: Encounter, key: str) -> str:
    return f"/encounters/{encounter.number}/{key}/"


def state(page: Page) -> Any:
    return expect(page.locator("[data-save-state]"))


# --- Saving -------------------------------------------------------------------------------------------------------


def said(encounter: Encounter) -> str:
    return str(Encounter.objects.get(pk=encounter.pk).justification.statement)


def arrived(encounter: Encounter, statement: str) -> None:
    """What a page sends as it vanishes comes in after the next page is there: it is waited for."""
    until = monotonic() + 20
    while said(encounter) != statement and monotonic() < until:
        sleep(0.1)
    assert said(encounter) == statement


def test_leaving_by_a_link_saves_first(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    write(page, "Complaint", "Typed, and gone at once.")
    page.get_by_role("link", name="Plan of care").click()
    expect(page.get_by_role("heading", name="Plan of care", level=2)).to_be_visible()
    assert said(draft) == "Typed, and gone at once."


def test_leaving_by_the_browsers_own_button_saves_too(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(section(draft, "plan"))
    page.goto(section(draft, "justification"))
    write(page, "Complaint", "Typed, then back.")
    page.go_back()
    expect(page.get_by_role("heading", name="Plan of care", level=2)).to_be_visible()
    arrived(draft, "Typed, then back.")


def test_leaving_while_a_save_is_under_way_saves_what_was_typed_since(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    page = open_as(clinician)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(section(draft, "plan"))
    page.goto(section(draft, "justification"))
    held: list[Any] = []

    def hold_the_first(route: Any) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.fallback()

    page.route("**/justification/", hold_the_first)
    with page.expect_request(lambda request: request.method == "POST" and "justification" in request.url):
        write(page, "Complaint", "Typed first.")
    write(page, "Complaint", "Typed first, then more.")
    page.go_back()
    expect(page.get_by_role("heading", name="Plan of care", level=2)).to_be_visible()
    arrived(draft, "Typed first, then more.")


def test_a_lost_connection_is_said_and_made_good(draft: Encounter, clinician: Any, open_as: OPEN, heard: Any) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    page.context.set_offline(True)
    write(page, "Complaint", "Typed in the cellar.")
    state(page).to_have_attribute("data-state", "offline")
    expect(page.locator("[data-save-text]")).to_contain_text("Not saved: no connection")
    page.context.set_offline(False)
    saved(page)
    assert said(draft) == "Typed in the cellar."
    heard.complaints = [c for c in heard.complaints if "ERR_INTERNET_DISCONNECTED" not in c]


def test_a_session_that_ended_keeps_the_page(draft: Encounter, clinician: Any, open_as: OPEN, live_server: Any) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    page.context.clear_cookies()
    write(page, "Complaint", "Typed after lunch.")
    press(page, "Save")
    expect(page.locator("[data-save-text]")).to_contain_text("you were signed out")
    page.context.add_cookies([session_of(clinician, live_server.url)])  # logged in again, in another tab
    page.context.new_page().goto("/today/")
    press(page, "Save")
    saved(page)
    assert said(draft) == "Typed after lunch."


def test_a_session_that_ended_is_taken_up_again_on_the_page_itself(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    Session.objects.all().delete()
    write(page, "Complaint", "Typed after lunch.")
    dialog = page.get_by_role("dialog", name="You were signed out")
    expect(dialog).to_be_visible()
    password = dialog.get_by_label(f"Password of {clinician.username}")
    expect(password).to_be_focused()
    assert axe(page) == []
    password.fill("a long password of somebody else")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("not correct")
    expect(field(page, "Complaint")).to_have_value("Typed after lunch.")
    password.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    saved(page)
    assert said(draft) == "Typed after lunch."
    expect(page.locator("#signed-out-password")).to_have_value("")
    write(page, "Complaint", "Typed after lunch, and more.")
    saved(page)
    assert said(draft) == "Typed after lunch, and more."


def test_a_log_in_that_cannot_be_asked_is_no_wrong_password(
    draft: Encounter, clinician: Any, open_as: OPEN, monkeypatch: pytest.MonkeyPatch, heard: Any
) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    Session.objects.all().delete()
    write(page, "Complaint", "Typed after lunch.")
    dialog = page.get_by_role("dialog", name="You were signed out")
    expect(dialog).to_be_visible()

    def busy(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr("allauth.account.views.LoginView.post", busy)
        dialog.get_by_label(f"Password of {clinician.username}").fill(PASSWORD)
        page.keyboard.press("Enter")
        told = dialog.get_by_role("alert")
        expect(told).to_contain_text("Ductus is busy. Others were writing for too long")
        expect(told).to_contain_text(re.compile(r"Reference [0-9A-F]{4}-[0-9A-F]{4}\.$"))
    heard.complaints = [c for c in heard.complaints if "503" not in c]
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    saved(page)
    assert said(draft) == "Typed after lunch."


def test_a_pause_of_two_seconds_is_enough(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    """Nothing is pressed: the pause itself saves, and the page asks for it within two seconds."""
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    page.clock.install()
    page.clock.pause_at(datetime.now() + timedelta(hours=1))
    with page.expect_request(lambda request: request.method == "POST" and "justification" in request.url):
        write(page, "Complaint", "Typed, then a pause.")
        expect(page.locator("[data-save-text]")).to_have_text("Typing…")
        page.clock.run_for(2000)
    page.clock.resume()
    saved(page)
    assert said(draft) == "Typed, then a pause."


def test_a_tab_that_crashes_loses_nothing_that_was_typed_before_the_pause(
    draft: Encounter, clinician: Any, open_as: OPEN, launch_browser: Callable[[], Browser]
) -> None:
    page = open_as(clinician, within=launch_browser())
    page.goto(section(draft, "justification"))
    write(page, "Complaint", "Typed before the crash.")
    saved(page)
    again = page.context.new_page()
    page.on("crash", lambda: None)
    try:
        page.goto("chrome://crash", timeout=5000)
    except Error:
        pass
    again.goto(section(draft, "justification"))
    expect(field(again, "Complaint")).to_have_value("Typed before the crash.")


def test_the_tab_warns_before_it_closes_with_something_unsaved(
    draft: Encounter, clinician: Any, open_as: OPEN, heard: Any
) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.context.set_offline(True)
    write(page, "Complaint", "Not to be lost.")
    state(page).to_have_attribute("data-state", "offline")
    with page.expect_event("dialog"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    page.context.set_offline(False)
    saved(page)
    assert said(draft) == "Not to be lost."
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
    heard.complaints = [c for c in heard.complaints if "ERR_INTERNET_DISCONNECTED" not in c]


def test_a_server_that_starts_anew_gets_what_was_typed_meanwhile(
    draft: Encounter, clinician: Any, open_as: OPEN, heard: Any
) -> None:
    """First nobody answers, then the gateway alone, then the server is back."""
    page = open_as(clinician)
    page.goto(section(draft, "plan"))
    answering = "nobody"

    def restart(route: Any) -> None:
        match answering:
            case "nobody":
                route.abort("connectionrefused")
            case "the gateway":
                route.fulfill(status=502, body="Bad gateway")
            case _:
                route.continue_()

    page.route("**/plan/", restart)
    write(page, "Plan", "Typed while the server was away.")
    state(page).to_have_attribute("data-state", "offline")
    answering = "the gateway"
    press(page, "Save")
    state(page).to_have_attribute("data-state", "failed")
    answering = "the server"
    press(page, "Save")
    saved(page)
    assert Encounter.objects.get(pk=draft.pk).planofcare.statement == "Typed while the server was away."
    heard.complaints = [c for c in heard.complaints if "ERR_CONNECTION_REFUSED" not in c and " 502 " not in c]


def test_the_browser_keeps_nothing_of_it(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    """Not in its storages, not in a database of its own, not in a cache; no cookie says more than who it is."""
    page = open_as(clinician)
    for key in ("justification", "findings", "images", "plan"):
        page.goto(section(draft, key))
    write(page, "Plan", "A sentence that must not stay behind.")
    saved(page)
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length,"
        " (await indexedDB.databases()).length, (await caches.keys()).length]"
    )
    assert kept == [0, 0, 0, 0]
    assert {c["name"] for c in page.context.cookies()} <= {"ductus_session", "ductus_csrf"}


def test_what_cannot_be_read_is_kept_with_a_sentence(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    write(page, "Worst pain", "eleven")
    write(page, "Complaint", "Typed beside a slip.")
    press(page, "Save")
    state(page).to_have_attribute("data-state", "failed")
    pain = field(page, "Worst pain")
    expect(pain).to_have_value("eleven")
    expect(pain).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#div_id_pain")).to_contain_text("Give a whole number from 0 to 10.")
    expect(field(page, "Complaint")).to_have_value("Typed beside a slip.")

    page.get_by_role("alert").get_by_role("link", name="Worst pain").click()
    expect(pain).to_be_focused()
    write(page, "Worst pain", "5")
    press(page, "Save")
    saved(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#div_id_pain .invalid-feedback")).to_have_count(0)
    assert said(draft) == "Typed beside a slip."


def test_times_out_of_order(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "visit"))
    write(page, "End time", "08:00")
    press(page, "Save")
    expect(page.locator("#div_id_end_time")).to_contain_text("The end lies before the start.")
    expect(field(page, "End time")).to_have_value("08:00")


# --- Acting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_script", [True, False])
def test_two_clicks_act_once(clinician: Any, people: Any, open_as: OPEN, with_script: bool) -> None:
    """The form sends once; where no script holds it back, the server does the same thing once."""
    page = open_as(clinician, java_script_enabled=with_script)
    page.goto("/patients/new/")
    write(page, "First name", "Alex")
    write(page, "Last name", "Doe")
    write(page, "Date of birth", "1981-03-14")
    write(page, "Chart number", "P-1001")
    twice(page, "Register")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alex Doe")
    page.get_by_role("link", name="Plan a visit").first.click()
    twice(page, "Plan the visit")
    expect(page.get_by_text("The visit is planned.").or_(page.get_by_text("Planned").first).first).to_be_visible()
    assert (Patient.objects.count(), Encounter.objects.count()) == (1, 1)

    encounter = factories.signed_encounter(treating=clinician.clinician)
    factories.coverage(person=encounter.patient)
    biller = open_as(people[Role.BILLER], java_script_enabled=with_script)
    biller.goto("/payers/fees/new/")
    write(biller, "Code", "D0371")
    write(biller, "Full fee", "850")
    write(biller, "In force from", "2026-01-01")
    twice(biller, "Save fee")
    expect(biller.locator("#fees").get_by_role("row", name=re.compile("D0371"))).to_have_count(1)
    biller.goto(f"/encounters/{encounter.number}/")
    twice(biller, "Start claim")
    expect(biller.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Claim C\d+"))
    assert Claim.objects.count() == 1


def test_two_clicks_build_one_packet(people: Any, open_as: OPEN) -> None:
    claim = factories.claim_at(preparation="ready")
    page = open_as(people[Role.BILLER])
    page.goto(f"/claims/{claim.number}/")
    page.get_by_role("button", name="Build packet").first.dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Packet K\d+"))
    assert Packet.objects.count() == 1


def twice(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).dblclick()


def test_a_wrong_password_signs_nothing(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "sign"))
    write(page, "Your password", "a long password of somebody else")
    press(page, "Sign and lock")
    expect(page.locator("#sign")).to_contain_text("This is not your password. Nothing was signed; try again.")
    assert Encounter.objects.get(pk=draft.pk).status == "draft"
    write(page, "Your password", PASSWORD)
    press(page, "Sign and lock")
    expect(page.get_by_text("Signed and locked.")).to_be_visible()


def test_a_page_left_open_cannot_change_what_was_signed(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto(section(draft, "justification"))
    factories.signing.sign(Encounter.objects.get(pk=draft.pk), by=clinician, at=factories.AT)
    before = said(draft)
    write(page, "Complaint", "Too late.")
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("can no longer be changed")
    expect(field(page, "Complaint")).to_have_value("Too late.")
    assert said(draft) == before


# --- Images -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_script", [True, False])
def test_a_cut_off_image_is_refused_and_the_good_ones_arrive(
    clinician: Any, open_as: OPEN, tmp_path: Path, with_script: bool
) -> None:
    encounter = factories.drafted(treating=clinician.clinician, with_images=False)
    whole = (SEED / "fig1.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "letter.jpg").write_bytes(b"Dear colleague, this is no image at all.")
    files = [SEED / "fig2.jpg", tmp_path / "cut.jpg", tmp_path / "letter.jpg", SEED / "fig3.jpg"]
    page = open_as(clinician, java_script_enabled=with_script)
    page.goto(section(encounter, "images"))
    page.locator("#id_upload").set_input_files(files)
    if not with_script:
        press(page, "Add the chosen files")
    expect(page.locator(".picture")).to_have_count(2)
    for name in ("cut.jpg", "letter.jpg"):
        line = page.locator(".upload-list li, .message").filter(has_text=name)
        expect(line).to_have_count(1)
        expect(line).to_contain_text(re.compile(r"[A-Z][^.]{10,}\."))  # a sentence
    assert EncounterImage.objects.filter(encounter=encounter).count() == 2


# --- Names --------------------------------------------------------------------------------------------------------

NAMES = [
    ('Anna "Nan"', "O'Brien-<b>Smith</b>"),
    ("Zoë 🦷", "Müller & Sons"),
    ("שרה", "כהן"),
    ("محمد", "الفلاني"),
]


@pytest.mark.parametrize("first, last", NAMES)
def test_names_are_shown_as_typed(clinician: Any, open_as: OPEN, first: str, last: str) -> None:
    page = open_as(clinician)
    page.goto("/patients/new/")
    write(page, "First name", first)
    write(page, "Last name", last)
    write(page, "Date of birth", "1981-03-14")
    write(page, "Chart number", "Nº 7/“A”")
    press(page, "Register")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{first} {last}")
    page.get_by_role("link", name="Patients", exact=True).first.click()
    page.get_by_role("searchbox", name=re.compile("^Find a patient by")).fill(last[:5])
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=last)
    expect(row).to_contain_text(first)
    row.get_by_role("link").filter(has_text=last).click()
    page.get_by_role("link", name="Plan a visit").first.click()
    press(page, "Plan the visit")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{first} {last}")


def test_what_was_typed_stays_in_a_refused_form(clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    page.goto("/patients/new/")
    write(page, "First name", 'Anna "Nan" 🦷')
    write(page, "Date of birth", "2031-03-14")
    chip(page, "Sex", "Female")
    write(page, "Phone", "call my sister")
    press(page, "Register")
    expect(page.get_by_role("alert")).to_contain_text("what you typed is kept")
    expect(field(page, "First name")).to_have_value('Anna "Nan" 🦷')
    expect(field(page, "Phone")).to_have_value("call my sister")
    expect(field(group(page, "Sex"), "Female")).to_be_checked()
    for name in ("last_name", "chart_number", "phone"):
        expect(page.locator(f"#div_id_{name}")).to_contain_text(re.compile(r"[a-z]\."))
    assert Patient.objects.count() == 0


def test_look_alikes_are_shown_and_stop_nobody(clinician: Any, open_as: OPEN) -> None:
    factories.patient()
    page = open_as(clinician)
    page.goto("/patients/new/")
    write(page, "First name", "Alexander")
    write(page, "Last name", "Doe")
    write(page, "Date of birth", "1981-03-14")
    write(page, "Chart number", "P-9")
    page.keyboard.press("Tab")
    expect(page.locator("#alike")).to_contain_text("Is it one of these?")
    press(page, "Register")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alexander Doe")


# --- Addresses ----------------------------------------------------------------------------------------------------

MISTYPED = """
    /encounters/E999999/ /encounters/7/ /encounters/E000001/nonsense/ /encounters/E000001/images/99/screen/
    /encounters/E000001/images/1/poster/ /encounters/E999999/sign/ /patients/P999999/ /patients/P000001/visits/old/
    /claims/C999999/ /claims/C000001'--/ /packets/K999999/ /packets/K999999/pages/1/ /payers/999999/
    /coverages/0/correct/ /nowhere/ /claims/%00/ /%E2%80%AE/
"""
HARMLESS = """
    /patients/?q=%00%FF /encounters/?status=nonsense&after=20269999-x /claims/?word=nonsense&after=%27
    /rules/?family=x&cause=y /today/?of=nobody /ready-to-bill/?page=-1 /verify/nonsense/
"""


def test_hand_edited_addresses_get_a_friendly_page(people: Any, open_as: OPEN) -> None:
    page = open_as(people[Role.BILLER])
    for address in MISTYPED.split():
        assert status_of(page, address) in {403, 404}
    for address in HARMLESS.split():
        assert status_of(page, address) in {200, 404}
    page.goto("/nowhere/")
    page.get_by_role("link", name="Go to the start page").click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def status_of(page: Page, address: str) -> int:
    answer = page.goto(address)
    assert answer is not None
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert not re.search(r"Traceback|Exception|Server Error|DoesNotExist", page.content()), address
    return answer.status


def test_an_address_that_only_acts_explains_itself(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = open_as(clinician)
    for address in (section(draft, "step"), section(draft, "addenda")):
        assert status_of(page, address) == 405
