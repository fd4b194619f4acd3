"""Which of a payer's answers on one claim stand: after reversals, corrections and answers given in parts.

A reversal takes back the one answer that it repeats with turned signs, and no other. An answer on the rest of a claim
that the payer split stands beside the first part; any other answer replaces what was said before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claims.codes.denial_causes import Outcome


@dataclass(frozen=True, slots=True)
class Given:
    """One answer on a claim, as far as it decides what stands. Amounts in cents; `lines` are numbers that we gave."""

    key: int
    outcome: Outcome
    charge_cents: int
    paid_cents: int
    denied_cents: int = 0
    pended_cents: int = 0
    payer_control: str = ""
    lines: frozenset[str] = frozenset()
    check: int = 0
    """The check that it came with; 0 where that is not known."""


def standing(given: Iterable[Given], billed_cents: int) -> tuple[Given, ...]:
    """The answers that stand, of those in the order in which they were posted. `billed_cents` is the claim's total."""
    found: list[Given] = []
    replaced: list[Given] = []
    for answer in given:
        if answer.outcome is Outcome.PREDETERMINATION:
            continue
        if answer.outcome is Outcome.REVERSAL:
            taken = taken_back(answer, found, replaced)
            for answers in (found, replaced):
                if taken in answers:
                    answers.remove(taken)
        elif is_part(answer, found, billed_cents):
            found.append(answer)
        else:
            replaced += found
            found = [answer]
    return tuple(found)


def taken_back(reversal: Given, before: Sequence[Given], replaced: Sequence[Given] = ()) -> Given | None:
    """The answer that a reversal takes back: of the same amounts, else of the same number of the payer, else the only
    one. None where nothing of ours fits.

    `before` stands; `replaced` was said before that and does not stand any more: a payer may put the correction in
    front of the reversal, which then changes nothing. What came with the same check is the last to be taken back.
    """
    own = [a for a in reversed(before) if reversal.check and a.check == reversal.check]
    earlier = [a for a in reversed(before) if a not in own]
    newest = [*earlier, *reversed(replaced), *own]
    same = [a for a in newest if (a.charge_cents, a.paid_cents) == (-reversal.charge_cents, -reversal.paid_cents)]
    both = [a for a in same if _is_of_number(a, reversal)]
    of_number = [a for a in earlier if _is_of_number(a, reversal)]
    for choice in (both, same, of_number):
        if choice:
            return choice[0]
    return earlier[0] if len(before) == len(earlier) == 1 else None


def _is_of_number(answer: Given, reversal: Given) -> bool:
    return bool(reversal.payer_control) and answer.payer_control == reversal.payer_control


def is_part(answer: Given, before: Sequence[Given], billed_cents: int) -> bool:
    """Whether an answer is on another part of the claim than those before it, rather than in their place."""
    if not before:
        return False
    if any(answer.lines & other.lines for other in before):
        return False
    together = answer.charge_cents + sum(other.charge_cents for other in before)
    return 0 < answer.charge_cents < billed_cents and together <= billed_cents


@dataclass(frozen=True, slots=True)
class Net:
    """What the standing answers of a claim come to."""

    outcome: Outcome | None
    """None: nothing stands, so the payer has not decided."""
    is_whole: bool
    """Whether they decide on all that was billed: nothing of it is left out, and nothing pended."""


def net(answers: Sequence[Given], billed_cents: int) -> Net:
    """The answers that stand, as one."""
    if not answers:
        return Net(None, is_whole=False)
    outcome = answers[0].outcome if len(answers) == 1 else _together(answers)
    decided = sum(a.charge_cents for a in answers) >= billed_cents and not any(a.pended_cents > 0 for a in answers)
    return Net(outcome, is_whole=decided)


def undecided(answers: Sequence[Given], billed_cents: int) -> int:
    """Cents of what was billed that the answers which stand do not decide: parts that none of them is on, and what
    they pended. 0 where nothing stands: then nothing is answered in part.
    """
    if not answers:
        return 0
    silent = max(billed_cents - sum(a.charge_cents for a in answers), 0)
    return silent + sum(max(a.pended_cents, 0) for a in answers)


def _together(answers: Sequence[Given]) -> Outcome:
    paid, denied = sum(a.paid_cents for a in answers), sum(a.denied_cents for a in answers)
    if denied > 0:
        return Outcome.PARTLY_PAID if paid > 0 else Outcome.DENIED
    if any(a.outcome is Outcome.PENDED for a in answers):
        return Outcome.PENDED
    return Outcome.PAID if paid > 0 else Outcome.PATIENT_SHARE
