"""What a payer's answer does to a claim, decided from what is known before: posting does it, the preview shows it.

Nothing is read or written here. A claim is given as it stands (`ClaimState`), the answers of one check on it in their
order; each gives an `Effect`, with the claim as it stands afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from claims.codes.denial_causes import Classification, Outcome
from claims.edi.standing import Given, net, standing
from claims.workflow import (
    ADJUDICATION,
    APPEALS_TO_SEND,
    CLOSING,
    Adjudication,
    AppealOutcome,
    AppealStatus,
    Closing,
    DenialStatus,
)

STEP = {
    Outcome.PAID: "pay",
    Outcome.PARTLY_PAID: "pay_part",
    Outcome.DENIED: "deny",
    Outcome.PATIENT_SHARE: "leave_to_patient",
    Outcome.PENDED: "pend",
    Outcome.REVERSAL: "reverse",
}
"""The step of a claim for what stands of its answers."""

DECISIONS = (Outcome.PAID, Outcome.PARTLY_PAID, Outcome.DENIED, Outcome.PATIENT_SHARE)
"""What a payer decides of a claim. A void one opens again by it: somebody must look why it was decided all the same."""

PENDING = (*APPEALS_TO_SEND, AppealStatus.SENT)
"""States of an appeal that waits for something: its denial is not settled beside it."""

PAID_LATER = "Paid by a later answer"
REPLACED = "Replaced by a later answer"
TAKEN_BACK = "The payer took this decision back"
OVERTURNED = "Overturned on appeal"


@dataclass(frozen=True, slots=True)
class DeniedState:
    """A denial of a claim. `key` is negative (its answer's) for one that the same check opens."""

    key: int
    answer: int
    status: DenialStatus
    cents: int
    resolution: str = ""
    resolved_by: int = 0
    """The answer that settled it; 0 where people did, or nobody."""


@dataclass(frozen=True, slots=True)
class AppealState:
    """An appeal of a denial. `sent_on` is the last day on which something of it left; None before."""

    key: int
    denial: int
    level: int
    status: AppealStatus
    sent_on: date | None = None
    outcome: str = ""
    recovered_cents: int = 0


@dataclass(frozen=True, slots=True)
class ClaimState:
    """A claim as it stands: what was billed, answered, denied, appealed and given up. Amounts in cents."""

    billed_cents: int
    adjudication: Adjudication = Adjudication.NONE
    closing: Closing = Closing.OPEN
    answers: tuple[Given, ...] = ()
    """In the order in which they were posted."""
    denials: tuple[DeniedState, ...] = ()
    appeals: tuple[AppealState, ...] = ()
    written_off_cents: int = 0
    """What people gave up of it."""

    @property
    def paid_cents(self) -> int:
        """What its plan has paid, less what it took back."""
        return sum(g.paid_cents for g in self.answers if g.outcome is not Outcome.PREDETERMINATION)

    @property
    def at_risk_cents(self) -> int:
        """What open denials hold; dollars that are denied twice count once."""
        if self.closing is not Closing.OPEN:
            return 0
        won = {d.key: 0 for d in self.denials}
        for a in self.appeals:
            won[a.denial] = won.get(a.denial, 0) + a.recovered_cents
        held = sum(d.cents - won[d.key] for d in self.denials if d.status is not DenialStatus.RESOLVED)
        return min(held, self.billed_cents)

    @property
    def has_open_denial(self) -> bool:
        return any(d.status is not DenialStatus.RESOLVED for d in self.denials)

    @property
    def has_open_appeal(self) -> bool:
        return any(a.status in PENDING for a in self.appeals)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it comes: its numbers, what it means, and the day it counts from."""

    given: Given
    found: Classification
    on: date


@dataclass(frozen=True, slots=True)
class Decided:
    """An appeal that the answer decides. `cents` is what it brought."""

    appeal: AppealState
    outcome: AppealOutcome
    cents: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What one answer does, in the order of the fields. Without a `step` it changes nothing."""

    after: ClaimState
    step: str = ""
    """Of ADJUDICATION."""
    opens_again: str = ""
    """Of CLOSING: answer_void or reopen."""
    takes_back_write_off: bool = False
    decides: tuple[Decided, ...] = ()
    withdraws: tuple[AppealState, ...] = ()
    """Appeals that were not sent: the payer gave in before."""
    resolves: tuple[DeniedState, ...] = ()
    """Denials as they are afterwards: resolved, saying how."""
    opens_denial: bool = False
    closes: bool = False
    ended: tuple[Given, ...] = ()
    """Answers that stood before it and do not any more: replaced, or taken back."""
    beside: tuple[Given, ...] = ()
    """Answers on other parts of the claim, beside which it stands."""


def effects(claim: ClaimState, answers: Sequence[Answered], later: Sequence[Given] = ()) -> tuple[Effect, ...]:
    """What the answers of one check on a claim do to it, one after the other.

    `later` was posted after this check already: where an answer finds its claim long after its check was posted.
    """
    found: list[Effect] = []
    for answer in answers:
        found.append(_effect(found[-1].after if found else claim, answer, later))
    if any(a.found.outcome is Outcome.REVERSAL for a in answers):
        found[-1] = _let_go(found[-1], answers[-1], later)
    return tuple(found)


def _effect(claim: ClaimState, answer: Answered, later: Sequence[Given]) -> Effect:
    given, found = answer.given, answer.found
    answers = (*claim.answers, given)
    stands = standing((*answers, *later), claim.billed_cents)
    is_reversal = found.outcome is Outcome.REVERSAL
    noted = replace(claim, answers=answers)
    if found.outcome is Outcome.PREDETERMINATION:  # an estimate: it changes nothing and denies nothing
        return Effect(noted)
    if not is_reversal and given not in stands:  # a later answer has replaced it already
        return Effect(noted)
    what = net(stands, claim.billed_cents)
    is_settled = what.outcome is Outcome.PAID and what.is_whole
    step = STEP[what.outcome] if what.outcome else "reverse"
    again = _opens_again(claim.closing, found.outcome, is_settled)
    is_given_up = claim.closing is Closing.WRITTEN_OFF and bool(again)
    before = standing((*claim.answers, *later), claim.billed_cents)
    closing = _closing(again) if again else claim.closing
    closes = (
        not is_reversal and not found.is_denial and is_settled and closing is Closing.OPEN and again != "answer_void"
    )
    after = replace(
        noted,
        adjudication=Adjudication(ADJUDICATION.find(step).target),
        closing=_closing("close") if closes else closing,
        written_off_cents=0 if is_given_up else claim.written_off_cents,
    )
    effect = Effect(
        after,
        step,
        opens_again=again,
        takes_back_write_off=is_given_up,
        closes=closes,
        ended=tuple(g for g in before if g not in stands),
        beside=() if is_reversal else tuple(g for g in before if g in stands),
    )
    return effect if is_reversal else _denials(effect, answer, {g.key for g in stands})


def _opens_again(closing: Closing, outcome: Outcome, is_settled: bool) -> str:
    """The step by which a claim that was over is seen again; empty where it stays as it is."""
    if closing is Closing.VOIDED:
        return "answer_void" if outcome in DECISIONS else ""
    if closing is Closing.WRITTEN_OFF:
        # Somebody gave it up, and the payer speaks after all: that decision is to be made anew.
        return "reopen" if outcome in (*DECISIONS, Outcome.REVERSAL) else ""
    # What was settled is not any more: the claim must be seen again.
    return "reopen" if closing is Closing.CLOSED and not is_settled else ""


def _closing(step: str) -> Closing:
    return Closing(CLOSING.find(step).target)


def _denials(effect: Effect, answer: Answered, stands: set[int]) -> Effect:
    """What becomes of denials of answers that do not stand any more, and whether a new one is opened."""
    found, state = answer.found, effect.after
    decides: tuple[Decided, ...] = ()
    withdraws: tuple[AppealState, ...] = ()
    resolves: tuple[DeniedState, ...] = ()
    if not state.denials and not found.is_denial:  # as with most answers
        return effect
    if found.outcome in (Outcome.PAID, Outcome.PARTLY_PAID):
        decides = tuple(_decided(state, answer, stands))
        state = _after_decisions(state, decides)
        if not found.is_denial:
            gone = {d.key for d in state.denials if d.answer not in stands}
            withdraws = tuple(a for a in state.appeals if a.denial in gone and a.status in APPEALS_TO_SEND)
            state = _after_withdrawals(state, withdraws)
            state, resolves = _resolved(state, stands, PAID_LATER, answer.given.key)
    if found.is_denial:
        state, resolves = _resolved(state, stands, REPLACED, answer.given.key)
        new = DeniedState(-answer.given.key, answer.given.key, DenialStatus.OPEN, found.denied_cents)
        state = replace(state, denials=(*state.denials, new))
    return replace(
        effect, after=state, decides=decides, withdraws=withdraws, resolves=resolves, opens_denial=found.is_denial
    )


def _decided(claim: ClaimState, answer: Answered, stands: set[int]) -> list[Decided]:
    """A payment in the place of a denial decides the appeal that waits: it won what is denied less than before."""
    of = {d.key: d for d in claim.denials if d.answer not in stands}
    decided: list[Decided] = []
    # Of two levels that wait for one denial the higher one was decided; the other never had an answer of its own.
    for appeal in sorted(claim.appeals, key=lambda a: -a.level):
        if appeal.denial not in of or appeal.status is not AppealStatus.SENT or not answer.given.paid_cents:
            continue
        if appeal.sent_on and answer.on < appeal.sent_on:
            continue
        less = of[appeal.denial].cents - answer.found.denied_cents
        before = sum(a.recovered_cents for a in claim.appeals if a.denial == appeal.denial)
        won = min(answer.given.paid_cents, max(less - before, 0))
        if any(d.appeal.denial == appeal.denial for d in decided):
            decided.append(Decided(appeal, AppealOutcome.NO_RESPONSE, 0))
            continue
        outcome = AppealOutcome.OVERTURNED_PARTIAL if answer.found.is_denial else AppealOutcome.OVERTURNED_FULL
        # The payer looked at it again, and denies as much as before.
        decided.append(Decided(appeal, outcome if won else AppealOutcome.REPROCESSED_SAME, won))
    return decided


def _after_decisions(claim: ClaimState, decides: Sequence[Decided]) -> ClaimState:
    if not decides:
        return claim
    by_appeal = {d.appeal.key: d for d in decides}
    by_denial = {d.appeal.denial: d for d in reversed(decides)}

    def appeal(row: AppealState) -> AppealState:
        d = by_appeal.get(row.key)
        return replace(row, status=AppealStatus.DECIDED, outcome=d.outcome, recovered_cents=d.cents) if d else row

    def denial(row: DeniedState) -> DeniedState:
        d = by_denial.get(row.key)
        if d is None or row.status is not DenialStatus.APPEALED:
            return row
        if d.outcome is AppealOutcome.OVERTURNED_FULL:
            return replace(row, status=DenialStatus.RESOLVED, resolution=OVERTURNED)
        return replace(row, status=DenialStatus.OPEN)

    return replace(
        claim, appeals=tuple(appeal(a) for a in claim.appeals), denials=tuple(denial(d) for d in claim.denials)
    )


def _after_withdrawals(claim: ClaimState, withdraws: Sequence[AppealState]) -> ClaimState:
    gone, of = {a.key for a in withdraws}, {a.denial for a in withdraws}
    return replace(
        claim,
        appeals=tuple(replace(a, status=AppealStatus.WITHDRAWN) if a.key in gone else a for a in claim.appeals),
        denials=tuple(
            replace(d, status=DenialStatus.OPEN) if d.key in of and d.status is DenialStatus.APPEALED else d
            for d in claim.denials
        ),
    )


def _resolved(claim: ClaimState, stands: set[int], how: str, by: int) -> tuple[ClaimState, tuple[DeniedState, ...]]:
    """Open denials of answers that do not stand are resolved; one in appeal waits for its decision."""
    done = {
        d.key: replace(d, status=DenialStatus.RESOLVED, resolution=how, resolved_by=by)
        for d in claim.denials
        if d.status is DenialStatus.OPEN and d.answer not in stands
    }
    if not done:
        return claim, ()
    return replace(claim, denials=tuple(done.get(d.key, d) for d in claim.denials)), tuple(done.values())


def _let_go(effect: Effect, answer: Answered, later: Sequence[Given]) -> Effect:
    """Denials of answers that the payer took back are resolved, where nothing came in their place."""
    state = effect.after
    stands = {g.key for g in standing((*state.answers, *later), state.billed_cents)}
    waiting = {a.denial for a in state.appeals if a.status in PENDING}
    kept = {d.answer for d in state.denials if d.key in waiting}
    after, more = _resolved(state, stands | kept, TAKEN_BACK, answer.given.key)
    return replace(effect, after=after, resolves=(*effect.resolves, *more))
