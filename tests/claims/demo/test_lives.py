"""The plan of the demo practice: the same for the same seed, sensible on every day of the calendar."""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.demo import payer_side as payer
from claims.demo import steps as s
from claims.demo.lives import CLAIMS, DAYS, Life, lives
from claims.demo.payer_side import Check, Entry, Receiver, Sender, write
from claims.edi.remittance_835 import read

TODAY = date(2026, 11, 23)
DAYS_OF_THE_CALENDAR = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def days(life: Life) -> list[date]:
    return [day for day, _ in s.dated(life.steps, life.taken_in_on, life.payer_id)]


@given(DAYS_OF_THE_CALENDAR)
@settings(max_examples=60)
def test_everything_is_in_its_order_and_on_a_working_day(today: date) -> None:
    plan = list(lives(today))
    assert sum(life.claims for life in plan) == CLAIMS
    assert len({life.id for life in plan}) == len(plan)
    for life in plan:
        assert today - timedelta(days=DAYS + 2) <= life.taken_in_on <= today
        assert life.taken_in_on.weekday() < 5 or life.id in {"seed", "demo-reference"}
        moments = [(life.taken_in_on, 17), *zip(days(life), (step.hour for step in life.steps), strict=True)]
        assert moments == sorted(moments), life.id
        assert all(day.weekday() < 5 for day in days(life))


@given(DAYS_OF_THE_CALENDAR)
@settings(max_examples=60)
def test_on_every_day_there_is_an_appeal_due_within_two_weeks(today: date) -> None:
    for name in ("demo-appeal-due", "demo-appeal-draft"):
        life = next(life for life in lives(today) if life.id == name)
        answered = next(d for d, step in s.dated(life.steps, life.taken_in_on, life.payer_id) if "reply" in vars(step))
        assert 0 <= (answered + timedelta(days=60) - today).days <= 16


@given(DAYS_OF_THE_CALENDAR)
@settings(max_examples=60)
def test_the_stories_have_come_as_far_as_they_are_told(today: date) -> None:
    """Named lives are over or wait for somebody; only routine ones go on in the future."""
    for life in lives(today):
        if not life.id.startswith("demo-0-"):
            assert all(day <= today for day in days(life)), life.id


def test_the_same_seed_gives_the_same_and_another_one_others() -> None:
    def told(seed: int) -> list[tuple[str, date, int]]:
        return [(life.id, life.taken_in_on, len(life.steps)) for life in lives(TODAY, seed=seed)]

    def people(seed: int) -> list[str]:
        made = (life.make() for life in islice(lives(TODAY, seed=seed), 36, 44))
        return [f"{m.case.patient.first_name} {m.case.patient.last_name} {m.sha256}" for m in made]

    assert told(7) == told(7)
    assert told(7) != told(8)
    assert people(7) == people(7)
    assert people(7) != people(8)


@pytest.mark.parametrize("claims", [0, 1, 7, 8, 9, 30, 200, 2000])
def test_there_are_as_many_claims_as_asked_for(claims: int) -> None:
    assert sum(life.claims for life in lives(TODAY, claims=claims)) == claims


REPLIES = {
    "paid": payer.paid(),
    "denied": payer.denied("50", "N706"),
    "partly_paid": payer.paid_in_part("119", "N640"),
    "patient_share": payer.on_the_deductible,
    "pended": payer.pended,
    "predetermination": payer.estimated,
}
SENDER = Sender("Sample Dental Trust", "99992", "Denver", "CO", "802020200")
RECEIVER = Receiver("Harbor Oral Surgery", "1234567893", "123456789")


def entry(decision: payer.Decision) -> Entry:
    return Entry(
        number="C000007", payer_number="26301", decision=decision, code="D0371", last_name="Doe", first_name="Alex",
        member_id="W1", treating_npi="1987654328", service_date=date(2026, 9, 1),
    )  # fmt: skip


@pytest.mark.parametrize("outcome", REPLIES)
@pytest.mark.parametrize("charge", [85000, 85001, 12345, 1000])
def test_what_the_payers_send_is_sound_and_says_what_was_meant(outcome: str, charge: int) -> None:
    (decision,) = REPLIES[outcome](charge)
    data = write(SENDER, RECEIVER, [Check("EFT1", (entry(decision),))], TODAY, control=7)
    advice = read(data)
    assert advice.all_findings == ()
    (check,) = advice.checks
    assert (check.trace, check.paid_on, check.payee_npi, check.amount_cents) == (
        "EFT1",
        TODAY,
        "1234567893",
        decision.paid,
    )
    (claim,) = check.claims
    assert claim.classify().outcome.value == outcome
    assert (claim.patient_control, claim.charge_cents, claim.paid_cents) == ("C000007", charge, decision.paid)


def test_what_is_taken_back_nets_to_nothing() -> None:
    before, after = payer.denied("50", "N706"), payer.paid("MA91")
    decisions = payer.taken_back(before, after)(85000)
    data = write(SENDER, RECEIVER, [Check("EFT2", tuple(map(entry, decisions)))], TODAY, control=8)
    (check,) = read(data).checks
    assert check.is_sound
    reversal, corrected = check.claims
    assert reversal.is_reversal
    assert reversal.charge_cents + corrected.charge_cents == 0
    assert corrected.paid_cents == check.amount_cents == 61200


def test_a_misprinted_check_is_set_aside_alone() -> None:
    (decision,) = payer.paid()(85000)
    checks = [Check("A", (entry(decision),), slip=2500), Check("B", (entry(decision),))]
    misprinted, sound = read(write(SENDER, RECEIVER, checks, TODAY, control=9)).checks
    assert not misprinted.is_sound
    assert sound.is_sound
