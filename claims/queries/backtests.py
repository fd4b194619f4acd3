"""What a condition would have done to the claims that payers answered, by the facts sealed with their packets.

The rows of patients, plans and records go on changing; what was sealed does not. So the same condition on the same
history gives the same figures for ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from claims.conditions.condition import Group, holds_on
from claims.facts import ClaimFacts
from claims.models import ClaimFigures, OwnRuleTrial, Packet, SentReport, Submission
from claims.queries.outcomes import denied_at_first, first_denials
from documentation.kernel.rule import Unanswerable
from documentation.kernel.statistics import Share
from documentation.kernel.wire import from_data

CHUNK = 200
"""Packets whose facts are in memory at one time."""


@dataclass(frozen=True)
class Sealed:
    """A claim as it was sent, and whether the payer's first answer to it denied any of it."""

    packet: int
    facts: ClaimFacts
    was_denied: bool


@dataclass
class Backtest:
    """What one condition would have stopped. The lists hold packets by row number, the oldest first."""

    denied: int = 0
    paid: int = 0
    unanswerable: int = 0
    stopped_denied: list[int] = field(default_factory=list)
    stopped_paid: list[int] = field(default_factory=list)

    @property
    def stopped(self) -> int:
        return len(self.stopped_denied) + len(self.stopped_paid)

    @property
    def right(self) -> Share:
        """Of the claims that it would have stopped, those that were denied."""
        return Share(len(self.stopped_denied), self.stopped)

    @property
    def caught(self) -> Share:
        """Of the claims that were denied, those that it would have stopped."""
        return Share(len(self.stopped_denied), self.denied)

    def count(self, condition: Group, sealed: Sealed) -> None:
        self.denied += sealed.was_denied
        self.paid += not sealed.was_denied
        try:
            if holds_on(condition, sealed.facts):
                (self.stopped_denied if sealed.was_denied else self.stopped_paid).append(sealed.packet)
        except Unanswerable:
            self.unanswerable += 1


def backtest(conditions: Sequence[Group], payers: Sequence[int] = ()) -> list[Backtest]:
    """Each condition over the whole history of some payers, none: of all. One query, however long the history is."""
    found = [Backtest() for _ in conditions]
    for sealed in history(payers):
        for condition, counted in zip(conditions, found, strict=True):
            counted.count(condition, sealed)
    return found


def history(payers: Sequence[int] = ()) -> Iterator[Sealed]:
    """Every claim that a payer denied or paid by its first answer, as the packet said that it answered."""
    rows = _answered(payers).values_list("pk", "facts", "was_denied")
    for pk, facts, was_denied in rows.iterator(chunk_size=CHUNK):
        yield Sealed(pk, facts_of_packet(facts), was_denied)


def _answered(payers: Sequence[int]) -> QuerySet[Any]:
    decided = ClaimFigures.objects.filter(denied_at_first("claim") | Q(paid_first_time=True))
    sent = Submission.objects.filter(claim=OuterRef("claim"), packet__kind="claim")
    # An answer that came without a day answers what was sent last.
    before = Q(sent_on__lte=OuterRef("answered_on")) | Q(claim__figures__answered_on=None)
    in_time = sent.filter(before).order_by("-sent_on", "-pk")
    answered = decided.annotate(packet=Subquery(in_time.values("packet")[:1])).filter(packet__isnull=False)
    packets = with_payer(Packet.objects.filter(pk__in=answered.values("packet")))
    if payers:
        packets = packets.filter(sent_to__in=payers)
    return packets.annotate(was_denied=ExpressionWrapper(denied_at_first("claim"), BooleanField())).order_by("pk")


def with_payer(packets: QuerySet[Packet]) -> QuerySet[Any]:
    """Packets with the payer that they were sent to, whoever the plan's payer is by now."""
    reports = SentReport.objects.filter(submission__packet=OuterRef("pk")).order_by("-submission")
    return packets.annotate(sent_to=Subquery(reports.values("payer")[:1]))


def facts_of_packet(text: str) -> ClaimFacts:
    """A claim's facts as they were sealed; those of an appeal contain them."""
    data = json.loads(text)
    return from_data(ClaimFacts, data.get("claim", data))


def counted_by(trial: OwnRuleTrial) -> Backtest:
    """A trial as it was counted."""
    return Backtest(trial.denied, trial.paid, trial.unanswerable, trial.stopped_denied, trial.stopped_paid)


def claims_of(packets: Sequence[int]) -> list[Packet]:
    """The packets of a list with what is shown of their claims; each with `denied`, what the first decision denied."""
    return list(
        Packet.objects.filter(pk__in=packets)
        .annotate(denied=Subquery(first_denials("claim").values("amount")[:1]))
        .select_related("claim__coverage__payer", "claim__figures")
        .defer("facts", "report", "manifest")
        .order_by("pk")
    )
