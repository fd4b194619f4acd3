"""One check that comes twice, such as on paper and as an 835: its keys differ, what it says does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from claims.models import Remittance, RemittanceClaim
from documentation.rules.predicates import and_joined

MOST_SHOWN = 10
"""Of other checks that may be the same."""


def same_answers(
    claim: int, *, not_of: str, trace: str, paid_on: date | None, paid: Decimal
) -> QuerySet[RemittanceClaim]:
    """Answers on a claim from any source but `not_of` that are of the same check: two of number, date and amount are
    the same. A number may be mistyped, or none printed on the EOB. Checks that are set aside say nothing.
    """
    number, day, amount = Q(remittance__trace__iexact=trace), Q(remittance__paid_on=paid_on), Q(paid=paid)
    found = RemittanceClaim.objects.filter(claim=claim, remittance__problems=[]).exclude(remittance__source=not_of)
    return found.filter((number & day) | (number & amount) | (day & amount)).select_related("remittance")


def posted_otherwise(remittance: Remittance) -> tuple[str, ...]:
    """Why a check must not be posted as it is: sentences on its claims that were posted from another source."""
    posted = (other for other in _same_of_claims(remittance) if other.remittance.posted_at)
    return tuple(
        f"What it says of {other.claim} was posted with check {other.remittance_id} already,"
        f" {_source(other.remittance)}. Take the match of that answer back here and put it aside, then post the rest."
        for other in posted
    )


@dataclass(frozen=True)
class Twin:
    """Another check that may be the same money, and why it seems so."""

    check: Remittance
    words: str


def twins(remittance: Remittance) -> list[Twin]:
    """Checks that seem to be this one again, of any source: somebody looks before both are posted.

    Either they say the same of a claim, or two of number, day and amount are the same; day and amount alone count for
    one payer. EOBs typed of one paper check share its number and day, and are none.
    """
    found: dict[int, Twin] = {}
    for other in _same_of_claims(remittance):
        twin = Twin(other.remittance, f"{_said(other.remittance)}, says the same of {other.claim}.")
        found.setdefault(other.remittance_id, twin)
    for check in _same_numbers(remittance):
        found.setdefault(check.pk, Twin(check, f"{_said(check)}, has the same {_shared(remittance, check)}."))
    return list(found.values())[:MOST_SHOWN]


def _same_of_claims(remittance: Remittance) -> Iterator[RemittanceClaim]:
    """The first answer on each claim of a check that another source gives, too."""
    mine = remittance.answers.filter(claim__isnull=False)
    others = RemittanceClaim.objects.filter(remittance__problems=[], claim__in=mine.values("claim"))
    others = others.exclude(remittance__source=remittance.source).order_by("claim", "pk")
    rows = list(others.select_related("claim", "remittance"))
    paid: dict[int, set[Decimal]] = {}
    for claim, amount in mine.filter(claim__in={row.claim_id for row in rows}).values_list("claim_id", "paid"):
        paid.setdefault(claim or 0, set()).add(amount)
    told: set[tuple[int, int]] = set()
    for row in rows:
        is_paid = row.paid in paid[row.claim_id or 0]
        alike = [is_paid, *_alike(remittance, row.remittance)]
        if sum(alike) > 1 and (row.claim_id or 0, row.remittance_id) not in told:
            told.add((row.claim_id or 0, row.remittance_id))
            yield row


def _alike(one: Remittance, other: Remittance) -> tuple[bool, bool]:
    """Whether number and day are the same."""
    is_number = bool(one.trace) and one.trace.casefold() == other.trace.casefold()
    return is_number, one.paid_on == other.paid_on


def _same_numbers(remittance: Remittance) -> Iterator[Remittance]:
    number = Q(trace__iexact=remittance.trace) if remittance.trace else Q(pk=None)
    amount = Q(amount=remittance.amount) if remittance.amount else Q(pk=None)
    day = Q(paid_on=remittance.paid_on)
    payer = Q(payer_name__iexact=remittance.payer_name) | Q(payer_identifier=remittance.payer_identifier)
    rows = Remittance.objects.filter((number & (day | amount)) | (day & amount & payer), problems=[])
    for row in rows.exclude(pk=remittance.pk).order_by("pk")[:MOST_SHOWN]:
        if not row.source == remittance.source == "eob":
            yield row


def _shared(one: Remittance, other: Remittance) -> str:
    number, day = _alike(one, other)
    amount = bool(one.amount) and one.amount == other.amount
    return and_joined(w for w, is_same in (("number", number), ("day", day), ("amount", amount)) if is_same)


def _said(check: Remittance) -> str:
    return f"Check {check.pk}, {_source(check)}{' and posted' if check.posted_at else ''}"


def _source(check: Remittance) -> str:
    return "as a typed EOB" if check.source == "eob" else "from an 835"
