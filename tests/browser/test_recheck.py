"""The check of all claims drives itself while its page is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.models import RecheckRun
from claims.services import rechecks
from documentation.kernel.permissions import Role
from tests import factories


def test_the_page_goes_on_by_itself_until_every_claim_is_checked(
    people: Any, open_as: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        factories.claim_at(by=people[Role.BILLER])
    go_on = rechecks.go_on
    monkeypatch.setattr(rechecks, "go_on", lambda run, **rest: go_on(run, claims=1, **rest))
    page = open_as(people[Role.MANAGER])
    page.goto("/recheck/")
    page.get_by_label("What changed?").fill("The fee schedule")
    page.get_by_role("button", name="Check all open claims").click()
    expect(page.get_by_role("heading", name="Last check", exact=True)).to_be_visible()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    assert RecheckRun.objects.get().is_complete
