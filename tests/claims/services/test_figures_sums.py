"""The kept sums: whatever changes in whatever order, they are what a recount gives; and each number has its claims."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from claims.apps import _count_sums
from claims.figures.measures import MEASURES, measured
from claims.models import Claim, ClaimFigures, FiguresSum
from claims.queries import open_money, receipts, sums
from claims.queries.sums import Filters
from claims.services import figures, owed, recount
from documentation.kernel.rule import Cause
from tests import factories as f
from tests.claims import answered as a
from tests.claims.figures import practice

pytestmark = pytest.mark.django_db
EVER = Filters(date(2000, 1, 1), date(2100, 12, 31))
DAYS = [date(2026, 7, 1) + timedelta(n) for n in range(0, 300, 13)]


class World:
    """A few claims, payers and people, and kept rows that are written by the dice."""

    def __init__(self, claims: int, seed: int = 0) -> None:
        self.dice = random.Random(seed)
        one = a.claim(date(2026, 7, 1))
        more = [Claim(**{**_values(one), "closing": "closed"}) for _ in range(claims - 1)]
        self.claims = [one.pk, *(row.pk for row in Claim.objects.bulk_create(more))]
        self.payers = [a.payer(f"Payer {n}").pk for n in range(3)]
        self.people = [a.clinician(name).pk for name in ("Example", "Specimen")]
        self.billers = [None, f.user(role="biller").pk]
        self.place = one.encounter.location_id

    def row(self) -> dict[str, Any]:
        """Any row at all: the sums must not rest on what happens to go together."""
        dice, days = self.dice, [None, *DAYS]
        dated = ("submitted_on", "answered_on", "paid_on", "denied_on", "appealed_on")
        counted = ("sendings", "rejections", "appeals_decided", "appeals_overturned")
        money = [Decimal(n) / 100 for n in (0, 0, 1, 2525, 85_000, 118_000)]
        flag = (True, False)
        return {
            **practice.figures(
                payer_id=dice.choice(self.payers), clinician_id=dice.choice(self.people), location_id=self.place,
                biller_id=dice.choice(self.billers), plan_name=dice.choice(("", "Gold")),
                code=dice.choice(("D0371", "42699")), first_cause=dice.choice(("", *list(Cause)[:3])),
                service_date=dice.choice(DAYS),
            ),
            **{name: dice.choice(days) for name in dated},
            **{name: dice.choice(flag) for name in ("stands", "arrived", "initially_denied", "paid_first_time")},
            **{name: dice.randint(0, 3) for name in counted},
            **{
                name: dice.choice(money)
                for name in ("billed", "paid", "first_denied", "at_risk", "recovered", "appealed", "regained",
                             "written_off", "owed")
            },
        }  # fmt: skip


def _values(row: Claim) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in Claim._meta.concrete_fields if field.name != "id"}


def kept() -> dict[int, dict[str, Any]]:
    return {row["claim_id"]: row for row in ClaimFigures.objects.values()}


def is_true() -> bool:
    return not recount.wrong_months(kept())


def test_after_ten_thousand_changes_the_sums_are_what_a_recount_gives() -> None:
    """Of kept rows: written, moved to other months and payers, removed, broken off; several at once and one by one.
    The verbs that lead to them are thrown by the dice in test_figures.py.
    """
    world, done = World(300), 0
    dice = world.dice
    while done < 10_000:
        some = dice.sample(world.claims, dice.choice((1, 2, 60, 150)))
        fate = dice.random()
        with transaction.atomic():
            if fate < 0.1:
                figures.remove(some)
            else:
                figures.write(figures.kept(some), {key: world.row() for key in some})
            if fate > 0.85:
                transaction.set_rollback(True)
        done += len(some)
        if dice.random() < 0.05:
            before = sums.totals(EVER)
            figures.fold()
            assert sums.totals(EVER) == before
    assert is_true()
    total = Counter[str]()
    for row in kept().values():
        total.update(measured(row))
    assert sums.totals(EVER) == {name: total[name] for name in MEASURES}


@pytest.fixture
def practised() -> World:
    world = World(120)
    figures.write(figures.kept(world.claims), {key: world.row() for key in world.claims})
    owed.keep(world.claims)
    return world


def filters_of(world: World) -> dict[str, Filters]:
    half = Filters(date(2026, 7, 1), date(2026, 12, 31))
    return {
        "whole months": half,
        "days inside of months": Filters(date(2026, 7, 15), date(2026, 11, 9)),
        "days of one month": Filters(date(2026, 9, 2), date(2026, 9, 29)),
        "from a first day": Filters(date(2026, 8, 1), date(2026, 8, 31)),
        "over the year": Filters(date(2026, 12, 20), date(2027, 2, 3)),
        "payer": replace(half, payer=world.payers[0]),
        "plan": replace(half, plan="Gold"),
        "clinician and code": replace(half, clinician=world.people[0], code="D0371"),
        "biller": replace(half, biller=world.billers[1]),
        "place and payer": replace(half, location=world.place, payer=world.payers[1]),
        "cause": replace(half, cause="images"),
        "month": replace(half, month=date(2026, 9, 1)),
        "month at the end": replace(half, from_on=date(2026, 9, 9), month=date(2026, 9, 1)),
        "nothing": Filters(date(2001, 1, 1), date(2001, 12, 31)),
    }


def test_each_filter_gives_what_the_claims_give_one_by_one(practised: World) -> None:
    for name, asked in filters_of(practised).items():
        total = Counter[str]()
        for row in sums.rows(asked).values():
            total.update(measured(row))
        one_by_one = {measure: total[measure] for measure in MEASURES}
        assert sums.totals(asked) == one_by_one, name
        assert sums.live_totals(asked) == one_by_one, name
        for column in ("month", *sums.FIELDS.values()):
            parts = sums.totals_by(asked, column).values()
            assert {m: sum(part[m] for part in parts) for m in MEASURES} == one_by_one, (name, column)


def test_each_number_has_as_many_claims_as_it_says(practised: World) -> None:
    today = date(2026, 11, 6)
    for name, asked in filters_of(practised).items():
        n = sums.totals(asked)
        found = {key: receipts.behind(figure, asked).count() for key, figure in receipts.figures_on(today).items()}
        for measure, key in COUNTED_BY.items():
            assert found[key] == n[measure], (name, key)
        for band in (*open_money.aging(today, asked), *open_money.days_left(today, asked)):
            assert found[band.key] == band.claims, (name, band.key)


COUNTED_BY = {
    "denied": "initial_denial", "answered": "answered", "unanswered": "unanswered", "first_pass": "first_pass",
    "clean": "clean", "originals": "originals", "decided": "decided", "overturned": "overturned",
    "won_claims": "recovered", "regained_claims": "regained", "written_off_claims": "written_off",
    "at_risk_claims": "at_risk", "submit_claims": "days_to_submit", "appeal_claims": "days_to_appeal",
    "payment_claims": "days_to_payment",
}  # fmt: skip


def test_what_changes_nothing_adds_no_summand(practised: World) -> None:
    before, same = FiguresSum.objects.count(), figures.kept(practised.claims)
    figures.write(same, same)
    assert FiguresSum.objects.count() == before


def test_a_summand_that_is_not_a_claims_is_found_and_mended(practised: World) -> None:
    FiguresSum.objects.filter(pk=FiguresSum.objects.earliest("pk").pk).update(sent=77)
    assert not is_true()


def test_a_rebuild_mends_the_sums() -> None:
    row = a.claim(date(2026, 7, 1))
    a.sent(row, date(2026, 7, 2))
    FiguresSum.objects.create(**{**FiguresSum.objects.values().latest("pk"), "id": None, "sent": 3})
    assert recount.differences() == (1, 1)
    assert recount.rebuild() == (1, 1)
    assert recount.differences() == (1, 0)
    assert sums.totals(EVER)["sent"] == 1


def test_a_practice_that_has_no_sums_yet_has_them_counted_when_it_is_brought_up_to_date() -> None:
    row = a.claim(date(2026, 7, 1))
    a.sent(row, date(2026, 7, 2))
    before = sums.totals(EVER)
    FiguresSum.objects.all().delete()
    _count_sums(None, "default")
    assert sums.totals(EVER) == before
    _count_sums(None, "default")
    assert recount.differences() == (1, 0)


def test_a_claim_and_what_it_adds_are_written_together_or_not_at_all() -> None:
    row = a.claim(date(2026, 7, 1))
    before = sums.totals(EVER)
    with transaction.atomic():
        a.sent(row, date(2026, 7, 2))
        assert sums.totals(EVER) != before
        transaction.set_rollback(True)
    assert sums.totals(EVER) == before
    assert recount.differences() == (1, 0)


def test_what_was_charged_is_what_its_claims_were_billed_for_whatever_day_it_is(practised: World) -> None:
    """Whole months from the sums, days from claims: those in the window, or those of its first month before it."""
    payer = replace(EVER, payer=practised.payers[0])
    seen = set()
    for n in range(330):
        today = date(2026, 8, 1) + timedelta(days=n)
        for filters in (EVER, payer):
            charged = sum((row.billed for row in open_money.charges(today, filters)), Decimal(0))
            assert open_money.charged_in(today, filters) == charged, (today, filters)
            seen.add(charged)
    assert len(seen) > 20
