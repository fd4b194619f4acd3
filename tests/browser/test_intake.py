"""The assistant asks, the clinician finds it: the intake on a planned visit, saved by itself while one types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter
from documentation.queries.encounters import draft_facts
from tests import factories
from tests.browser.hands import add_row, card, chip, field, pick, press, saved, write

OPEN = Callable[..., Page]


def test_an_assistant_asks_and_the_clinician_finds_it(people: Any, open_as: OPEN) -> None:
    visit = factories.planned_visit(treating=people[Role.CLINICIAN].clinician, service_date=factories.TODAY)
    factories.payer(by=people[Role.BILLER])
    page = open_as(people[Role.ASSISTANT])
    page.goto("/")
    expect(page.get_by_text("Intake 0 of 6")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Intake")).click()
    answer(page)
    saved(page)
    far = page.get_by_role("complementary", name="Intake")
    expect(far.get_by_role("img", name="5 of 6 checks pass")).to_be_visible()
    expect(far).to_contain_text("No coverage is recorded.")

    add_the_plan(page)
    expect(far.get_by_role("img", name="6 of 6 checks pass")).to_be_visible()
    expect(field(page, "Complaint")).to_have_value("Swells at meals.")
    press(page, "Save, back to Today")
    expect(page.get_by_text("Intake 6 of 6")).to_be_visible()

    desk = open_as(people[Role.CLINICIAN])
    desk.goto("/today/")
    desk.get_by_role("button", name=re.compile("^Start")).click()
    desk.get_by_role("link", name="Medical justification").click()
    expect(desk.get_by_text("Intake by Jordan")).to_be_visible()
    expect(field(desk, "Complaint")).to_have_value("Swells at meals.")
    record = draft_facts(Encounter.objects.get(pk=visit.pk))
    assert record.status == "draft"
    assert [c.type for c in record.justification.prior_care] == ["none"]
    assert [s.modality for s in record.justification.prior_imaging] == ["ultrasound"]
    assert (record.justification.history, record.procedure.consent_by) == (("allergies",), "Avery Helper")


def answer(page: Page) -> None:
    chip(page, "Indications", "Recurrent swelling")
    pick(page, "Gland with the complaint", "Submandibular")
    pick(card(page, "The complaint"), "Side", "Left")
    chip(page, "Symptoms", "Swelling", "Pain")
    write(page, "Complaint", "Swells at meals.")
    press(page, "None was tried")
    write(page, "Result", "acute, no time for it")
    study = add_row(page, "study", 1)
    pick(study, "Study", "Ultrasound")
    chip(page, "History", "Allergies")
    write(page, "Which, and when", "penicillin, rash")
    write(page, "Consent obtained on", factories.TODAY)
    write(page, "Consent obtained by", "Avery Helper")


def add_the_plan(page: Page) -> None:
    """The claims pages own the coverage; they lead back to the intake, with everything typed still there."""
    page.get_by_role("link", name="Add the plan on the patient's card").click()
    pick(page, "Payer", factories.reference().case.payers[0].name)
    write(page, "Member ID", "W1")
    write(page, "Pays in order", 1)
    pick(page, "The patient is the plan holder's", "Self")
    press(page, "Add coverage")
    expect(page.get_by_role("heading", name="Intake", level=2).first).to_be_visible()
