"""A phone adds pictures to the visit that is open on the computer: by a code, for a while, and sees nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from claims.demo import SEED
from documentation.kernel.permissions import Role
from documentation.models import Encounter
from tests import factories
from tests.browser.hands import quicker_than, saved

OPEN = Callable[..., Page]


@pytest.fixture
def clinician(people: Any) -> Any:
    return people[Role.CLINICIAN]


@pytest.fixture
def draft(clinician: Any) -> Encounter:
    return factories.drafted(treating=clinician.clinician, with_images=False)


def code_at(desk: Page, encounter: Encounter) -> str:
    """Ask for a code at the computer; gives the link in it, which a page at localhost shows, too."""
    desk.goto(f"/encounters/{encounter.number}/images/")
    desk.get_by_role("button", name="Take pictures with a phone").click()
    expect(desk.get_by_role("img", name="QR code with the link for the phone")).to_be_visible()
    return str(desk.get_by_role("link", name="try the link").get_attribute("href"))


def test_a_picture_taken_with_the_phone_appears_at_the_computer_by_itself(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    desk, phone = open_as(clinician), open_as(width=390, height=844, has_touch=True)
    link = code_at(desk, draft)
    expect(desk.locator("[data-phone-words]")).to_have_text("Waiting for a phone.")
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url + str(request.headers)))
    phone.goto(link)
    token = link.split("#")[1]
    expect(phone).to_have_url(re.compile("/phone/$"))
    phone.get_by_role("button", name="Connect this phone").click()
    expect(phone.get_by_text("Take a picture")).to_be_visible()
    expect(desk.locator("[data-phone-words]")).to_have_text("A phone is connected. No picture has come yet.")
    for page in (phone, desk):
        assert Axe().run(page).response["violations"] == []

    phone.get_by_label("Take a picture").set_input_files(SEED / "fig1.jpg")
    expect(phone.locator("[data-summary]")).to_have_text("1 of 1 added. ")
    phone.get_by_label("Choose pictures").set_input_files([SEED / "fig2.jpg", SEED / "fig3.jpg"])
    expect(phone.locator("[data-summary]")).to_have_text("3 of 3 added. ")
    expect(desk.locator(".picture")).to_have_count(3)
    expect(desk.locator("[data-phone-words]")).to_have_text("A phone is connected. 3 pictures came.")
    assert not any(token in told for told in asked)
    assert phone.evaluate("document.cookie + JSON.stringify({...localStorage, ...sessionStorage})") == "{}"

    phone.get_by_role("button", name="I am done").click()
    expect(phone.get_by_role("heading", name="Thank you. You are done.")).to_be_visible()
    expect(phone.get_by_text("To add more, scan a new code there.")).to_be_visible()
    expect(desk.get_by_role("button", name="Take pictures with a phone")).to_be_visible()


def test_what_is_typed_at_the_computer_stays_when_a_picture_arrives(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    factories.illustrate(encounter=draft, by=clinician)
    factories.images.remove(draft.images.first(), by=clinician, at=factories.AT)  # type: ignore[attr-defined]
    desk, phone = open_as(clinician), open_as(width=390)
    phone.goto(code_at(desk, draft))
    phone.get_by_role("button", name="Connect this phone").click()
    reading = desk.locator(".picture").first.get_by_label("Reading")
    reading.click()
    reading.press("End")
    phone.get_by_label("Take a picture").set_input_files(SEED / "fig1.jpg")
    reading.press_sequentially(" and what I type meanwhile", delay=200)
    expect(desk.locator(".picture")).to_have_count(4)
    expect(reading).to_have_value(re.compile("and what I type meanwhile$"))
    expect(reading).to_be_focused()


def test_what_is_typed_at_two_pictures_stays_when_another_arrives(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    """The first is not saved yet, the second is being typed in."""
    factories.illustrate(encounter=draft, by=clinician)
    factories.images.remove(draft.images.last(), by=clinician, at=factories.AT)  # type: ignore[attr-defined]
    desk, phone = open_as(clinician), open_as(width=390)
    phone.goto(code_at(desk, draft))
    phone.get_by_role("button", name="Connect this phone").click()
    captions = [desk.locator(".picture").nth(n).get_by_label("Caption", exact=True) for n in (0, 1)]
    with quicker_than(desk, "**/describe/"):
        captions[0].fill("Typed first")
        captions[1].fill("Typed then")
        phone.get_by_label("Take a picture").set_input_files(SEED / "fig4.jpg")
        expect(desk.locator(".picture")).to_have_count(4)
        expect(captions[0]).to_have_value("Typed first")
        expect(captions[1]).to_have_value("Typed then")
        expect(captions[1]).to_be_focused()
    saved(desk)
    typed = [picture.caption for picture in draft.images.all()]  # type: ignore[attr-defined]
    assert typed[:2] == ["Typed first", "Typed then"]


def test_a_picture_chosen_before_the_scripts_of_the_page_have_come_is_sent_too(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    desk, phone = open_as(clinician), open_as(width=390)
    phone.goto(code_at(desk, draft))
    phone.wait_for_load_state("networkidle")
    with quicker_than(phone, "**/js/phone*.js"):
        with phone.expect_request("**/js/phone*.js"):
            phone.get_by_role("button", name="Connect this phone").click(no_wait_after=True)
        phone.get_by_label("Take a picture").set_input_files(SEED / "fig1.jpg")
    expect(phone.locator("[data-summary]")).to_have_text("1 of 1 added. ")
    expect(desk.locator(".picture")).to_have_count(1)


def test_a_second_phone_and_an_ended_link_are_told_what_to_do(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    desk, phone, second = open_as(clinician), open_as(width=390), open_as(width=390)
    link = code_at(desk, draft)
    phone.goto(link)
    phone.get_by_role("button", name="Connect this phone").click()
    second.goto(link)
    second.get_by_role("button", name="Connect this phone").click()
    expect(second.get_by_role("alert")).to_contain_text("a code is good for one phone. Make a new code")
    desk.get_by_role("button", name="End it now").click()
    expect(desk.get_by_role("button", name="Take pictures with a phone")).to_be_visible()
    phone.get_by_label("Take a picture").set_input_files(SEED / "fig1.jpg")
    expect(phone.locator(".upload-list .lack")).to_contain_text("This link was ended. Make a new code at the computer.")
    assert draft.images.count() == 0  # type: ignore[attr-defined]
