"""Accounts in a real browser: invitation, passkey, the end of a session in every tab, a log-out that leaves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Phrase, Signature
from tests import factories
from tests.browser.conftest import PASSWORD

NEW = "four words in a row"
Open = Callable[..., Page]


def with_authenticator(page: Page) -> None:
    """A passkey that answers by itself, as a finger on the reader would."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def confirm(page: Page) -> None:
    """Give the password where it is asked again."""
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_role("textbox", name=re.compile(r"^Password\s*\*?$")).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def add_passkey(page: Page) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page).to_have_url(f"{page.url.split('/accounts')[0]}/accounts/2fa/")


def sound(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_an_invitation_from_the_administrator_to_the_first_log_in(
    open_as: Open, people: Any, live_server: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    boss = open_as(people[Role.ADMINISTRATOR])
    boss.goto("/people/")
    sound(boss)
    boss.get_by_role("link", name="Invite somebody").click()
    confirm(boss)
    boss.get_by_label("First name").fill("Dana")
    boss.get_by_label("Last name").fill("Example")
    boss.get_by_label("User name").fill("dana.example")
    boss.get_by_label("Role").select_option("biller")
    sound(boss)
    boss.get_by_role("button", name="Make the link").click()
    expect(boss.get_by_role("heading", name="Give this link to Dana Example")).to_be_visible()
    sound(boss)
    link = boss.locator("#link").inner_text()

    dana = open_as()
    dana.goto(link)
    expect(dana.get_by_role("button", name="Go on")).to_be_visible()
    assert "#" not in dana.url
    sound(dana)
    dana.get_by_role("button", name="Go on").click()
    dana.get_by_label("New password").fill(NEW)
    dana.get_by_label("The same again").fill(NEW)
    sound(dana)
    dana.get_by_role("button", name="Set the password").click()
    expect(dana.get_by_text("Your password is set. Log in with it.")).to_be_visible()
    dana.get_by_label("Username").fill("dana.example")
    dana.get_by_role("textbox", name=re.compile(r"^Password\s*\*?$")).fill(NEW)
    dana.get_by_role("button", name="Log in", exact=True).click()
    expect(dana.get_by_role("heading", name="Ready to bill")).to_be_visible()


def test_a_role_that_needs_one_sets_up_a_passkey_and_then_logs_in_with_it(
    open_as: Open, people: Any, settings: Any
) -> None:
    settings.MFA_REQUIRED_FOR = {"biller"}
    page = open_as(people[Role.BILLER])
    with_authenticator(page)
    page.goto("/ready-to-bill/")
    expect(page.get_by_text("Your role needs a second factor")).to_be_visible()
    sound(page)
    add_passkey(page)
    page.goto("/ready-to-bill/")
    expect(page.get_by_role("heading", name="Ready to bill")).to_be_visible()
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Log out").last.click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", name="Ready to bill")).to_be_visible()
    assert '"webauthn"' in AuditEvent.objects.filter(action="account.login").latest("seq").detail


def test_a_record_is_signed_with_a_passkey_in_the_place_of_the_password(open_as: Open, people: Any) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    page = open_as(people[Role.CLINICIAN])
    with_authenticator(page)
    add_passkey(page)
    page.goto(f"/encounters/{draft.number}/sign/")
    page.get_by_role("button", name="Sign with a passkey").click()
    expect(page.get_by_text("Signed and locked.")).to_be_visible()
    assert Signature.objects.get().signer == people[Role.CLINICIAN]


def test_recovery_codes_are_shown_once(open_as: Open, people: Any) -> None:
    page = open_as(people[Role.BILLER])
    with_authenticator(page)
    add_passkey(page)
    page.get_by_role("link", name="Recovery codes").click()
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator("#codes")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Recovery codes").click()
    expect(page.get_by_text("10 codes are good.")).to_be_visible()
    expect(page.locator("#codes")).to_have_count(0)


def test_after_log_out_back_shows_no_chart(open_as: Open, people: Any) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    page = open_as(people[Role.CLINICIAN])
    page.goto("/today/")
    page.goto(f"/encounters/{draft.number}/")
    expect(page.locator("body")).to_contain_text(draft.patient.last_name)
    page.locator(".user-pill").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert draft.patient.last_name not in page.locator("body").inner_text()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_logging_out_in_one_tab_empties_the_others(open_as: Open, people: Any) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    one = open_as(people[Role.CLINICIAN])
    one.goto("/today/")
    other = one.context.new_page()
    other.goto(f"/encounters/{draft.number}/")
    expect(other.locator("body")).to_contain_text(draft.patient.last_name)
    one.locator(".user-pill").click()
    one.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()


def end_in(**left: int) -> None:
    """Let all sessions end so soon."""
    Session.objects.update(expire_date=timezone.now() + timedelta(**left))


def test_two_minutes_before_the_end_a_page_asks_and_staying_goes_on(open_as: Open, people: Any, settings: Any) -> None:
    settings.SESSION_COOKIE_AGE = 123
    page = open_as(people[Role.BILLER])
    page.goto("/ready-to-bill/")
    box = page.get_by_role("dialog", name="Are you still there?")
    expect(box).to_be_visible()
    sound(page)
    settings.SESSION_COOKIE_AGE = 900
    page.get_by_role("button", name="Stay logged in").click()
    expect(box).to_be_hidden()
    assert Session.objects.get().expire_date > timezone.now() + timedelta(minutes=10)


def test_at_the_end_no_page_stays_on_the_screen(open_as: Open, people: Any, settings: Any) -> None:
    settings.SESSION_COOKIE_AGE = 124
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/encounters/{draft.number}/")
    expect(page.get_by_role("dialog", name="Are you still there?")).to_be_visible()
    end_in(seconds=-1)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert f"next=/encounters/{draft.number}/" in page.url.replace("%2F", "/")


def test_what_was_typed_and_saves_nothing_by_itself_waits_covered_for_its_owner(
    open_as: Open, people: Any, settings: Any
) -> None:
    settings.SESSION_COOKIE_AGE = 124
    page = open_as(people[Role.CLINICIAN])
    page.goto("/phrases/new/")
    page.locator("form[data-guard] textarea").first.fill("Words that are saved by nothing")
    box = page.get_by_role("dialog", name="Are you still there?")
    expect(box.get_by_text("it waits on this page, covered")).to_be_visible()
    end_in(seconds=-1)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    password = page.locator("#signed-out-password")
    expect(password).to_be_visible()
    expect(page.locator("form[data-guard] textarea").first).to_be_hidden()
    settings.SESSION_COOKIE_AGE = 900
    password.fill(PASSWORD)
    page.locator("#signed-out button[type=submit]").click()
    expect(page.locator("form[data-guard] textarea").first).to_have_value("Words that are saved by nothing")
    expect(page.locator("form[data-guard] textarea").first).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Kept")
    page.get_by_role("button", name="Keep the phrase").click()
    expect(page.get_by_text("Words that are saved by nothing")).to_be_visible()
    assert Phrase.objects.get(title="Kept").body == "Words that are saved by nothing"


def test_signed_in_again_in_another_tab_a_draft_is_shown_and_saved(open_as: Open, people: Any, settings: Any) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/encounters/{draft.number}/justification/")
    field = page.locator("form[data-autosave] textarea:visible").first
    expect(field).to_be_visible()
    end_in(seconds=-1)
    field.fill("Typed when nobody was signed in any more")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#signed-out")).to_be_visible()
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("Username").fill(people[Role.CLINICIAN].username)
    other.get_by_role("textbox", name=re.compile(r"^Password\s*\*?$")).fill(PASSWORD)
    other.get_by_role("button", name="Log in", exact=True).click()
    expect(other.locator(".user-pill")).to_be_visible()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#signed-out")).to_be_hidden()
    expect(field).to_have_value("Typed when nobody was signed in any more")
    expect(field).to_be_visible()


def test_near_the_longest_time_staying_says_so_and_asks_no_more(open_as: Open, people: Any, settings: Any) -> None:
    settings.SESSION_LONGEST = 119
    page = open_as(people[Role.BILLER])
    page.goto("/ready-to-bill/")
    box = page.get_by_role("dialog", name="Are you still there?")
    expect(box).to_be_visible()
    page.get_by_role("button", name="Stay logged in").click()
    expect(page.get_by_text("it has lasted as long as it may")).to_be_visible()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(box).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_of_a_person_by_keyboard(open_as: Open, people: Any, width: int) -> None:
    biller = people[Role.BILLER]
    page = open_as(people[Role.ADMINISTRATOR], width=width)
    page.goto(f"/people/{biller.pk}/")
    confirm(page)
    sound(page)
    button = page.get_by_role("button", name="Deactivate the account")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Deactivate", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("is logged off everywhere and cannot log in any more")).to_be_visible()
    biller.refresh_from_db()
    assert not biller.is_active
