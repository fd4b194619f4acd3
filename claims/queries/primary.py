"""What the first plan answered, as the second must be told: from the posted remittances, line by line.

A plan may answer a claim in parts, on several checks: the second is told all that stands, added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from claims.among import AdjustedFacts, AnsweredLineFacts, PrimaryFacts
from claims.codes.code_book import CodeBook
from claims.codes.denial_causes import Outcome
from claims.edi.standing import net, standing
from claims.models import Claim, RemittanceClaim, RemittanceLine
from claims.queries.balances import Books, share_of
from claims.queries.standing import given_of, in_order
from claims.workflow import BILLED, Closing
from documentation.kernel.money import to_cents
from documentation.models import Encounter
from documentation.models.among import among

NO_ANSWER = ("predetermination", "reversal", "pended")
"""Outcomes that tell a second plan nothing."""
Answers = tuple[RemittanceClaim, ...]
"""The answers of one plan on one claim that stand, the oldest first: more than one where it answered in parts."""


def newest_answers(found: QuerySet[RemittanceClaim]) -> QuerySet[RemittanceClaim]:
    """Of these the posted ones that answer a claim which counts: of the plan nearest before it, the newest first.

    A claim that was voided or replaced tells a second plan nothing, whatever its payer said of it.
    """
    posted = found.filter(remittance__posted_at__isnull=False)
    # What does not count is left out, rather than what counts asked for: most claims count, and an index of states
    # would lead through all of them.
    posted = posted.exclude(claim__closing__in=[c for c in Closing if c not in BILLED])
    posted = posted.exclude(outcome="predetermination")
    return posted.order_by("-claim__sequence", "-pk")


def answers_before(claims: Iterable[Claim]) -> dict[int, Answers]:
    """By claim the answers of the plan that pays before it, as they stand; in a constant number of queries.

    A claim without one is not among them, nor one whose answers were all taken back.
    """
    later = [claim for claim in claims if claim.sequence > 1]
    if not later:
        return {}
    visit = Coalesce("claim__encounter__origin", "claim__encounter")
    asked = {claim.encounter.visit_key for claim in later}
    # By keys, one after the other: what is reckoned from two columns has no index.
    versions = Encounter.objects.filter(among("pk", asked) | among("origin", asked)).order_by()
    of_visit = Claim.objects.filter(encounter__in=versions.values("pk")).order_by()
    posted: QuerySet[Any] = RemittanceClaim.objects.annotate(visit=visit).filter(claim__in=of_visit.values("pk"))
    of_visits: dict[int, list[RemittanceClaim]] = {}
    for row in whole(newest_answers(posted)):
        of_visits.setdefault(row.visit, []).append(row)  # type: ignore[attr-defined]
    found = {claim.pk: nearest(of_visits.get(claim.encounter.visit_key, ()), claim) for claim in later}
    return {key: answers for key, answers in found.items() if answers}


def whole(answers: QuerySet[RemittanceClaim]) -> QuerySet[RemittanceClaim]:
    """Answers with all that the second plan is told of them."""
    found = answers.select_related("remittance__scan", "claim__coverage__payer")
    return found.prefetch_related("lines__adjustments", "adjustments")


def by_plan(answers: Iterable[RemittanceClaim], claim: Claim) -> list[Answers]:
    """Of answers on a visit, the newest first, what stands of each plan that pays before a claim: the nearest first.

    A plan that answered and of whose answers none decides any more is there, with nothing.
    """
    of_plan: dict[int, list[RemittanceClaim]] = {}
    for row in answers:
        if row.claim and row.claim.sequence < claim.sequence:
            of_plan.setdefault(row.claim.sequence, []).append(row)
    return [_stand([r for r in rows if r.claim_id == rows[0].claim_id]) for _, rows in sorted(of_plan.items())[::-1]]


def nearest(answers: Iterable[RemittanceClaim], claim: Claim) -> Answers:
    """The same of the plan before a claim alone."""
    return next(iter(by_plan(answers, claim)), ())


def _stand(answers: Iterable[RemittanceClaim]) -> Answers:
    """Of the answers on one claim those that stand: the parts of an answer, the oldest first. One that waits for the
    payer's decision tells a second plan nothing.
    """
    rows = sorted(answers, key=in_order)
    kept = standing([given_of(row) for row in rows], _billed(rows))
    if net(kept, _billed(rows)).outcome in (None, Outcome.PENDED):
        return ()
    keys = {g.key for g in kept}
    return tuple(row for row in rows if row.pk in keys)


def _billed(rows: Sequence[RemittanceClaim]) -> int:
    return to_cents(rows[0].claim.total) if rows and rows[0].claim else 0


def primary_of(claim: Claim) -> PrimaryFacts | None:
    """What the plan before a claim answered, as facts."""
    return primary_facts(answers_before([claim]).get(claim.pk, ()))


def primary_facts(answers: Answers, books: Books | None = None) -> PrimaryFacts | None:
    """The answers of one plan that stand, `whole`, as the facts of one: parts are added up.

    The patient's share is read as balances read it, by what is known of the payer's own codes now. What was sealed
    before keeps what it said.
    """
    newest = answers[-1] if answers else None
    if newest is None or newest.claim is None:
        return None
    known = books or Books(payers_of(answers))
    read = [(row, known.of(newest.claim.coverage.payer_id, row.remittance.paid_on)) for row in answers]
    payer = newest.claim.coverage.payer
    days = [row.remittance.paid_on for row in answers if row.remittance.paid_on]
    return PrimaryFacts(
        payer=payer.name,
        payer_id=payer.payer_id,
        payer_control=newest.payer_control,
        answered_on=max(days, default=None),
        charge_cents=sum(to_cents(row.charge) for row in answers),
        paid_cents=sum(to_cents(row.paid) for row in answers),
        patient_cents=sum(share_of(row, book) for row, book in read),
        lines=tuple(_line(line, book) for row, book in read for line in row.lines.all()),
        adjustments=tuple(
            AdjustedFacts(a.group, a.carc, to_cents(a.amount))
            for row in answers
            for a in row.adjustments.all()
            if a.line_id is None
        ),
        has_document=all(row.remittance.scan_id is not None for row in answers),
        coverage=newest.claim.coverage_id,
        is_whole=net([given_of(row) for row in answers], _billed(answers)).is_whole,
    )


def payers_of(answers: Iterable[RemittanceClaim]) -> set[int]:
    """The payers whose own codes answers may carry, by their keys."""
    return {row.claim.coverage.payer_id for row in answers if row.claim}


def _line(line: RemittanceLine, book: CodeBook) -> AnsweredLineFacts:
    adjustments = tuple(AdjustedFacts(a.group, a.carc, to_cents(a.amount)) for a in line.adjustments.all())
    charge, paid = to_cents(line.charge), to_cents(line.paid)
    # Where the payer gave no allowed amount, it is what it paid and what it left to the patient.
    left = sum(a.cents for a in adjustments if book.group_of(a.group, a.carc) == "PR")
    allowed = paid + left if line.allowed is None else to_cents(line.allowed)
    return AnsweredLineFacts(line.code, charge, paid, allowed, adjustments, line.line_control)
