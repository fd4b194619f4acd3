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

from claims.among import PrimaryFacts, TermsFacts
from claims.codes.literature import SUCCESS
from claims.facts import AddresseeFacts, AppealFacts, DeniedCodeFacts, ReplacedFacts
from claims.packet.letter import Kind, Letter, draft, edited, holes
from claims.packet.letter.answers import ANSWERS, causes_of
from claims.packet.narrative import compose
from documentation.kernel.dates import long_date
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


@pytest.mark.parametrize("name", sorted(set(APPEALS) - {"empty", "other", "several", "of_patient"}))
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


@pytest.mark.parametrize(
    ("description", "comparator", "nearest", "source"),
    [
        ("Salivary duct endoscopy", "42650", "42650", "comparator"),
        ("Salivary duct endoscopy, compare 42330", "", "42330", "description"),
        ("Salivary duct endoscopy, compare 42330", "not a code", "42330", "description"),
        ("Salivary duct endoscopy", "", "", ""),
        ("Salivary duct endoscopy", "70390", "", ""),
    ],
)
def test_the_nearest_code_is_the_one_that_the_claim_names_where_it_is_surgery_of_the_duct(
    description: str, comparator: str, nearest: str, source: str
) -> None:
    facts = APPEALS["coding"]
    line = replace(facts.claim.lines[0], description=description, comparator=comparator)
    letter = draft(replace(facts, claim=replace(facts.claim, lines=(line, *facts.claim.lines[1:]))))
    found = [s for s in letter.sentences if "comes nearest" in s.text]
    assert [(f"nearest, {nearest}, is" in s.text, s.facts) for s in found] == (
        [(True, (f"claim.lines[0].{source}",))] if nearest else []
    )


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
    decided = [f"What you wrote on {long_date(e.decided_on)}" for e in facts.earlier if e.words and e.decided_on]
    assert quotes == [*decided[-1:], *(r.verbatim or "No reason given" for r in facts.denial.reasons)]


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
    assert "What we say above to CO-50 answers this reason as well." in letter.text


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


def test_a_second_or_corrected_claim_is_held_to_a_time_of_its_own() -> None:
    facts = APPEALS["timely_filing"]
    payer, late = facts.claim.coverage.payer, date(2027, 12, 1)
    sent = replace(facts, denial=replace(facts.denial, sent=(replace(facts.denial.sent[0], sent_on=late),)))

    def letter(policy: dict[str, Any], terms: str = "unknown", **changes: Any) -> Letter:
        known = replace(payer, policy=replace(payer.policy, **policy), terms=TermsFacts(secondary_clock=terms))
        subject = replace(sent.claim, coverage=replace(sent.claim.coverage, payer=known), **changes)
        return draft(replace(sent, claim=subject))

    answered = PrimaryFacts(answered_on=date(2027, 11, 20))
    second = letter({}, "primary", sequence=2, primary=answered)
    assert "the plan that pays before you answered on November 20, 2027" in second.text
    assert "11 days later, within the 365 days that your rules give" in second.text
    corrects = ReplacedFacts("C000001", date(2027, 11, 20))
    corrected = letter({"corrected_claim_days": 60, "corrected_claim_from": "answer"}, corrects=corrects)
    assert "your first answer to it came on November 20, 2027" in corrected.text
    assert "within the 60 days that your rules give" in corrected.text
    unknown = letter({}, corrects=corrects)
    assert "365 days" not in unknown.text
    assert any("The time for a corrected claim is not recorded" in gap for gap in unknown.gaps)


@pytest.mark.parametrize("name", ["images", "documentation"])
def test_what_left_without_the_record_is_called_the_claim(name: str) -> None:
    facts = APPEALS[name]
    (sent,) = facts.denial.sent
    alone = replace(facts, denial=replace(facts.denial, sent=(replace(sent, without_record=True),)))
    text = draft(alone).text
    assert "Claim C000001 went to you through your portal on November 9, 2026" in text
    assert "with this record" not in text
    assert "enclosed again" not in text
    both = replace(facts, denial=replace(facts.denial, sent=(sent, replace(sent, packet="K2", without_record=True))))
    assert "Packet K000001, with this record, went to you" in draft(both).text


def test_without_an_authorization_the_letter_invents_none() -> None:
    plain = claim("reference")
    payer = plain.coverage.payer
    strict = replace(payer, policy=replace(payer.policy, prior_authorization="required"))
    subject = replace(plain, coverage=replace(plain.coverage, payer=strict))
    letter = draft(appeal(subject, denied("authorization", code("CO-197", 85000))))
    assert any("why it is asked for afterwards must be written here" in gap for gap in letter.gaps)


def test_where_dates_and_numbers_decide_the_letter_is_short_and_asks_for_no_reviewer() -> None:
    for name in ("timely_filing", "duplicate", "eligibility", "provider", "cob", "authorization"):
        letter = draft(APPEALS[name])
        assert "clinician to clinician" not in letter.text, name
        assert "What the endoscopy showed" not in letter.text, name
    assert "clinician to clinician" in draft(APPEALS["images"]).text


# -------------------------------------------------------------------------------------------------------- levels


def test_each_level_opens_by_its_own_name() -> None:
    opened = {
        name: draft(APPEALS[name]).passages[0].text for name in ("reconsideration", "images", "second", "external")
    }
    assert opened["reconsideration"].startswith("We ask for reconsideration of your decision of December 2, 2026.")
    assert opened["images"].startswith("This is our first-level appeal of your decision of December 2, 2026.")
    assert opened["second"].startswith("This is our second-level appeal of your decision of January 20, 2027.")
    assert opened["external"].startswith(
        "We request external review of the final internal decision that Example Health Plan made on March 15, 2027."
    )


def test_an_external_review_after_silence_names_no_final_decision() -> None:
    facts = APPEALS["external"]
    first, second = facts.earlier
    silent = replace(facts, earlier=(first, replace(second, outcome="no_response", words="")))
    opened = draft(silent).passages[0].text
    assert opened.startswith(
        "We request external review of the decision that Example Health Plan made on January 20, 2027."
    )


def test_a_call_is_offered_again_only_by_whoever_spoke() -> None:
    facts = APPEALS["second"]
    assert "is glad to speak again with your reviewer" in draft(facts).text
    (call,) = facts.peer_calls
    other = replace(facts, peer_calls=(replace(call, clinician="Robin Example, DDS"),))
    assert "is glad to speak with your reviewer" in draft(other).text


def test_a_further_level_answers_why_the_one_before_was_refused() -> None:
    letter = draft(APPEALS["second"])
    words = APPEALS["second"].earlier[0].words
    answered = [p.label or p.text for p in letter.passages]
    assert answered.index("What you wrote on January 20, 2027") < answered.index("CO-16 with N29")
    assert f"“{words}”" in letter.text
    silent = replace(APPEALS["second"], earlier=(replace(APPEALS["second"].earlier[0], words=""),))
    gap = "Why you decided so on our first-level appeal is not recorded; quote it here and answer it."
    assert gap in draft(silent).gaps


def test_what_nobody_knows_is_answered_by_a_person_reason_by_reason() -> None:
    unknown = appeal(claim("reference"), denied("other", code("PI-Z9", 500, "N999"), code("PI-Z8", 700)))
    assert [g for g in draft(unknown).gaps if g.startswith("What we say")] == [
        "What we say to PI-Z9 with N999 must be written here.", "What we say to PI-Z8 must be written here.",
    ]  # fmt: skip
    earlier = replace(APPEALS["second"].earlier[0], cause="other")
    letter = draft(replace(APPEALS["second"], earlier=(earlier,)))
    assert "What we say to this must be written here." in letter.gaps
    assert "is not on our record" not in letter.text


def test_an_appeal_that_waits_or_was_not_answered_has_no_reason_to_quote() -> None:
    waits = draft(APPEALS["second_without_answer"])
    assert "You have not decided our first-level appeal of December 10, 2026" in waits.text
    assert waits.gaps == ()


def test_the_patients_own_appeal_needs_the_signed_authorization() -> None:
    assert any("authorization, with its date, is not on the shelf" in gap for gap in draft(APPEALS["of_patient"]).gaps)
    assert "signed authorization of March 18, 2027, is enclosed" in draft(APPEALS["external"]).text


def test_the_addressee_is_whom_the_playbook_names() -> None:
    facts = replace(APPEALS["images"], addressee=AddresseeFacts(("Dental Review", "Denver, CO 80202"), "5555550100"))
    told = [s.text for s in draft(facts).addressee]
    assert told == ["Example Dental Plan", "Dental Review", "Denver, CO 80202", "Fax (555) 555-0100"]


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
