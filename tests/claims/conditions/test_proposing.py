"""Rules that a denial proposes: what its packet had of the things that the cause is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claims.conditions.proposing import Proposal, proposals
from claims.conditions.sentence import told
from claims.facts import ClaimFacts, LineFacts
from claims.rules.examples import READY, with_authorization
from documentation.kernel.rule import Cause


def with_codes(*codes: str) -> ClaimFacts:
    return replace(READY, lines=tuple(LineFacts(code, 85_000) for code in codes))


def proposed(cause: Cause, facts: ClaimFacts) -> list[Proposal]:
    return list(proposals(cause, "Delta", facts))


@pytest.mark.parametrize("cause", [Cause.BUNDLING, Cause.CODING])
def test_two_proposals_that_ask_for_codes_are_told_apart(cause: Cause) -> None:
    found = proposed(cause, with_codes("D0371", "D0330"))
    of_codes = {told(c): p.key for p in found for c in p.condition.clauses() if c.key == "claim.codes"}
    assert list(of_codes) == [f"the list of codes on the claim includes “{c}”" for c in ("D0330", "D0371")]
    assert len(set(of_codes.values())) == 2


def test_a_denial_for_want_of_authorization_proposes_the_used_up_one() -> None:
    used_up = with_authorization(units=1, units_used=1)
    asked = {c.key: c.value for p in proposed(Cause.AUTHORIZATION, used_up) for c in p.condition.clauses()}
    assert asked["authorization.units_left"] == "0"
    assert "authorization.units_left" not in {
        c.key for p in proposed(Cause.AUTHORIZATION, READY) for c in p.condition.clauses()
    }


@pytest.mark.parametrize("cause", list(Cause))
def test_every_proposal_of_a_denial_has_a_key_of_its_own(cause: Cause) -> None:
    for facts in (READY, with_codes("D0371", "D0330", "D0350"), with_codes("D0371", "D0371")):
        found = proposed(cause, facts)
        assert found
        assert len({p.key for p in found}) == len({p.condition for p in found}) == len(found)
