"""Remittances as people look at them: the list by what to do, and one check with its answers before it is posted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from claims.models import Claim, Remittance, RemittanceClaim
from claims.queries.worklists import with_signs
from documentation.kernel.money import dollars, from_cents, to_cents
from documentation.models import Location, Organization

STATES: dict[str, tuple[str, str, Q]] = {
    "to_post": ("To post", "ready", Q(posted_at=None, problems=[])),
    "aside": ("Set aside", "attention", Q(posted_at=None) & ~Q(problems=[])),
    "posted": ("Posted", "paid", Q(posted_at__isnull=False)),
}
"""What a remittance waits for, by key: label, tone, condition."""


def state_of(remittance: Remittance) -> str:
    """The key of STATES that fits a remittance."""
    if remittance.posted_at:
        return "posted"
    return "aside" if remittance.problems else "to_post"


def is_unnamed(remittance: Remittance) -> bool:
    """Whether a check names its payee by a name alone, and by none that this practice or a location of it bears."""
    if not remittance.payee_name or remittance.payee_npi or remittance.payee_tax_id:
        return False
    practice = Organization.current()
    ours = {practice.name if practice else "", *Location.objects.values_list("name", flat=True)}
    return remittance.payee_name.casefold() not in {name.casefold() for name in ours}


def waiting(of: str = "") -> Q:
    """Of answers: those that wait for somebody to say which claim they belong to. `of` leads to them.

    The answer to a predetermination belongs to that, and to no claim.
    """
    names = ("claim", "parked_at", "split_of", "parts", "predetermination")
    return Q(**{f"{of}{name}__isnull": True for name in names})


def listed(state: str = "") -> QuerySet[Remittance]:
    """Remittances with how many answers they hold and how many match no claim; the newest first."""
    # Counted for the rows of a page alone: joined, they would be counted of every check before the first is shown.
    held = RemittanceClaim.objects.filter(remittance=OuterRef("pk"), split_of=None)
    unmatched = RemittanceClaim.objects.filter(waiting(), remittance=OuterRef("pk"))
    found = Remittance.objects.select_related("file").annotate(held=_number(held), unmatched=_number(unmatched))
    found = found.order_by("-recorded_at", "-pk")
    return found.filter(STATES[state][2]) if state in STATES else found


def _number(rows: QuerySet[RemittanceClaim]) -> Coalesce:
    counted = rows.order_by().values("remittance").annotate(n=Count("pk", distinct=True)).values("n")
    return Coalesce(Subquery(counted), 0)


def state_counts() -> dict[str, int]:
    """How many remittances each state has, in one query."""
    return Remittance.objects.aggregate(**{key: Count("pk", filter=found) for key, (_, _, found) in STATES.items()})


def answers_of(remittance: Remittance) -> QuerySet[RemittanceClaim]:
    """The answers of a check with what their page shows of them; parts of a divided one stand under it."""
    claims = with_signs(Claim.objects.select_related("encounter__patient", "coverage"))
    parts = RemittanceClaim.objects.order_by("pk").prefetch_related(Prefetch("claim", claims))
    rows = remittance.answers.filter(split_of=None).order_by("position")
    return rows.prefetch_related("lines", "adjustments", Prefetch("claim", claims), Prefetch("parts", parts))


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
        found: Decimal = remittance.answers.filter(split_of=None, **only).aggregate(sum=Sum(field, default=ZERO))["sum"]
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
