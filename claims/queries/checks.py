"""Remittances as people look at them: the list by what to do, and one check with its answers before it is posted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from claims.codes.adjustments import carc_label, rarc_label
from claims.codes.denial_causes import Classification, Outcome
from claims.models import Claim, Remittance, RemittanceClaim
from claims.queries.remittances import DECISIONS, classification_of
from claims.queries.worklists import with_signs
from claims.workflow import APPEALS_TO_SEND, AppealStatus, Closing
from documentation.kernel.money import dollars, from_cents, to_cents

STATES: dict[str, tuple[str, str, Q]] = {
    "to_post": ("To post", "ready", Q(posted_at=None, problems=[])),
    "aside": ("Set aside", "attention", Q(posted_at=None) & ~Q(problems=[])),
    "posted": ("Posted", "paid", Q(posted_at__isnull=False)),
}
"""What a remittance waits for, by key: label, tone, condition."""

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


def state_of(remittance: Remittance) -> str:
    """The key of STATES that fits a remittance."""
    if remittance.posted_at:
        return "posted"
    return "aside" if remittance.problems else "to_post"


def listed(state: str = "") -> QuerySet[Remittance]:
    """Remittances with how many answers they hold and how many match no claim; the newest first."""
    found = Remittance.objects.select_related("file").annotate(
        held=Count("answers"), unmatched=Count("answers", filter=Q(answers__claim=None))
    )
    found = found.order_by("-recorded_at", "-pk")
    return found.filter(STATES[state][2]) if state in STATES else found


def state_counts() -> dict[str, int]:
    """How many remittances each state has, in one query."""
    return Remittance.objects.aggregate(**{key: Count("pk", filter=found) for key, (_, _, found) in STATES.items()})


def answers_of(remittance: Remittance) -> QuerySet[RemittanceClaim]:
    """The answers of a check with everything that decides what posting does to their claims."""
    claims = with_signs(Claim.objects.select_related("encounter__patient")).prefetch_related("denials", "appeals")
    return remittance.answers.prefetch_related("lines", "adjustments", Prefetch("claim", claims))


@dataclass(frozen=True)
class Equation:
    """Two sides that must be the same to the cent."""

    label: str
    left: str
    right: str
    is_even: bool


def equations(remittance: Remittance) -> list[Equation]:
    """The three balances: every line, every claim, and the check itself; each summed over the check."""

    def total(field: str, **only: object) -> Decimal:
        found: Decimal = remittance.answers.filter(**only).aggregate(sum=Sum(field, default=ZERO))["sum"]
        return found

    charge, paid, taken = total("charge"), total("paid"), total("adjustments__amount")
    line_charge, line_paid = total("lines__charge"), total("lines__paid")
    line_taken = total("lines__adjustments__amount")
    from_us = from_cents(sum(entry.get("cents", 0) for entry in remittance.provider_adjustments))
    found = [_less("Claims", charge, taken, paid)]
    if line_charge or line_paid:
        found.insert(0, _less("Lines", line_charge, line_taken, line_paid))
    left = f"{_said(paid)} paid on claims" + (f" − {_said(from_us)} taken from us" if from_us else "")
    check = Equation("Check", left, _said(remittance.amount), paid - from_us == remittance.amount)
    return [*found, check]


def _less(label: str, charge: Decimal, taken: Decimal, paid: Decimal) -> Equation:
    return Equation(
        label, f"{_said(charge)} charged − {_said(taken)} adjusted", f"{_said(paid)} paid", charge - taken == paid
    )


ZERO = Decimal("0.00")


def _said(amount: Decimal) -> str:
    return dollars(to_cents(amount))


@dataclass(frozen=True)
class Reason:
    """A code with our words and its amount. `line` counts from 1; 0 is the whole claim."""

    code: str
    words: str
    amount: Decimal | None
    line: int


@dataclass(frozen=True)
class Answer:
    """A payer's answer with what it means and what posting it does."""

    row: RemittanceClaim
    found: Classification
    reasons: tuple[Reason, ...]
    effects: tuple[str, ...]
    is_even: bool

    @property
    def label(self) -> str:
        return OUTCOMES[self.found.outcome][0]

    @property
    def tone(self) -> str:
        return OUTCOMES[self.found.outcome][1]


def answer(row: RemittanceClaim) -> Answer:
    """An answer that came with `answers_of`, explained."""
    found = classification_of(row)
    taken = sum((a.amount for a in row.adjustments.all()), ZERO)
    return Answer(row, found, tuple(_reasons(row)), tuple(_effects(row, found)), row.charge - taken == row.paid)


def _reasons(row: RemittanceClaim) -> list[Reason]:
    lines = {line.pk: n for n, line in enumerate(row.lines.all(), 1)}
    reasons = [
        Reason("-".join(x for x in (a.group, a.carc) if x), carc_label(a.carc), a.amount, lines.get(a.line_id or 0, 0))
        for a in row.adjustments.all()
    ]
    remarks = [*row.remarks, *(r for line in row.lines.all() for r in line.remarks)]
    return [*reasons, *(Reason(r, rarc_label(r), None, 0) for r in dict.fromkeys(remarks))]


def _effects(row: RemittanceClaim, found: Classification) -> list[str]:
    """What posting does to the claim, in words."""
    claim = row.claim
    if claim is None:
        return []
    if found.outcome is Outcome.PREDETERMINATION:
        return ["Nothing: it is an estimate"]
    effects = []
    if claim.closing == Closing.VOIDED and found.outcome in DECISIONS:
        effects.append("Opens the claim again, which is void: look why the payer answered it")
    if found.outcome in (Outcome.PAID, Outcome.PARTLY_PAID):
        waiting = [a for a in claim.appeals.all() if a.status == AppealStatus.SENT]
        effects += [f"Decides appeal {a.level}" for a in waiting if row.paid]
        appealed = {a.denial_id for a in claim.appeals.all() if a.status in (*APPEALS_TO_SEND, AppealStatus.SENT)}
        effects += [
            f"Resolves the denial of {_said(d.amount)}"
            for d in claim.denials.all()
            if d.status == "open" and d.pk not in appealed
        ]
    if found.is_denial and found.cause:
        effects.append(f"Opens a denial of {dollars(found.denied_cents)}: {found.cause.label.lower()}")
    elif found.outcome is Outcome.PAID and claim.closing == Closing.OPEN:
        effects.append("Closes the claim")
    if found.patient_cents and found.outcome is not Outcome.REVERSAL:
        effects.append(f"Leaves {dollars(found.patient_cents)} to the patient")
    return [effect if n == 0 else effect[0].lower() + effect[1:] for n, effect in enumerate(effects)]
