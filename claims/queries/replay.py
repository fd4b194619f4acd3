"""A denial looked at again: today's rules on the packet as it was sent, whatever became of the record since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.conditions.condition import Group
from claims.conditions.proposing import Proposal, proposals
from claims.conditions.sentence import sentence
from claims.facts import ClaimFacts
from claims.models import Denial, OwnRule, Packet, Payer
from claims.queries.backtests import Backtest, backtest, facts_of_packet, with_payer
from claims.queries.claims import report_on
from claims.queries.rulebook import InForce, adopted_beside, rule_book
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause, Result, Severity

MOST_PROPOSED = 3


@dataclass(frozen=True)
class Seen:
    """A rule that would have spoken up. `reason` is what somebody wrote when the claim left over its warning."""

    result: Result
    reason: str = ""


@dataclass(frozen=True)
class Proposed:
    proposal: Proposal
    counted: Backtest

    @property
    def sentence(self) -> str:
        return sentence(self.proposal.condition)

    @property
    def values(self) -> dict[str, Any]:
        """As a rule is drafted with, but for its payer and cause."""
        p = self.proposal
        words = {"title": p.title, "message": p.message, "fix": p.fix, "field": p.field}
        return {**words, "severity": Severity.WARNING.value, "condition": p.condition.as_data()}


@dataclass(frozen=True)
class Replay:
    packet: Packet
    payer: Payer
    caught: tuple[Seen, ...]
    """Rules that would have held the claim for the very cause of its denial."""
    others: tuple[Seen, ...]
    """Rules that would have held it for another cause."""
    proposed: tuple[Proposed, ...]
    """What could be adopted, the best by its history first; only where no rule would have caught it."""


def replay(denial: Denial, day: date) -> Replay | None:
    """What the rules of a day make of the packet that a denial answers; None where none is known."""
    packet = packet_of(denial)
    if packet is None:
        return None
    facts, payer = facts_of_packet(packet.facts), payer_of(denial)
    held = [*_held(packet, facts, rule_book(day).of(payer.pk))]
    cause = Cause(denial.cause)
    caught = tuple(s for s in held if s.result.cause is cause)
    others = tuple(s for s in held if s.result.cause is not cause)
    return Replay(packet, payer, caught, others, () if caught else proposed(Cause(denial.cause), payer, facts, day))


def packet_of(denial: Denial) -> Packet | None:
    """The packet that was decided on: of a supplement, as older denials name it, the one that it adds to."""
    packet = denial.packet
    return packet.supplements or packet if packet else None


def payer_of(denial: Denial) -> Payer:
    """The payer that the packet was sent to, which is the one that denied; without a packet the plan's."""
    packet = packet_of(denial)
    if packet is None:
        return denial.claim.coverage.payer
    sent_to = with_payer(Packet.objects.filter(pk=packet.pk)).values("sent_to")
    # The packet of an appeal keeps no report of its own, and names its payer all the same.
    named = facts_of_packet(packet.facts).coverage.payer.payer_id
    known = Payer.objects.filter(pk__in=sent_to).first() or Payer.objects.filter(payer_id=named).first()
    return known or denial.claim.coverage.payer


def _held(packet: Packet, facts: ClaimFacts, rules: InForce) -> Iterable[Seen]:
    reasons = {r["rule"]: r.get("reason", "") for r in json.loads(packet.report) if "rule" in r}
    for result in report_on(facts, {}, rules).failed:
        if result.severity is not Severity.ADVICE:
            yield Seen(result, reasons.get(result.rule, ""))


def proposed(cause: Cause, payer: Payer, facts: ClaimFacts, day: date) -> tuple[Proposed, ...]:
    """Rules that would have held this claim, with their history at its payer, the surest first."""
    found = list(proposals(cause, payer.name, facts, list(adopted_beside(OwnRule(payers=[payer.pk]), day))))
    conditions: Sequence[Group] = [p.condition for p in found]
    both = [Proposed(p, b) for p, b in zip(found, backtest(conditions, [payer.pk]), strict=True)]
    return tuple(sorted(both, key=lambda p: _surety(p.counted), reverse=True)[:MOST_PROPOSED])


def _surety(counted: Backtest) -> tuple[float, int]:
    """The low end of its interval: one hit of one says less than nine of ten."""
    return (counted.right.interval or (0.0, 0.0))[0], len(counted.stopped_denied)


def values_of(denial: Denial, chosen: Proposed) -> dict[str, Any]:
    """A proposal with its cause, for the payer that denied."""
    return {**chosen.values, "cause": denial.cause, "payers": [payer_of(denial).pk]}


def origin_of(denial: Denial) -> str:
    """What a rule made from a denial says of where it comes from."""
    codes = "-".join(c for c in (denial.group, denial.carc) if c)
    return f"The denial of {denial.claim.number} with {codes or 'no code'} on {long_date(denial.denied_on)}"
