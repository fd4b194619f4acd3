"""The proposed prose: golden texts that were read by people, and what must hold for any record."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from documentation.facts import EncounterFacts, FindingFacts, InterventionFacts, PriorImagingFacts
from documentation.kernel.rule import Severity, check
from documentation.prose.compose import FIELDS, compose
from documentation.prose.sources import digest_of, receipts, value_at
from documentation.rules import CATALOGUE
from documentation.rules.examples import COMPLETE, with_justification, with_visit
from documentation.rules.predicates import denies_stones
from tests.claims.packet.records import RECORDS

GOLDEN = Path(__file__).with_name("golden")

SEVERAL = with_visit(
    findings=(
        FindingFacts("f1", "stone", "submandibular", "L", "hilum", Decimal(45), Decimal(4), 3, "wedged"),
        FindingFacts("f2", "erythema", "submandibular", "L", "middle"),
    ),
    interventions=(InterventionFacts("basket_retrieval", "f1"), InterventionFacts("steroid_irrigation")),
    images=(),
)
SEEN_BEFORE = with_justification(
    indications=("suspected_stone", "trauma"),
    prior_imaging=(
        PriorImagingFacts("ultrasound", None, "stone", False),
        PriorImagingFacts("cbct", None, "normal", False),
    ),
)
TOLD = {**RECORDS, "several_stones": SEVERAL, "stone_not_confirmed": SEEN_BEFORE}


def told(e: EncounterFacts) -> str:
    texts = [f"{field}\n{' '.join(s.text for s in compose(e, field)) or '–'}" for field in FIELDS]
    return "\n\n".join(texts) + "\n"


@pytest.mark.parametrize("name", sorted(TOLD))
def test_the_prose_reads_as_it_was_approved(name: str) -> None:
    assert told(TOLD[name]) == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", sorted(TOLD))
@pytest.mark.parametrize("field", FIELDS)
class TestEverySentence:
    def test_has_a_key_of_its_own_and_knows_its_facts(self, name: str, field: str) -> None:
        e = TOLD[name]
        sentences = compose(e, field)
        assert len({s.key for s in sentences}) == len(sentences)
        for s in sentences:
            assert any(value_at(e, path) not in (None, "", ()) for path in s.facts), s
            assert receipts(e, s.facts), s
            assert s.digest == digest_of(e, s.facts)

    def test_is_closed_and_has_no_odd_spaces(self, name: str, field: str) -> None:
        for s in compose(TOLD[name], field):
            assert s.text[0].isupper(), s.text
            assert s.text.endswith("."), s.text
            assert "  " not in s.text, s.text
            assert "\u00a0" not in s.text, s.text

    def test_never_contradicts_the_record(self, name: str, field: str) -> None:
        e = TOLD[name]
        section, leaf = field.split(".")
        text = " ".join(s.text for s in compose(e, field))
        written = replace(e, **{section: replace(getattr(e, section), **{leaf: text})})
        ours = {r.rule for r in check(written, CATALOGUE).failed if r.rule.startswith("DOC-6")}
        before = {r.rule for r in check(e, CATALOGUE).failed if r.rule.startswith("DOC-6")}
        assert ours <= before


def test_a_fact_changes_the_sum_of_its_sentence_and_of_no_other() -> None:
    before = {s.key: s.digest for s in compose(COMPLETE, "interpretation.text")}
    first = replace(COMPLETE.findings[0], size_mm=Decimal(2))
    after = {
        s.key: s.digest for s in compose(with_visit(findings=(first, COMPLETE.findings[1])), "interpretation.text")
    }
    assert {k for k in before if before[k] != after[k]} == {"finding:f1"}


def test_findings_are_known_by_their_keys_not_by_their_order() -> None:
    turned = with_visit(findings=COMPLETE.findings[::-1])
    before = {s.key: s.digest for s in compose(COMPLETE, "interpretation.text") if s.key.startswith("finding")}
    after = {s.key: s.digest for s in compose(turned, "interpretation.text") if s.key.startswith("finding")}
    assert before == after


def test_no_stone_is_said_only_after_a_whole_examination_without_one() -> None:
    def reading(e: EncounterFacts) -> str:
        return " ".join(s.text for s in compose(e, "interpretation.text"))

    assert denies_stones(reading(COMPLETE))
    assert not denies_stones(reading(SEVERAL))
    assert not denies_stones(reading(RECORDS["incomplete"]))
    assert not denies_stones(reading(RECORDS["not_entered"]))


def test_receipts_lead_to_the_fields() -> None:
    (finding,) = [s for s in compose(COMPLETE, "interpretation.text") if s.key == "finding:f1"]
    assert [(r.label, r.section, r.anchor) for r in receipts(COMPLETE, finding.facts)] == [
        ("Finding 1", "findings", "id_findings-0-type"),
        ("Figures", "images", "id_images"),
    ]
    assert "12 mm from the papilla" in receipts(COMPLETE, finding.facts)[0].words


def test_the_reference_with_its_proposed_prose_can_be_signed() -> None:
    e = COMPLETE
    for field in FIELDS:
        section, leaf = field.split(".")
        text = " ".join(s.text for s in compose(e, field))
        e = replace(e, **{section: replace(getattr(e, section), **{leaf: text})})
    assert [r.message for r in check(e, CATALOGUE).failed if r.severity is not Severity.ADVICE] == []
