"""One rule that is worth adopting: right more often than wrong, by more than one denial, and gone once it was taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from claims.models import Denial, RuleOffer
from claims.queries import offers
from claims.queries.replay import origin_of, replay, values_of
from claims.services import rules
from claims.services.offers import look
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
TODAY = f.TODAY


def answered(outcome: str, cause: str = "bundling", *, of: str = "Summit") -> Denial | None:
    row = a.claim(TODAY - timedelta(40), of=of, transport="sent")
    packet = a.sent(row, TODAY - timedelta(38)).packet
    if outcome == "paid":
        a.answer(row, TODAY, "paid", paid="850.00")
        return None
    return a.denial(a.answer(row, TODAY, "denied", denied="850.00"), cause, "850.00", packet=packet)


def test_nothing_is_proposed_where_nothing_was_denied_or_one_claim_alone_speaks_for_it() -> None:
    assert offers.standing() is None
    assert look(day=TODAY, at=f.AT).denial is None
    answered("denied")
    assert look(day=TODAY, at=f.AT).denial is None
    assert RuleOffer.objects.count() == 2


def test_what_would_have_stopped_denials_is_proposed_with_its_backtest() -> None:
    for _ in range(3):
        answered("denied")
    answered("paid")
    offer = look(day=TODAY, at=f.AT)
    assert offer.denial is not None
    assert (offer.stopped_denied, offer.denied, offer.stopped_paid, offer.paid) == (3, 3, 1, 1)
    found = replay(offer.denial, TODAY)
    assert found is not None
    chosen = next(p for p in found.proposed if p.proposal.key == offer.proposal)
    assert (chosen.proposal.title, len(chosen.counted.stopped_denied)) == (offer.title, 3)
    assert offers.standing() == offer


def test_a_rule_that_would_hold_as_many_paid_claims_is_not() -> None:
    for outcome in ("denied", "denied", "paid", "paid"):
        answered(outcome)
    assert look(day=TODAY, at=f.AT).denial is None


def test_a_rule_that_was_adopted_is_proposed_no_longer() -> None:
    for _ in range(2):
        answered("denied")
    denial = look(day=TODAY, at=f.AT).denial
    assert denial is not None
    found = replay(denial, TODAY)
    assert found is not None
    manager = f.user(role="manager")
    rules.adopt_proposal(
        values_of(denial, found.proposed[0]), origin_of(denial), day=TODAY, by=manager, at=f.AT + timedelta(minutes=1)
    )
    assert offers.standing() is None
    assert look(day=TODAY, at=f.AT + timedelta(hours=1)).denial is None


def test_the_payer_for_which_it_speaks_most_comes_first() -> None:
    for of, times in (("Summit", 2), ("Northern", 4)):
        for _ in range(times):
            answered("denied", of=of)
    offer = look(day=TODAY, at=f.AT)
    assert offer.denial is not None
    assert offer.denial.claim.coverage.payer.name == "Northern"
