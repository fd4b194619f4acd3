"""From facts to what is sent: the worked examples, purposes, other plans, documents, notes; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from claims.among import AdjustedFacts, AnsweredLineFacts, PrimaryFacts, TermsFacts
from claims.edi import claim_837_read
from claims.edi.charset import basic, has_lost_letters, pieces
from claims.edi.claim_837 import Numbers, write
from claims.edi.claim_of_facts import CannotWrite, Sending, electronic_claim
from claims.edi.electronic import Document, ElectronicClaim, Purpose, Taken
from claims.facts import AuthorizationFacts, ClaimFacts, CoverageFacts, LineFacts
from claims.rules.examples import MEDICAL, READY, with_coverage, with_payer, with_policy, with_subscriber
from documentation.facts import Address, ClinicianFacts, ImageFacts, LocationFacts
from tests.claims.edi.claims_837 import RECEIVER, SENDER, text_of
from tests.claims.edi.structure import faults

SAMPLES = Path(__file__).parent / "samples"
HARBOR = LocationFacts(
    "Harbor Oral Surgery PLLC",
    "1234567893",
    "123456789",
    address=Address("100 Harbor Way", "", "Seattle", "WA", "981010001"),
)
RIVERA = ClinicianFacts("Sam", "Rivera", "DDS", "1987654328", taxonomy="1223S0112X")
SENT = Sending("C000101", attachment="DUC00000101", note="Left duct.")


def made(facts: ClaimFacts, **sending: Any) -> ElectronicClaim:
    """The claim as it is sent; its file is sound and says the same."""
    claim = electronic_claim(facts, replace(SENT, **sending)).claim
    text = text_of([claim], claim.kind)
    assert faults(text) == []
    assert [found.claim for found in claim_837_read.read(text.encode()).claims] == [claim]
    return claim


def refused(facts: ClaimFacts, **sending: Any) -> str:
    with pytest.raises(CannotWrite) as refusal:
        electronic_claim(facts, replace(SENT, **sending))
    return " ".join(refusal.value.reasons)


def harbor(facts: ClaimFacts, **changes: Any) -> ClaimFacts:
    """The claim of the worked files: their practice, their clinician, a payer without an address."""
    patient = replace(facts.encounter.patient, middle_name="")
    encounter = replace(facts.encounter, clinician=RIVERA, location=HARBOR, patient=patient)
    coverage = replace(facts.coverage, payer=replace(facts.coverage.payer, address=Address()))
    return replace(facts, encounter=encounter, billing=HARBOR, coverage=coverage, **changes)


# --- The worked examples ------------------------------------------------------------------------------------------


def test_the_worked_dental_claim_comes_out_byte_for_byte() -> None:
    asked = AuthorizationFacts("predetermination", "approved", "PD20260912")
    note = (
        "Left submandibular duct sialoendoscopy. Recurrent mealtime swelling x 8 mo. "
        "Ultrasound and occlusal film inconclusive. 14 images and signed read attached."
    )
    claim = electronic_claim(harbor(READY, authorizations=(asked,)), replace(SENT, note=note)).claim
    assert [d.type for d in claim.documents] == ["OZ", "DG"]
    papers = (Document("OZ", "EL", "NEA104455667"), Document("DG", "EL", "NEA104455668"))
    at = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
    pieces_ = write(
        [replace(claim, documents=papers)], kind="dental", sender=SENDER, receiver=RECEIVER, at=at,
        numbers=Numbers(101), is_test=True,
    )  # fmt: skip
    assert _segments("".join(pieces_)) == _segments((SAMPLES / "worked.837D").read_text())


def test_the_worked_medical_claim_comes_out_byte_for_byte() -> None:
    given = AuthorizationFacts("prior_authorization", "approved", "AUTH556677")
    line = LineFacts(
        "42699", 185_000, description="Sialendoscopy left submandibular duct with image review", comparator=""
    )
    facts = harbor(MEDICAL, authorizations=(given,), lines=(line,))
    coverage = replace(facts.coverage, group_number="MED7700", member_id="M987654321")
    note = "Unlisted - dx sialendoscopy L Wharton duct. Comparator 42660. Op note attached"
    sending = replace(SENT, control="C000101M", note=note)
    claim = electronic_claim(replace(facts, coverage=coverage), sending).claim
    papers = (Document("OB", "EL", "NEA104455670"), Document("DG", "EL", "NEA104455671"))
    at = datetime(2026, 12, 1, 10, 15, tzinfo=UTC)
    pieces_ = write(
        [replace(claim, documents=papers)], kind="medical", sender=SENDER, receiver=RECEIVER, at=at,
        numbers=Numbers(140), is_test=True,
    )  # fmt: skip
    assert _segments("".join(pieces_)) == _segments((SAMPLES / "worked.837P").read_text())


def _segments(text: str) -> list[str]:
    return [s for s in text.replace("\r", "").replace("\n", "").split("~") if s]


# --- Why it is sent -----------------------------------------------------------------------------------------------


def test_a_corrected_or_void_claim_names_the_payers_number() -> None:
    for purpose, frequency in ((Purpose.CORRECTED, "7"), (Purpose.VOID, "8")):
        claim = made(READY, purpose=purpose, payer_control="26334D000777")
        text = text_of([claim], "dental")
        assert f":B:{frequency}*" in text
        assert "REF*F8*26334D000777~" in text
        assert text.index("REF*F8") < text.index("NTE*")
        assert "no answer has told it" in refused(READY, purpose=purpose)


def test_a_predetermination_has_no_day_and_no_number_of_one() -> None:
    facts = replace(READY, authorizations=(AuthorizationFacts("predetermination", "approved", "PD1"),))
    claim = made(facts, purpose=Purpose.PREDETERMINATION)
    assert (claim.service_date, claim.predetermination) == (None, "")


# --- Plans --------------------------------------------------------------------------------------------------------


def test_a_dependent_stands_below_the_subscriber() -> None:
    claim = made(with_subscriber())
    assert claim.patient is not None
    assert (claim.patient.last_name, claim.plan.subscriber.last_name) == ("DOE", "DOE")
    assert (claim.plan.relationship, claim.plan.subscriber.first_name) == ("01", "JORDAN")
    assert "HL*3*2*23*0~\nPAT*01~\nNM1*QC*1*DOE*" in text_of([claim], "dental")


SECOND = replace(
    READY,
    sequence=2,
    other_coverages=(replace(MEDICAL.coverage, member_id="M98", group_number="MED7700"),),
    primary_is_decided=True,
)
PAID = PrimaryFacts(
    *("Example Health Plan", "88881", "M-77", date(2026, 11, 20)),
    charge_cents=85_000,
    paid_cents=60_000,
    patient_cents=20_000,
    lines=(
        AnsweredLineFacts(
            "D0371", 85_000, 60_000, 80_000, (AdjustedFacts("CO", "45", 5_000), AdjustedFacts("PR", "2", 20_000))
        ),
    ),
)


def test_a_second_plan_is_told_what_the_first_answered_on_each_line() -> None:
    claim = made(replace(SECOND, primary=PAID))
    assert claim.plan.responsibility == "S"
    (first,) = claim.others
    assert (first.plan.responsibility, first.paid_cents, first.left_cents, first.control) == (
        "P",
        60_000,
        20_000,
        "M-77",
    )
    (answer,) = claim.lines[0].answers
    assert answer.taken == (Taken("CO", "45", 5_000), Taken("PR", "2", 20_000))
    assert (answer.payer_id, answer.paid_on, first.paid_on) == ("88881", date(2026, 11, 20), None)


def test_an_answer_with_other_codes_is_told_for_the_whole_claim() -> None:
    other = replace(PAID, lines=(replace(PAID.lines[0], code="42699"),))
    claim = made(replace(SECOND, primary=other))
    assert claim.lines[0].answers == ()
    assert sum(t.cents for t in claim.others[0].taken) == 25_000
    assert claim.others[0].paid_on == date(2026, 11, 20)


def test_an_answer_that_does_not_add_up_is_refused() -> None:
    assert "does not add up" in refused(replace(SECOND, primary=replace(PAID, paid_cents=1)))
    assert "among the patient's plans" in refused(replace(SECOND, primary=PAID, other_coverages=()))


def test_a_third_plan_without_both_answers_is_sent_on_paper() -> None:
    assert "send the claim on paper with the answers" in refused(replace(SECOND, primary=PAID, sequence=3))


def test_a_first_plan_is_told_that_there_is_another() -> None:
    claim = made(replace(READY, other_coverages=SECOND.other_coverages))
    assert [(o.plan.responsibility, o.paid_cents) for o in claim.others] == [("S", None)]


@pytest.mark.parametrize(
    ("indicator", "program", "sent"),
    [("unknown", "commercial", "CI"), ("unknown", "medicaid", "MC"), ("unknown", "medicare", "MB"),
     ("12", "medicaid", "12"), ("BL", "commercial", "BL"), ("WC", "liability", "WC")],
)  # fmt: skip
def test_the_filing_indicator_is_the_payers_else_that_of_its_program(indicator: str, program: str, sent: str) -> None:
    facts = with_policy(filing_indicator=indicator)
    facts = replace(facts, coverage=replace(facts.coverage, program=program))
    made(facts)
    cleaned = electronic_claim(facts, SENT)
    assert cleaned.claim.plan.filing == sent
    told = [s for s in cleaned.assumed if "commercial (CI)" in s]
    assert bool(told) == (indicator == "unknown" and program == "commercial")


def test_a_liable_insurer_of_an_unknown_kind_is_asked_for() -> None:
    assert "nobody wrote down which" in refused(with_coverage(program="liability"))


def test_an_injury_whose_cause_is_not_recorded_is_told() -> None:
    why = replace(READY.encounter.justification, indications=("trauma",))
    facts = replace(READY, encounter=replace(READY.encounter, justification=why))
    made(facts)
    assert any("names no accident" in said for said in electronic_claim(facts, SENT).assumed)
    assert not any("accident" in said for said in electronic_claim(READY, SENT).assumed)


# --- Documents and notes ------------------------------------------------------------------------------------------


def test_documents_are_named_as_the_payer_takes_them() -> None:
    assert [d.type for d in made(READY).documents] == ["OZ", "DG"]
    assert [d.type for d in made(MEDICAL).documents] == ["OZ", "OB", "DG"]
    assert [d.type for d in made(with_policy(several_attachments="no")).documents] == ["OZ"]
    assert made(with_policy(attachments="never")).documents == ()
    assert made(with_policy(attachments="on_request")).documents == (Document("OZ", "AA"),)
    assert {d.transmission for d in made(READY, channel="fax").documents} == {"FX"}
    # A note alone announces no file; that one is kept for whoever asks is said all the same.
    assert made(READY, leaves=False).documents == ()
    assert made(with_policy(attachments="on_request"), leaves=False).documents == (Document("OZ", "AA"),)
    assert {d.transmission for d in made(READY, channel="print").documents} == {"BM"}
    assert made(READY, attachment="").documents == ()
    picture = ImageFacts(9, "radiograph")
    facts = replace(READY, encounter=replace(READY.encounter, images=(*READY.encounter.images, picture)))
    enclosed = ("RR", "EB", "RR", "OZ")
    assert [d.type for d in made(facts, enclosed=enclosed).documents] == ["OZ", "DG", "RB", "RR", "EB"]


def test_notes_are_cut_between_words_and_the_cut_is_told() -> None:
    words = " ".join(f"word{n}" for n in range(100))
    cleaned = electronic_claim(READY, replace(SENT, note=words))
    assert len(cleaned.claim.notes) == 5
    assert all(len(n) <= 80 for n in cleaned.claim.notes)
    sent = " ".join(cleaned.claim.notes)
    assert words.upper().startswith(sent)
    assert words.upper()[len(sent)] == " "
    assert any(c.where == "The note" for c in cleaned.changes)
    assert made(MEDICAL, note="a").notes == ("COMPARATOR 42660. A",)


def test_pieces_cut_no_word_unless_it_is_longer_than_a_piece() -> None:
    assert pieces("ABC DEF GHI", 7, 9) == ("ABC DEF", "GHI")
    assert pieces("ABCDEFGHIJ K", 4, 9) == ("ABCD", "EFGH", "IJ K")
    assert pieces("", 4, 9) == ()


# --- Text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("O*NEIL~", "O NEIL"), ("Łukasz Żółć", "LUKASZ ZOLC"), ("Müller-Weiß", "MULLER-WEISS"), ("D’Ávila", "D'AVILA"),
        ("Åse Bjørn", "ASE BJORN"), ("Nguyễn", "NGUYEN"), ("a:b^c|d", "A B C D"), ("≥ 4 mm", "AT LEAST 4 MM"),
        ("½ “open” – 90%", '1/2 "OPEN" - 90 PERCENT'), ("line\nbreak", "LINE BREAK"), ("þór", "THOR"),
    ],
)  # fmt: skip
def test_text_follows_the_written_rule(text: str, sent: str) -> None:
    assert basic(text) == sent
    assert not has_lost_letters(text)


@pytest.mark.parametrize("name", ["Иванов", "王", "علي", "Müller 王"])
def test_a_name_that_has_no_latin_letters_is_refused(name: str) -> None:
    assert has_lost_letters(name)
    facts = with_coverage(subscriber=replace(READY.coverage.subscriber, last_name=name))
    assert "Write it in Latin letters" in refused(facts)


# --- Refusals -----------------------------------------------------------------------------------------------------


def with_billing(**changes: Any) -> ClaimFacts:
    return replace(READY, billing=replace(READY.billing, **changes))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (with_coverage(payer=replace(READY.coverage.payer, payer_id="")), "has no X12 ID"),
        (with_coverage(payer=replace(READY.coverage.payer, payer_id="99*91")), "a character that an electronic claim"),
        (with_coverage(member_id=""), "member ID is missing"),
        (with_coverage(subscriber=replace(READY.coverage.subscriber, address=Address())), "address is not complete"),
        (with_coverage(subscriber=replace(READY.coverage.subscriber, birth_date=None)), "no birth date"),
        (with_billing(npi="1234567890"), "no sound NPI"),
        (with_billing(tax_id=""), "no tax ID"),
        (with_billing(address=replace(READY.billing.address, line1="P.O. Box 7")), "not from a PO box"),
        (with_billing(address=replace(READY.billing.address, zip="98101")), "all nine digits"),
        (replace(READY, lines=()), "has no line"),
        (replace(READY, lines=READY.lines * 51), "takes 50"),
        (replace(READY, lines=(replace(READY.lines[0], code="42699"),)), "is no CDT code"),
        (replace(READY, lines=(replace(READY.lines[0], diagnosis_pointers=(2,)),)), "points to a diagnosis"),
        (replace(READY, lines=(replace(READY.lines[0], area="77"),)), "no area of the oral cavity"),
        (replace(READY, lines=(replace(READY.lines[0], code="D0999", description=""),)), "needs a description"),
        (replace(READY, diagnoses=("K11.5", "K11.8", "K11.7", "K11.2", "K11.1")), "takes 4"),
        (replace(MEDICAL, diagnoses=()), "needs a diagnosis"),
        (replace(READY, encounter=replace(READY.encounter, service_date=None)), "no date of service"),
        (replace(READY, encounter=replace(READY.encounter, place_of_service="")), "no place of service"),
    ],
)  # fmt: skip
def test_what_is_missing_is_refused_in_a_sentence(facts: ClaimFacts, said: str) -> None:
    assert said in refused(facts)


def test_a_number_that_is_too_long_is_refused_and_never_cut() -> None:
    assert "takes 20" in refused(READY, control="C" * 21)


def test_an_unknown_network_is_told_and_never_taken_for_granted_silently() -> None:
    for network, sent in (("unknown", "A"), ("in", "A"), ("out", "C")):
        cleaned = electronic_claim(with_payer(terms=TermsFacts(network)), SENT)
        assert cleaned.claim.accepts == sent
        assert any("(CLM07 A)" in said for said in cleaned.assumed) == (network == "unknown")


def test_of_two_plans_of_a_payer_the_one_that_answered_has_the_answer() -> None:
    now = replace(SECOND.other_coverages[0], key=12, priority=2)
    before = replace(now, key=11, member_id="OLD1", priority=1, terminated_on=date(2026, 1, 1))
    both = replace(SECOND, other_coverages=(before, now))
    (other,) = made(replace(both, primary=replace(PAID, coverage=12))).others
    assert (other.plan.member_id, other.paid_cents) == ("M98", 60_000)
    others = made(replace(both, primary=replace(PAID, coverage=11))).others
    assert [(o.plan.member_id, o.paid_cents) for o in others] == [("OLD1", 60_000), ("M98", None)]
    assert "among the patient's plans" in refused(replace(both, primary=replace(PAID, coverage=10)))


def test_a_plan_that_had_ended_is_not_named() -> None:
    ended: CoverageFacts = replace(SECOND.other_coverages[0], terminated_on=date(2026, 1, 1))
    assert made(replace(READY, other_coverages=(ended,))).others == ()
