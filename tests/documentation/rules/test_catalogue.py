"""Every rule tells its good example from its bad one, and reads well."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from documentation.facts import EncounterFacts, InterpretationFacts, JustificationFacts, PlanFacts
from documentation.kernel.rule import Cause, Rule, Severity, catalogue_of, check, failures
from documentation.rules import CATALOGUE, RETIRED
from documentation.rules.examples import COMPLETE, with_gland, with_interpretation, with_procedure, with_visit

SECTIONS = {"patient", "visit", "justification", "procedure", "findings", "images", "interpretation", "plan", "sign"}


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)
class TestEachRule:
    def test_passes_its_good_example(self, rule: Rule[EncounterFacts]) -> None:
        (result,) = check(rule.good, [rule])
        assert result.passed, result.message

    def test_fails_its_bad_example_and_not_by_breaking(self, rule: Rule[EncounterFacts]) -> None:
        (result,) = check(rule.bad, [rule])
        assert not result.passed
        assert result.severity is rule.severity, result.message

    def test_passes_the_reference_case(self, rule: Rule[EncounterFacts]) -> None:
        (result,) = check(COMPLETE, [rule])
        assert result.passed, result.message

    def test_reads_as_sentences(self, rule: Rule[EncounterFacts]) -> None:
        (result,) = check(rule.bad, [rule])
        for sentence in (rule.message, rule.fix, result.message):
            assert re.fullmatch(r"[A-Z0-9'].*[.?]", sentence), sentence
            assert len(sentence) <= 140, sentence
        assert not rule.title.endswith(".")

    def test_leads_to_a_field_of_the_form(self, rule: Rule[EncounterFacts]) -> None:
        section, _, name = rule.field.partition(".")
        assert section in SECTIONS
        assert name

    def test_has_a_source_a_cause_and_a_family(self, rule: Rule[EncounterFacts]) -> None:
        assert str(rule.citation)
        assert rule.prevents in Cause
        assert re.fullmatch(r"DOC-[1-6]\d\d|IMG-3\d\d", rule.id)


def test_an_id_is_never_used_again() -> None:
    assert not RETIRED & {rule.id for rule in CATALOGUE}
    with pytest.raises(ValueError, match="DOC-101"):
        catalogue_of(CATALOGUE, [next(r for r in CATALOGUE if r.id == "DOC-101")])
    with pytest.raises(ValueError, match="DOC-101"):
        catalogue_of(CATALOGUE, retired=["DOC-101"])


def test_image_quality_is_only_ever_advice() -> None:
    by_id = {rule.id: rule for rule in CATALOGUE}
    assert {by_id[i].severity for i in ("IMG-308", "IMG-309")} == {Severity.ADVICE}


def test_the_reference_case_has_nothing_against_it() -> None:
    assert not check(COMPLETE, CATALOGUE).failed


TAKEN_AWAY = {
    "justification": (replace(COMPLETE, justification=JustificationFacts()), Cause.MEDICAL_NECESSITY),
    "gland": (with_procedure(glands=()), Cause.DOCUMENTATION),
    "name of the gland": (with_gland(gland=""), Cause.DOCUMENTATION),
    "side": (with_gland(side=""), Cause.DOCUMENTATION),
    "findings": (with_visit(findings=()), Cause.DOCUMENTATION),
    "treatments": (with_visit(interventions=()), Cause.DOCUMENTATION),
    "plan": (replace(COMPLETE, plan=PlanFacts()), Cause.DOCUMENTATION),
    "images": (with_visit(images=()), Cause.IMAGES),
    "interpretation": (replace(COMPLETE, interpretation=InterpretationFacts()), Cause.IMAGES),
    "text of the interpretation": (with_interpretation(text=""), Cause.IMAGES),
    "clinical relevance": (with_interpretation(clinical_relevance=""), Cause.IMAGES),
    "endoscopy": (with_visit(sialoendoscopy_performed=False), Cause.CODING),
    "endoscope in the duct": (with_gland(extent="not_entered"), Cause.CODING),
    "diagnosis": (with_visit(diagnoses=()), Cause.CODING),
}


@pytest.mark.parametrize("part", TAKEN_AWAY)
def test_a_part_taken_away_blocks_for_its_cause_alone(part: str) -> None:
    facts, cause = TAKEN_AWAY[part]
    blockers = check(facts, CATALOGUE).blockers
    assert blockers
    assert {b.cause for b in blockers} == {cause}, [b.message for b in blockers]


def test_an_empty_visit_is_told_everything_and_breaks_nothing() -> None:
    report = check(EncounterFacts(), CATALOGUE)
    assert len(report.blockers) > 15
    assert not [r.message for r in report if "could not be carried out" in r.message]


def _breaks(facts: EncounterFacts) -> bool:
    return next(d for d in facts.diagnoses if d == "never") == ""


def test_of_many_records_the_same_fails_as_of_each_alone() -> None:
    """Contradicting, empty and sound ones; with reasons, severities, and a rule that breaks on some of them."""
    broken = replace(CATALOGUE[0], id="DOC-999", passes=lambda e: not e.findings or _breaks(e))
    rules = (*CATALOGUE, broken)
    many = [COMPLETE, EncounterFacts(), *(facts for facts, _ in TAKEN_AWAY.values())]
    severities = {rule.id: Severity.WARNING for rule in rules[::2]}
    reasons = [{} if n % 2 else {rule.id: "The payer was told." for rule in rules[::3]} for n in range(len(many))]
    alone = [check(f, rules, severities=severities, overrides=r).failed for f, r in zip(many, reasons, strict=True)]
    assert failures(many, rules, reasons, severities=severities) == alone
    assert any(r.reason for failed in alone for r in failed)
    assert [r.rule for r in alone[0]] == ["DOC-999"]
    assert "could not be carried out" in alone[0][0].message
