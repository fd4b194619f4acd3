"""Every claim rule tells its good example from its bad one, and reads well."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from claims.facts import (
    AuthorizationFacts,
    ClaimFacts,
    FactSource,
    LineFacts,
    PolicyFacts,
    ReplacedFacts,
    StaleFact,
)
from claims.rules import CATALOGUE, RETIRED
from claims.rules.examples import (
    APPROVED,
    AUTHORIZED,
    MEDICAL,
    READY,
    SIGNED,
    with_authorization,
    with_claim,
    with_encounter,
    with_line,
    with_payer,
    with_policy,
    with_second_line,
)
from claims.rules.filing import last_day, limit_is_firm
from documentation.facts import (
    EncounterFacts,
    ImageFacts,
    InterpretationFacts,
    InterventionFacts,
    JustificationFacts,
    OtherProcedureFacts,
    PlanFacts,
)
from documentation.kernel.rule import Cause, Result, Rule, Severity, check
from documentation.rules import CATALOGUE as RECORD_CATALOGUE
from documentation.rules.examples import ATTEMPT, CUT_SHORT

SECTIONS = {
    "claim",
    "coverage",
    "eligibility",
    "authorization",
    "estimate",
    "lines",
    "diagnoses",
    "payer",
    "packet",
    "rules",
}


def failed(facts: ClaimFacts) -> dict[str, Severity]:
    return {r.rule: r.severity for r in check(facts, CATALOGUE).failed}


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)
class TestEachRule:
    def test_passes_its_good_example(self, rule: Rule[ClaimFacts]) -> None:
        (result,) = check(rule.good, [rule])
        assert result.passed, result.message

    def test_fails_its_bad_example_and_not_by_breaking(self, rule: Rule[ClaimFacts]) -> None:
        (result,) = check(rule.bad, [rule])
        assert not result.passed
        assert "could not be carried out" not in result.message

    def test_reads_as_sentences(self, rule: Rule[ClaimFacts]) -> None:
        (result,) = check(rule.bad, [rule])
        for sentence in (rule.message, rule.fix, result.message):
            assert re.fullmatch(r"[A-Z0-9'].*[.?]", sentence), sentence
            assert len(sentence) <= 140, sentence
        assert not rule.title.endswith(".")

    def test_leads_to_a_field(self, rule: Rule[ClaimFacts]) -> None:
        section, _, name = rule.field.partition(".")
        assert section in SECTIONS
        assert name

    def test_has_a_source_a_cause_and_a_family(self, rule: Rule[ClaimFacts]) -> None:
        assert str(rule.citation)
        assert rule.prevents in Cause
        assert re.fullmatch(r"(COV|ELG|COD|AUT|ATT|COB|FIL|FIN|OWN)-\d{3}", rule.id)


def test_ids_are_those_of_one_rule_in_both_catalogues() -> None:
    ids = [rule.id for rule in (*RECORD_CATALOGUE, *CATALOGUE)]
    assert len(ids) == len(set(ids))
    assert not RETIRED & set(ids)


@pytest.mark.parametrize("facts", [READY, MEDICAL, AUTHORIZED], ids=["dental", "medical", "authorized"])
def test_a_sound_claim_has_nothing_against_it(facts: ClaimFacts) -> None:
    assert not failed(facts)


def test_an_empty_claim_breaks_no_rule() -> None:
    report = check(ClaimFacts(), CATALOGUE)
    assert len(report.blockers) > 10
    assert not [r.message for r in report if "could not be carried out" in r.message]


TAKEN_AWAY = {
    "justification": (with_encounter(justification=JustificationFacts()), Cause.MEDICAL_NECESSITY),
    "gland": (with_encounter(procedure=replace(SIGNED.procedure, glands=())), Cause.DOCUMENTATION),
    "findings": (with_encounter(findings=()), Cause.DOCUMENTATION),
    "treatments": (with_encounter(interventions=()), Cause.DOCUMENTATION),
    "plan": (with_encounter(plan=PlanFacts()), Cause.DOCUMENTATION),
    "signature": (with_encounter(signature=None), Cause.DOCUMENTATION),
    "images": (with_encounter(images=()), Cause.IMAGES),
    "interpretation": (with_encounter(interpretation=InterpretationFacts()), Cause.IMAGES),
    "clinical relevance": (
        with_encounter(interpretation=replace(SIGNED.interpretation, clinical_relevance="")),
        Cause.IMAGES,
    ),
    "endoscopy": (with_encounter(sialoendoscopy_performed=False), Cause.CODING),
    "diagnosis": (with_claim(diagnoses=()), Cause.CODING),
}


@pytest.mark.parametrize("part", TAKEN_AWAY)
def test_a_part_taken_away_blocks_for_its_cause_alone(part: str) -> None:
    facts, cause = TAKEN_AWAY[part]
    blockers = check(facts, CATALOGUE).blockers
    assert blockers
    assert {b.cause for b in blockers} == {cause}, [b.message for b in blockers]


class TestImagingBesideD0371:
    def test_unknown_permission_is_told_apart_from_refusal(self) -> None:
        billed_twice = with_second_line("D0330").lines
        refused = replace(with_payer(), lines=billed_twice)
        unknown = replace(with_payer(policy=PolicyFacts(covers_d0371="yes", treats_as="dental")), lines=billed_twice)
        messages = [
            next(r for r in check(facts, CATALOGUE).warnings if r.rule == "COD-111").message
            for facts in (refused, unknown)
        ]
        assert messages == [
            "The policy of Example Dental Plan (read October 12, 2026) does not permit D0330 beside D0371"
            " on the same day.",
            "It is not known whether Example Dental Plan pays D0330 beside D0371 on the same day.",
        ]

    def test_imaging_of_the_day_counts_even_off_this_claim(self) -> None:
        facts = with_encounter(other_procedures=(OtherProcedureFacts("D0310", 9000, documented=True),))
        assert failed(facts) == {"COD-111": Severity.WARNING}

    def test_photographs_of_their_own_may_be_permitted_but_never_the_same_pictures(self) -> None:
        photograph = ImageFacts(5, "clinical_photo", "Floor of the mouth before the examination")
        permitted = with_policy(bundling_permitted=("D0350", "D0391")).coverage
        same = replace(with_second_line("D0350"), coverage=permitted)
        own = replace(same, encounter=replace(SIGNED, images=(*SIGNED.images, photograph)))
        assert failed(same) == {"COD-112": Severity.BLOCKER}
        assert failed(own) == {}
        assert failed(replace(own, coverage=READY.coverage)) == {"COD-111": Severity.WARNING}

    def test_no_policy_permits_a_second_reading(self) -> None:
        permitted = with_policy(bundling_permitted=("D0391",)).coverage
        assert failed(replace(with_second_line("D0391"), coverage=permitted)) == {"COD-113": Severity.BLOCKER}

    @pytest.mark.parametrize(
        ("code", "modifiers", "clashes"),
        [
            ("42650", (), True),
            ("42650", ("LT",), True),
            ("42650", ("RT",), False),  # the left submandibular gland was examined
            ("42335", (), True),
            ("42340", (), False),  # the parotid
            ("42440", ("RT",), False),
        ],
    )
    def test_an_operation_on_another_gland_is_a_service_of_its_own(self, code, modifiers, clashes) -> None:
        line = LineFacts(code, 30000, modifiers=modifiers)
        assert ("COD-147" in failed(replace(MEDICAL, lines=(*MEDICAL.lines, line)))) is clashes

    def test_what_one_payer_never_pays_beside_it_is_told_with_its_source(self) -> None:
        told = FactSource("bundling_refused", "contract 2026, page 9")
        policy = with_policy(bundling_refused=("D0140",), sources=(told,)).coverage
        facts = replace(with_second_line("D0140"), coverage=policy)
        (result,) = [r for r in check(facts, CATALOGUE).failed if r.rule == "COD-118"]
        assert "holds D0140 to be part of D0371 on the same day (contract 2026, page 9)." in result.message
        assert "COD-118" not in failed(with_second_line("D0140"))

    def test_a_documented_treatment_of_the_same_day_is_advised_on_only(self) -> None:
        shown = replace(SIGNED, interventions=(*SIGNED.interventions, InterventionFacts("basket_retrieval", "f1")))
        documented = replace(with_second_line("D7979"), encounter=shown)
        assert failed(documented)["COD-115"] is Severity.ADVICE
        assert "COD-119" not in failed(documented)
        assert failed(with_second_line("D7979")) == {"COD-115": Severity.ADVICE, "COD-119": Severity.ADVICE}


class TestAuthorization:
    def test_a_predetermination_is_none(self) -> None:
        facts = with_authorization(kind="predetermination")
        (blocker,) = check(facts, CATALOGUE).blockers
        assert blocker.message == "The payer demands prior authorization; a predetermination does not replace it."

    @pytest.mark.parametrize(
        "changes, rule",
        [
            ({"status": "requested"}, "AUT-101"),
            ({"status": "denied"}, "AUT-101"),
            ({"codes": ("D7979",)}, "AUT-102"),
            ({"valid_from": date(2026, 11, 6)}, "AUT-103"),
            ({"valid_to": date(2026, 11, 4)}, "AUT-103"),
            ({"number": ""}, "AUT-104"),
        ],
    )
    def test_each_flaw_has_one_line(self, changes: dict[str, object], rule: str) -> None:
        assert failed(with_authorization(**changes)) == {rule: Severity.BLOCKER}

    def test_first_and_last_day_count(self) -> None:
        assert not failed(with_authorization(valid_from=READY.service_date, valid_to=READY.service_date))

    def test_unknown_is_settled_by_what_the_payer_said_of_this_patient(self) -> None:
        unknown = with_policy(prior_authorization="unknown")
        told = AuthorizationFacts("prior_authorization", "not_required")
        assert failed(unknown) == {"AUT-105": Severity.WARNING}
        assert not failed(replace(unknown, authorizations=(told,)))
        assert not failed(replace(unknown, authorizations=(APPROVED,)))

    @pytest.mark.parametrize("other", [{"codes": ("D7979",)}, {"valid_to": date(2020, 12, 31)}])
    def test_an_answer_for_another_code_or_another_time_settles_nothing(self, other: dict[str, object]) -> None:
        told = replace(AuthorizationFacts("prior_authorization", "not_required"), **other)  # type: ignore[arg-type]
        unknown = replace(with_policy(prior_authorization="unknown"), authorizations=(told,))
        assert failed(unknown) == {"AUT-105": Severity.WARNING}

    def test_a_refusal_of_another_code_refuses_nothing_here(self) -> None:
        refused = replace(APPROVED, status="denied")
        assert failed(with_claim(authorizations=(refused,))) == {"AUT-106": Severity.WARNING}
        assert not failed(with_claim(authorizations=(replace(refused, codes=("D7979",)),)))

    def test_the_one_that_has_its_number_goes_on_the_claim(self) -> None:
        both = with_claim(authorizations=(replace(APPROVED, number=""), APPROVED))
        assert both.references == (("G1", APPROVED.number),)


class TestFiling:
    @pytest.mark.parametrize(
        "today, expected",
        [
            (date(2027, 10, 21), {}),
            (date(2027, 10, 22), {"FIL-104": Severity.ADVICE}),
            (date(2027, 11, 5), {"FIL-104": Severity.ADVICE}),
            (date(2027, 11, 6), {"FIL-101": Severity.BLOCKER}),
        ],
    )
    def test_the_last_day_is_still_in_time(self, today: date, expected: dict[str, Severity]) -> None:
        assert failed(with_claim(today=today)) == expected

    def test_an_unknown_limit_warns_after_ninety_days(self) -> None:
        unknown = with_policy(timely_filing_days=None)
        assert failed(unknown) == {"FIL-102": Severity.ADVICE}
        assert failed(replace(unknown, today=date(2027, 2, 4))) == {
            "FIL-102": Severity.ADVICE,
            "FIL-103": Severity.WARNING,
        }

    @pytest.mark.parametrize(("known", "counted"), [(60, 60), (365, 90)])
    def test_a_stale_limit_never_makes_the_time_longer(self, known: int, counted: int) -> None:
        old = StaleFact("timely_filing_days", "Time to file", f"{known} days", "was never verified", known)
        claim = with_policy(timely_filing_days=None, stale=(old,))
        assert claim.service_date is not None
        assert last_day(claim) == claim.service_date + timedelta(days=counted)
        assert not limit_is_firm(claim)


CORRECTS = ReplacedFacts("C000001", date(2027, 3, 1))


class TestFilingOfCorrectedClaims:
    """They have a time of their own, and it counts from the day that the payer names."""

    @pytest.mark.parametrize(("counts_from", "last"), [("answer", date(2027, 3, 31)), ("service", date(2026, 12, 5))])
    def test_the_payers_own_limit_counts_from_its_own_day(self, counts_from: str, last: date) -> None:
        known = replace(with_policy(corrected_claim_days=30, corrected_claim_from=counts_from), corrects=CORRECTS)
        assert last_day(known) == last
        assert limit_is_firm(known)
        assert "FIL-101" not in failed(replace(known, today=last))
        assert failed(replace(known, today=last + timedelta(days=1)))["FIL-101"] is Severity.BLOCKER

    def test_a_limit_for_first_claims_stops_no_corrected_one(self) -> None:
        late = with_claim(corrects=CORRECTS, today=date(2027, 11, 6))
        assert failed(late) == {"FIL-103": Severity.WARNING, "FIL-107": Severity.ADVICE}
        assert failed(replace(late, corrects=None)) == {"FIL-101": Severity.BLOCKER}

    @pytest.mark.parametrize(
        "policy", [{"corrected_claim_days": 30}, {"corrected_claim_days": 30, "corrected_claim_from": "answer"}]
    )
    def test_without_its_day_the_shorter_time_is_counted_and_nothing_stops(self, policy: dict[str, Any]) -> None:
        old = replace(with_policy(**policy), corrects=replace(CORRECTS, answered_on=None), today=date(2027, 3, 2))
        assert last_day(old) == date(2026, 12, 5)
        assert failed(old) == {"FIL-103": Severity.WARNING, "FIL-107": Severity.ADVICE}

    def test_a_stale_limit_is_counted_with_care(self) -> None:
        stale = StaleFact("corrected_claim_days", "Time", "365 days", "was never verified", 365)
        old = replace(with_policy(stale=(stale,), corrected_claim_from="answer"), corrects=CORRECTS)
        assert last_day(old) == date(2027, 5, 30)
        assert not limit_is_firm(old)


def test_a_second_unit_without_a_second_gland_is_blocked() -> None:
    twice = with_claim(lines=(LineFacts("D0371", 85000), LineFacts("D0371", 85000)))
    assert failed(twice)["COD-116"] is Severity.BLOCKER


def test_unknown_coverage_is_a_warning_and_no_is_a_blocker() -> None:
    assert failed(with_policy(covers_d0371="unknown")) == {"COV-104": Severity.WARNING}
    assert failed(with_policy(covers_d0371="no")) == {"COV-103": Severity.BLOCKER}


# --- Examinations that ended early --------------------------------------------------------------------------------


def of_record(e: EncounterFacts, claim: ClaimFacts = READY) -> list[Result]:
    signed = replace(e, status="signed", signature=SIGNED.signature, location=SIGNED.location)
    return list(check(replace(claim, encounter=signed), CATALOGUE).failed)


def test_where_no_duct_was_entered_the_claim_says_what_to_code_instead() -> None:
    """One sentence, and it is the only thing that stands in the way."""
    blockers = [r for r in of_record(ATTEMPT) if r.severity is Severity.BLOCKER]
    assert [r.rule for r in blockers] == ["COD-102"]
    assert blockers[0].message == (
        "The left Wharton's duct could not be entered, so this is no D0371:"
        " bill the attempt by report with D0999 instead."
    )
    assert [r for r in of_record(ATTEMPT, with_line(code="D0999")) if r.severity is not Severity.ADVICE] == []


def test_an_examination_that_ended_in_the_duct_stays_d0371_with_its_limits_stated() -> None:
    told = {r.rule: r for r in of_record(CUT_SHORT)}
    assert set(told) == {"COD-107"}
    assert told["COD-107"].severity is Severity.ADVICE
    assert "COD-106" in {r.rule for r in of_record(CUT_SHORT, with_line(code="D0999"))}
