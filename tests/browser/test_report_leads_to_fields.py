"""What the report misses is one click away: each line leads to its field, and goes when it is mended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from claims.rules import CATALOGUE as CLAIM_RULES
from claims.views.fixing import groups
from documentation.forms.sections import SECTIONS
from documentation.kernel.pending import Mark, Origin
from documentation.kernel.permissions import Role
from documentation.kernel.rule import Report, Result, Rule
from documentation.models import Encounter
from documentation.rules import CATALOGUE as RECORD_RULES
from documentation.services import encounters
from documentation.templatetags.ui import fix_url
from documentation.views.work import links_of
from tests import factories
from tests.browser.hands import add_row, chip, field, pick, pick_numbered, press, write

DRAWN = [s.key for s in SECTIONS if s.body] + ["images"]


def failed(rules: Iterable[Rule[Any]]) -> list[Result]:
    """Every rule as if it had failed."""
    return [
        Result(
            rule=rule.id,
            title=rule.title,
            severity=rule.severity,
            passed=False,
            cause=rule.prevents,
            field=rule.field,
            message=rule.message,
            fix=rule.fix,
        )
        for rule in rules
    ]


def lands(page: Page, element: str) -> None:
    """The cursor stands in the field with this id, or in the first of its fields, and it can be seen."""
    around = f"[id='{element}'], [id='{element}'] *, [id='div_{element}'] *"
    focused = page.locator(f":is({around}):focus")
    expect(focused).to_have_count(1)
    expect(focused).to_be_in_viewport()


def each_lands(page: Page, addresses: Iterable[str]) -> None:
    """Every address leads to a field of its page. A page is loaded once."""
    pages: dict[str, set[str]] = {}
    for address in addresses:
        path, _, element = address.partition("#")
        pages.setdefault(path, set()).add(element)
    for path, elements in pages.items():
        page.goto(f"{path}#{elements.pop()}")
        expect(page.locator("h1")).to_be_visible()
        for element in elements:
            page.evaluate("id => { document.activeElement.blur(); location.hash = id }", element)
            lands(page, element)


def test_every_rule_of_the_record_names_a_field_that_is_there(open_as: Any, people: Any) -> None:
    encounter = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    values = ("justification.pain", "procedure.anesthesia", "findings.findings.f1.type", "plan.follow_up_days")
    waiting = [Mark(path, Origin.LAST_VISIT, encounter.created_by_id, "2026-11-05T10:00:00Z") for path in values]
    waiting.append(replace(waiting[0], path="interpretation.quality"))
    Encounter.objects.filter(pk=encounter.pk).update(to_confirm=[mark.as_json() for mark in waiting])
    addresses = {result.rule: fix_url(result, links_of(encounter)) for result in failed(RECORD_RULES)}
    assert [rule for rule, address in addresses.items() if "#id_" not in address] == []
    each_lands(open_as(people[Role.CLINICIAN]), addresses.values())


def test_every_rule_of_the_claim_that_can_be_mended_names_a_field_that_is_there(open_as: Any, people: Any) -> None:
    biller = people[Role.BILLER]
    claim = factories.claim_at(by=biller)
    # a dental claim shows these fields only when something stands in them
    claim.lines.update(modifiers=["59"], comparator="42660", second_gland_reason="Both glands swell.")
    found = groups(claim, Report(tuple(failed(CLAIM_RULES))), biller, is_open=True)
    addresses = [line.url for group in found for line in group.lines if "#id_" in line.url]
    assert len(set(addresses)) > 20
    each_lands(open_as(biller), addresses)


@pytest.fixture
def bare(people: Any, open_as: Any) -> tuple[Page, str]:
    """A page for the clinician of a visit that was started and not documented, and the visit's address."""
    clinician = people[Role.CLINICIAN].clinician
    encounter = factories.planned_visit(treating=clinician)
    encounters.start(encounter, by=clinician.user, at=factories.AT)
    return open_as(people[Role.CLINICIAN]), f"/encounters/{encounter.number}/"


def here(page: Page) -> Locator:
    """What the report says of the section in hand."""
    return page.locator("#report .checks").first


@pytest.mark.parametrize("width", [1280, 390])
def test_each_missing_thing_is_a_click_away(bare: tuple[Page, str], width: int) -> None:
    page, address = bare
    page.set_viewport_size({"width": width, "height": 800})
    clicked = 0
    for key in DRAWN:
        page.goto(f"{address}{key}/")
        expect(page.locator("#report")).to_be_visible()
        if page.locator("#report .report-fine").count():  # nothing is missing here
            continue
        for link in here(page).locator("a.check-fix").all():
            target = (link.get_attribute("href") or "").partition("#")[2]
            link.click()
            lands(page, target)
            clicked += 1
    assert clicked > 15


def test_a_line_of_another_section_opens_it_at_the_field(bare: tuple[Page, str]) -> None:
    page, address = bare
    page.goto(f"{address}plan/")
    page.get_by_text(re.compile("^In other sections")).click()
    page.locator("#report-else").locator("a.check-fix[href$=consent_on]").click()
    expect(page.get_by_role("heading", name="Procedure", exact=True, level=2)).to_be_visible()
    lands(page, "id_consent_on")


def test_a_line_goes_when_its_field_is_mended(bare: tuple[Page, str]) -> None:
    """A date, a chip, a list and a text; the page is never loaded again."""
    page, address = bare
    page.goto(f"{address}procedure/")
    page.evaluate("window.sameAsBefore = true")
    mended = {
        "id_consent_on": lambda: write(page, "Consent obtained on", factories.SERVICE_DATE),
        "id_sialoendoscopy_performed": lambda: chip(page, "Was an endoscope in the duct?", "Yes"),
        "id_complications": lambda: chip(page, "What occurred", "None occurred"),
        "id_glands": lambda: _add_a_gland(page),
    }
    for element, mend in mended.items():
        lines = page.locator("#report li", has=page.locator(f"a[href$='#{element}']"))
        message = lines.first.locator("strong").inner_text()
        mend()
        expect(page.locator("#report strong").get_by_text(message, exact=True)).to_have_count(0)
    assert page.evaluate("window.sameAsBefore") is True


def _add_a_gland(page: Page) -> None:
    row = add_row(page, "gland", 1)
    pick(row, "Gland", "Submandibular")
    pick(row, "Side", "Left")


def test_the_way_from_a_finding_to_its_image(open_as: Any, people: Any) -> None:
    """A finding without an image blocks; linking one to it clears the line, on the page of the images."""
    clinician = people[Role.CLINICIAN].clinician
    encounter = factories.drafted(treating=clinician)
    page = open_as(clinician.user)
    page.goto(f"/encounters/{encounter.number}/images/")
    of_the_second = [page.get_by_role("region", name=f"Figure {n}", exact=True) for n in (3, 4)]
    for figure in of_the_second:
        field(figure, "Shows").select_option(label="No finding in particular")
    expect(here(page).locator("a.check-fix").first).to_be_visible()
    pick_numbered(of_the_second[0], "Shows", 2)
    pick_numbered(of_the_second[1], "Shows", 2)
    press(of_the_second[1], "Save figure 4")
    expect(page.locator("#report").get_by_text("Nothing is missing. It can be signed.")).to_be_visible()
