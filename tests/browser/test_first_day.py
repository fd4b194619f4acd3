"""The first day of a real practice: from an installation without anybody to a sealed packet, in the browser.

Nothing of the demo is there, and the settings are those of production as far as a browser without TLS can meet them.
The visit itself is documented through the verbs: `test_first_road.py` clicks through it.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.models import Packet
from config.management.commands.serve import first_link
from documentation.kernel.permissions import Role
from documentation.models import Clinician, Encounter, Location, Organization, User
from documentation.services import encounters, signing
from tests import factories
from tests.browser.hands import field, log_in, press, write
from tests.browser.test_accounts import with_authenticator
from tests.browser.test_first_road import (
    CASE,
    VISIT,
    add_the_coverage,
    add_the_payer,
    build_the_packet,
    give_the_estimate,
    plan_the_visit,
    register_the_patient,
    set_the_fee,
    start_the_claim,
)

PASSWORD = "four words in a row"


@pytest.fixture
def production(settings: Any, live_server: Any) -> None:
    """What a start in production has, but for TLS."""
    settings.PRODUCTION = True
    settings.PUBLIC_URL = live_server.url
    settings.MFA_REQUIRED_FOR = frozenset(Role)
    settings.EDI_RECEIVER = settings.EDI_RECEIVER_NAME = settings.DEMO_PASSWORD = ""
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3600  # a busy machine is no absence


def test_the_first_day_of_a_practice(open_as: Any, production: None) -> None:
    boss = open_as()
    become_the_administrator(boss, first_link())
    name_the_practice(boss)
    add_the_location(boss)
    add_the_clinician(boss)
    clinician = joined(open_as(), invite(boss, "Casey", "Example", "Clinician", signs_as="Casey Example, DDS"), "casey")
    manager = joined(open_as(), invite(boss, "Taylor", "Specimen", "Manager"), "taylor")

    set_the_fee(manager)
    add_the_payer(manager)
    manager.get_by_role("link", name="Rules", exact=True).click()
    press(manager, "I have looked at them: release")
    expect(manager.get_by_text("The rules are released.")).to_be_visible()

    boss.goto("/")
    press(boss, "We send no electronic claims")
    press(boss, "We write each time anew")
    expect(boss.get_by_text("Everything is there for the first claim.")).to_be_visible()
    boss.goto("/")
    expect(boss.get_by_role("heading", level=1)).to_have_text("People")

    clinician.goto("/")
    register_the_patient(clinician)
    plan_the_visit(clinician)
    documented_and_signed()

    add_the_coverage(manager)
    give_the_estimate(manager)
    start_the_claim(manager)
    build_the_packet(manager)

    packet = Packet.objects.get()
    assert packet.claim.encounter.location == Location.objects.get()
    assert not Organization.objects.get().is_demo
    assert User.objects.count() == 3


def become_the_administrator(page: Page, link: str) -> None:
    with_authenticator(page)
    page.goto(link)
    press(page, "Go on")
    write(page, "First name", "Quinn")
    write(page, "Last name", "Specimen")
    write(page, "User name", "quinn")
    choose(page)
    press(page, "Make my account")
    expect(page.get_by_text("Your account is made.")).to_be_visible()
    enter(page, "quinn")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your practice")


def choose(page: Page) -> None:
    write(page, "New password", PASSWORD)
    write(page, "The same again", PASSWORD)


def enter(page: Page, username: str) -> None:
    """Log in for the first time, and set up the second factor that production asks of everybody."""
    log_in(page, username, PASSWORD)
    expect(page.get_by_text("Your role needs a second factor")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/add/")
    again = page.get_by_role("heading", name="Confirm that it is you")
    expect(again.or_(page.get_by_label("Passwordless"))).to_be_visible()
    if again.count():
        page.get_by_role("textbox", name=re.compile(r"^Password\s*\*?$")).fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page).to_have_url(re.compile("/accounts/2fa/$"))


def name_the_practice(boss: Page) -> None:
    boss.get_by_role("link", name="Name the practice").click()
    write(boss, "Name of the practice", "Harbor Oral Surgery")
    press(boss, "Save")
    expect(step(boss, "Name the practice")).to_contain_text("Harbor Oral Surgery")


def step(page: Page, title: str) -> Any:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title, exact=True))


def add_the_location(boss: Page) -> None:
    place = CASE.location
    assert place
    boss.get_by_role("link", name="Add a location").click()
    write(boss, "Name", place.name)
    write(boss, "Phone", place.phone)
    write(boss, "Billing NPI", place.npi)
    write(boss, "Tax ID", f"{place.tax_id[:2]}-{place.tax_id[2:]}")
    write(boss, "Street address", place.address.line1)
    write(boss, "City", place.address.city)
    write(boss, "State", place.address.state)
    write(boss, "ZIP code", place.address.zip[:5])
    field(boss, "Time zone").select_option(place.time_zone)
    press(boss, "Save")
    expect(boss.get_by_role("alert")).to_contain_text("all nine digits")
    write(boss, "ZIP code", f"{place.address.zip[:5]}-{place.address.zip[5:]}")
    press(boss, "Save")
    expect(step(boss, "Add each location")).to_contain_text(place.name)


def add_the_clinician(boss: Page) -> None:
    who = VISIT.clinician
    boss.get_by_role("link", name="Add a clinician").click()
    write(boss, "First name", who.first_name)
    write(boss, "Last name", who.last_name)
    write(boss, "Credential", who.credential)
    write(boss, "Own NPI", who.npi)
    write(boss, "License number", who.licence)
    write(boss, "License state", who.licence_state)
    write(boss, "Taxonomy", who.taxonomy)
    press(boss, "Save")
    expect(step(boss, "Add each clinician")).to_contain_text("Casey Example, DDS")


def invite(boss: Page, first_name: str, last_name: str, role: str, signs_as: str = "") -> str:
    boss.goto("/setup/")
    boss.get_by_role("link", name="Invite somebody").click()
    write(boss, "First name", first_name)
    write(boss, "Last name", last_name)
    write(boss, "User name", first_name.lower())
    field(boss, "Role").select_option(label=role)
    if signs_as:
        field(boss, "Signs as").select_option(label=signs_as)
    press(boss, "Make the link")
    return boss.locator("#link").inner_text()


def joined(page: Page, link: str, username: str) -> Page:
    """Somebody who followed an invitation and is inside."""
    with_authenticator(page)
    page.goto(link)
    press(page, "Go on")
    choose(page)
    press(page, "Set the password")
    enter(page, username)
    page.goto("/")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    return page


def documented_and_signed() -> None:
    encounter, by = Encounter.objects.get(), Clinician.objects.get().user
    assert by
    for section, (values, rows) in factories.sections().items():
        encounters.save_section(encounter, section, values, rows, by=by, at=factories.AT)
    factories.illustrate(encounter=encounter, by=by)
    signing.sign(encounter, by=by, at=factories.AT)
