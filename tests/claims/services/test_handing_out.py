"""Unassigned denials are proposed to somebody, and handed out all together or not at all."""

from __future__ import annotations

from datetime import date

import pytest

from claims.models import Claim
from claims.queries import week
from claims.services import work
from claims.services.handing_out import hand_out
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[User]:
    return [f.user(role="biller"), f.user(role="biller")]


def denied(day: int, amount: str = "850.00") -> Claim:
    row = a.claim(date(2026, 8, day), billed=amount)
    a.denial(a.answer(row, date(2026, 9, day), "denied", denied=amount), "images", amount)
    return row


def test_each_goes_to_who_sent_it_and_the_others_to_who_has_fewest(people: list[User]) -> None:
    rows = [denied(n) for n in range(1, 6)]
    a.sent(rows[0], date(2026, 8, 9))  # by the keeper, who is a manager and works on claims
    work.assign(rows[4], people[0], by=people[0], at=f.AT)
    proposed = {row.figures.claim_id: row for row in week.to_hand_out()}
    assert set(proposed) == {row.pk for row in rows[:4]}
    assert (proposed[rows[0].pk].to, proposed[rows[0].pk].why) == (a.somebody(), "sent it")
    to = [proposed[row.pk].to for row in rows[1:4]]
    # The first biller has one already: the other gets two of three.
    assert sorted(map(to.count, people)) == [1, 2]
    assert to.count(people[1]) == 2


def test_all_of_them_are_given_and_each_is_recorded(people: list[User]) -> None:
    rows = [denied(n) for n in range(1, 4)]
    given = hand_out({row.pk: people[0] for row in rows}, by=people[1], at=f.AT)
    assert (given.claims, given.left) == (3, ())
    assert set(Claim.objects.filter(owner=people[0])) == set(rows)
    assert AuditEvent.objects.filter(action="claim.assign").count() == 3
    assert week.to_hand_out() == []


def test_what_somebody_took_or_closed_meanwhile_is_left_alone(people: list[User]) -> None:
    taken, closed, free, unnamed = (denied(n) for n in range(1, 5))
    work.assign(taken, people[1], by=people[1], at=f.AT)
    Claim.objects.filter(pk=closed.pk).update(closing="closed")
    to = {taken.pk: people[0], closed.pk: people[0], free.pk: people[0], unnamed.pk: None}
    given = hand_out(to, by=people[0], at=f.AT)
    assert (given.claims, set(given.left)) == (1, {taken.number, closed.number})
    assert Claim.objects.get(pk=taken.pk).owner == people[1]
    assert Claim.objects.get(pk=unnamed.pk).owner is None


def test_a_claim_of_somebody_who_left_is_nobodys_and_can_be_given(people: list[User]) -> None:
    row = denied(1)
    work.assign(row, people[0], by=people[0], at=f.AT)
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    (proposed,) = week.to_hand_out()
    assert proposed.to == people[1]
    assert hand_out({row.pk: people[1]}, by=people[1], at=f.AT).claims == 1


def test_all_or_nothing(people: list[User]) -> None:
    rows = [denied(n) for n in range(1, 3)]
    nobody = f.user(role="clinician")
    with pytest.raises(NotPossible, match="does not work on claims"):
        hand_out({rows[0].pk: people[0], rows[1].pk: nobody}, by=people[0], at=f.AT)
    assert not Claim.objects.filter(owner__isnull=False).exists()
    with pytest.raises(NotPermitted):
        hand_out({rows[0].pk: people[0]}, by=nobody, at=f.AT)
    with pytest.raises(NotPossible, match="At most"):
        hand_out(dict.fromkeys(range(1, week.MOST + 2), people[0]), by=people[0], at=f.AT)
