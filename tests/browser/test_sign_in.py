"""A person comes in through the front door, in a real browser, under the strict content security policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PASSWORD = "a long password of Alex"


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complained about: refused scripts and styles, missing files, errors."""
    heard: list[str] = []
    page.on("console", lambda message: message.type in {"error", "warning"} and heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def test_signing_in_and_out(page: Page, live_server, django_user_model, complaints) -> None:
    django_user_model.objects.create_user(username="alex", password=PASSWORD, role="clinician")
    page.goto(f"{live_server.url}/accounts/password/change/")
    expect(page).to_have_url(f"{live_server.url}/accounts/login/?next=/accounts/password/change/")
    assert Axe().run(page).violations_count == 0

    page.get_by_label("Username").fill("alex")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("username and/or password you specified are not correct")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("alex")

    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/accounts/password/change/")
    assert complaints == []
