"""Questions on remittances: which claim an answer belongs to, and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from claims.codes.adjustments import Adjustment
from claims.codes.denial_causes import Classification, Line, Outcome, classify
from claims.edi.advice import ClaimAdvice
from claims.models import Claim, Remittance, RemittanceClaim
from claims.workflow import BILLED
from documentation.kernel.money import to_cents

_OUR_NUMBER = re.compile(r"(C[0-9]{6,12})(?:R[0-9]{1,4})?(?:-.*)?", re.ASCII)

DECISIONS = (Outcome.PAID, Outcome.PARTLY_PAID, Outcome.DENIED, Outcome.PATIENT_SHARE)
"""What a payer decides of a claim. A void one opens again by it: somebody must look why it was decided all the same."""


@dataclass(frozen=True)
class Match:
    """The claim that an answer belongs to, and how we know, in words."""

    claim: Claim
    how: str


def match_all(answers: Iterable[ClaimAdvice]) -> dict[int, Match]:
    """Matches by position of the answer; answers that match nothing are left out.

    By our own line number (REF 6R), then the payer's control number seen before, then our claim number, then
    member ID with date, charge and code. Four queries, however many answers there are.
    """
    wanted = list(answers)
    numbers = {n for a in wanted for n in _numbers_of(a)}
    by_number = {c.number: c for c in _claims().filter(pk__in=[int(n[1:]) for n in numbers])}
    controls = {a.payer_control for a in wanted if a.payer_control}
    seen = RemittanceClaim.objects.filter(payer_control__in=controls, claim__isnull=False)
    by_control = {r.payer_control: r.claim_id for r in seen.only("payer_control", "claim_id")}
    by_key = {c.pk: c for c in _claims().filter(pk__in=set(by_control.values()))}
    matches = {}
    for answer in wanted:
        match = _match(answer, by_number, {k: by_key[v] for k, v in by_control.items() if v in by_key})
        if match:
            matches[answer.position] = match
    _match_by_person([a for a in wanted if a.position not in matches], matches)
    return matches


def _claims() -> QuerySet[Claim]:
    return Claim.objects.select_related("coverage__payer", "encounter__patient", "encounter__location")


def _numbers_of(answer: ClaimAdvice) -> list[str]:
    given = [*(line.line_control for line in answer.lines), answer.patient_control]
    return [n for text in given if (n := _number_in(text))]


def _number_in(text: str) -> str:
    """The number of our claim in what came back: of its later sendings (C000001R2) and its lines (C000001-1), too."""
    found = _OUR_NUMBER.fullmatch(text)
    return found[1] if found else ""


def _match(answer: ClaimAdvice, by_number: dict[str, Claim], by_control: dict[str, Claim]) -> Match | None:
    for line in answer.lines:
        claim = by_number.get(_number_in(line.line_control))
        if claim:
            return Match(claim, "our line number (REF 6R)")
    if answer.payer_control in by_control:
        return Match(by_control[answer.payer_control], "the payer's claim number, seen before")
    claim = by_number.get(_number_in(answer.patient_control))
    return Match(claim, "our claim number") if claim else None


def _match_by_person(answers: list[ClaimAdvice], matches: dict[int, Match]) -> None:
    members = {a.member_id for a in answers if a.member_id and a.service_date}
    if not members:
        return
    candidates: dict[tuple[str, object, int], list[Claim]] = {}
    for claim in _claims().filter(coverage__member_id__in=members):
        key = (claim.coverage.member_id, claim.service_date, to_cents(claim.total))
        candidates.setdefault(key, []).append(claim)
    for answer in answers:
        found = candidates.get((answer.member_id, answer.service_date, abs(answer.charge_cents)), [])
        # A claim that was voided or replaced is answered for only where no other fits.
        found = [claim for claim in found if claim.closing in BILLED] or found
        if len(found) == 1:
            matches[answer.position] = Match(found[0], "member ID, date of service and charge")


def classification_of(answer: RemittanceClaim) -> Classification:
    """What an answer means, from its rows."""
    of_line: dict[int | None, list[Adjustment]] = {}
    for a in answer.adjustments.all():
        of_line.setdefault(a.line_id, []).append(Adjustment(a.group, a.carc, to_cents(a.amount)))
    lines = [
        Line(
            charge_cents=to_cents(line.charge),
            paid_cents=to_cents(line.paid),
            adjustments=tuple(of_line.get(line.pk, ())),
            remarks=tuple(line.remarks),
            code=line.code,
        )
        for line in answer.lines.all()
    ]
    return classify(
        status_code=answer.status_code,
        charge_cents=to_cents(answer.charge),
        paid_cents=to_cents(answer.paid),
        adjustments=of_line.get(None, ()),
        lines=lines,
        remarks=tuple(answer.remarks),
    )


def with_answers() -> QuerySet[Remittance]:
    """Remittances with everything that their page shows, in a constant number of queries."""
    return Remittance.objects.select_related("file", "posted_by").prefetch_related(
        "answers__lines",
        "answers__adjustments",
        "answers__claim__encounter__patient",
        "answers__claim__coverage__payer",
    )


def posted_total(remittance: Remittance) -> Decimal:
    """What the matched answers of a remittance add up to."""
    return sum((a.paid for a in remittance.answers.all() if a.claim_id), Decimal("0.00"))
