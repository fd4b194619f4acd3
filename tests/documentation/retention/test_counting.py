"""The last day of keeping: the longest period that applies decides, and minors count from their majority."""

from dataclasses import replace
from datetime import date

import pytest

from documentation.retention.counting import PatientFacts, keep_until, why, years_after
from documentation.retention.periods import BY_KEY, KINDS, SHIPPED, Kind, Period, Start, Whom, in_force

ADULT = date(1980, 5, 6)
VISIT = date(2026, 3, 3)
LAW = Period("record.state", Kind.RECORD, "State law", 7, Start.VISIT, "Dental Practice Act")
ADVANTAGE = Period("x", Kind.RECORD, "Medicare Advantage", 10, Start.VISIT, "Contract", Whom.MEDICARE_ADVANTAGE)
MAJORITY = Period("majority.age", Kind.MAJORITY, "Age of majority", 18, Start.BIRTH, "Civil Code")
TAX = Period("claims.tax", Kind.CLAIMS, "Tax", 7, Start.CLAIM, "Tax adviser")


def facts(birth: date = ADULT, groups: frozenset[Whom] = frozenset(), **events: date) -> PatientFacts:
    return PatientFacts(birth, {Start(k): v for k, v in ({"visit": VISIT} | events).items()}, groups)


def test_years_count_from_the_last_visit_and_the_receipt_names_the_period() -> None:
    kept = keep_until(facts(), (LAW, MAJORITY))
    assert kept.day == date(2033, 3, 3)
    assert why(kept) == (
        "Clinical record and images: State law, 7 years from the last visit (March 3, 2026). Source: Dental Practice"
        " Act."
    )


def test_the_longest_period_that_applies_wins_and_one_for_others_does_not_apply() -> None:
    assert keep_until(facts(), (LAW, ADVANTAGE)).day == date(2033, 3, 3)
    kept = keep_until(facts(groups=frozenset({Whom.MEDICARE_ADVANTAGE})), (LAW, ADVANTAGE))
    assert kept.day == date(2036, 3, 3)
    assert kept.decided_by is not None
    assert kept.decided_by.period is ADVANTAGE


def test_the_last_answer_of_a_payer_may_reach_further_than_the_record() -> None:
    kept = keep_until(facts(claim=date(2027, 1, 15)), (LAW, TAX))
    assert kept.day == date(2034, 1, 15)
    assert [c.period.kind for c in kept.of_kinds] == [Kind.CLAIMS, Kind.RECORD]
    assert keep_until(facts(), (LAW, TAX)).day == date(2033, 3, 3), "no claim, no period of claims"


@pytest.mark.parametrize(
    ("birth", "ends"),
    [
        (date(2016, 3, 3), date(2041, 3, 3)),  # ten years old: of age in 2034, and seven years more
        (date(2008, 3, 4), date(2033, 3, 4)),  # of age on the day after the visit
        (date(2008, 3, 3), date(2033, 3, 3)),  # of age on the day of the visit
    ],
)
def test_minors_count_from_the_day_on_which_they_come_of_age(birth: date, ends: date) -> None:
    assert keep_until(facts(birth), (LAW, MAJORITY)).day == ends


def test_another_age_of_majority_is_the_practices_to_set() -> None:
    birth = date(2016, 3, 3)
    assert keep_until(facts(birth), (LAW, replace(MAJORITY, years=21))).day == date(2044, 3, 3)
    kept = keep_until(facts(birth), (LAW, MAJORITY))
    assert kept.decided_by is not None
    assert "when the patient comes of age" in kept.decided_by.said


def test_who_was_never_here_counts_from_the_registration() -> None:
    kept = keep_until(replace(facts(), was_here=False), (LAW,))
    assert "there was no visit yet" in why(kept)


def test_a_decision_to_keep_longer_adds_and_never_takes_away() -> None:
    later, earlier = date(2050, 1, 1), date(2027, 1, 1)
    kept = keep_until(facts(), (LAW,), later)
    assert (kept.day, kept.is_longer_by_decision) == (later, True)
    kept = keep_until(facts(), (LAW,), earlier)
    assert (kept.day, kept.is_longer_by_decision) == (date(2033, 3, 3), False)


def test_the_last_day_itself_is_still_kept() -> None:
    kept = keep_until(facts(), (LAW,))
    assert not kept.has_ended(date(2033, 3, 3))
    assert kept.has_ended(date(2033, 3, 4))


def test_where_no_period_applies_nothing_ever_ends() -> None:
    kept = keep_until(facts(), (replace(LAW, is_used=False),), date(2027, 1, 1))
    assert kept.day is None
    assert not kept.has_ended(date(2999, 1, 1))
    assert why(kept) == ""


def test_a_leap_day_ends_on_the_first_of_march() -> None:
    assert years_after(date(2024, 2, 29), 7) == date(2031, 3, 1)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_a_row_of_the_practice_counts_instead_of_what_came_and_the_newest_of_several() -> None:
    rows = [replace(LAW, years=n, pk=n) for n in (12, 8)]
    (found,) = [p for p in in_force(rows) if p.key == LAW.key]
    assert found.years == 12
    own = replace(LAW, key="own.1", name="Malpractice insurer", pk=3)
    assert own in in_force([own])
    assert len(in_force([own])) == len(SHIPPED) + 1


def test_what_came_with_the_program_is_marked_as_not_verified_and_says_where_it_is_from() -> None:
    for period in SHIPPED:
        assert period.why_open(VISIT, 365) == "was not verified by you yet"
        assert "to be verified" in period.source
    assert {p.kind for p in SHIPPED} == set(KINDS)
    assert len(BY_KEY) == len(SHIPPED)
    verified = replace(LAW, verified_on=date(2024, 1, 1))
    assert verified.why_open(date(2024, 6, 1), 365) == ""
    assert "more than 365 days before" in verified.why_open(VISIT, 365)
