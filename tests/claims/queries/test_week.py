"""What the cards of the week count, each from a table that a person can follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim, Decision, Denial, StatusCall
from claims.queries import receipts, week
from claims.queries.sums import Filters
from claims.services import recount, work
from claims.services.appeals import decide, withdraw
from claims.services.figures import refresh
from claims.services.payers import record_fact
from claims.services.submissions import reject
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 6)
EVER = Filters(date(2000, 1, 1), date(2100, 12, 31))


def denied(on: date, cause: str = "images", **values: Any) -> Denial:
    row = a.claim(on - timedelta(20))
    return a.denial(a.answer(row, on, "denied", denied="850.00"), cause, "850.00", **values)


def claims(key: str) -> set[int]:
    return {row.claim_id for row in receipts.behind(receipts.figures_on(TODAY)[key], EVER)}


def refresh_all() -> None:
    """After rows were written without their verbs."""
    for row in Claim.objects.order_by("pk"):
        refresh(row)


def test_every_card_counts_as_many_claims_as_its_list_shows() -> None:
    denied(TODAY - timedelta(3))
    denied(TODAY - timedelta(30))
    waiting = a.claim(TODAY - timedelta(60), transport="sent")
    a.sent(waiting, TODAY - timedelta(50))
    n = week.of(TODAY, EVER)
    assert n.payer is not None
    counted = {
        "ending": n.ending.claims,
        "new_denials": n.new,
        "unassigned": n.unassigned,
        "stuck": n.stuck.claims,
        "silent": n.payer[1].claims,
    }
    assert counted == {key: len(claims(key)) for key in counted}
    assert counted["new_denials"] == counted["stuck"] == counted["silent"] == 1
    assert counted["unassigned"] == 2


def test_new_is_what_came_in_seven_days_by_cause() -> None:
    today, edge, old = denied(TODAY), denied(TODAY - timedelta(6), "coding"), denied(TODAY - timedelta(7))
    assert claims("new_denials") == {today.claim_id, edge.claim_id}
    assert week.of(TODAY, EVER).causes == [("Missing image or reading", 1), ("Wrong coding", 1)]
    assert old.claim_id not in claims("new_denials")


def test_a_week_begins_where_the_practice_is_also_when_it_moves() -> None:
    place = f.location(time_zone="America/Los_Angeles")
    edge = denied(TODAY)
    first = datetime.combine(TODAY - timedelta(6), time.min, place.zone)
    Denial.objects.filter(pk=edge.pk).update(opened_at=first - timedelta(minutes=1))
    assert week.of(TODAY, EVER).new == len(claims("new_denials")) == 0
    place.time_zone = "America/Denver"
    place.save()
    assert week.of(TODAY, EVER).new == len(claims("new_denials")) == 1


def test_money_ends_this_week_by_the_last_day_that_is_counted() -> None:
    soon, past, later = denied(date(2026, 5, 1)), denied(date(2026, 4, 1)), denied(date(2026, 10, 1))
    limits = {row.pk: (row.claim.figures.at_risk_until, row) for row in (soon, past, later)}
    day = limits[soon.pk][0]
    assert day
    found = week.of(day - timedelta(7), EVER).ending
    assert (found.claims, found.dollars) == (2, Decimal(1700))
    assert week.of(day - timedelta(8), EVER).ending.claims == 1


def test_stuck_is_what_nobody_moved_for_more_than_a_week() -> None:
    biller, long_ago = f.user(role="biller"), TODAY - timedelta(20)
    idle, decided, noted, planned, begun, fresh = (denied(long_ago) for _ in range(6))
    at = a.moment(TODAY - timedelta(2))
    Decision.objects.create(denial=decided, way="appeal", reason="Sure", decided_at=at, decided_by=biller)
    work.write_note(noted.claim, "Called them.", by=biller, at=at)
    Denial.objects.filter(pk=planned.pk).update(next_on=TODAY)
    a.appeal(begun)
    Denial.objects.filter(pk=fresh.pk).update(opened_at=a.moment(TODAY - timedelta(7)))
    back, again = (a.claim(long_ago, transport="rejected") for _ in range(2))
    a.sent(back, long_ago)
    a.sent(again, TODAY - timedelta(7))
    refresh_all()
    # The appeal was begun on the day of its denial, and never sent.
    assert claims("stuck") == {idle.claim_id, begun.claim_id, back.pk}
    # A day later nothing of the last week counts for what was fresh.
    tomorrow = {row.claim_id for row in receipts.behind(receipts.figures_on(TODAY + timedelta(1))["stuck"], EVER)}
    assert tomorrow == {idle.claim_id, begun.claim_id, back.pk, fresh.claim_id, planned.claim_id, again.pk}
    Claim.objects.filter(pk=idle.claim_id).update(closing="closed")
    refresh_all()
    assert idle.claim_id not in claims("stuck")


def test_what_came_back_this_week_is_not_stuck_yet() -> None:
    manager, long_ago = f.user(role="manager"), TODAY - timedelta(20)
    rejected = [a.claim(long_ago, transport="sent") for _ in range(2)]
    decided, given_up, older = (denied(long_ago, status="appealed") for _ in range(3))
    letters = {
        row.pk: a.appeal(row, status="sent" if row is decided else "draft") for row in (decided, given_up, older)
    }
    for row in rejected:
        a.sent(row, long_ago)
    this_week, before = a.moment(TODAY - timedelta(7)), a.moment(TODAY - timedelta(8))
    reject(rejected[0], "No member of that number.", by=manager, at=this_week)
    reject(rejected[1], "No member of that number.", by=manager, at=before)
    upheld = {"outcome": "upheld", "decided_on": TODAY - timedelta(9)}
    decide(letters[decided.pk], upheld, by=manager, at=this_week)
    withdraw(letters[given_up.pk], by=manager, at=this_week)
    withdraw(letters[older.pk], by=manager, at=before)
    assert claims("stuck") == {rejected[1].pk, older.claim_id}
    assert recount.differences()[1] == 0


def test_days_begin_at_the_practices_midnight() -> None:
    late, early = denied(TODAY - timedelta(20)), denied(TODAY - timedelta(20))
    at = f.location().zone
    edge = datetime.combine(TODAY - timedelta(6), time.min, at)
    Denial.objects.filter(pk=early.pk).update(opened_at=edge - timedelta(minutes=1))
    Denial.objects.filter(pk=late.pk).update(opened_at=edge)
    assert claims("new_denials") == {late.claim_id}


def test_a_claim_that_was_sent_again_is_silent_since_then_and_a_call_before_says_nothing() -> None:
    again, promised = (a.claim(TODAY - timedelta(60), transport="sent") for _ in range(2))
    for row, last in ((again, 20), (promised, 35)):
        a.sent(row, TODAY - timedelta(50))
        planned = {"outcome": "in_process", "recorded_at": f.AT, "recorded_by": a.somebody()}
        called_on = TODAY - timedelta(40)
        StatusCall.objects.create(claim=row, called_on=called_on, next_on=TODAY + timedelta(9), **planned)
        a.sent(row, TODAY - timedelta(last))
    assert claims("silent") == {promised.pk}


def test_the_payer_to_call_is_the_one_that_owes_most_of_what_waits_too_long() -> None:
    def waiting(of: str, days: int, billed: str = "850.00") -> Claim:
        row = a.claim(TODAY - timedelta(days + 1), of=of, billed=billed, transport="sent")
        a.sent(row, TODAY - timedelta(days))
        return row

    late = [waiting("Slow", 30), waiting("Slow", 40)]
    waiting("Slow", 29)
    dear = waiting("Quick", 12, "1200.00")
    assert week.of(TODAY, EVER).payer == (late[0].coverage.payer, week.Told(2, Decimal(1700)))
    told = {"value": 10, "source": "call", "verified_on": TODAY}
    record_fact(dear.coverage.payer, "answer_days", told, by=f.user(role="biller"), at=f.AT)
    assert claims("silent") == {late[0].pk, late[1].pk, dear.pk}
    StatusCall.objects.create(
        claim=late[0], called_on=TODAY, outcome="in_process", next_on=TODAY + timedelta(5), recorded_at=f.AT,
        recorded_by=a.somebody(),
    )  # fmt: skip
    refresh_all()
    # 1,200 of one against 850 that are left of the other: the dollars count.
    found = week.of(TODAY, EVER).payer
    assert found is not None
    assert (found[0].name, found[1].claims) == ("Quick", 1)
    narrower = week.of(TODAY, replace(EVER, payer=late[0].coverage.payer_id)).payer
    assert narrower is not None
    assert narrower[1].claims == 1
