"""The manager's Monday: twenty denials are looked at and given out, and each card of the week is dealt with.

Every press and choice is counted. The week is done when no denial is without somebody who works on it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.models import Claim, Denial, OwnRule
from claims.services.offers import look
from claims.services.recount import keep_check
from documentation.kernel.permissions import Role
from documentation.models import User
from tests import factories
from tests.browser.conftest import CountOf
from tests.browser.hands import Hand
from tests.claims import answered

pytestmark = pytest.mark.every_engine

DENIALS = 20
MOST = 9
TODAY = factories.TODAY


@pytest.fixture
def monday(people: Any) -> list[Claim]:
    """Twenty denials of three payers that are nobody's; one ends this week, one is stuck; a payer that is silent."""
    rows = []
    for n in range(DENIALS):
        came = TODAY - timedelta(20 if n == 1 else n % 5)
        row = answered.claim(came - timedelta(30), of=("Summit", "Northern", "Delta")[n % 3], transport="sent")
        packet = answered.sent(row, came - timedelta(28)).packet
        given = answered.answer(row, came, "denied", denied="850.00")
        row_denial = answered.denial(given, ("bundling", "documentation")[n % 2], "850.00", packet=packet)
        if n == 0:
            answered.appeal(row_denial, due=TODAY + timedelta(3))
        rows.append(row)
    waits = answered.claim(TODAY - timedelta(60), of="Slow", transport="sent")
    answered.sent(waits, TODAY - timedelta(50))
    look(day=TODAY, at=factories.AT)
    keep_check(at=factories.AT)
    return rows


def test_twenty_denials_in_nine_actions(monday: list[Claim], people: Any, open_as: Any, count_of: CountOf) -> None:
    page: Page = open_as(people[Role.MANAGER])
    page.goto("/dashboard/")
    hand = Hand(page)
    expect(page.get_by_text("20 denied claims are unassigned")).to_be_visible()

    hand.press("Hand them out", "link")
    expect(page.get_by_role("heading", level=1)).to_contain_text("20 claims")
    hand.choose(f"{monday[5].number} goes to", people[Role.MANAGER].display_name)
    hand.press("Hand over 20 claims")
    expect(page.get_by_text("20 claims were handed out. No denial is unassigned.")).to_be_visible()
    expect(page.get_by_text("Done: no denial is unassigned")).to_be_visible()

    card(page, hand, "Which money’s clock ends this week?", "See these claims")
    expect(page.get_by_role("link", name=monday[0].number)).to_be_visible()
    hand.press("Denials", "link", within=page.locator(".page-head"))

    card(page, hand, "What is stuck longer than 7 days?", "See what is stuck")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Stuck for more than 7 days · 1 claim")
    hand.press("Denials", "link", within=page.locator(".page-head"))

    card(page, hand, "Which rule would have prevented denials?", "Adopt it", "button")
    expect(page.get_by_text("is adopted and in force from today.")).to_be_visible()

    card(page, hand, "Which payer is to be called?", "See what to ask")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Without an answer for too long · 1 claim · $850.00")

    count_of(hand, "The week of a manager, 20 denials", MOST)
    everybody_has_something(monday, people)


def card(page: Page, hand: Hand, question: str, action: str, kind: str = "link") -> None:
    hand.press(action, kind, within=page.locator(".week-card").filter(has_text=question))


def everybody_has_something(monday: list[Claim], people: dict[Role, User]) -> None:
    owners = dict(Claim.objects.filter(pk__in=[row.pk for row in monday]).values_list("pk", "owner"))
    assert owners[monday[5].pk] == people[Role.MANAGER].pk
    assert all(owners.values())
    assert OwnRule.objects.get().status == "adopted"
    assert Denial.objects.filter(claim__owner=None).count() == 0
    assert sum(row.total for row in monday) == DENIALS * Decimal(850)


def test_a_chart_of_many_months_begins_with_the_newest(people: Any, open_as: Any) -> None:
    for months in (30, 1):
        row = answered.claim(TODAY - timedelta(30 * months), transport="sent")
        answered.sent(row, TODAY - timedelta(30 * months - 2))
        answered.answer(row, TODAY - timedelta(30 * months - 10), "denied", denied="850.00")
    page: Page = open_as(people[Role.MANAGER])
    page.goto(f"/dashboard/?from={TODAY - timedelta(930):%Y-%m-%d}&to={TODAY:%Y-%m-%d}")
    charts = page.get_by_role("list", name="Months")
    expect(charts).to_have_count(2)
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        expect(chart.get_by_role("listitem").last).to_be_in_viewport()
        expect(chart.get_by_role("listitem").first).not_to_be_in_viewport()
