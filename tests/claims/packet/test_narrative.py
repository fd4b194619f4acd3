"""The narrative: golden texts that were read by people, and properties that hold for any record."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.packet.narrative import Sentence, brief, compose, short_form, shorten, summary
from documentation.facts import (
    EncounterFacts,
    FindingFacts,
    GlandFacts,
    ImageFacts,
    InterpretationFacts,
    InterventionFacts,
    JustificationFacts,
    PatientFacts,
    PlanFacts,
    PriorCareFacts,
    PriorImagingFacts,
    ProcedureFacts,
)
from documentation.kernel import vocabulary as v
from documentation.prose.names import examined_glands
from documentation.rules.examples import COMPLETE
from tests.claims.packet.records import RECORDS, claim_of

GOLDEN = Path(__file__).with_name("golden")


def _told(encounter: EncounterFacts) -> str:
    """The whole narrative with its short forms, as a person would read it through."""
    facts = claim_of(encounter)
    paragraphs = [
        " ".join(f"[gap] {s.text}" if s.is_gap else s.text for s in group)
        for _, group in groupby(compose(facts), key=lambda s: s.paragraph)
    ]
    cover = " ".join(s.text for s in summary(facts))
    parts = [*paragraphs, f"Cover: {cover}", f"400: {brief(facts, 400)}", f"80: {brief(facts, 80)}"]
    return "\n\n".join(parts).replace("\u00a0", " ") + "\n"


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_the_narrative_reads_as_it_was_approved(name: str) -> None:
    assert _told(RECORDS[name]) == (GOLDEN / f"{name}.txt").read_text()


def test_treatments_of_the_same_time_and_result_are_told_together() -> None:
    e = RECORDS["radioiodine"]
    (told,) = (s.text for s in compose(claim_of(e)) if s.text.startswith("Hydration"))
    assert told == "Hydration and sialogogues since September 10, 2025, brought little relief."


def test_the_cover_names_every_gland_that_was_examined() -> None:
    record = RECORDS["reference"]
    (left,) = record.procedure.glands
    right = replace(left, side="R", lsd_s="0")
    normal = replace(record.findings[-1], key="f9", type="normal", gland=right.gland, side="R")
    both = replace(
        record, procedure=replace(record.procedure, glands=(left, right)), findings=(*record.findings, normal)
    )
    assert examined_glands(record) == "left submandibular gland"
    assert examined_glands(both) == "left and right submandibular glands"
    other = replace(right, gland="parotid", duct="stensen")
    apart = replace(both, procedure=replace(both.procedure, glands=(left, other)))
    assert examined_glands(apart) == "left submandibular gland and right parotid gland"
    told = [s.text for s in summary(claim_of(both))]
    assert "The right Wharton's duct was normal." in told
    assert not [t for t in (s.text for s in summary(claim_of(record))) if "was normal" in t]


# ------------------------------------------------------------------------------------------ changing a fact


def _get(subject: Any, path: str) -> Any:
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        subject = getattr(subject, name)
        if index:
            subject = subject[int(index)]
    return subject


def _with(subject: Any, path: str, value: Any) -> Any:
    """The same facts with one of them changed."""
    head, _, rest = path.partition(".")
    match = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", head)
    assert match
    name, index = match[1], match[2]
    held = getattr(subject, name)
    if index is None:
        return replace(subject, **{name: _with(held, rest, value) if rest else value})
    items = list(held)
    items[int(index)] = _with(items[int(index)], rest, value) if rest else value
    return replace(subject, **{name: tuple(items)})


CHANGES: dict[str, Any] = {
    "patient.birth_date": date(1990, 1, 1),
    "service_date": date(2026, 11, 7),
    "justification.indications": ("unexplained_enlargement",),
    "justification.side": "R",
    "justification.gland": "parotid",
    "justification.onset_on": date(2025, 1, 10),
    "justification.episodes_per_month": 7,
    "justification.relation_to_meals": False,
    "justification.pain": 9,
    "justification.statement": "It hurts.",
    "justification.change_of_care": "The result decides.",
    "justification.risk_without": "An abscess.",
    "justification.history": ("sjogren",),
    "justification.prior_care[0].type": "massage",
    "justification.prior_care[0].from_on": date(2026, 1, 2),
    "justification.prior_care[1].result": "no relief",
    "justification.prior_imaging[0].modality": "panoramic",
    "justification.prior_imaging[0].done_on": date(2026, 7, 7),
    "justification.prior_imaging[1].limitation": "air in the duct",
    "procedure.anesthesia": "general",
    "procedure.scope_outer_diameter_mm": Decimal("1.6"),
    "procedure.scope_type": "flexible",
    "procedure.complications": ("bleeding",),
    "procedure.glands[0].access": "papillotomy",
    "procedure.glands[0].extent": "second_order",
    "procedure.glands[0].complete": None,
    "procedure.glands[0].lsd_s": "2",
    "findings[0].type": "web",
    "findings[0].distance_from_papilla_mm": Decimal(31),
    "findings[0].length_mm": Decimal(4),
    "findings[0].lumen_percent": 70,
    "findings[0].passable": "no",
    "findings[0].note": "a shelf",
    "findings[0].count": 2,
    "findings[1].distance_from_papilla_mm": Decimal(41),
    "findings[1].note": "all branches",
    "interventions[0].type": "balloon_dilation",
    "interventions[0].note": "2 atm",
    "images": COMPLETE.images[:2],
    "interpretation.quality": "limited",
    "interpretation.comparison": "No earlier study.",
    "interpretation.clinical_relevance": "It explains the swelling.",
    "diagnoses": ("K11.5",),
    "plan.recommendations[0]": "hydration",
    "plan.statement": "Review in May.",
}


@pytest.mark.parametrize("path", CHANGES)
def test_changing_a_fact_changes_its_sentences_and_no_others(path: str) -> None:
    assert _get(COMPLETE, path) != CHANGES[path]
    before = {s.text: s for s in compose(claim_of(COMPLETE))}
    after = {s.text: s for s in compose(claim_of(_with(COMPLETE, path, CHANGES[path])))}
    changed = [before[t] for t in before.keys() - after.keys()] + [after[t] for t in after.keys() - before.keys()]
    assert changed, "nothing in the narrative tells of this fact"
    for sentence in changed:
        assert any(path == f or path.startswith((f"{f}.", f"{f}[")) for f in sentence.facts), sentence


@pytest.mark.parametrize(
    "path",
    [
        "justification.onset_on", "justification.history", "justification.prior_care", "justification.prior_imaging",
        "justification.change_of_care", "justification.indications", "procedure.complications", "procedure.glands",
        "findings", "interventions", "images", "interpretation.text", "interpretation.clinical_relevance", "diagnoses",
    ],
)  # fmt: skip
def test_a_fact_taken_away_leaves_a_visible_gap(path: str) -> None:
    empty = None if path.endswith("_on") else () if isinstance(_get(COMPLETE, path), tuple) else ""
    assert not any(s.is_gap for s in compose(claim_of(COMPLETE)))
    gaps = [s for s in compose(claim_of(_with(COMPLETE, path, empty))) if s.is_gap]
    assert path in {f for s in gaps for f in s.facts}
    assert all("not recorded" in s.text or "no " in s.text.lower() for s in gaps)


# ------------------------------------------------------------------------------------------------ any record

texts = st.sampled_from(["", "thin membrane", "No relief.", "The wall is pale", "It may recur; see note."])
days = st.none() | st.dates(date(2020, 1, 1), date(2027, 1, 1))
millimeters = st.none() | st.integers(0, 900).map(lambda n: Decimal(n) / 10)


def _token(words: v.Vocabulary) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *words])


def _tokens(words: v.Vocabulary) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(sorted(words)), max_size=4, unique=True).map(tuple)


def _rows(row: st.SearchStrategy[Any], at_most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(row, max_size=at_most).map(tuple)


places = st.sampled_from([("parotid", "R"), ("parotid", "L"), ("submandibular", "L"), ("sublingual", "R"), ("", "")])
flags = st.none() | st.booleans()


@st.composite
def encounters(draw: st.DrawFn) -> EncounterFacts:
    def some(*strategies: st.SearchStrategy[Any]) -> list[Any]:
        return [draw(s) for s in strategies]

    gland, side = draw(places)
    found = []
    for i in range(draw(st.integers(0, 4))):
        where, at = draw(places)
        found.append(
            FindingFacts(
                f"f{i}", draw(st.sampled_from(sorted(v.FINDING))), where, at, draw(_token(v.SEGMENT)),
                *some(millimeters, millimeters, st.none() | st.integers(0, 5), _token(v.MOBILITY)),
                *some(_token(v.VISIBILITY), flags),
                *some(st.none() | st.integers(0, 100), millimeters, _token(v.PASSABLE), texts, texts),
            )
        )  # fmt: skip
    glands = []
    for _ in range(draw(st.integers(0, 2))):
        where, at = draw(places.filter(lambda p: bool(p[0])))
        duct = draw(st.sampled_from(["", *v.DUCTS_OF_GLAND[where]]))
        glands.append(GlandFacts(where, at, duct, *some(_token(v.ACCESS), _token(v.EXTENT), flags, texts)))
    care = st.builds(PriorCareFacts, st.sampled_from(sorted(v.PRIOR_CARE)), days, days, texts)
    study = st.builds(
        PriorImagingFacts, st.sampled_from(sorted(v.IMAGING_MODALITY)), days, _token(v.IMAGING_RESULT), flags, texts
    )
    done = st.builds(
        InterventionFacts, st.sampled_from(sorted(v.INTERVENTION)), st.sampled_from(["", "f0", "f1"]), texts
    )
    image = st.builds(
        ImageFacts, st.integers(1, 9), st.sampled_from(sorted(v.IMAGE_KIND)), texts, finding=st.just("f0")
    )
    return EncounterFacts(
        service_date=draw(days),
        patient=PatientFacts(birth_date=draw(days)),
        justification=JustificationFacts(
            draw(_tokens(v.INDICATION)), gland, side, *some(days, st.none() | st.integers(0, 60), flags),
            *some(st.none() | st.integers(0, 10), texts, texts, texts, _tokens(v.HISTORY), _rows(care), _rows(study)),
        ),
        procedure=ProcedureFacts(
            anesthesia=draw(_token(v.ANESTHESIA)), scope_type=draw(_token(v.SCOPE_TYPE)),
            scope_outer_diameter_mm=draw(st.none() | st.integers(50, 250).map(lambda n: Decimal(n) / 100)),
            complications=draw(_tokens(v.COMPLICATION)), glands=tuple(glands),
        ),
        findings=tuple(found),
        interventions=draw(_rows(done)),
        images=draw(_rows(image)),
        interpretation=InterpretationFacts(*some(texts, texts, _token(v.QUALITY), texts)),
        diagnoses=draw(st.sampled_from([(), ("K11.8",), ("K11.5", "K11.23")])),
        plan=PlanFacts(draw(_rows(texts.filter(bool))), draw(st.none() | st.integers(0, 90)), draw(texts)),
    )  # fmt: skip


def _is_well_set(sentence: Sentence) -> bool:
    text = sentence.text
    return (
        bool(text)
        and text[0] == text[0].upper()
        and text.endswith((".", "!", "?", "”"))
        and not re.search(r"  | [,.;:]|\.\.|,,|\{|\}|\bNone\b|\ba [aeiou]|\(\)|of of|the the", text)
    )


@settings(max_examples=120, deadline=None)
@given(encounter=encounters())
def test_every_sentence_of_any_record_has_facts_and_proof_and_is_well_set(encounter: EncounterFacts) -> None:
    facts = claim_of(encounter)
    for sentence in (*compose(facts), *summary(facts)):
        assert sentence.facts, sentence
        assert sentence.proof, sentence
        assert _is_well_set(sentence), sentence
        for path in sentence.facts:
            _get(encounter, path)


ALSO: dict[str, Any] = {
    "justification.symptoms": ("fever",),
    "justification.history_note": "after a fall",
    "procedure.complication_note": "settled by itself",
    "procedure.glands[1].access": "guidewire",
    "procedure.glands[1].extent": "hilum",
    "findings[2].type": "kink",
    "findings[2].segment": "knee",
    "findings[0].not_imaged_reason": "Blood hid the view",
    "interventions[0].finding": "f1",
    "interventions[0].retrieval": "failed",
    "interventions[0].size_fr": Decimal(4),
    "interventions[1].type": "forceps",
    "justification.prior_care[0].result": "some relief",
    "justification.prior_imaging[0].result": "mass",
    "justification.prior_imaging[0].inconclusive": True,
    "plan.follow_up_days": 17,
    "interpretation.text": "The wall is smooth.",
}


def _has(encounter: EncounterFacts, path: str) -> bool:
    try:
        _get(encounter, path)
    except IndexError:
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(encounter=encounters(), path=st.sampled_from(sorted({**CHANGES, **ALSO})))
def test_in_any_record_a_changed_fact_changes_its_sentences_alone(encounter: EncounterFacts, path: str) -> None:
    value = {**CHANGES, **ALSO}[path]
    if not _has(encounter, path):
        return
    if path.endswith("extent") and _get(encounter, path) == "not_entered":
        return  # whether a duct was entered at all decides what there is to tell
    changed_record = claim_of(_with(encounter, path, value))
    for told in (compose, summary):
        before, after = list(told(claim_of(encounter))), list(told(changed_record))
        texts_before, texts_after = {s.text for s in before}, {s.text for s in after}
        changed = [s for s in before if s.text not in texts_after] + [s for s in after if s.text not in texts_before]
        for sentence in changed:
            assert any(_covers(fact, path) for fact in sentence.facts), (path, sentence)


def _covers(fact: str, path: str) -> bool:
    """Whether a named fact is the changed one, or the list or group that holds it."""
    return path == fact or path.startswith((f"{fact}.", f"{fact}["))


@settings(max_examples=80, deadline=None)
@given(encounter=encounters())
def test_the_forms_for_claims_never_exceed_80_and_400_and_hold_whole_sentences_with_facts(
    encounter: EncounterFacts,
) -> None:
    facts = claim_of(encounter)
    for limit in (80, 400):
        chosen = short_form(facts, limit)
        text = " ".join(s.text for s in chosen)
        assert text == brief(facts, limit)
        assert 0 < len(text) <= limit
        for sentence in chosen:
            assert sentence.text.endswith(".")
            assert sentence.facts
            assert sentence.proof


@settings(max_examples=80, deadline=None)
@given(encounter=encounters(), limit=st.integers(16, 500))
def test_short_forms_keep_to_their_limit_and_to_whole_sentences(encounter: EncounterFacts, limit: int) -> None:
    text = brief(claim_of(encounter), limit)
    assert 0 < len(text) <= limit
    assert text.endswith(".")
    sentences = compose(claim_of(encounter))
    kept = shorten(sentences, limit)
    assert len(" ".join(s.text for s in kept)) <= limit
    assert all(s in sentences and not s.is_gap for s in kept)


def test_the_weightiest_sentences_are_the_last_to_be_cut() -> None:
    sentences = compose(claim_of(COMPLETE))
    for limit in (400, 800, 1200):
        kept = shorten(sentences, limit)
        cut = [s for s in sentences if s not in kept]
        room = limit - len(" ".join(s.text for s in kept))
        assert all(len(s.text) >= room for s in cut if s.priority <= max(k.priority for k in kept))


def test_the_patient_is_never_he_or_she() -> None:
    for record in RECORDS.values():
        text = _told(record)
        assert not re.search(r"\b(he|she|his|her|him|hers)\b", text.lower())
        assert not re.search(r"\b(Mr|Mrs|Ms)\b", text)


def test_a_narrative_does_not_name_the_patient() -> None:
    for record in RECORDS.values():
        assert record.patient.last_name == "" or record.patient.last_name not in _told(record)


def test_facts_are_all_plain() -> None:
    """The record has no hidden places: whatever the narrative names can be found from the root."""
    for record in RECORDS.values():
        assert is_dataclass(record)
        names = {f.name for f in fields(record)}
        for sentence in compose(claim_of(record)):
            assert {re.split(r"[.\[]", path)[0] for path in sentence.facts} <= names
