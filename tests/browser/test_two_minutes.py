"""A record between two patients: intake is done and the pictures are in, a clinician goes from 'start' to 'signed'.

Every press, choice and filled field is counted, the password included.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from claims.services.case_loading import load
from claims.services.cast import Cast
from documentation.facts import PatientFacts
from documentation.kernel.permissions import Role
from documentation.models import Encounter
from documentation.queries.encounters import facts_of, with_record
from documentation.services import encounters
from tests import factories
from tests.browser.conftest import PASSWORD, VISIT_DAY, Clock, CountOf
from tests.browser.hands import Hand, at_rest, group, saved

MOST_FOR_THE_REFERENCE_CASE = 25
MOST_FOR_A_NORMAL_STUDY = 10
CASE = factories.reference().case
VISIT = CASE.encounter


@pytest.fixture
def visit(people: Any, clock: Clock) -> Encounter:
    """A planned visit: the assistant did the intake and took the pictures in. Casey has signed a record before."""
    clock.set(VISIT_DAY)
    casey = people[Role.CLINICIAN].clinician
    factories.signed_encounter(treating=casey, at=VISIT_DAY)
    return with_intake(casey, people[Role.ASSISTANT])


def with_intake(casey: Any, assistant: Any) -> Encounter:
    encounter = factories.planned_visit(treating=casey, start_time=VISIT.start_time)
    values, rows = factories.sections()["justification"]
    encounters.save_section(encounter, "justification", values, rows, by=assistant, at=factories.AT)
    consent = {n: getattr(VISIT.procedure, n) for n in ("consent_on", "consent_by")}
    encounters.save_section(encounter, "procedure", consent, by=assistant, at=factories.AT)
    factories.coverage(person=encounter.patient)
    factories.upload_pictures(encounter=encounter, by=assistant)
    return encounter


def test_the_reference_case_takes_at_most_25_actions(
    visit: Encounter, open_as: Any, people: Any, count_of: CountOf
) -> None:
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/encounters/{visit.number}/")
    hand = Hand(page)
    hand.press("Start documenting")
    hand.write("End time", VISIT.end_time)
    hand.press("Usual procedure")

    gland = group(page, "Gland 1")
    expect(gland.get_by_text("To confirm").first).to_be_visible()
    hand.choose("LSD: stenosis", "S1 membrane-like", within=gland)
    hand.press("All correct, next: Findings")

    stenosis(page, hand)
    hand.press("Draft from the findings")

    figure = page.get_by_label("Figure 3", exact=True)
    expect(figure.get_by_text("Left Wharton's duct, middle part")).to_be_visible()
    hand.write("Caption", VISIT.images[2].caption, within=figure)
    hand.write("Reading", VISIT.images[0].reading, within=page.get_by_label("Figure 1", exact=True))
    hand.press("Take all, next: Interpretation")

    for label, value in (
        ("Interpretation", VISIT.interpretation.text),
        ("Clinical relevance", VISIT.interpretation.clinical_relevance),
        ("Comparison with prior studies", VISIT.interpretation.comparison),
    ):
        hand.write(label, value)
    hand.press("All correct, next: Plan of care")

    hand.write("Recommendations", VISIT.plan.recommendations)
    hand.write("Plan", VISIT.plan.statement)
    hand.press("All correct, next: Sign")

    hand.write("Your password", PASSWORD)
    hand.press("Sign and lock")
    expect(page.get_by_text("Signed and locked.")).to_be_visible()
    the_record_is_that_of_the_case(visit, people)
    count_of(hand, "The reference case, from start to signed", MOST_FOR_THE_REFERENCE_CASE)


def stenosis(page: Page, hand: Hand) -> None:
    """The finding is placed on the duct and described; the rest of the duct is normal."""
    given = VISIT.findings[0]
    hand.point(*place_of(page, int(given.distance_from_papilla_mm or 0)))
    hand.press("Stenosis", within=page.get_by_role("group", name="What it is"))
    row = group(page, "Finding 1")
    hand.write("Length", given.length_mm, within=row)
    hand.chip("Passable", "After dilation", within=row)
    hand.write("Note", given.note, within=row)
    hand.press("Hydrostatic dilation of finding 1")
    hand.press("Rest of the duct normal")
    saved(page)


def place_of(page: Page, mm: int) -> tuple[float, float]:
    """Where on the page the duct has this many millimetres from the papilla."""
    expect(page.get_by_role("slider", name="Place a finding")).to_be_attached()  # its script is there
    page.locator("svg.ductmap").scroll_into_view_if_needed()
    spot = at_rest(page.locator("svg.ductmap")).evaluate(
        """(svg, mm) => {
          const [x, y] = svg.dataset.places.split(" ")[mm].split(",").map(Number);
          const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
          return [at.x, at.y];
        }""",
        mm,
    )
    return spot[0], spot[1]


def the_record_is_that_of_the_case(visit: Encounter, people: Any) -> None:
    """Field by field what loading the case stores, but for who it is about, who asked and who signed when."""
    loaded = load(factories.reference(), by=Cast(tuple(people.values())), at=VISIT_DAY)
    records = [facts_of(with_record().get(pk=e.pk)) for e in (visit, loaded.encounter)]
    typed, given = (dataclasses.asdict(dataclasses.replace(r, patient=PatientFacts(), number="")) for r in records)
    for facts in (typed, given):
        for name in ("signature", "intake_by", "intake_at"):
            facts.pop(name)
    assert typed == given


def test_a_normal_study_takes_at_most_10_actions(
    visit: Encounter, open_as: Any, people: Any, count_of: CountOf
) -> None:
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/encounters/{visit.number}/")
    hand = Hand(page)
    hand.press("Start documenting")
    hand.press("Normal study")
    confirm(page, hand, "Procedure", "Findings")
    hand.press("Take these descriptions")
    confirm(page, hand, "Interpretation", "Plan of care")
    hand.write("Your password", PASSWORD)
    hand.press("Sign and lock")
    expect(page.get_by_text("Signed and locked.")).to_be_visible()
    facts = facts_of(with_record().get(pk=visit.pk))
    assert [(f.type, f.side, f.segment) for f in facts.findings] == [("normal", "L", "hilum")]
    assert all(i.finding == "f1" and i.caption and i.reading for i in facts.images)
    assert "(figures 1, 2, 3, and 4)" in facts.interpretation.text
    count_of(hand, "A normal study, from start to signed", MOST_FOR_A_NORMAL_STUDY)


def confirm(page: Page, hand: Hand, *sections: str) -> None:
    """Look at every value of a section and confirm them together."""
    for section in sections:
        card = page.locator("section.card").filter(has=page.get_by_role("heading", name=section, exact=True))
        expect(card.get_by_text("to confirm")).to_be_visible()
        hand.press("All correct", within=card)
        expect(card).to_have_count(0)


def test_a_hand_quicker_than_the_scripts_loses_nothing(visit: Encounter, open_as: Any, people: Any) -> None:
    """What is typed before the scripts of a page have come is saved, too, by a button that goes elsewhere."""
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/encounters/{visit.number}/")
    hand = Hand(page)
    hand.press("Start documenting")
    hand.press("Usual procedure")
    hand.press("All correct, next: Findings")
    stenosis(page, hand)
    page.route("**/js/*.js", late)
    hand.press("Draft from the findings")
    figure = page.get_by_label("Figure 3", exact=True)
    hand.write("Caption", "Typed by a quick hand", within=figure)
    hand.press("Take all, next: Interpretation")
    expect(page.get_by_role("heading", name="Interpretation", exact=True, level=2)).to_be_visible()
    assert visit.images.get(position=3).caption == "Typed by a quick hand"


def late(route: Route) -> None:
    """A slow line: each script a moment after it was asked for."""
    time.sleep(0.5)
    route.continue_()
