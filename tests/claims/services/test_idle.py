"""Since when a claim waits for the practice: whatever somebody does begins it anew, and a recount says the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from claims.models import Appeal, Claim, Denial
from claims.queries import week
from claims.queries.idling import noon
from claims.queries.sums import Filters
from claims.services import appeals, calls, deciding, denials, posting, work
from claims.services.recount import differences
from claims.services.submissions import reject
from documentation.models import User
from tests import factories as f
from tests.claims import answered as a
from tests.claims import checks

TODAY = date(2026, 11, 6)
EVER = Filters(date(2000, 1, 1), date(2100, 12, 31))
LONG_AGO = TODAY - timedelta(20)
NOW = a.moment(TODAY - timedelta(2))

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def denial() -> Denial:
    row = a.claim(LONG_AGO - timedelta(20), transport="sent")
    packet = a.sent(row, LONG_AGO - timedelta(19)).packet
    return a.denial(a.answer(row, LONG_AGO, "denied", denied="850.00"), "images", "850.00", packet=packet)


def idle(claim: Claim) -> datetime | None:
    """As kept, which is as a recount has it."""
    assert differences()[1] == 0
    claim.refresh_from_db()
    return claim.figures.idle_since


DONE: dict[str, Callable[[Denial, User], object]] = {
    "a note": lambda d, by: work.write_note(d.claim, "Asked for it.", by=by, at=NOW),
    "handed over with a note": lambda d, by: work.assign(d.claim, by, "Yours.", by=by, at=NOW),
    "documents": lambda d, by: deciding.decide(d, "documents", "They lack a page.", by=by, at=NOW),
}


@pytest.mark.parametrize("what", DONE)
def test_whatever_is_done_begins_it_anew(denial: Denial, biller: User, what: str) -> None:
    assert idle(denial.claim) == a.moment(LONG_AGO)
    DONE[what](denial, biller)
    planned = noon(TODAY - timedelta(2) + timedelta(days=deciding.DAYS_TO_SEND)) - timedelta(7)
    assert idle(denial.claim) == (max(NOW, planned) if what == "documents" else NOW)


def test_to_hand_it_over_without_a_word_is_not_to_do_something(denial: Denial, biller: User) -> None:
    work.assign(denial.claim, biller, by=biller, at=NOW)
    assert idle(denial.claim) == a.moment(LONG_AGO)


def test_what_is_planned_for_a_day_waits_until_the_day_after(denial: Denial, biller: User) -> None:
    denials.plan_next(denial, "Send the image", TODAY + timedelta(3), by=biller, at=NOW)
    assert idle(denial.claim) == noon(TODAY - timedelta(4))
    assert not week.of(TODAY + timedelta(3), EVER).stuck.claims
    assert week.of(TODAY + timedelta(4), EVER).stuck.claims == 1


def test_a_call_is_something_done_and_of_two_things_the_older_counts(denial: Denial, biller: User) -> None:
    again = a.denial(denial.answer, "coding", "100.00", status="appealed", is_first=False)
    a.appeal(again, status="sent")
    told = {"outcome": "in_process", "next_on": TODAY + timedelta(5)}
    calls.note_call(denial.claim, told, by=biller, at=NOW)
    assert idle(denial.claim) == NOW
    begun = a.appeal(denial)
    assert idle(denial.claim) == begun.opened_at == a.moment(LONG_AGO)


def test_an_appeal_that_is_withdrawn_or_decided_begins_it_anew_and_one_under_way_ends_it(
    denial: Denial, biller: User
) -> None:
    Denial.objects.filter(pk=denial.pk).update(status="appealed")
    appeal = a.appeal(denial, status="sent")
    assert idle(denial.claim) is None
    appeals.decide(appeal, {"outcome": "upheld", "decided_on": TODAY - timedelta(3)}, by=biller, at=NOW)
    assert idle(denial.claim) == NOW
    Appeal.objects.filter(pk=appeal.pk).update(status="withdrawn")
    denials.resolve(denial, "So it is.", on=TODAY, by=biller, at=NOW)
    assert idle(denial.claim) is None


def test_what_came_back_waits_since_it_came_back_or_was_sent(biller: User) -> None:
    claim = a.claim(LONG_AGO, transport="sent")
    a.sent(claim, LONG_AGO)
    assert idle(claim) is None
    reject(claim, "No member of that number.", by=biller, at=NOW)
    assert idle(claim) == NOW


def test_whoever_posts_a_whole_check_begins_it_for_what_it_denies(biller: User) -> None:
    claims = [a.claim(LONG_AGO, transport="sent") for _ in range(3)]
    for claim in claims:
        a.sent(claim, LONG_AGO)
    work.write_note(claims[0], "It should come soon.", by=biller, at=NOW + timedelta(days=1))
    given = [checks.answer(claim, checks.DENIED) for claim in claims]
    (taken,) = checks.take(checks.check(*given, trace="T1", paid_on=TODAY - timedelta(2)), by=biller, at=NOW).checks
    posting.post(taken.remittance, by=biller, at=NOW)
    assert [idle(claim) for claim in claims] == [NOW + timedelta(days=1), NOW, NOW]


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Honolulu", "Pacific/Guam", "Pacific/Pago_Pago"])
def test_a_day_is_the_same_day_wherever_the_practice_is(zone: str) -> None:
    """Days are kept as moments, and a week is counted in days of the practice."""
    day = date(2026, 3, 1)
    for _ in range(366):
        day += timedelta(1)
        begins = datetime.combine(day, time.min, ZoneInfo(zone))
        assert begins <= noon(day) < datetime.combine(day + timedelta(1), time.min, ZoneInfo(zone))
