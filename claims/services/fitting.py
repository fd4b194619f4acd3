"""Trying a claim's packet on a channel before it is sealed: everything is made, nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from claims.channels import Profile
from claims.models import Claim
from claims.packet import Beside, PacketManifest
from claims.queries.claims import facts_of
from claims.services.channels import Fitted, fit
from claims.services.packets import built_from, control_number_of

_NO_CODE = "00000-00000-00000"
"""Stands where the verification code will stand: a trial is not sealed."""


def fit_claim(claim: Claim, channel: Profile, *, was_asked: bool = False, at: datetime) -> Fitted:
    """The packet as it would be sealed now, fitted to a channel. Raises Refused where it cannot be set or made."""
    facts = facts_of(claim, today=claim.encounter.location.today(at))
    found: list[Fitted] = []

    def besides(manifest: PacketManifest, packed: Mapping[str, bytes]) -> Beside:
        found.append(fit(facts, channel, manifest, packed, was_asked=was_asked))
        return Beside({}, {})

    built_from(claim, facts, code=_NO_CODE, control_number=control_number_of(claim), at=at, besides=besides)
    return found[0]
