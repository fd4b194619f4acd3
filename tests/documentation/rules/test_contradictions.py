"""Contradictions are caught: one record for each, with what it is told and how grave it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from documentation.facts import EncounterFacts, FindingFacts, InterventionFacts
from documentation.kernel.rule import Severity, check
from documentation.rules import CATALOGUE
from documentation.rules.examples import (
    ATTEMPT,
    COMPLETE,
    CUT_SHORT,
    with_finding,
    with_gland,
    with_image,
    with_interpretation,
    with_justification,
    with_plan,
    with_prior_care,
    with_prior_imaging,
    with_visit,
)
from documentation.rules.prompts import open_prompts, prompts_of

BLOCKER, WARNING = Severity.BLOCKER, Severity.WARNING

STONE = with_finding(type="stone", size_mm=Decimal(4))
CONTRADICTIONS: dict[str, tuple[str, Severity, EncounterFacts]] = {
    "a finding in a gland that was not examined": ("DOC-601", BLOCKER, with_finding(gland="parotid", segment="")),
    "a finding on the other side": ("DOC-601", BLOCKER, with_finding(side="R")),
    "an image of another gland": ("DOC-602", BLOCKER, with_image(gland="parotid", segment="", finding="")),
    "an image that shows another side than its finding": ("DOC-603", BLOCKER, with_image(side="R")),
    "a complaint on the other side": ("DOC-604", BLOCKER, with_justification(side="R")),
    "words of the complaint on the other side": (
        "DOC-605", BLOCKER, with_justification(statement="Swelling of the right submandibular gland."),
    ),
    "a reading of the right duct after a left examination": (
        "DOC-606", BLOCKER, with_interpretation(text="The right Wharton's duct shows a stenosis (figure 1)."),
    ),
    "a caption of the other side": ("DOC-607", BLOCKER, with_image(caption="Right Wharton's duct")),
    "a reading of the other side": ("DOC-607", BLOCKER, with_image(reading="Stenosis of the right Wharton's duct.")),
    "a finding in a duct that was not entered": ("DOC-610", BLOCKER, replace(ATTEMPT, findings=COMPLETE.findings)),
    "an image of a duct that was not entered": ("DOC-615", BLOCKER, replace(ATTEMPT, images=COMPLETE.images)),
    "a segment that the gland does not have": ("DOC-608", BLOCKER, with_finding(segment="masseteric_bend")),
    "a complaint that began after the visit": ("DOC-611", BLOCKER, with_justification(onset_on=date(2026, 12, 1))),
    "earlier care that ended before it began": ("DOC-612", BLOCKER, with_prior_care(to_on=date(2026, 3, 1))),
    "earlier imaging after the visit": ("DOC-613", BLOCKER, with_prior_imaging(done_on=date(2026, 11, 20))),
    "earlier care before birth": ("DOC-612", BLOCKER, with_prior_care(from_on=date(1921, 4, 1))),
    "earlier imaging before birth": ("DOC-613", BLOCKER, with_prior_imaging(done_on=date(1921, 8, 14))),
    "an image of another day": (
        "DOC-614", BLOCKER, with_image(captured_at=datetime(2026, 10, 2, 17, tzinfo=UTC)),
    ),
    "none beside something": ("DOC-621", WARNING, with_justification(history=("none", "radioiodine"))),
    "a finding deeper than the endoscope came": ("DOC-626", WARNING, with_gland(extent="papilla")),
    "a treatment without a finding": (
        "DOC-627", WARNING, with_visit(interventions=(InterventionFacts("balloon_dilation"),)),
    ),
    "a stone removed that was not found": (
        "DOC-628", WARNING, with_visit(interventions=(InterventionFacts("basket_retrieval", "f1"),)),
    ),
    "a link to a finding that is gone": ("DOC-629", WARNING, with_image(finding="f9")),
    "no stone beside a stone": ("DOC-631", WARNING, STONE),
    "no stone in the relevance beside a stone": (
        "DOC-631", WARNING,
        replace(STONE, interpretation=replace(
            COMPLETE.interpretation, text="A stone (figure 1).", clinical_relevance="There is no stone.",
        )),
    ),
    "no stone in the reading of its own picture": (
        "DOC-631", WARNING,
        replace(with_image(reading="No calculus."), findings=STONE.findings, interpretation=replace(
            COMPLETE.interpretation, text="A stone (figure 1)."
        )),
    ),
    "complete though no farther than the papilla": ("DOC-634", WARNING, with_gland(extent="papilla")),
    "complete though a narrowing closed the way": ("DOC-634", WARNING, with_finding(passable="no")),
    "complete, with a reason why not": ("DOC-635", WARNING, with_gland(incomplete_causes=("bleeding",))),
    "a finding behind a narrowing that could not be passed": ("DOC-636", WARNING, with_finding(passable="no")),
    "a plan for the other side": ("DOC-637", WARNING, with_plan(statement="Dilate the right Wharton's duct again.")),
    "a figure that is not there": ("DOC-632", WARNING, with_visit(images=COMPLETE.images[:3])),
    "a visit that ends before it begins": ("DOC-633", WARNING, with_visit(end_time=time(8))),
    "a stone without K11.5": ("DOC-641", WARNING, STONE),
    "K11.5 without a stone": ("DOC-642", WARNING, with_visit(diagnoses=("K11.5",))),
    "a narrowing without K11.8": ("DOC-643", WARNING, with_visit(diagnoses=("K11.7",))),
    "K11.8 with M35.0-": ("DOC-414", BLOCKER, with_visit(diagnoses=("K11.8", "M35.00"))),
    "an interpretation that names no finding": ("IMG-313", WARNING, with_interpretation(findings=())),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_caught(name: str) -> None:
    rule, severity, facts = CONTRADICTIONS[name]
    failed = {r.rule: r for r in check(facts, CATALOGUE).failed}
    assert rule in failed, list(failed)
    assert failed[rule].severity is severity
    assert rule not in {r.rule for r in check(COMPLETE, CATALOGUE).failed}


SOUND: dict[str, EncounterFacts] = {
    "a scarred papilla seen from outside": replace(
        ATTEMPT, findings=(FindingFacts("f1", "stenosis", "submandibular", "L", "papilla", passable="no"),)
    ),
    "one side entered, the other not": replace(
        COMPLETE,
        procedure=replace(
            COMPLETE.procedure,
            glands=(
                *COMPLETE.procedure.glands,
                replace(ATTEMPT.procedure.glands[0], side="R", incomplete_causes=("papilla_not_found",)),
            ),
        ),
    ),
    "a plan that compares both sides": with_plan(statement="Compare the left with the right submandibular gland."),
    "a plan for another gland": with_plan(statement="Ultrasound of the right parotid gland."),
    "a narrowing seen through for a few millimetres": replace(
        COMPLETE,
        procedure=CUT_SHORT.procedure,
        findings=(
            replace(COMPLETE.findings[0], passable="no"),
            replace(COMPLETE.findings[1], type="ectasia", segment="distal", distance_from_papilla_mm=Decimal(16)),
        ),
    ),
    "no other stone beside the one that was found": replace(
        STONE, interpretation=replace(COMPLETE.interpretation, text="A stone (figure 1); no stone remained.")
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_goes_together_is_left_alone(name: str) -> None:
    found = [r.rule for r in check(SOUND[name], CATALOGUE).failed if "DOC-600" < r.rule < "DOC-640"]
    assert found == []


def test_there_are_more_than_fifteen() -> None:
    assert len({rule for rule, _, _ in CONTRADICTIONS.values()}) >= 15
    assert len([r for r in CATALOGUE if "DOC-600" < r.id < "DOC-650"]) >= 15


@pytest.mark.parametrize("rule", [r for r in CATALOGUE if "DOC-600" < r.id < "DOC-650"], ids=lambda r: r.id)
def test_gland_side_and_date_block_the_rest_warns(rule: object) -> None:
    assert rule.severity is (BLOCKER if rule.id < "DOC-620" else WARNING)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("a stone of [size] mm at [place]", ("[size]", "[place]")),
        ("", ()),
        ("the so-called [sic] knee", ()),
        ("an empty [] one", ("[]",)),
        ("a bracket ] and another [ left open", ()),
        ("[left/right]", ("[left/right]",)),
    ],
)
def test_prompts_are_found(text: str, prompts: tuple[str, ...]) -> None:
    assert prompts_of(text) == prompts


def test_the_open_prompts_of_a_record_are_counted() -> None:
    e = with_interpretation(text="A stone of [size] mm.", comparison="[study]")
    e = replace(e, plan=replace(e.plan, statement="Next visit in [weeks] weeks."))
    assert open_prompts(e) == ("[size]", "[study]", "[weeks]")
    blocked = [r for r in check(e, CATALOGUE).blockers if r.rule.startswith("DOC-65")]
    assert [r.field for r in blocked] == ["interpretation.text", "interpretation.comparison", "plan.statement"]
    assert blocked[0].message == "The interpretation still has the prompt [size]."
