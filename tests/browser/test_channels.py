"""A biller chooses a channel, sees that the packet fits, and seals it with the channel's files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from claims.models import Packet
from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.hands import press
from tests.browser.test_accessibility import axe


def test_a_channel_is_chosen_tried_and_sealed(people: Any, open_as: Callable[..., Page]) -> None:
    claim = factories.claim_at(by=people[Role.BILLER], preparation="ready")
    page = open_as(people[Role.BILLER])
    page.goto(f"/claims/{claim.number}/")
    page.get_by_role("link", name="Will it fit?", exact=True).click()

    page.get_by_label("Dentrix Ascend").check()
    page.get_by_role("button", name="Will it fit?").click()
    fit = page.locator("#fit")
    expect(fit).to_contain_text("It fits")
    expect(fit).to_contain_text("of 10")
    expect(fit).to_contain_text("the limit is not known")
    expect(page.get_by_text(f"{claim.number}-01-cover-p1.jpg", exact=True)).to_be_visible()
    assert axe(page) == []
    assert not Packet.objects.exists()

    press(page, "Seal for Dentrix Ascend")
    expect(page.get_by_role("heading", name="As it leaves: Dentrix Ascend")).to_be_visible()
    with page.expect_download() as folder:
        page.get_by_role("link", name="Download the folder").click()
    packet = Packet.objects.get()
    assert folder.value.suggested_filename == f"{claim.number}-{packet.number}-dentrix_ascend.zip"
    assert axe(page) == []
