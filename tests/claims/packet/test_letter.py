"""The letter of an appeal: golden texts that were read by people, and properties that hold for any denial."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.codes.literature import SUCCESS
from claims.facts import AppealFacts, DeniedCodeFacts
from claims.packet.letter import Kind, Letter, draft, edited, holes
from claims.packet.letter.answers import ANSWERS, causes_of
from claims.packet.narrative import compose
from documentation.kernel.rule import Cause
from tests.claims.packet.appeals import APPEALS, appeal, claim, code, denied
from tests.claims.packet.records import RECORDS

GOLDEN = Path(__file__).with_name("golden") / "letters"


def told(letter: Letter) -> str:
    """The whole letter, head to signature, as a person would read it through."""
    head = [s.text for s in (*letter.sender, *letter.addressee, letter.written)]
    about = [f"{entry.label}: {entry.sentence.text}" for entry in letter.reference]
    body = []
    for p in letter.passages:
        text = " ".join(f"[gap] {s.text}" if s.is_gap else s.text for s in p.sentences)
        mark = {Kind.HEADING: "## ", Kind.QUOTE: "> ", Kind.ITEM: "- "}.get(p.kind, "")
        body.append(f"{mark}{p.label}: {text}" if p.label else f"{mark}{text}")
    parts = ["\n".join(head), "\n".join(about), *body, "\n".join(s.text for s in letter.signature)]
    return "\n\n".join(parts).replace("\u00a0", " ") + "\n"


@pytest.mark.parametrize("name", sorted(APPEALS))
def test_the_letter_reads_as_it_was_approved(name: str) -> None:
    assert told(draft(APPEALS[name])) == (GOLDEN / f"{name}.txt").read_text()


# ------------------------------------------------------------------------------------------------ facts and gaps


def _get(subject: Any, path: str) -> Any:
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        if subject is None:
            return None
        subject = getattr(subject, name)
        if index:
            subject = subject[int(index)]
    return subject


@pytest.mark.parametrize("name", sorted(APPEALS))
def test_each_sentence_names_facts_that_exist_and_a_place_that_proves_it(name: str) -> None:
    facts = APPEALS[name]
    letter = draft(facts)
    headings = {p.sentences[0] for p in letter.passages if p.kind is Kind.HEADING}
    for sentence in letter.sentences:
        if sentence in headings:
            continue
        assert sentence.facts, sentence.text
        for path in sentence.facts:
            _get(facts, path)  # raises where the path leads nowhere
    for p in letter.passages:
        for sentence in p.sentences:
            assert sentence.is_gap or sentence in headings or sentence.proof, sentence.text


@pytest.mark.parametrize("name", sorted(set(APPEALS) - {"empty", "other", "several"}))
def test_a_complete_record_leaves_only_its_own_gaps(name: str) -> None:
    facts = APPEALS[name]
    of_record = {s.text for s in compose(facts.claim) if s.is_gap}
    assert set(draft(facts).gaps) <= of_record, name


@pytest.mark.parametrize(
    "change,gap",
    [
        ({"phone": ""}, "phone number"),
        ({"name": ""}, "name of the practice"),
        ({"npi": ""}, ""),
    ],
)
def test_what_the_head_lacks_is_a_gap(change: dict[str, Any], gap: str) -> None:
    facts = APPEALS["images"]
    letter = draft(replace(facts, claim=replace(facts.claim, billing=replace(facts.claim.billing, **change))))
    assert any(gap in g for g in letter.gaps) if gap else not letter.gaps


def test_a_payer_without_an_address_is_a_gap() -> None:
    facts = APPEALS["images"]
    coverage = facts.claim.coverage
    nowhere = replace(coverage, payer=replace(coverage.payer, address=type(coverage.payer.address)()))
    letter = draft(replace(facts, claim=replace(facts.claim, coverage=nowhere)))
    assert letter.gaps == ("The address of the payer is not recorded.",)


def test_a_letter_after_the_last_day_must_say_why() -> None:
    facts = APPEALS["images"]
    assert draft(replace(facts, written_on=date(2027, 5, 31))).gaps == ()
    late = draft(replace(facts, written_on=date(2027, 6, 1)))
    assert late.gaps == ("The last day for this appeal was May 31, 2027; why it comes later must be said here.",)


def test_an_unsigned_record_cannot_be_appealed_with() -> None:
    facts = APPEALS["images"]
    e = replace(facts.claim.encounter, signature=None)
    assert "The record is not signed." in draft(replace(facts, claim=replace(facts.claim, encounter=e))).gaps


# ------------------------------------------------------------------------------------------------------- answers


def test_there_is_an_answer_for_every_cause() -> None:
    assert set(ANSWERS) == set(Cause)


@pytest.mark.parametrize("name", sorted(APPEALS))
def test_every_reason_is_quoted_verbatim_and_in_turn(name: str) -> None:
    facts = APPEALS[name]
    quotes = [p.label for p in draft(facts).passages if p.kind is Kind.QUOTE]
    assert quotes == [r.verbatim or "No reason given" for r in facts.denial.reasons]


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize("record", sorted(RECORDS))
def test_any_cause_on_any_record_makes_a_letter_of_facts(cause: Cause, record: str) -> None:
    facts = appeal(claim(record), denied(cause.value, code("CO-50", 85000)))
    letter = draft(facts)
    for sentence in letter.sentences:
        for path in sentence.facts:
            _get(facts, path)
        assert "None" not in sentence.text.replace("None of", "").replace("None:", "").replace("None.", "")
        assert "  " not in sentence.text


def test_a_remark_of_another_kind_is_answered_too() -> None:
    facts = APPEALS["medical_necessity"]
    assert causes_of(facts.denial, facts.denial.codes[0]) == (Cause.MEDICAL_NECESSITY, Cause.DOCUMENTATION)


def test_the_cause_that_a_person_chose_leads() -> None:
    denial = denied("bundling", code("CO-50", 85000))
    assert causes_of(denial, denial.codes[0]) == (Cause.BUNDLING,)


def test_what_two_reasons_share_is_answered_once() -> None:
    letter = draft(appeal(claim("reference"), denied("medical_necessity", code("CO-50", 50000), code("CO-150", 35000))))
    assert letter.text.count("Conservative care first") == 1
    assert "What we say above to CO-50 answers this reason, too." in letter.text


def test_literature_is_cited_for_treated_adults_only() -> None:
    assert SUCCESS.source in draft(APPEALS["medical_necessity"]).text
    untreated = appeal(claim("normal_study"), denied("medical_necessity", code("CO-50", 85000)))
    assert SUCCESS.source not in draft(untreated).text
    child = replace(claim("reference").encounter.patient, birth_date=date(2015, 5, 5))
    of_child = claim("reference")
    of_child = replace(of_child, encounter=replace(of_child.encounter, patient=child))
    assert SUCCESS.source not in draft(appeal(of_child, denied("medical_necessity", code("CO-50", 85000)))).text


def test_a_claim_filed_after_the_limit_needs_a_reason() -> None:
    facts = APPEALS["timely_filing"]
    sent = replace(facts.denial.sent[0], sent_on=date(2027, 12, 1))
    letter = draft(replace(facts, denial=replace(facts.denial, sent=(sent,))))
    assert any("later than the 365 days of the plan" in gap for gap in letter.gaps)


def test_without_an_authorization_the_letter_invents_none() -> None:
    plain = claim("reference")
    payer = plain.coverage.payer
    strict = replace(payer, policy=replace(payer.policy, prior_authorization="required"))
    subject = replace(plain, coverage=replace(plain.coverage, payer=strict))
    letter = draft(appeal(subject, denied("authorization", code("CO-197", 85000))))
    assert any("why it is asked for afterwards must be written here" in gap for gap in letter.gaps)


# ------------------------------------------------------------------------------------------------------- editing


@pytest.mark.parametrize("name", sorted(APPEALS))
def test_a_letter_saved_as_it_was_drafted_is_the_draft(name: str) -> None:
    letter = draft(APPEALS[name])
    again = edited(letter, letter.text.replace("\n", "\r\n"))
    assert again == letter
    assert not again.is_edited


def test_an_empty_text_brings_the_draft_back() -> None:
    letter = draft(APPEALS["images"])
    assert edited(letter, "  \n\n ") is letter


def test_unchanged_sentences_keep_their_receipts_and_others_have_none() -> None:
    letter = draft(APPEALS["images"])
    first, second = letter.passages[2].sentences[:2]
    text = letter.text.replace(first.text, f"{first.text} The patient could not work.")
    changed = edited(letter, text)
    assert changed.is_edited
    passage = changed.passages[2]
    assert passage.sentences[0] == first
    assert passage.sentences[1].text == "The patient could not work."
    assert (passage.sentences[1].facts, passage.sentences[1].proof) == ((), ())
    assert passage.sentences[2] == second
    assert changed.passages[3:] == letter.passages[3:]


def test_a_changed_sentence_loses_its_receipt() -> None:
    letter = draft(APPEALS["images"])
    first = letter.passages[2].sentences[0]
    changed = edited(letter, letter.text.replace(first.text, first.text.replace("has had", "never had")))
    assert first not in changed.passages[2].sentences
    assert changed.passages[2].sentences[0].proof == ()


def test_a_sentence_within_a_longer_one_is_another_sentence() -> None:
    letter = draft(APPEALS["documentation"])
    sentence = next(s for s in letter.sentences if s.text == "There were no complications.")
    changed = edited(letter, f"Nobody can say that {sentence.text}")
    assert changed.passages[0].sentences[0].proof == ()


def test_a_deleted_gap_is_gone_and_a_place_left_open_is_one() -> None:
    letter = draft(APPEALS["other"])
    gap = "What we say to PI-Z9 with N999 must be written here."
    assert gap in letter.gaps
    filled = edited(letter, letter.text.replace(gap, "Your portal gives no text for this code."))
    assert gap not in filled.gaps
    opened = edited(letter, letter.text.replace(gap, "We spoke with […] about it. She agreed."))
    assert "We spoke with […] about it." in opened.gaps
    assert "She agreed." not in opened.gaps


def test_a_changed_point_stays_under_its_label() -> None:
    letter = draft(APPEALS["images"])
    figure = next(p for p in letter.passages if p.label == "Figure 2")
    changed = edited(letter, letter.text.replace(figure.text, f"{figure.text} The duct is open."))
    assert next(p for p in changed.passages if p.label == "Figure 2").kind is Kind.ITEM


@pytest.mark.parametrize(
    "text", ["[…]", "[...]", "[name of the reviewer]", "Dear ____,", "{{ name }}", "<name>", "[ ]"]
)
def test_places_left_open_are_found(text: str) -> None:
    assert holes(text)


@pytest.mark.parametrize(
    "text", ["quoted [sic]", "as shown before [12]", "< 5 mm and > 3 mm", "a_b", "a stone of 5 mm"]
)
def test_what_is_no_open_place_is_left_alone(text: str) -> None:
    assert holes(text) == []


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=400))
def test_whatever_a_person_types_stands_in_the_letter_and_proves_nothing(text: str) -> None:
    letter = draft(APPEALS["coverage"])
    changed = edited(letter, text)
    if text.strip():
        assert " ".join(changed.text.split()) == " ".join(text.replace("\u00a0", " ").split())


@settings(max_examples=60, deadline=None)
@given(
    carc=st.text(st.characters(codec="ascii", categories=("Lu", "Nd")), max_size=5),
    rarcs=st.lists(st.text(st.characters(codec="ascii", categories=("Lu", "Nd")), min_size=1, max_size=5), max_size=3),
    cause=st.sampled_from(list(Cause)),
)
def test_any_code_is_quoted_as_it_came(carc: str, rarcs: list[str], cause: Cause) -> None:
    reason = DeniedCodeFacts("CO", carc, 100, 0, tuple(rarcs))
    facts: AppealFacts = appeal(claim("reference"), denied(cause.value, reason))
    letter = draft(facts)
    assert reason.verbatim in letter.text
    assert reason.verbatim in letter.reference[-1].sentence.text
