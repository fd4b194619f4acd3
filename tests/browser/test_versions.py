"""A mistake after the signature, in the browser alone: unlocked, mended, signed again, and both versions are read."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter
from documentation.queries.encounters import facts_of, with_record
from tests import factories
from tests.browser.conftest import PASSWORD
from tests.browser.hands import card, press, saved, write

REASON = "The pain was noted for the other side."


def test_a_signed_record_is_unlocked_mended_and_signed_again(people: Any, open_as: Any) -> None:
    casey = people[Role.CLINICIAN]
    first = factories.signed_encounter(treating=casey.clinician)
    page = open_as(casey)

    unlock(page, first)
    second = Encounter.objects.get(previous=first)
    expect(card(page, "What changed since version 1")).to_contain_text("word for word what version 1 says")

    page.goto(f"/encounters/{second}/justification/")
    write(page, "Worst pain", "8")
    saved(page)
    page.goto(f"/encounters/{second}/sign/")
    changed = card(page, "What changed since version 1").get_by_role("row").filter(has_text="Pain")
    expect(changed.get_by_role("cell")).to_have_text(["3", "8"])
    write(page, "Your password", PASSWORD)
    press(page, "Sign version 2 and replace version 1")
    expect(page.get_by_text("Version 2 is signed and locked.")).to_be_visible()
    expect(changed.get_by_role("cell")).to_have_text(["3", "8"])

    card(page, "Versions").get_by_role("link", name="Version 1").click()
    expect(page.get_by_text("This version was replaced.")).to_be_visible()
    expect(page.locator("#part-justification")).to_contain_text(re.compile(r"Pain\s*3"))
    page.get_by_role("link", name="Read version 2").click()
    expect(page.locator("#part-justification")).to_contain_text(re.compile(r"Pain\s*8"))
    assert [(v.status, facts_of(v).justification.pain) for v in with_record().order_by("version")] == [
        ("superseded", 3),
        ("signed", 8),
    ]


def test_an_unlock_by_mistake_is_undone_with_one_question(people: Any, open_as: Any) -> None:
    casey = people[Role.CLINICIAN]
    first = factories.signed_encounter(treating=casey.clinician)
    page = open_as(casey)
    unlock(page, first)

    press(page, "Abandon this version")
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("The signed version goes on as it was")
    press(asked, "Cancel")
    expect(page.get_by_text("Version 2, not signed yet.")).to_be_visible()
    press(page, "Abandon this version")
    press(asked, "Abandon this version")
    expect(page.get_by_text("Version 2 is abandoned.")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/encounters/{first}/$"))
    expect(page.get_by_role("link", name="Unlock to correct")).to_be_visible()


def unlock(page: Page, encounter: Encounter) -> None:
    page.goto(f"/encounters/{encounter}/")
    page.get_by_role("link", name="Unlock to correct").click()
    write(page, "Why it is opened again", REASON)
    write(page, "Your password", PASSWORD)
    press(page, "Unlock as version 2")
    expect(page.get_by_text("Version 2, not signed yet.")).to_be_visible()
