"""The table of the payer playbook: what is known, for whom, and when it may no longer be relied on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from claims.facts import UNKNOWN
from claims.playbook import BY_KEY, QUESTIONS, Book, Kind, KnownFact, problem, said

DAY = date(2026, 11, 5)
FRESH = {"source": "manual", "verified_on": date(2026, 10, 1)}


def fact(key: str = "covers_d0371", value: object = "yes", **more: object) -> KnownFact:
    return KnownFact(key, value, **{**FRESH, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda q: q.key)
def test_every_question_is_asked_in_words_and_says_what_it_is_for(asked) -> None:
    assert asked.ask.endswith("?")
    assert asked.used.endswith(".")
    assert bool(asked.choices) is (asked.kind in (Kind.CHOICE, Kind.CHOICES))
    assert problem(asked.key, None) == problem(asked.key, UNKNOWN) == problem(asked.key, []) == ""
    assert said(asked.key, None) == ""


@pytest.mark.parametrize(
    "key, good, bad",
    [
        ("covers_d0371", "no", "maybe"),
        ("treats_as", "medical", "both"),
        ("bundling_permitted", ["D0330", "70380"], ["TOOLONG"]),
        ("bundling_permitted", ["D0330"], ["D0330", "D0330"]),
        ("bundling_refused", ["D0140"], ["D01"]),
        ("documents_wanted", ["images", "narrative"], ["x-rays"]),
        ("timely_filing_days", 365, 0),
        ("appeal_days", 1, 3651),
        ("appeal_days", 180, True),
        ("appeals_fax", "2065550142", "12"),
        ("payer_id_eligibility", "99991", "9 9*1"),
        ("appeals_address", "PO Box 1\nOmaha, NE 68101", "x" * 401),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_a_sentence(key: str, good: object, bad: object) -> None:
    assert problem(key, good) == ""
    assert problem(key, bad).endswith(".")


@pytest.mark.parametrize(
    "more, why",
    [
        ({}, ""),
        ({"verified_on": DAY - timedelta(days=365)}, ""),
        ({"verified_on": DAY + timedelta(days=30)}, ""),
        ({"verified_on": DAY - timedelta(days=366)}, "more than 365 days before"),
        ({"verified_on": None}, "was never verified"),
        ({"expires_on": DAY}, ""),
        ({"expires_on": DAY - timedelta(days=1)}, "expired on Nov 4, 2026"),
    ],
)
def test_a_fact_grows_stale_by_its_end_or_by_the_days_of_the_practice(more: dict[str, object], why: str) -> None:
    known = fact(**more)
    book = Book((known,))
    assert why in known.why_stale(DAY)
    assert bool(known.why_stale(DAY)) is bool(why)
    assert book.reliable("covers_d0371", "", DAY) == (None if why else "yes")
    assert book.value("covers_d0371") == "yes"


def test_what_is_not_known_is_not_stale() -> None:
    assert fact(value=None, verified_on=None).why_stale(DAY) == ""


def test_a_stale_fact_drives_nothing_and_is_told() -> None:
    old = fact("covers_d0371", "no", verified_on=date(2024, 1, 1))
    policy = Book((old, fact("prior_authorization", "required"))).policy("", DAY)
    assert (policy.covers_d0371, policy.prior_authorization) == ("unknown", "required")
    assert [(f.key, f.said) for f in policy.stale] == [("covers_d0371", "No")]
    assert policy.stale_fact("covers_d0371")
    assert policy.stale_fact("prior_authorization") is None


def test_the_practice_chooses_its_own_days() -> None:
    known = fact(verified_on=DAY - timedelta(days=100))
    assert Book((known,), days=99).policy("", DAY).stale
    assert not Book((known,), days=100).policy("", DAY).stale


def test_a_plan_may_differ_from_its_payer_and_falls_back_to_it() -> None:
    whole, gold = fact("appeal_days", 180), fact("appeal_days", 60, plan_name="Gold")
    book = Book((gold, whole))
    assert (book.value("appeal_days", "Gold"), book.value("appeal_days", "Silver"), book.value("appeal_days")) == (
        60,
        180,
        180,
    )
    assert book.plans == ("Gold",)
    withdrawn = fact("appeal_days", None, plan_name="Gold")
    assert Book((withdrawn, gold, whole)).value("appeal_days", "Gold") == 180


def test_a_stale_fact_of_the_plan_does_not_give_way_to_the_payers() -> None:
    """Somebody said once that this plan differs: the payer's word is no answer for it."""
    gold = fact("prior_authorization", "required", plan_name="Gold", expires_on=date(2026, 1, 1))
    book = Book((gold, fact("prior_authorization", "not_required")))
    assert book.policy("Gold", DAY).prior_authorization == "unknown"
    assert book.policy("Silver", DAY).prior_authorization == "not_required"


def test_each_fact_keeps_its_own_source() -> None:
    book = Book((fact("appeal_days", 60, source="letter of May 2"), fact("covers_d0371", "yes")))
    policy = book.policy("", DAY)
    assert (policy.source_of("appeal_days"), policy.source_of("covers_d0371")) == ("letter of May 2", "manual")
    assert policy.verified("appeal_days") == FRESH["verified_on"]


def test_answers_are_said_as_people_say_them() -> None:
    assert said("timely_filing_days", 365) == "365 days from service"
    assert said("documents_wanted", ["images", "narrative"]) == "Endoscopic images, Narrative"
    assert said("appeals_fax", "2065550142") == "(206) 555-0142"
    assert said("prior_authorization", "not_required") == "Not required"
    assert set(BY_KEY) == {q.key for q in QUESTIONS}
