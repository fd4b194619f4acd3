"""Two people have one draft open, in two browsers: each sees the other come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter, Presence
from documentation.views import presence
from tests import factories
from tests.browser.hands import write
from tests.browser.test_accessibility import axe

pytestmark = pytest.mark.every_engine

OPEN = Callable[..., Page]


@pytest.fixture
def draft(people: Any) -> Encounter:
    return factories.drafted(treating=people[Role.CLINICIAN].clinician)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages tell of themselves each half second instead of every twenty."""
    monkeypatch.setattr(presence, "EVERY_MS", 500)


def section(encounter: Encounter, key: str) -> str:
    return f"/encounters/{encounter.number}/{key}"


def test_each_sees_the_other_come_and_go(draft: Encounter, people: Any, open_as: OPEN) -> None:
    clinician, assistant = people[Role.CLINICIAN], people[Role.ASSISTANT]
    first, second = open_as(clinician), open_as(assistant)
    first.goto(section(draft, "plan/"))
    here = first.locator("#presence")
    expect(here).to_have_text("only you are editing")
    second.goto(section(draft, "findings/"))
    expect(here).to_have_text(f"{assistant.display_name} is in Findings")
    expect(second.locator("#presence")).to_have_text(f"{clinician.display_name} is in Plan of care")
    second.goto(section(draft, "images/"))
    expect(here).to_have_text(f"{assistant.display_name} is in Images")
    second.goto("/today/")
    expect(here).to_have_text("only you are editing")
    assert [p.user for p in Presence.objects.filter(encounter=draft, is_left=False)] == [clinician]


def test_whoever_signs_is_told_who_is_still_there(draft: Encounter, people: Any, open_as: OPEN) -> None:
    first, second = open_as(people[Role.CLINICIAN]), open_as(people[Role.ASSISTANT])
    first.goto(section(draft, "sign/"))
    expect(first.locator("#presence-note")).to_have_text("")
    second.goto(section(draft, "plan/"))
    expect(first.locator("#presence-note")).to_contain_text(
        f"{people[Role.ASSISTANT].display_name} still has this open."
    )
    assert axe(first) == []
    write(first, "Your password", "a long password of Casey")
    first.get_by_role("button", name="Sign and lock", exact=True).click()
    expect(first.get_by_text("Signed and locked.")).to_be_visible()
    expect(second.locator("#presence")).to_have_text(
        "Meanwhile this record is signed. What is typed here can no longer be saved."
    )


def test_a_closed_tab_is_gone_at_once(draft: Encounter, people: Any, open_as: OPEN) -> None:
    first, second = open_as(people[Role.CLINICIAN]), open_as(people[Role.ASSISTANT])
    first.goto(section(draft, "plan/"))
    second.goto(section(draft, "visit/"))
    expect(first.locator("#presence")).to_contain_text("is in Visit")
    second.close(run_before_unload=True)
    expect(first.locator("#presence")).to_have_text("only you are editing")


def test_without_a_script_the_page_says_who_was_there(draft: Encounter, people: Any, open_as: OPEN) -> None:
    first, second = (open_as(people[r], java_script_enabled=False) for r in (Role.CLINICIAN, Role.ASSISTANT))
    first.goto(section(draft, "plan/"))
    second.goto(section(draft, "findings/"))
    expect(second.locator("#presence")).to_have_text(f"{people[Role.CLINICIAN].display_name} is in Plan of care")
