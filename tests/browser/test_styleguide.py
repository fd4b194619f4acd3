"""Every component in every state: axe finds nothing, at each width, in light and in dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import include, path
from playwright.sync_api import Page, expect

from documentation.views import styleguide

urlpatterns = [path("styleguide/", styleguide.show, name="styleguide"), path("", include("config.urls"))]


@pytest.fixture
def guide(live_server: Any, page: Page, client: Client, django_user_model: Any, settings: Any) -> str:
    """The address of the style guide, with somebody logged in who may see it."""
    settings.DEBUG = True
    settings.ROOT_URLCONF = __name__
    client.force_login(django_user_model.objects.create_user(username="alex", role="clinician"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return f"{live_server.url}/styleguide/"


@pytest.mark.parametrize("width", [1440, 768, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(guide: str, page: Page, width: int, theme: Any) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(color_scheme=theme)
    page.goto(guide)
    expect(page.locator("h1")).to_contain_text("Style guide")
    found = Axe().run(page).response["violations"]
    assert [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert complaints == []


def test_a_step_that_matters_asks_first(guide: str, page: Page) -> None:
    page.goto(guide)
    page.get_by_role("button", name="Discard", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Discard the packet?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_fix_link_lands_on_the_field(guide: str, page: Page) -> None:
    page.goto(f"{guide}#id_relevance")
    expect(page.locator("#id_relevance").first).to_be_focused()


def test_the_menu_opens_on_a_small_screen(guide: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(guide)
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
