"""What the first plan answered, as the second must be told: from the posted remittance, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from claims.among import AdjustedFacts, AnsweredLineFacts, PrimaryFacts
from claims.models import Claim, RemittanceClaim, RemittanceLine
from claims.workflow import BILLED
from documentation.kernel.money import to_cents

NO_ANSWER = ("predetermination", "reversal", "pended")
"""Outcomes that tell a second plan nothing."""


def newest_answers(found: QuerySet[RemittanceClaim]) -> QuerySet[RemittanceClaim]:
    """Of these the posted ones that answer a claim which counts: of the plan nearest before it, the newest first.

    A claim that was voided or replaced tells a second plan nothing, whatever its payer said of it.
    """
    posted = found.filter(remittance__posted_at__isnull=False, claim__closing__in=BILLED)
    posted = posted.exclude(outcome="predetermination")
    return posted.order_by("-claim__sequence", "-pk")


def answers_before(claims: Iterable[Claim]) -> dict[int, RemittanceClaim]:
    """By claim the answer of the plan that pays before it, as it stands; in a constant number of queries.

    A claim without one is not among them, nor one whose answer was taken back.
    """
    later = [claim for claim in claims if claim.sequence > 1]
    if not later:
        return {}
    visit = Coalesce("claim__encounter__origin", "claim__encounter")
    asked = {claim.encounter.visit_key for claim in later}
    posted: QuerySet[Any] = RemittanceClaim.objects.annotate(visit=visit).filter(visit__in=asked)
    of_visits: dict[int, list[RemittanceClaim]] = {}
    for row in whole(newest_answers(posted)):
        of_visits.setdefault(row.visit, []).append(row)  # type: ignore[attr-defined]
    found = {}
    for claim in later:
        rows = of_visits.get(claim.encounter.visit_key, ())
        if answer := standing(r for r in rows if r.claim and r.claim.sequence < claim.sequence):
            found[claim.pk] = answer
    return found


def answer_before(claim: Claim) -> RemittanceClaim | None:
    """The same for one claim."""
    return answers_before([claim]).get(claim.pk)


def whole(answers: QuerySet[RemittanceClaim]) -> QuerySet[RemittanceClaim]:
    """Answers with all that the second plan is told of them."""
    found = answers.select_related("remittance", "claim__coverage__payer")
    return found.prefetch_related("lines__adjustments", "adjustments")


def standing(answers: Iterable[RemittanceClaim]) -> RemittanceClaim | None:
    """Of the answers before a claim, the newest first, the one that stands. The newest one counts or none does."""
    found = next(iter(answers), None)
    return None if found is None or found.outcome in NO_ANSWER else found


def primary_of(claim: Claim) -> PrimaryFacts | None:
    """The same as facts."""
    return primary_facts(answer_before(claim))


def primary_facts(row: RemittanceClaim | None) -> PrimaryFacts | None:
    """An answer that stands, `whole`, as facts."""
    if row is None or row.claim is None:
        return None
    payer = row.claim.coverage.payer
    return PrimaryFacts(
        payer=payer.name,
        payer_id=payer.payer_id,
        payer_control=row.payer_control,
        answered_on=row.remittance.paid_on,
        charge_cents=to_cents(row.charge),
        paid_cents=to_cents(row.paid),
        patient_cents=to_cents(row.patient_share),
        lines=tuple(_line(line) for line in row.lines.all()),
        adjustments=tuple(
            AdjustedFacts(a.group, a.carc, to_cents(a.amount)) for a in row.adjustments.all() if a.line_id is None
        ),
        has_document=row.remittance.scan_id is not None,
    )


def _line(line: RemittanceLine) -> AnsweredLineFacts:
    adjustments = tuple(AdjustedFacts(a.group, a.carc, to_cents(a.amount)) for a in line.adjustments.all())
    charge, paid = to_cents(line.charge), to_cents(line.paid)
    # Where the payer gave no allowed amount, it is what it paid and what it left to the patient.
    left = sum(a.cents for a in adjustments if a.group == "PR")
    allowed = paid + left if line.allowed is None else to_cents(line.allowed)
    return AnsweredLineFacts(line.code, charge, paid, allowed, adjustments, line.line_control)
