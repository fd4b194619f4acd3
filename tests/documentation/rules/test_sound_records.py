"""Records unlike the reference case that are just as sound: no rule may stand in their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from documentation.facts import EncounterFacts, FindingFacts, GlandFacts, InterventionFacts, PriorCareFacts
from documentation.kernel.rule import check
from documentation.rules import CATALOGUE
from documentation.rules.examples import ATTEMPT, COMPLETE, CUT_SHORT, with_gland

PAROTID = replace(
    COMPLETE,
    justification=replace(
        COMPLETE.justification,
        indications=("suspected_stone",),
        gland="parotid",
        side="R",
        statement="Painful swelling of the right cheek at meals; the left side was never affected.",
    ),
    procedure=replace(
        COMPLETE.procedure,
        glands=(
            GlandFacts(
                "parotid",
                "R",
                duct="stensen",
                access="papillotomy",
                extent="second_order",
                complete=True,
                lsd_l="1",
                lsd_s="0",
                lsd_d="1",
            ),
        ),
    ),
    findings=(
        FindingFacts("stone", "stone", "parotid", "R", "masseteric_bend", size_mm=Decimal("3.5"), mobility="free"),
        FindingFacts("wide", "ectasia", "parotid", "R", "hilum", note="behind the stone"),
    ),
    interventions=(
        InterventionFacts("papillotomy"),
        InterventionFacts("basket_retrieval", "stone"),
        InterventionFacts("steroid_irrigation"),
    ),
    images=(
        replace(
            COMPLETE.images[0],
            gland="parotid",
            side="R",
            finding="stone",
            caption="Right Stensen's duct, floating stone at the masseteric bend",
            captured_at=datetime(2026, 11, 5, 17, 20, tzinfo=UTC),
        ),
        replace(COMPLETE.images[1], gland="parotid", side="R", finding="wide", caption="The wide duct behind it"),
    ),
    interpretation=replace(
        COMPLETE.interpretation,
        text="Figure 1 shows a floating stone of 3.5 mm in the right Stensen's duct, removed by basket; no stone"
        " remained. The duct behind it is wide (figure 2). Compared with the left parotid duct it is inflamed.",
        clinical_relevance="The stone explains the swelling at meals; the gland can be kept.",
        findings=("stone", "wide"),
    ),
    diagnoses=("K11.5",),
)

NORMAL = replace(
    with_gland(lsd_s="0"),
    findings=(FindingFacts("f2", "normal", "submandibular", "L"),),
    interventions=(InterventionFacts("none"),),
    images=(replace(COMPLETE.images[2], key_image=True), COMPLETE.images[3]),
    interpretation=replace(
        COMPLETE.interpretation,
        text="Figures 3 and 4 show a normal left Wharton's duct and hilum. No stone, no stenosis, no inflammation.",
        clinical_relevance="Obstruction of the left submandibular duct is excluded; no surgery is needed.",
        findings=("f2",),
    ),
    diagnoses=("K11.1",),
)

BOTH_SIDES = replace(
    COMPLETE,
    procedure=replace(
        COMPLETE.procedure,
        glands=(
            *COMPLETE.procedure.glands,
            replace(
                COMPLETE.procedure.glands[0],
                side="R",
                extent="middle",
                complete=False,
                incomplete_reason="the patient could not bear it any longer",
                not_judged=("hilum",),
                lsd_s="0",
            ),
        ),
    ),
    findings=(
        *COMPLETE.findings,
        FindingFacts("f3", "normal", "submandibular", "R", "knee", not_imaged_reason="the picture was lost"),
    ),
    interpretation=replace(
        COMPLETE.interpretation, text=f"{COMPLETE.interpretation.text} The hilum of the right gland was not reached."
    ),
)


def against(facts: EncounterFacts) -> list[str]:
    return [f"{r.rule} {r.message}" for r in check(facts, CATALOGUE).failed]


def test_a_parotid_stone_removed_by_basket() -> None:
    assert against(PAROTID) == []


def test_a_normal_study() -> None:
    assert against(NORMAL) == []


def test_two_sides_of_which_one_was_not_finished() -> None:
    assert against(BOTH_SIDES) == []


def test_no_care_before_with_its_reason() -> None:
    untreated = (PriorCareFacts("none", result="the stone was seen on the first day"),)
    assert against(replace(COMPLETE, justification=replace(COMPLETE.justification, prior_care=untreated))) == []


def test_an_examination_that_ended_early_is_sound_and_asks_no_more_than_to_say_that_the_images_are_limited() -> None:
    assert [f.split()[0] for f in against(CUT_SHORT)] == ["IMG-309"]


def test_an_attempt_that_never_came_into_the_duct_can_be_signed_and_is_told_how_it_is_billed() -> None:
    """It needs neither findings nor images, and it is no D0371."""
    report = check(ATTEMPT, CATALOGUE)
    assert (report.blockers, report.warnings) == ((), ())
    advice = next(r for r in report.failed if r.rule == "DOC-218")
    assert advice.message == "No duct was entered, so this is no D0371."
    assert "by report (D0999)" in advice.fix


@pytest.mark.parametrize(
    "changes",
    [
        {"complete": None},
        {"complete": True},
        {"incomplete_causes": (), "incomplete_reason": ""},
        {"incomplete_causes": ("other",), "incomplete_reason": " "},
    ],
)
def test_an_attempt_without_its_reason_stands_in_the_way(changes: dict[str, Any]) -> None:
    glands = (replace(ATTEMPT.procedure.glands[0], **changes),)
    report = check(replace(ATTEMPT, procedure=replace(ATTEMPT.procedure, glands=glands)), CATALOGUE)
    assert {"DOC-201", "DOC-202", "DOC-221", "IMG-301"} <= {r.rule for r in report.blockers}


def test_an_attempt_beside_the_statement_that_the_endoscope_was_in_the_duct_is_told_apart() -> None:
    report = check(replace(ATTEMPT, sialoendoscopy_performed=True), CATALOGUE)
    told = next(r for r in report.blockers if r.rule == "DOC-202")
    assert told.message == "The record says that an endoscope was in a duct, but no duct was entered."
