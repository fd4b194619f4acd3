"""Live capture: frozen by button, key and pedal, kept while the network is gone, each still stored once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter, EncounterImage
from tests import factories
from tests.browser.conftest import Clock, session_of
from tests.browser.hands import until

OPEN = Callable[..., Page]


@pytest.fixture
def clinician(people: Any) -> Any:
    return people[Role.CLINICIAN]


@pytest.fixture
def draft(clinician: Any) -> Encounter:
    return factories.drafted(treating=clinician.clinician, with_images=False)


def camera_of(page: Page, encounter: Encounter) -> Page:
    page.goto(f"/encounters/{encounter.number}/images/camera/")
    expect(page.get_by_role("button", name="Freeze")).to_be_enabled()
    until(page, "document.querySelector('video').videoWidth > 0")
    return page


def next_frame(page: Page) -> None:
    """Wait until the camera shows another picture: the same one twice in an encounter is refused."""
    page.evaluate("""() => new Promise((done) => {
      const video = document.querySelector("video");
      video.requestVideoFrameCallback(() => video.requestVideoFrameCallback(done));
    })""")


def stills(page: Page) -> Locator:
    return page.locator(".still")


def names(encounter: Encounter) -> list[str]:
    return list(EncounterImage.objects.filter(encounter=encounter).values_list("original_name", flat=True))


def test_three_stills_with_the_network_gone_in_between_arrive_once_and_in_order(
    draft: Encounter, clinician: Any, open_as: OPEN, clock: Clock, heard: Any
) -> None:
    page = camera_of(open_as(clinician), draft)
    page.keyboard.press("Space")
    expect(stills(page).filter(has_text="Still 1")).to_contain_text("Sent: figure 1")
    page.context.set_offline(True)
    began = clock.now()
    page.get_by_role("button", name="Freeze").click()
    next_frame(page)
    page.keyboard.press("Enter")
    expect(stills(page).filter(has_text="Still 2")).to_contain_text("Kept here. The connection broke off")
    expect(page.locator("[data-save-text]")).to_have_text("2 stills kept here, not sent yet: leave this page open")
    assert names(draft) == ["still-01.jpg"]

    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_event("dialog"):
        page.evaluate("location.reload()")
    assert asked == ["beforeunload"]

    frozen_by = clock.now()
    page.context.set_offline(False)
    expect(page.locator("[data-save-text]")).to_have_text("Every still is stored")
    expect(stills(page).filter(has_text="Still 3")).to_contain_text("Sent: figure 3")
    assert names(draft) == ["still-01.jpg", "still-02.jpg", "still-03.jpg"]
    second = EncounterImage.objects.get(encounter=draft, original_name="still-02.jpg")
    assert second.captured_at is not None
    assert began - timedelta(seconds=2) <= second.captured_at <= frozen_by < second.uploaded_at
    assert second.original.media_type == "image/jpeg"
    heard.complaints = [c for c in heard.complaints if "ERR_INTERNET_DISCONNECTED" not in c]


def test_a_still_is_discarded_before_it_leaves(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = camera_of(open_as(clinician), draft)
    page.clock.install()
    page.clock.pause_at(datetime.now() + timedelta(hours=1))  # they leave after four seconds, which may pass here
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    expect(stills(page)).to_have_count(2)
    page.keyboard.press("Backspace")
    expect(stills(page)).to_have_count(1)
    page.get_by_role("button", name="Discard still 1").click()
    expect(stills(page)).to_have_count(0)
    page.clock.resume()
    page.keyboard.press("Space")
    page.get_by_role("link", name=re.compile("^Done")).click()
    expect(page.locator(".picture")).to_have_count(1)
    assert names(draft) == ["still-03.jpg"]


ENCODED_SLOWLY = """
  const encode = HTMLCanvasElement.prototype.toBlob;
  HTMLCanvasElement.prototype.toBlob = function (...given) { setTimeout(() => encode.apply(this, given), 2000); };
"""


def test_a_still_that_is_not_encoded_yet_comes_along_when_the_page_is_left(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    page = open_as(clinician)
    page.add_init_script(ENCODED_SLOWLY)
    camera_of(page, draft).keyboard.press("Space")
    page.get_by_role("link", name=re.compile("^Done")).click()
    expect(page.locator(".picture")).to_have_count(1)
    assert names(draft) == ["still-01.jpg"]


def test_a_pedal_is_taught_by_pressing_it_and_known_for_the_session(
    draft: Encounter, clinician: Any, open_as: OPEN
) -> None:
    page = camera_of(open_as(clinician), draft)
    page.get_by_role("button", name="Use a foot pedal").click()
    with page.expect_response("**/images/camera/"):
        page.keyboard.press("F9")
    expect(page.locator("[data-keys]")).to_contain_text("the pedal (F9)")
    page = camera_of(page, draft)
    page.keyboard.press("F9")
    expect(stills(page)).to_have_count(1)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_stills_outlive_a_session_that_ended(draft: Encounter, clinician: Any, open_as: OPEN, live_server: Any) -> None:
    page = camera_of(open_as(clinician), draft)
    page.context.clear_cookies()
    page.keyboard.press("Space")
    expect(stills(page)).to_contain_text("You were signed out. Sign in again in another tab")
    page.context.add_cookies([session_of(clinician, live_server.url)])
    expect(stills(page)).to_contain_text("Sent: figure 1")
    assert names(draft) == ["still-01.jpg"]


def fails(name: str) -> str:
    return f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{name}'))"


INSECURE = """
  Object.defineProperty(navigator, "mediaDevices", {});
  Object.defineProperty(window, "isSecureContext", { value: false });
"""


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (fails("NotFoundError"), "No camera is connected."),
        (fails("NotAllowedError"), "The browser was not allowed to use the camera."),
        (fails("NotReadableError"), "Another program holds the camera."),
        (INSECURE, "Browsers open a camera only on a secure address"),
    ],
)
def test_why_there_is_no_picture_is_said(
    draft: Encounter, clinician: Any, open_as: OPEN, state: str, sentence: str
) -> None:
    page = open_as(clinician)
    page.add_init_script(state)
    page.goto(f"/encounters/{draft.number}/images/camera/")
    expect(page.locator("[data-said]")).to_contain_text(sentence)
    expect(page.get_by_role("button", name="Freeze")).to_be_disabled()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_the_camera_is_let_go_when_the_page_is_left(draft: Encounter, clinician: Any, open_as: OPEN) -> None:
    page = camera_of(open_as(clinician), draft)
    page.evaluate("""() => {
      const [track] = document.querySelector("video").srcObject.getTracks();
      window.track = track;
      dispatchEvent(new PageTransitionEvent("pagehide"));
    }""")
    assert page.evaluate("track.readyState") == "ended"
