"""A check before it is posted: what each answer means, its claim before and after, and what follows for the next plan.

Posting does just that: both go by the same decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from claims.codes.code_book import CodeBook, shown_code
from claims.codes.crossover import NextStep
from claims.codes.denial_causes import Classification, Outcome
from claims.edi.standing import Given
from claims.effect import REPLACED, TAKEN_BACK, ClaimState, DeniedState, Effect
from claims.models import Claim, Remittance, RemittanceClaim
from claims.queries.ahead import ahead_of
from claims.queries.code_book import code_books
from claims.queries.effects import Told, effects_of
from claims.queries.matching import named_by
from claims.queries.next_plan import Next
from claims.queries.remittances import classification_of
from claims.workflow import AppealOutcome, ClaimWord, Closing, word_of
from documentation.kernel.money import dollars

OUTCOMES = {
    Outcome.PAID: ("Paid", "paid"),
    Outcome.PARTLY_PAID: ("Paid in part", "paid"),
    Outcome.DENIED: ("Denied", "denied"),
    Outcome.PATIENT_SHARE: ("Patient's share", "paid"),
    Outcome.PENDED: ("Pended", "submitted"),
    Outcome.PREDETERMINATION: ("Estimate only", "draft"),
    Outcome.REVERSAL: ("Reversed", "attention"),
}
"""Words and tone of an answer."""

_DECIDED = {
    AppealOutcome.OVERTURNED_FULL: "overturned in full",
    AppealOutcome.OVERTURNED_PARTIAL: "overturned in part",
    AppealOutcome.REPROCESSED_SAME: "looked at again, denied as before",
}
_RESOLVED = {REPLACED: ", in whose place it stands", TAKEN_BACK: ", which the payer took back"}


@dataclass(frozen=True)
class Reason:
    """A code with our words and its amount. `line` counts from 1; 0 is the whole claim."""

    code: str
    words: str
    amount: Decimal | None
    line: int
    is_retired: bool = False
    """Whether the payer gave a code that was given up by the day of the check."""


@dataclass(frozen=True)
class Sum:
    """An amount of the claim before and after, in cents."""

    label: str
    before: int
    after: int


@dataclass(frozen=True)
class Change:
    """What posting does to a claim: before, after, and the steps in words. Sums that stay are left out."""

    claim: Claim
    before: ClaimState
    after: ClaimState
    steps: tuple[str, ...]
    ahead: Next | None = None
    """What follows for the plan after this one; with the last answer of the check on the claim."""

    @property
    def word_before(self) -> ClaimWord:
        return _word(self.claim, self.before)

    @property
    def word_after(self) -> ClaimWord:
        return _word(self.claim, self.after)

    @property
    def is_other_word(self) -> bool:
        """Whether the claim has another word afterwards; a void one is told as such."""
        before = self.word_before, self.before.closing is Closing.VOIDED
        return before != (self.word_after, self.after.closing is Closing.VOIDED)

    @property
    def sums(self) -> tuple[Sum, ...]:
        found = (
            Sum("Paid by the plan", self.before.paid_cents, self.after.paid_cents),
            Sum("Denied and open", self.before.at_risk_cents, self.after.at_risk_cents),
            Sum("Written off", self.before.written_off_cents, self.after.written_off_cents),
        )
        return tuple(s for s in found if s.before != s.after)


def _word(claim: Claim, state: ClaimState) -> ClaimWord:
    signs = {"has_open_denial": state.has_open_denial, "has_open_appeal": state.has_open_appeal}
    return word_of(claim.preparation, claim.transport, state.adjudication, state.closing, **signs)


@dataclass(frozen=True)
class Answer:
    """A payer's answer with what it means and what posting it does: to its claim, or to those it is divided among."""

    row: RemittanceClaim
    found: Classification
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...]
    """Empty where it matches no claim, or was posted."""
    is_even: bool
    named: tuple[str, ...] = ()
    """Claims of ours whose numbers it bears, where it belongs to none yet: of several, a person divides it."""

    @property
    def label(self) -> str:
        return OUTCOMES[self.found.outcome][0]

    @property
    def tone(self) -> str:
        return OUTCOMES[self.found.outcome][1]


def explained(check: Remittance, page: Iterable[RemittanceClaim], *, at: datetime) -> list[Answer]:
    """Answers of a check that came with `checks.answers_of`, in a constant number of queries.

    All that the check says of their claims counts, also where it stands on another page.
    """
    rows = list(page)
    matched = [one for row in rows for one in (row, *row.parts.all()) if one.claim]
    claims = {one.claim_id for one in matched}
    is_over = bool(check.posted_at or check.problems)
    told = {} if is_over else effects_of(check.answers.filter(claim__in=claims), at=at)
    ahead = {} if is_over else ahead_of(check, claims, at=at)
    books = code_books({one.claim.coverage.payer_id for one in matched if one.claim}, check.paid_on)
    return [_answer(row, books[_payer(row)], check, told, ahead) for row in rows]


def _payer(row: RemittanceClaim) -> int | None:
    """The payer whose own codes an answer may carry: known where it is known whose claim it answers."""
    of = next((one.claim for one in (row, *row.parts.all()) if one.claim), None)
    return of.coverage.payer_id if of else None


def _answer(
    row: RemittanceClaim, book: CodeBook, check: Remittance, told: dict[int, Told], ahead: dict[int, Next]
) -> Answer:
    taken = sum((a.amount for a in row.adjustments.all()), Decimal("0.00"))
    mine = [(one.pk, one.claim, told[one.pk]) for one in (row, *row.parts.all()) if one.claim and one.pk in told]
    changes = tuple(
        Change(claim, t.before, t.effect.after, _steps(t, ahead.get(key)), ahead.get(key)) for key, claim, t in mine
    )
    found = classification_of(row, book)
    is_even = row.charge - taken == row.paid
    return Answer(row, found, tuple(_reasons(row, book, check)), changes, is_even, named_by(row))


def _reasons(row: RemittanceClaim, book: CodeBook, check: Remittance) -> Iterator[Reason]:
    lines = {line.pk: n for n, line in enumerate(row.lines.all(), 1)}
    for a in row.adjustments.all():
        code, words = shown_code(a.group, a.carc), book.label_of(a.group, a.carc)
        yield Reason(code, words, a.amount, lines.get(a.line_id or 0, 0), book.is_retired(a.carc, check.paid_on))
    remarks = [*row.remarks, *(r for line in row.lines.all() for r in line.remarks)]
    for remark in dict.fromkeys(remarks):
        yield Reason(remark, book.remark_label(remark), None, 0)


def _steps(told: Told, ahead: Next | None) -> tuple[str, ...]:
    """What posting does to the claim, and to that of the next plan, in words."""
    found, effect = told.found, told.effect
    if found.outcome is Outcome.PREDETERMINATION:
        return ("Nothing: it is an estimate",)
    steps = [*_of_claim(told), *_of_denials(effect)]
    if effect.opens_denial and found.cause:
        steps.append(f"Opens a denial of {dollars(found.denied_cents)}: {found.cause.label.lower()}")
    if found.pended_cents:
        steps.append(f"Waits for what the payer decides on {dollars(found.pended_cents)}")
    if effect.closes:
        steps.append("Closes the claim")
    if found.patient_cents and found.outcome is not Outcome.REVERSAL:
        steps.append(f"Leaves {dollars(found.patient_cents)} to the patient")
    steps += _of_next(ahead)
    return tuple(step if n == 0 else step[0].lower() + step[1:] for n, step in enumerate(steps))


def _of_claim(told: Told) -> Iterator[str]:
    effect, is_reversal = told.effect, told.found.outcome is Outcome.REVERSAL
    if effect.opens_again == "answer_void":
        yield "Opens the claim again, which is void: look why the payer answered it"
    elif effect.takes_back_write_off and told.before.written_off_cents:
        yield f"Opens the claim again and takes its write-off of {dollars(told.before.written_off_cents)} back"
    elif effect.opens_again:
        yield "Opens the claim again, which was over"
    if effect.ended:
        yield f"{'Takes back' if is_reversal else 'Replaces'} {_named(effect.ended)}"
    elif is_reversal:
        yield "Takes back nothing that stands: look which answer it means"
    if effect.beside:
        yield f"Stands beside {_named(effect.beside)} on the rest of the claim"


def _of_next(ahead: Next | None) -> Iterator[str]:
    """What follows by itself for the plan after this one."""
    if ahead and ahead.may_be and ahead.said:
        named = ahead.said.carrier or ahead.said.carrier_id
        yield f"Waits for somebody to say, on the claim's page, which of the patient's plans {named} is"
    if ahead is None or ahead.step is NextStep.NONE:
        return
    payer, by = ahead.plan.payer.name, f" ({ahead.said.by})" if ahead.said else ""
    if ahead.against:
        yield f"Does nothing about the claim to {payer} yet: {ahead.against}"
    elif ahead.step is NextStep.START:
        yield f"Starts the claim to {payer}, the next plan"
    elif ahead.step is NextStep.HANDED_ON:
        yield f"Writes {ahead.claim} to {payer} down as passed on by this payer{by}: it is not sent again"
    else:
        yield f"Starts the claim to {payer}, as passed on by this payer{by}: it is not sent again"


def _named(answers: Sequence[Given]) -> str:
    """'the answer of $640.00 paid', or '2 earlier answers'."""
    if len(answers) > 1:
        return f"{len(answers)} earlier answers"
    one = answers[0]
    said = f"{dollars(one.denied_cents)} denied" if one.denied_cents and not one.paid_cents else ""
    return f"the answer of {said or dollars(one.paid_cents) + ' paid'}"


def _of_denials(effect: Effect) -> Iterator[str]:
    for d in effect.decides:
        won = f", {dollars(d.cents)} won back" if d.cents else ""
        yield f"Decides appeal {d.appeal.level}: {_DECIDED[d.outcome]}{won}"
    for appeal in effect.withdraws:
        yield f"Withdraws appeal {appeal.level}, which was not sent"
    for denial in effect.resolves:
        yield f"Resolves the denial of {_resolved(denial)}"


def _resolved(denial: DeniedState) -> str:
    return f"{dollars(denial.cents)}{_RESOLVED.get(denial.resolution, '')}"
