"""Deposits: what each check was made of, by day, so that a bank statement can be ticked off line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from claims.models import Remittance, RemittanceClaim
from documentation.kernel.money import from_cents
from documentation.models.together import together

ZERO = Decimal("0.00")

PLB_WORDS = {
    "WO": "Overpayment taken back",
    "FB": "Balance carried forward",
    "L6": "Interest",
    "72": "Refund that was authorized",
    "CS": "Adjustment by the payer",
    "LE": "Levy",
    "J1": "Nonreimbursable",
    "50": "Late charge",
    "AP": "Advance taken back",
    "B2": "Rebate",
    "IR": "Tax withheld",
    "PI": "Periodic payment",
    "AM": "Applied to borrowing",
    "RA": "Retroactive adjustment",
    "CV": "Capital passed through",
    "E3": "Withheld",
}
"""Reasons of a provider adjustment (PLB), in our words; others are shown as they came."""


@dataclass(frozen=True)
class Deposit:
    """One check. The total is what was posted to claims, and what was not, less what was taken from us besides."""

    check: Remittance
    posted: Decimal
    unposted: Decimal
    taken: Decimal
    """Of provider adjustments: positive was taken from us, negative given."""

    @property
    def difference(self) -> Decimal:
        return self.check.amount - (self.posted + self.unposted - self.taken)


@dataclass(frozen=True)
class Day:
    """The checks that payers date to one day."""

    day: date | None
    deposits: tuple[Deposit, ...]

    def total(self, name: str) -> Decimal:
        values = (d.check.amount if name == "amount" else getattr(d, name) for d in self.deposits)
        return sum(values, ZERO)

    @property
    def amount(self) -> Decimal:
        return self.total("amount")

    @property
    def posted(self) -> Decimal:
        return self.total("posted")

    @property
    def unposted(self) -> Decimal:
        return self.total("unposted")

    @property
    def taken(self) -> Decimal:
        return self.total("taken")

    @property
    def difference(self) -> Decimal:
        return self.total("difference")


def days() -> QuerySet[Remittance, date | None]:
    """The days of checks, the newest first; those without one last."""
    dated = Remittance.objects.order_by(F("paid_on").desc(nulls_last=True)).values_list("paid_on", flat=True)
    return dated.distinct()


def deposits_of(wanted: list[date | None]) -> list[Day]:
    """The checks of these days with their sums; in one query."""
    known = [day for day in wanted if day]
    which = Q(paid_on__in=known) | (Q(paid_on=None) if None in wanted else Q(pk__in=[]))
    checks = Remittance.objects.filter(which)
    found = together(checks=checks.select_related("file").order_by("payer_name", "pk"), sums=_sums(checks))
    sums = _by_check(found["sums"])
    of_day: dict[date | None, list[Deposit]] = {day: [] for day in wanted}
    for check in found["checks"]:
        of_day[check.paid_on].append(_deposit(check, *sums.get(check.pk, (ZERO, ZERO))))
    return [Day(day, tuple(its)) for day, its in of_day.items()]


def deposit_of(check: Remittance) -> Deposit:
    """The same of one check."""
    return _deposit(check, *_by_check(_sums(Remittance.objects.filter(pk=check.pk))).get(check.pk, (ZERO, ZERO)))


def _deposit(check: Remittance, matched: Decimal, whole: Decimal) -> Deposit:
    posted = matched if check.posted_at else ZERO
    taken = from_cents(sum(int(entry.get("cents", 0)) for entry in check.provider_adjustments))
    return Deposit(check, posted, whole - posted, taken)


def _sums(checks: QuerySet[Remittance]) -> QuerySet[Any]:
    """Of checks what their answers with a claim paid, parts of answers among them, and what all of them paid."""
    rows = RemittanceClaim.objects.filter(remittance__in=checks.order_by().values("pk")).order_by()
    return rows.values_list("remittance").annotate(
        matched=Coalesce(Sum("paid", filter=Q(claim__isnull=False)), ZERO),
        whole=Coalesce(Sum("paid", filter=Q(split_of=None)), ZERO),
    )


def _by_check(sums: Iterable[tuple[int, Decimal, Decimal]]) -> dict[int, tuple[Decimal, Decimal]]:
    return {check: (matched, whole) for check, matched, whole in sums}


@dataclass(frozen=True)
class Besides:
    """A provider adjustment: money of a check that belongs to no claim on it."""

    reason: str
    words: str
    cents: int
    reference: str
    answer: RemittanceClaim | None
    """The posted answer whose overpayment is taken back, where the reference is a number of the payer that we know."""


def besides_of(check: Remittance) -> list[Besides]:
    """The provider adjustments of a check in words, with the claims that they speak of; in one query."""
    entries = check.provider_adjustments
    references = {str(e.get("reference", "")).strip() for e in entries} - {""}
    rows = RemittanceClaim.objects.filter(payer_control__in=references, claim__isnull=False)
    known = {row.payer_control: row for row in rows.select_related("claim").order_by("pk")}
    return [
        Besides(
            reason=str(e.get("reason", "")),
            words=PLB_WORDS.get(str(e.get("reason", "")), ""),
            cents=int(e.get("cents", 0)),
            reference=str(e.get("reference", "")),
            answer=known.get(str(e.get("reference", "")).strip()),
        )
        for e in entries
    ]
