"""A sealed packet is as the claim while all that it prints is; what it does not print may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from claims.among import PrimaryFacts, TermsFacts
from claims.facts import AuthorizationFacts, ClaimFacts, PolicyFacts
from claims.queries.packets import is_current
from claims.rules.examples import READY
from documentation.kernel.wire import to_data
from documentation.models.fields import canonical

PERMISSION = AuthorizationFacts("prior_authorization", "approved", "PA-1", units=2)
ANSWER = PrimaryFacts(payer="First", answered_on=date(2026, 11, 20), charge_cents=85000, paid_cents=64000)
FACTS = replace(READY, sequence=2, primary=ANSWER, authorizations=(PERMISSION,))


def sealed(facts: ClaimFacts) -> Any:
    return SimpleNamespace(claim_revision=1, claim=SimpleNamespace(revision=1), facts=canonical(to_data(facts)))


def with_payer(**changes: Any) -> ClaimFacts:
    return replace(FACTS, coverage=replace(FACTS.coverage, payer=replace(FACTS.coverage.payer, **changes)))


@pytest.mark.parametrize(
    "now",
    [
        with_payer(policy=PolicyFacts(covers_d0371="no")),
        with_payer(terms=TermsFacts(network="in")),
        replace(FACTS, authorizations=(replace(PERMISSION, units=3, units_used=1),)),
    ],
)
def test_what_is_not_printed_leaves_it_current(now: ClaimFacts) -> None:
    assert now != FACTS
    assert is_current(sealed(FACTS), now)


@pytest.mark.parametrize(
    "now",
    [
        replace(FACTS, primary=replace(ANSWER, paid_cents=63000)),
        replace(FACTS, primary=None),
        replace(FACTS, authorizations=(replace(PERMISSION, number="PA-2"),)),
        with_payer(payer_id="00000"),
    ],
)
def test_what_is_printed_makes_it_old(now: ClaimFacts) -> None:
    assert not is_current(sealed(FACTS), now)
