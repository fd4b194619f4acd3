"""Each role sees its own work, and nothing of the others'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from tests import factories

OPEN = Callable[..., Page]

CHART = ("Today", "Schedule", "Encounters", "Patients")
BILLING = (
    *("Visits to verify", "Ready to bill", "Outbox", "Worklist", "Remittances", "Appeals", "Deadlines", "Write-offs"),
)
SEEN = {
    Role.CLINICIAN: (*CHART, "Amendments", "Phrases", "Worklist", "Codes", "Rules"),
    Role.ASSISTANT: (*CHART, "Phrases", "Worklist", "Codes", "Rules"),
    Role.BILLER: (*CHART, *BILLING, "Payers & policies", "Codes", "Rules"),
    Role.MANAGER: (
        *(*CHART, "Amendments", *BILLING, "Denial dashboard", "Passed over", "Payers & policies", "Codes", "Rules"),
        *("Bring data in", "Check all claims", "System", "Retention", "Audit trail"),
    ),
    Role.ADMINISTRATOR: (
        *("Worklist", "Codes", "Rules", "Set-up", "Practice", "People", "System", "Retention", "Full export"),
        "Audit trail",
    ),
}
"""What stands in the navigation of each role."""


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_own_navigation_and_every_entry_opens(people: Any, open_as: OPEN, role: Role) -> None:
    page = open_as(people[role])
    page.goto("/")
    menu = page.get_by_role("navigation", name="Main")
    entries = menu.get_by_role("listitem").get_by_role("link")
    names = [name.strip().split("\n")[0] for name in entries.all_inner_texts()]
    assert tuple(names) == SEEN[role]
    for name, address in zip(names, [e.get_attribute("href") for e in entries.all()], strict=True):
        answer = page.goto(str(address))
        assert answer is not None
        assert answer.status == 200, name
        expect(menu.locator("[aria-current=page]")).to_contain_text(name)


def test_an_administrator_sees_no_chart(people: Any, open_as: OPEN) -> None:
    packet = factories.sealed_packet(by=people[Role.BILLER])
    claim = packet.claim
    encounter, patient = claim.encounter, claim.encounter.patient
    image = encounter.images.first()
    page = open_as(people[Role.ADMINISTRATOR])
    page.goto("/")
    expect(page.get_by_role("searchbox", name="Find a page")).to_be_visible()
    addresses = f"""
        /patients/ /patients/{patient}/ /encounters/ /encounters/{encounter}/ /claims/ /claims/{claim}/
        /packets/{packet}/ /packets/{packet}/pdf/ /packets/{packet}/pages/1/ /today/ /ready-to-bill/
        /encounters/{encounter}/images/{image.pk}/screen/ /encounters/{encounter}/images/{image.pk}/original/
    """
    for address in addresses.split():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403, address
        expect(page.get_by_role("heading", level=1)).to_have_text("Your role does not open this page.")
        assert patient.last_name not in page.content()


def test_a_biller_reads_the_record_and_cannot_change_it(people: Any, open_as: OPEN) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    page = open_as(people[Role.BILLER])
    page.goto(f"/encounters/{draft}/")
    expect(page.get_by_role("heading", name="1 Justification")).to_be_visible()
    for name in ("Continue documenting", "Fix"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    answer = page.goto(f"/encounters/{draft}/justification/")
    assert answer is not None
    assert answer.status == 403


def test_an_assistant_prepares_and_does_not_sign(people: Any, open_as: OPEN) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    page = open_as(people[Role.ASSISTANT])
    page.goto(f"/encounters/{draft}/sign/")
    expect(page.get_by_label("Your password")).to_have_count(0)
    button = page.get_by_role("button", name="Sign and lock")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#why-not")).to_contain_text("Only Casey Example, DDS can sign this record")


def test_a_clinician_follows_the_claim_and_does_not_bill(people: Any, open_as: OPEN) -> None:
    claim = factories.claim_at(by=people[Role.BILLER])
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/claims/{claim}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Claim {claim}")
    for name in ("Mark ready", "Build packet", "Hold"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="Edit lines")).to_have_count(0)
