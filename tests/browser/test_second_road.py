"""The second road, in the browser alone: a ready claim is sent, denied for CO-50 with N706, appealed, won and counted.

Every press, choice and entry is counted: what takes more than it must is a tax on each day.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.models import Appeal, Claim, ClaimFigures
from claims.services import recount
from documentation.kernel.permissions import Role
from tests import factories
from tests.browser.conftest import CountOf
from tests.browser.hands import Hand
from tests.claims.views.test_remittances import check_of

pytestmark = pytest.mark.every_engine

FROM_READY_TO_SENT = 7
FROM_DENIED_TO_APPEAL_SENT = 8


def test_the_second_road(open_as: Any, people: Any, count_of: CountOf) -> None:
    biller, manager = people[Role.BILLER], people[Role.MANAGER]
    claim = factories.claim_at(preparation="ready", by=biller)
    desk, office = open_as(biller), open_as(manager)

    send(desk, claim, count_of)
    assert numbers(office) == {"Initial denial rate": "—", "Dollars at risk": "$0", "Appeals overturned": "—"}

    answer(desk, claim, "0", (("CO", "50", "850"),), "N706", trace="CHK1")
    expect(desk.get_by_text("Opens a denial of $850.00: medical necessity")).to_be_visible()
    desk.get_by_role("button", name="Post this check").click()
    expect(desk.get_by_text("The check is posted.")).to_be_visible()
    assert numbers(office) == {"Initial denial rate": "1 of 1", "Dollars at risk": "$850", "Appeals overturned": "—"}

    appeal(desk, claim, count_of)
    assert numbers(office)["Dollars at risk"] == "$850"

    answer(desk, claim, "850", (), "MA91", trace="CHK2")
    expect(desk.get_by_text("Decides appeal 1")).to_be_visible()
    desk.get_by_role("button", name="Post this check").click()
    expect(desk.get_by_text("The check is posted.")).to_be_visible()
    desk.goto(f"/claims/{claim}/")
    expect(desk.locator(".page-meta")).to_contain_text("Paid")
    assert numbers(office) == {"Initial denial rate": "1 of 1", "Dollars at risk": "$0", "Appeals overturned": "1 of 1"}
    the_number_opens_the_claim(office, claim)
    the_rows_agree(claim)


def send(page: Page, claim: Claim, count_of: CountOf) -> None:
    page.goto(f"/claims/{claim}/")
    hand = Hand(page)
    hand.press("Build packet")
    hand.press(claim.number, "link")
    hand.chip("Sent by", "Payer portal")
    hand.chip("Proof", "Portal or clearinghouse receipt")
    hand.write("Number on the proof", "R-8812")
    hand.press("Record as sent")
    expect(page.get_by_text(f"{claim} is recorded as sent.")).to_be_visible()
    count_of(hand, "A ready claim is sent", FROM_READY_TO_SENT)
    page.goto("/worklist/?queue=waiting")
    expect(page.get_by_role("link", name=claim.number)).to_be_visible()


def answer(
    page: Page, claim: Claim, paid: str, reasons: tuple[tuple[str, str, str], ...], remark: str, *, trace: str
) -> None:
    """The payer's check arrives as a file."""
    segments = [
        f"CLP*{claim.number}*1*850*{paid}*0*12*ICN-77120",
        f"NM1*QC*1*DOE*ALEX****MI*{claim.coverage.member_id}",
        f"SVC*AD:D0371*850*{paid}",
        f"DTM*472*{claim.service_date:%Y%m%d}",
        *(f"CAS*{g}*{code}*{amount}" for g, code, amount in reasons),
        f"REF*6R*{claim.number}-1",
        f"LQ*HE*{remark}",
    ]
    day = factories.TODAY
    file = check_of("~".join(segments), amount=paid, trace=trace).replace(b"20261105", f"{day:%Y%m%d}".encode())
    page.goto("/remittances/import/")
    page.locator("input[type=file]").set_input_files({"name": "week.835", "mimeType": "text/plain", "buffer": file})
    page.get_by_role("button", name="Take them in").click()
    expect(page.get_by_text("every one matches a claim")).to_be_visible()


def appeal(page: Page, claim: Claim, count_of: CountOf) -> None:
    page.goto("/worklist/")
    page.get_by_role("link", name=claim.number).click()
    expect(page.get_by_text("Not medically necessary, the payer says (CO-50)")).to_be_visible()
    hand = Hand(page)
    hand.press("Start appeal")
    letter = page.locator(".letter-sheet")
    expect(letter).to_contain_text("12 mm from the papilla")
    expect(letter.locator(".receipt", has_text="Figure 1").first).to_be_visible()
    expect(letter.locator(".gap")).to_have_count(0)
    expect(page.get_by_text("Nothing is new: the payer has seen all of this.").first).to_be_visible()
    hand.write("Why send it all the same?", "They overlooked figure 1.")
    hand.press("Seal the appeal packet")
    expect(page.get_by_text("The appeal is sealed.")).to_be_visible()
    hand.press("Record as sent", "link")
    hand.chip("Sent by", "Mail")
    hand.chip("Proof", "Tracking number")
    hand.write("Number on the proof", "9400 1000 0000 0000")
    hand.press("Record as sent")
    expect(page.get_by_text("The appeal is recorded as sent.")).to_be_visible()
    count_of(hand, "A denial is appealed and the appeal sent", FROM_DENIED_TO_APPEAL_SENT)
    page.goto("/appeals/?stage=sent")
    expect(page.get_by_role("link", name=claim.number)).to_be_visible()


def numbers(page: Page) -> dict[str, str]:
    """What the manager reads."""
    page.goto("/dashboard/")
    shown = ("Initial denial rate", "Dollars at risk", "Appeals overturned")
    if page.get_by_text("Nothing was sent yet").count():
        return dict.fromkeys(shown, "")
    tiles = {label: page.locator(".tile").filter(has_text=label).locator(".tile-value") for label in shown}
    return {label: tile.inner_text() for label, tile in tiles.items()}


def the_number_opens_the_claim(page: Page, claim: Claim) -> None:
    page.goto("/dashboard/")
    page.locator(".tile").filter(has_text="Appeals overturned").locator("a.tile-value").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Overturned on appeal · 1 claim · \$850\.00"))
    expect(page.get_by_role("link", name=claim.number)).to_be_visible()


def the_rows_agree(claim: Claim) -> None:
    row = Appeal.objects.get()
    assert (row.outcome, row.recovered, row.claim) == ("overturned_full", claim.total, claim)
    assert ClaimFigures.objects.get(pk=claim.pk).recovered == claim.total
    assert recount.differences() == (1, 0)
