"""A biller works the worklist by its keys, and hands several claims over at once: preview, then what became of each."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from claims.models import Claim
from claims.services import work
from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.hands import Hand
from tests.browser.test_accessibility import axe


def test_by_keys_to_several_claims_and_what_became_of_each(open_as: Any, people: Any) -> None:
    biller, manager = people[Role.BILLER], people[Role.MANAGER]
    first, second, third = (factories.claim_at(by=biller) for _ in range(3))
    work.assign(third, manager, by=biller, at=factories.AT)
    page: Page = open_as(biller)
    page.goto("/worklist/?queue=to_prepare&scope=all&order=oldest")
    numbers = page.locator("[data-open]")
    expect(numbers).to_have_text([first.number, second.number, third.number])
    told = page.locator("[data-chosen]")

    # Down and up, never past an end; each row that is marked has its link in focus.
    for key, at in (("j", 0), ("k", 0), ("j", 1), ("j", 2), ("j", 2)):
        page.keyboard.press(key)
        expect(numbers.nth(at)).to_be_focused()
        expect(page.locator("[data-here]")).to_have_count(1)
    page.keyboard.press("x")
    expect(told).to_have_text("1 claim chosen.")
    page.keyboard.press("x")
    expect(told).to_have_text("Tick claims, then choose what to do with them.")
    # In a box, Enter opens its row and sends nothing.
    page.get_by_label(f"Choose {second.number}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Claim {second.number}")
    page.go_back()
    expect(numbers).to_have_count(3)

    for key in "jxjxjx":
        page.keyboard.press(key)
    expect(told).to_have_text("3 claims chosen.")
    hand = Hand(page)
    hand.press("Hand over")
    hand.choose("Who works on it", manager.display_name)
    hand.write("Note for them", "They want the images first.")
    hand.press("Preview")
    expect(page.get_by_role("row", name=third.number)).to_contain_text(f"It is with {manager.display_name} already.")
    assert axe(page) == []
    assert Claim.objects.filter(owner=manager).count() == 1

    # Meanwhile a colleague takes one of them: it is left to them.
    work.take(second, None, by=biller, at=factories.AT)
    hand.press("Hand over: 2 claims")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 claim handed over")
    for claim, became in ((first, "Done"), (second, f"It was given to {biller.display_name}"), (third, "Not done")):
        expect(page.get_by_role("row", name=claim.number)).to_contain_text(became)
    assert axe(page) == []
    owners = dict(Claim.objects.values_list("pk", "owner"))
    assert owners == {first.pk: manager.pk, second.pk: biller.pk, third.pk: manager.pk}
    hand.press("Back to the worklist", "link")
    expect(page.locator("[data-rows] caption")).to_have_text("To prepare")
