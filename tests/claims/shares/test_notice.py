"""What patients sign reads at the level of eighth grade or below; a good-faith estimate holds what it must."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import textstat

from claims.shares.good_faith import GoodFaith, due, missing
from claims.shares.notice import Notice, PlanWords, parts, plain_text, share_sentence
from documentation.kernel.business_days import add_business_days, business_days, federal_holidays

MOST = 8.0
"""Grade of the Flesch-Kincaid scale, and of the second scale that counts otherwise."""
WITH_PLANS = Notice(
    practice="Harbor Oral Surgery", phone="(503) 555-0142", low=15000, high=19000, fee=85000,
    plans=(PlanWords("Example Dental Plan", 60000, 60000), PlanWords("Example Health Plan", 6000, 10000)),
    questions=(
        "how Example Health Plan counts what the first plan paid", "what Example Dental Plan may still pay this year",
    ),
)  # fmt: skip
NOTICES = {
    "two plans": WITH_PLANS,
    "one plan, all known": replace(WITH_PLANS, plans=WITH_PLANS.plans[:1], questions=(), low=17000, high=17000),
    "no plan": replace(WITH_PLANS, good_faith=True, plans=(), questions=(), low=85000, high=85000),
    "kept private": replace(WITH_PLANS, good_faith=True, is_private=True, plans=(), questions=(), phone=""),
    "nothing known": replace(
        WITH_PLANS,
        questions=(
            "whether Example Dental Plan pays for this service",
            "whether the practice is in network with Example Dental Plan",
            "how much of the cost Example Dental Plan pays",
            "what is left of the deductible of Example Dental Plan",
            "what Example Dental Plan may still pay this year",
        ),
    ),
}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_it_reads_at_eighth_grade_or_below(notice: Notice) -> None:
    text = plain_text(notice)
    assert textstat.flesch_kincaid_grade(text) <= MOST
    assert textstat.automated_readability_index(text) <= MOST
    for part in parts(notice):
        if len(part.text) > 1:
            assert textstat.flesch_kincaid_grade(" ".join(part.text)) <= MOST, part.title


def test_the_measure_can_fail() -> None:
    hard = (
        "Notwithstanding anticipated reimbursement, patient responsibility remains contingent upon adjudication"
        " determinations administered by the applicable third-party organization pursuant to contractual limitations."
    )
    assert textstat.flesch_kincaid_grade(hard) > MOST


def test_the_share_is_said_first_as_one_amount_or_two() -> None:
    assert share_sentence(WITH_PLANS) == "We think you will pay between $150.00 and $190.00."
    assert share_sentence(replace(WITH_PLANS, high=15000)) == "We think you will pay $150.00."


def test_it_never_promises_and_says_who_owes_what_a_plan_does_not_pay() -> None:
    text = plain_text(WITH_PLANS)
    assert "estimate, not a promise" in text
    assert "The most you would owe is $850.00." in text
    assert "We bill Example Health Plan next. It may pay from $60.00 up to $100.00." in text


def test_without_a_plan_it_tells_of_the_right_to_dispute() -> None:
    text = plain_text(NOTICES["no plan"])
    assert "good-faith estimate, not a contract" in text
    assert "$400 or more" in text
    assert "120 days" in text
    assert "If your plan says no" not in [p.title for p in parts(NOTICES["no plan"])]
    assert "You asked us not to tell your plan." in plain_text(NOTICES["kept private"])


WHOLE = GoodFaith(
    patient="Alex Doe", birth_date="March 12, 1984", service="Salivary duct endoscopy", code="D0371",
    day="November 5, 2026", diagnoses=(), charge_cents=85000, clinician="Casey Example", npi="1234567893",
    tax_id="12-3456789", place="Portland, OR",
)  # fmt: skip


def test_a_good_faith_estimate_names_what_it_lacks() -> None:
    assert missing(WHOLE) == ()
    assert missing(replace(WHOLE, npi="", place="")) == ("the clinician's NPI", "where the service is given")


@pytest.mark.parametrize(
    ("scheduled", "service", "last"),
    [
        (date(2026, 11, 2), date(2026, 11, 5), date(2026, 11, 3)),  # three business days ahead: one
        (date(2026, 11, 2), date(2026, 11, 16), date(2026, 11, 5)),  # ten ahead: three
        (date(2026, 11, 6), date(2026, 11, 12), date(2026, 11, 9)),  # over a weekend
        (date(2026, 11, 3), date(2026, 11, 5), None),  # two ahead: only on request
    ],
)
def test_it_is_due_by_business_days(scheduled: date, service: date, last: date | None) -> None:
    assert due(scheduled, service) == last


def test_holidays_are_no_business_days() -> None:
    thanksgiving = federal_holidays(2026)
    assert add_business_days(date(2026, 11, 25), 1, thanksgiving) == date(2026, 11, 27)
    assert business_days(date(2026, 11, 25), date(2026, 11, 30), thanksgiving) == 2
