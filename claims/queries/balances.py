"""What is left of an answered claim: contract, patient's share, written off by choice, and what nobody paid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from claims.codes.code_book import PROGRAM, CodeBook
from claims.codes.denial_causes import category_of
from claims.codes.verdicts import Verdict, verdict_on
from claims.edi.standing import net, standing, undecided
from claims.models import Claim, PatientPayment, ReasonCode, RemittanceClaim, WriteOff
from claims.queries.code_book import book_from
from claims.queries.standing import given_of
from claims.workflow import BILLED, WriteOffStatus
from documentation.kernel.money import from_cents, to_cents
from documentation.models.among import among
from documentation.queries.versions import of_visit

ZERO = Decimal("0.00")
IN_PART_ONLY = (
    "The payer has decided on a part of this claim only. Ask it about the rest, and note the call: where it answers no"
    " more, the rest is given up on the claim's page, and what it denied with it."
)


@dataclass(frozen=True)
class Settled:
    """What the answers of a claim's plan come to. Contract, share and what other plans did are of those that stand: a
    claim may be answered in parts, and an answer may be taken back or replaced.
    """

    paid: Decimal
    """All that came, less what was taken back."""
    contract: Decimal
    """What the contract takes off. It was agreed upon, so it is no write-off."""
    share: Decimal
    """What the plan leaves to the patient (group PR), denied or not."""
    elsewhere: Decimal
    """What plans before this one paid or took off, as this one tells it (CARC 23)."""
    undecided: Decimal
    """What it left open of a claim that it answered in part: lines that it said nothing of, and what it pended."""
    is_whole: bool
    """Whether the plan has decided on all that was billed."""
    standing: tuple[RemittanceClaim, ...]


class Books:
    """The books of codes that the answers of some payers are read with, in one query for all payers and days."""

    def __init__(self, payers: Collection[int] = (), *, rows: Iterable[ReasonCode] | None = None) -> None:
        """`rows` where they are at hand."""
        self._rows = list(self.rows(payers) if rows is None else rows)
        self._made: dict[tuple[int, date | None], CodeBook] = {}

    @staticmethod
    def rows(payers: Collection[int] | QuerySet[Any]) -> QuerySet[ReasonCode]:
        """What the books of some payers are made from."""
        wanted = ReasonCode.objects.filter(Q(payer=None) | Q(payer__in=payers), of_list__in=("carc", "rarc", "own"))
        return wanted.order_by("effective_on", "pk")

    def of(self, payer: int, day: date | None) -> CodeBook:
        """The same as `code_book` of one payer."""
        if (payer, day) not in self._made:
            rows = [row for row in self._rows if row.payer_id in (None, payer)]
            self._made[payer, day] = book_from(rows, day) if rows else PROGRAM
        return self._made[payer, day]


def settled(claim: Claim, answers: Sequence[RemittanceClaim] | None = None, books: Books | None = None) -> Settled:
    """What a claim's plan has answered until now, from its `posted` answers where they are at hand."""
    rows, billed = posted(claim) if answers is None else answers, to_cents(claim.total)
    payer = claim.coverage.payer_id
    known = books or Books({payer})
    kept = standing([given_of(row) for row in rows], billed)
    keys = {g.key for g in kept}
    stands = tuple(row for row in rows if row.pk in keys)
    taken = [taken_by(row, known.of(payer, row.remittance.paid_on)) for row in stands]
    return Settled(
        paid=sum((row.paid for row in rows if row.outcome != "predetermination"), ZERO),
        contract=from_cents(sum(t.get(Verdict.CONTRACT, 0) for t in taken)),
        share=from_cents(sum(share_of(row, known.of(payer, row.remittance.paid_on)) for row in stands)),
        elsewhere=from_cents(sum(t.get(Verdict.TOLD, 0) for t in taken)),
        undecided=from_cents(undecided(kept, billed)),
        is_whole=net(kept, billed).is_whole,
        standing=stands,
    )


def unpaid_of(claim: Claim, found: Settled | None = None) -> Decimal:
    """What the practice would give up: billed, less what plans and patient paid, the contract took off, and what was
    given up before.
    """
    told = found or settled(claim)
    gone = told.paid + told.contract + paid_elsewhere(claim, told) + paid_by_patient(claim) + given_up_before(claim)
    return max(claim.total - gone, ZERO)


def paid_elsewhere(claim: Claim, found: Settled) -> Decimal:
    """What the visit's other plans paid or took off, as this one tells it, or at least what they paid."""
    others = RemittanceClaim.objects.filter(claim__in=_of_visit(claim), claim__closing__in=BILLED).exclude(claim=claim)
    counted = others.filter(remittance__posted_at__isnull=False).exclude(outcome="predetermination")
    return max(found.elsewhere, sum(counted.values_list("paid", flat=True), ZERO))


def _of_visit(claim: Claim) -> QuerySet[Claim]:
    return Claim.objects.filter(encounter__in=of_visit(claim.encounter.visit_key))


def posted(claim: Claim) -> list[RemittanceClaim]:
    """The posted answers of a claim in their order."""
    return posted_of([claim]).get(claim.pk, [])


def posted_of(claims: Iterable[Claim]) -> dict[int, list[RemittanceClaim]]:
    """The same by claim, in a constant number of queries."""
    return by_claim(posted_among({claim.pk for claim in claims}))


def posted_among(keys: Collection[int]) -> QuerySet[RemittanceClaim]:
    """The posted answers on claims, by the keys of the claims, in the order of their posting."""
    return with_codes(RemittanceClaim.objects.filter(among("claim", keys), remittance__posted_at__isnull=False))


def by_claim(answers: Iterable[RemittanceClaim]) -> dict[int, list[RemittanceClaim]]:
    """Answers by the key of their claim, in their order."""
    found: dict[int, list[RemittanceClaim]] = {}
    for row in answers:
        found.setdefault(row.claim_id or 0, []).append(row)
    return found


def with_codes(answers: QuerySet[RemittanceClaim]) -> QuerySet[RemittanceClaim]:
    """Answers in the order of their posting, with all that says what they come to."""
    rows = answers.select_related("remittance", "claim__coverage").prefetch_related("lines", "adjustments__line")
    return rows.order_by("remittance__posted_at", "pk")


def contract_of(claim: Claim) -> Decimal:
    """What the contract takes off by the payer's answers that stand. It was agreed upon, so it is no write-off."""
    return settled(claim).contract


def taken_by(answer: RemittanceClaim, book: CodeBook) -> dict[Verdict, int]:
    """What an answer takes off, in cents by what it means."""
    found: dict[Verdict, int] = {}
    for a in answer.adjustments.all():
        cents, charge = to_cents(a.amount), to_cents(a.line.charge if a.line else answer.charge)
        category = category_of(a.carc, (), a.group, book)
        meaning = verdict_on(book.group_of(a.group, a.carc), a.carc, category, cents, charge)
        found[meaning] = found.get(meaning, 0) + cents
    return found


def share_of(answer: RemittanceClaim, book: CodeBook) -> int:
    """What an answer puts on the patient (group PR), in cents, by what is known of the payer's own codes today."""
    return sum(to_cents(a.amount) for a in answer.adjustments.all() if book.group_of(a.group, a.carc) == "PR")


def paid_by_patient(claim: Claim) -> Decimal:
    """What a patient paid for the visit of a claim, less what went back; a slip that was taken back does not count."""
    rows = PatientPayment.objects.filter(claim__in=_of_visit(claim), undone_at=None)
    signed = (amount if kind == "payment" else -amount for kind, amount in rows.values_list("kind", "amount"))
    return sum(signed, ZERO)


def given_up_before(claim: Claim) -> Decimal:
    """What was written off of a claim and not taken back."""
    rows = WriteOff.objects.filter(claim=claim, status=WriteOffStatus.APPROVED)
    return sum(rows.values_list("amount", flat=True), ZERO)


@dataclass(frozen=True)
class GivenUp:
    """What was taken off a claim: by the contract, and by choice. The two are never one number."""

    contract: Decimal
    by_choice: Decimal
    waiting: WriteOff | None
    """A write-off that waits for a second person."""


def given_up(claim: Claim, found: Settled | None = None) -> GivenUp:
    """What was given up of a claim, and what waits to be."""
    asked = WriteOff.objects.filter(claim=claim, status=WriteOffStatus.REQUESTED)
    waiting = asked.select_related("requested_by", "decided_by").first()
    return GivenUp((found or settled(claim)).contract, given_up_before(claim), waiting)
