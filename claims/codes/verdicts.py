"""What an adjusted amount is, as a table: a row for group × code × amount, of which the first that fits holds.

A denial is what is left when everything else was told apart: a patient's share, a contract, the work of another payer,
a line that waits, an estimate, an amount that was given back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from claims.codes.adjustments import CARC, GROUPS, Category


class Verdict(StrEnum):
    """What an adjustment means for the money. Only DENIED opens a denial."""

    DENIED = "denied"
    PATIENT = "patient's share"
    CONTRACT = "contract"
    TOLD = "told only"
    PENDED = "pended"
    ESTIMATE = "estimate"
    GIVEN_BACK = "given back"


class Amount(StrEnum):
    """How much of its line (or claim) an adjustment takes, netted by group and code."""

    ANY = "any"
    NOTHING = "nothing or less"
    PART = "a part"
    WHOLE = "the whole charge"


@dataclass(frozen=True, slots=True)
class Row:
    """A condition and what holds then. Empty groups, codes or categories fit every one."""

    verdict: Verdict
    why: str
    groups: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    amount: Amount = Amount.ANY

    def fits(self, group: str, code: str, category: Category, amount: Amount) -> bool:
        return (
            (not self.groups or group in self.groups)
            and (not self.codes or code in self.codes)
            and (not self.categories or category in self.categories)
            and self.amount in (Amount.ANY, amount)
        )


def _some(*items: str) -> frozenset[str]:
    return frozenset(items)


TABLE: tuple[Row, ...] = (
    Row(
        Verdict.GIVEN_BACK,
        "Nothing is taken, or an amount is given back.",
        amount=Amount.NOTHING,
    ),
    Row(Verdict.TOLD, "It only tells what an earlier payer did.", codes=_some("23")),
    Row(
        Verdict.ESTIMATE,
        "A predetermination says what would be paid.",
        categories=frozenset({Category.EST}),
    ),
    Row(
        Verdict.PENDED,
        "The payer has not decided yet and must take the line back later.",
        categories=frozenset({Category.PND}),
    ),
    Row(
        Verdict.PATIENT,
        "Deductible, coinsurance or copay.",
        categories=frozenset({Category.PAT}),
    ),
    Row(
        Verdict.PATIENT,
        "Above the fee schedule of a payer without a contract: the patient's share, even the whole charge.",
        groups=_some("PR"),
        codes=_some("45"),
    ),
    Row(
        Verdict.DENIED,
        "The usage note forbids this code to take the whole charge: then it hides a denial.",
        codes=_some("45"),
        amount=Amount.WHOLE,
    ),
    Row(
        Verdict.CONTRACT,
        "A reduction that was agreed upon, or money that came another way.",
        categories=frozenset({Category.CTR}),
    ),
    Row(Verdict.DENIED, "Everything else, and every code that nobody knows, was refused."),
)


def amount_of(cents: int, charge_cents: int) -> Amount:
    """The condition that an amount meets on a line with this charge."""
    if cents <= 0:
        return Amount.NOTHING
    return Amount.WHOLE if 0 < charge_cents <= cents else Amount.PART


@lru_cache(maxsize=4_096)
def row_for(group: str, code: str, category: Category, amount: Amount) -> Row:
    """The row that holds; the last one fits everything."""
    return next(row for row in TABLE if row.fits(group, code, category, amount))


def verdict_on(group: str, code: str, category: Category, cents: int, charge_cents: int) -> Verdict:
    """What an adjusted amount is. `category` is where its code belongs, remarks included."""
    return row_for(group, code, category, amount_of(cents, charge_cents)).verdict


def every_row() -> Iterator[tuple[str, str, Amount, Row]]:
    """Group × code × amount, written out: what the reference pages print and the tests walk."""
    for code, known in CARC.items():
        for group in GROUPS:
            for amount in (Amount.NOTHING, Amount.PART, Amount.WHOLE):
                yield group, code, amount, row_for(group, code, known.category, amount)
