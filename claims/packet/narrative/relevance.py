"""What it means: the images and their reading, the diagnosis, what happens next."""

from __future__ import annotations

from collections.abc import Iterator

from claims.codes import icd10
from claims.packet.narrative.sentence import Paragraph, Proof, Sentence, gap, note
from documentation.facts import EncounterFacts
from documentation.kernel.vocabulary import ENDOSCOPIC_KINDS
from documentation.prose import limits
from documentation.prose import phrases as p
from documentation.rules.predicates import attempt_only


def relevance(e: EncounterFacts) -> Iterator[Sentence]:
    reading = (Proof("interpretation"),)
    images = [i for i in e.images if i.kind in ENDOSCOPIC_KINDS]
    if images:
        text = f"{p.capital(p.count(len(images)))} endoscopic image{'s were' if len(images) > 1 else ' was'} captured"
        facts = ("images", "interpretation.text", "interpretation.quality", "signature")
        if e.interpretation.text:
            text += " and interpreted in writing" + (" by the treating clinician" if e.is_signed else "")
        if e.interpretation.quality:
            text += f"; the image quality was {e.interpretation.quality}"
        figures = tuple(Proof(f"figure:{i.figure}") for i in images)
        yield Sentence(f"{text}.", facts, (*reading, *figures), 1, Paragraph.RELEVANCE)
    elif any(g.was_entered for g in e.procedure.glands) or not e.procedure.glands:
        yield gap("No endoscopic image is on record.", "images", Paragraph.RELEVANCE, "procedure.glands")
    if not e.interpretation.text and not attempt_only(e):
        yield gap("The images have no written interpretation.", "interpretation.text", Paragraph.RELEVANCE)
    if e.interpretation.comparison:
        yield Sentence(
            p.closed(e.interpretation.comparison), ("interpretation.comparison",), reading, 5, Paragraph.RELEVANCE
        )
    if e.interpretation.clinical_relevance:
        text = p.closed(e.interpretation.clinical_relevance)
        yield Sentence(text, ("interpretation.clinical_relevance",), reading, 1, Paragraph.RELEVANCE)
    elif not attempt_only(e):
        yield gap(
            "What the finding means for the patient is not recorded.",
            "interpretation.clinical_relevance",
            Paragraph.RELEVANCE,
        )
    if e.diagnoses:
        names = [f"{words} ({c})" if (words := _diagnosis(e, c)) else c for c in e.diagnoses]
        text = f"The diagnosis is {p.join(names)}." if len(names) == 1 else f"The diagnoses are {p.join(names)}."
        yield Sentence(
            text, ("diagnoses", *(_types(e) if WIDE in e.diagnoses else [])), reading, 3, Paragraph.RELEVANCE
        )
    else:
        yield gap("The diagnosis is not recorded.", "diagnoses", Paragraph.RELEVANCE)


WIDE = "K11.8"
"""A code for several conditions: the findings say which of them it stands for."""


def _diagnosis(e: EncounterFacts, code: str) -> str:
    seen = {f.type for f in e.findings}
    if code == WIDE and seen & {"stenosis", "web", "synechia"}:
        return "stenosis of a salivary duct"
    if code == WIDE and "ectasia" in seen:
        return "widening of a salivary duct"
    if code == WIDE:
        return "other disease of a salivary gland"
    return p.DIAGNOSIS.get(code) or p.uncapital(icd10.label(code))


def _types(e: EncounterFacts) -> list[str]:
    return ["findings", *(f"findings[{i}].type" for i in range(len(e.findings)))]


def plan_of_care(e: EncounterFacts) -> Iterator[Sentence]:
    plan = e.plan
    follows = limits.follows(e)
    if follows and follows not in plan.statement:
        facts_ = limits.facts_of(e, "next_steps", "complete", "extent")
        yield Sentence(follows, facts_, note("plan"), 4, Paragraph.PLAN)
    if plan.recommendations:
        items = [p.bare(r) for r in plan.recommendations]
        text = f"The patient was advised as follows: {'; '.join(map(p.uncapital, items))}."
        facts = ("plan.recommendations",)
        yield Sentence(text, facts, note("plan"), 4, Paragraph.PLAN)
    if plan.statement:
        yield Sentence(p.closed(plan.statement), ("plan.statement",), note("plan"), 5, Paragraph.PLAN)
    elif plan.follow_up_days:
        yield Sentence(
            f"The next visit is due in {p.days(plan.follow_up_days)}.",
            ("plan.follow_up_days", "plan.statement"),
            note("plan"),
            5,
            Paragraph.PLAN,
        )
    if not (plan.recommendations or plan.statement or plan.follow_up_days):
        others = ("plan.statement", "plan.follow_up_days")
        yield gap("What happens next is not recorded.", "plan.recommendations", Paragraph.PLAN, *others)
