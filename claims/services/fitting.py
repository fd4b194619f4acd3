"""Trying the packet of a claim or an appeal on a channel before it is sealed: everything is made, nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from claims.channels import Profile
from claims.models import Appeal, Claim
from claims.packet import Beside, PacketManifest
from claims.queries.claims import facts_of
from claims.queries.letters import facts_of as letter_facts
from claims.services import letters
from claims.services.channels import APPEAL, Fitted, fit
from claims.services.evidence import chosen_of
from claims.services.packets import Way, built_from, control_number_of, headed

_NO_CODE = "00000-00000-00000"
"""Stands where the verification code will stand: a trial is not sealed."""


def fit_claim(claim: Claim, channel: Profile, *, was_asked: bool = False, at: datetime) -> Fitted:
    """The packet as it would be sealed now, fitted to a channel. Raises Refused where it cannot be set or made."""
    facts = headed(facts_of(claim, today=claim.encounter.location.today(at)))
    found: list[Fitted] = []

    def besides(manifest: PacketManifest, packed: Mapping[str, bytes]) -> Beside:
        found.append(fit(facts, channel, manifest, packed, was_asked=was_asked))
        return Beside({}, {})

    number = control_number_of(claim)
    built_from(claim, facts, Way(channel, was_asked), code=_NO_CODE, control_number=number, at=at, besides=besides)
    return found[0]


def fit_appeal(appeal: Appeal, channel: Profile, *, at: datetime) -> Fitted:
    """The same of an appeal as its letter stands. Raises Refused where it cannot be set or made."""
    claim = appeal.claim
    facts = letter_facts(appeal, today=claim.encounter.location.today(at))
    facts = replace(facts, claim=headed(facts.claim))
    found: list[Fitted] = []

    def besides(manifest: PacketManifest, packed: Mapping[str, bytes]) -> Beside:
        found.append(fit(facts.claim, channel, manifest, packed, further=APPEAL))
        return Beside({}, {})

    documents, number = chosen_of(claim, facts.claim), control_number_of(claim)
    letters.built_from(appeal, facts, documents, code=_NO_CODE, control_number=number, at=at, besides=besides)
    return found[0]
