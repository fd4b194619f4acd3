"""How a rehearsal goes: which claims of its queues were worked, how, and what became of the real ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from claims.models import Appeal, Claim, ClaimNote, Decision, Packet, StatusCall, Submission, WriteOff
from documentation.kernel.money import dollars, to_cents
from documentation.models import Became, Rehearsal, RehearsalItem, User

MOST = 2_000
"""Things done that are looked at, the newest first."""
_APPEALED = (Became.WON, Became.WON_PARTLY, Became.LOST)
_SAME = {Became.WRITTEN_OFF: "write_off"} | dict.fromkeys(_APPEALED, "appeal")
_HERE = {"appeal": "appealed", "write_off": "written off", "correct": "corrected"}


@dataclass(frozen=True)
class Act:
    """One thing that somebody did to a claim here. `way` is set where it decides what becomes of the claim."""

    claim: int
    said: str
    by: User
    at: datetime
    way: str = ""


@dataclass
class Worked:
    """A claim of the queues that was worked."""

    item: RehearsalItem
    claim: Claim
    acts: list[Act] = field(default_factory=list)

    @property
    def real(self) -> str:
        """What became of the real claim. Told only when somebody decided here: before that it would be a hint."""
        if self.item.became == Became.OPEN:
            return "The real claim was still open when this copy was made."
        if not self.ways:
            return "What became of the real claim is told once you decide what is done with this one."
        amount = f": {dollars(to_cents(self.item.amount))}" if self.item.amount else ""
        days = f", {self.item.days} days after its denial" if self.item.days is not None else ""
        return f"The real claim was {Became(self.item.became).label}{days}{amount}."

    @property
    def compared(self) -> str:
        """Whether it was done here as there, where that can be said."""
        same = _SAME.get(Became(self.item.became))
        if not same or not self.ways:
            return ""
        if same in self.ways:
            return f"It was {_HERE[same]} here, too."
        return f"It was not {_HERE[same]} here so far."

    @property
    def ways(self) -> set[str]:
        return {act.way for act in self.acts if act.way}


@dataclass(frozen=True)
class Standing:
    """How it goes. `waiting` are denials that were set back and that nobody decided yet."""

    made_at: datetime
    worked: list[Worked]
    waiting: list[Claim]
    total: int
    set_back: int
    decided: int
    as_there: int
    people: list[tuple[str, int]]


def standing() -> Standing | None:
    """None where this database is the practice itself."""
    made = Rehearsal.objects.first()
    if made is None:
        return None
    by_claim: dict[int, list[Act]] = defaultdict(list)
    for act in sorted(_acts(made.made_at), key=lambda act: act.at):
        by_claim[act.claim].append(act)
    items = {i.claim: i for i in RehearsalItem.objects.filter(claim__in=by_claim)}
    back = {i.claim: i for i in RehearsalItem.objects.exclude(became=Became.OPEN)}
    claims = Claim.objects.select_related("encounter__patient", "coverage__payer").in_bulk({*items, *back})
    worked = [Worked(item, claims[key], by_claim[key]) for key, item in items.items() if key in claims]
    worked.sort(key=lambda one: one.acts[-1].at, reverse=True)
    decided = [one for one in worked if one.item.became != Became.OPEN and one.ways]
    open_ones = {*back} - {one.claim.pk for one in decided}
    people = Counter(name for one in worked for name in {act.by.display_name for act in one.acts})
    return Standing(
        made_at=made.made_at,
        worked=worked,
        waiting=[claims[key] for key in sorted(open_ones) if key in claims],
        total=RehearsalItem.objects.count(),
        set_back=len(back),
        decided=len(decided),
        as_there=sum(1 for one in decided if _SAME.get(Became(one.item.became)) in one.ways),
        people=sorted(people.items()),
    )


def _acts(since: datetime) -> Iterator[Act]:
    for d in _newest(Decision, "decided", since).select_related("denial"):
        yield Act(d.denial.claim_id, f"Decided: {d.get_way_display().lower()}", d.decided_by, d.decided_at, d.way)
    for a in _newest(Appeal, "opened", since):
        yield Act(a.claim_id, f"Appeal of level {a.level} opened", a.opened_by, a.opened_at, "appeal")
    for w in _newest(WriteOff, "requested", since):
        yield Act(w.claim_id, "Write-off asked for", w.requested_by, w.requested_at, "write_off")
    for p in _newest(Packet, "sealed", since):
        yield Act(p.claim_id, f"{p.get_kind_display()} packet sealed", p.sealed_by, p.sealed_at)
    for s in _newest(Submission, "recorded", since):
        yield Act(s.claim_id, f"Sent by {s.get_channel_display().lower()}", s.recorded_by, s.recorded_at)
    for c in _newest(StatusCall, "recorded", since):
        yield Act(c.claim_id, "Payer called", c.recorded_by, c.recorded_at)
    for n in _newest(ClaimNote, "written", since):
        yield Act(n.claim_id, "Note written", n.written_by, n.written_at)
    for claim in _newest(Claim, "created", since).exclude(replaces=None):
        yield Act(claim.replaces_id or 0, "Corrected claim started", claim.created_by, claim.created_at, "correct")


def _newest(model: Any, done: str, since: datetime) -> QuerySet[Any]:
    rows = model.objects.filter(**{f"{done}_at__gt": since}).select_related(f"{done}_by")
    found: QuerySet[Any] = rows.order_by(f"-{done}_at")[:MOST] if model is not Claim else rows
    return found
