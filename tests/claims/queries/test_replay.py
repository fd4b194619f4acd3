"""Which packet a denial is replayed on."""

from __future__ import annotations

import pytest

from claims.queries.replay import payer_of, replay
from tests import factories as f
from tests.claims import answered

pytestmark = pytest.mark.django_db


def test_a_denial_that_names_a_supplement_is_replayed_on_what_it_adds_to() -> None:
    """Denials from before the claim's own packet was chosen; the record had changed when the supplement was sealed."""
    claim = answered.claim(f.TODAY, of="Delta")
    first = answered.sent(claim, f.TODAY).packet
    claim.diagnoses = ["R22.1"]
    claim.save()
    added = answered.sent(claim, f.TODAY, kind="supplement").packet
    answered.seal_with(added, supplements=first)
    denial = answered.denial(answered.answer(claim, f.TODAY, "denied"), "coding", "850.00", packet=added)
    found = replay(denial, f.TODAY)
    assert found is not None
    assert found.packet == first
    assert payer_of(denial).name == "Delta"
    asked = {c.key for p in found.proposed for c in p.proposal.condition.clauses()}
    assert "claim.first_diagnosis" not in asked
