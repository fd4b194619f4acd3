"""A biller sends claims: to a clearinghouse's folder until its answer comes, and through a portal with copy keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.models import TransmittedClaim
from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.hands import press
from tests.browser.test_accessibility import axe
from tests.claims import papers

SAMPLE = (Path(__file__).parents[1] / "claims" / "edi" / "samples" / "worked.277CA").read_text()


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    place = tmp_path / "clearinghouse"
    place.mkdir()
    settings.WAYS_OUT = {**settings.WAYS_OUT, "CLEARINGHOUSE_FOLDER": str(place)}
    return place


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    papers.plain_packets(monkeypatch)


def test_from_ready_by_the_clearinghouse_to_accepted(
    people: Any, open_as: Callable[..., Page], folder: Path, tmp_path: Path
) -> None:
    biller = people[Role.BILLER]
    claim = factories.sealed_packet(by=biller).claim
    draft = factories.claim_at(by=biller)
    page = open_as(biller)
    page.goto("/ready-to-bill/")
    expect(page.get_by_label(f"Choose {draft.number}")).to_have_count(0)
    box = page.get_by_label(f"Choose {claim.number}")
    box.click()  # the link of the row lies around it, never over it
    box.focus()
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    page.keyboard.press("Space")
    press(page, "Send the chosen…")
    expect(page.get_by_role("heading", name="Send 1 claim?")).to_be_visible()
    expect(page.get_by_label(f"Way out of {claim.number}")).to_have_value("folder")
    assert axe(page) == []
    assert list(folder.iterdir()) == []

    page.get_by_role("button", name="Send", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 claim sent")).to_be_visible()
    assert axe(page) == []
    sent = TransmittedClaim.objects.get()
    assert (folder / f"{sent.transmission.interchange:09d}.837").exists()
    page.goto("/outbox/")
    expect(page.get_by_text("Handed over")).to_be_visible()
    assert axe(page) == []

    answer = tmp_path / "answer.277"
    answer.write_text(SAMPLE.replace("C000101", sent.control))
    page.goto("/remittances/import/")
    page.locator('input[type="file"]').first.set_input_files(answer)
    press(page, "Take them in")
    expect(page.get_by_text(claim.number).first).to_be_visible()
    page.goto(f"/claims/{claim.number}/")
    expect(page.locator("#sending")).to_contain_text("Accepted")
    expect(page.locator("#sending")).to_contain_text("Listing after the files were laid down")


def test_through_a_portal_with_copy_keys_to_its_confirmation_number(people: Any, open_as: Callable[..., Page]) -> None:
    biller = people[Role.BILLER]
    claim = factories.sealed_packet(by=biller).claim
    page = open_as(biller)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/claims/{claim.number}/")
    page.locator("#sending").get_by_role("link", name="Payer portal").click()
    expect(page.get_by_role("heading", name="1. Take the files")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Copy Member ID").click()
    expect(page.locator("#toasts")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == claim.coverage.member_id
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download all").click()
    assert taken.value.suggested_filename == f"{claim.number}-portal.zip"

    page.get_by_role("link", name="Record as sent").click()
    expect(page.get_by_label("Portal or clearinghouse receipt")).to_be_checked()
    page.get_by_label("Number on the proof").fill("AV-20261106-0371")
    press(page, "Record as sent")
    expect(page.locator("#sending")).to_contain_text("AV-20261106-0371")
