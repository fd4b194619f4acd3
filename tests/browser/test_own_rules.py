"""A manager builds a rule, tries it on what was answered, adopts it and retires it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from claims.models import OwnRule, OwnRuleTrial
from documentation.kernel.permissions import Role
from tests.browser.hands import chip, pick, press, write
from tests.browser.test_accessibility import axe
from tests.claims import answered


def test_a_manager_builds_tries_adopts_and_retires_a_rule(people: Any, open_as: Callable[..., Page]) -> None:
    denial = answered.denied_reference(by=people[Role.BILLER])
    page = open_as(people[Role.MANAGER])
    page.goto("/rules/")
    page.get_by_role("link", name="Build a rule").first.click()

    first, second = (page.get_by_role("group", name=f"Condition {n}", exact=True) for n in (1, 2))
    said = page.locator("#said")
    expect(said).to_contain_text("Choose what to ask of the claim.")
    first.get_by_label("What to ask").select_option(label="Pain")
    expect(first.get_by_label("How to compare")).to_be_visible()
    first.get_by_label("How to compare").select_option(label="is between")
    first.get_by_label("From", exact=True).fill("8")
    first.get_by_label("To", exact=True).fill("3")
    expect(said).to_contain_text("The range ends before it begins")
    first.get_by_label("From", exact=True).fill("1")
    expect(said).to_contain_text("Hold the claim when the pain is between 1 and 3.")
    press(page, "Add a condition")
    second.get_by_label("What to ask").select_option(label="Glands examined")
    second.get_by_label("Submandibular").check()
    expect(said).to_contain_text("and the list of glands examined includes “Submandibular”.")
    expect(said).to_contain_text("It can be tried on past claims.")
    assert axe(page) == []

    write(page, "Title", "Pain that is worth an endoscopy")
    write(page, "What is said", "The pain is low for an endoscopy.")
    write(page, "How to mend it", "Say in the justification why it was needed all the same.")
    pick(page, "The fix leads to", "Record: medical justification")
    pick(page, "Denial that it prevents", "Medical necessity")
    chip(page, "Severity", "Warning")
    press(page, "Save and try on past claims")

    trial = page.locator("#trial")
    expect(trial).to_contain_text("It would have stopped 1 that was denied, 0 that were paid.")
    trial.get_by_text("1 denied", exact=True).click()
    expect(trial.get_by_role("link", name=denial.claim.number)).to_be_visible()
    assert axe(page) == []
    press(page, "Adopt")
    expect(page.get_by_text("version 1 in force since")).to_be_visible()
    rule, counted = OwnRule.objects.get(), OwnRuleTrial.objects.get()
    assert (rule.status, counted.stopped_denied, counted.stopped_paid) == ("adopted", [denial.packet_id], [])

    page.goto(f"/claims/{denial.claim.number}/")
    expect(page.get_by_text("The pain is low for an endoscopy.")).to_be_visible()
    page.goto(f"/rules/own/{rule.pk}/")
    page.get_by_role("link", name="Retire…").click()
    write(page, "Why it is retired", "The payer pays these by now.")
    press(page, "Retire the rule")
    expect(page.get_by_text("Its id is never given to another rule.")).to_be_visible()
    page.goto(f"/claims/{denial.claim.number}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("The pain is low for an endoscopy.")).to_have_count(0)
