"""Verbs on answers that match no claim: match by hand, divide among claims, park; each can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from claims.models import Adjustment, Claim, Remittance, RemittanceClaim, RemittanceLine
from claims.queries.code_book import code_book
from claims.queries.remittances import meaning_of
from claims.services.figures import refresh
from claims.services.holding import hold
from claims.services.next_plan import follow, take_back_started
from claims.services.posting import post_answer, take_back
from claims.services.sorting import sort_answer
from documentation.kernel.machine import NotPermitted, Refused
from documentation.kernel.money import from_cents
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record

ZERO = Decimal("0.00")


def match(answer: RemittanceClaim, claim: Claim, *, by: User, at: datetime) -> None:
    """Say which claim an unmatched answer belongs to. Of a posted check it is posted to that claim now."""
    _require(by)
    with transaction.atomic():
        row = _held(answer)
        if row.claim_id:
            raise Refused("This answer is matched already.")
        _require_whole(row)
        hold(claim.pk)
        row.claim, row.matched_by, row.matched_person = claim, f"by {by.display_name}"[:80], by
        row.parked_at, row.parked_by, row.parked_reason = None, None, ""
        row.save(update_fields=["claim", "matched_by", "matched_person", "parked_at", "parked_by", "parked_reason"])
        sort_answer(row)
        record("remittance.match", by=by, at=at, subject=claim, patient=claim.encounter.patient)
        if row.remittance.posted_at:
            post_answer(row, by=by, at=at)
    if row.remittance.posted_at:
        follow(row.remittance, by=by, at=at, only=[claim.pk])


def unmatch(answer: RemittanceClaim, *, by: User, at: datetime) -> None:
    """Take a match back: the answer waits for its claim again, and what it did to the wrong one is undone.

    Before posting any match can be taken back, afterwards one that a person made. Raises Refused where something was
    done since that rests on it, such as an appeal.
    """
    _require(by)
    with transaction.atomic():
        row = _held(answer)
        if row.split_of_id:
            raise Refused("This is a part of an answer. Take the division back instead.")
        _release(row, by=by, at=at)


def _release(row: RemittanceClaim, *, by: User, at: datetime) -> None:
    claim = row.claim
    if claim is None:
        raise Refused("This answer matches no claim.")
    if row.remittance.posted_at and row.matched_person_id is None:
        raise Refused(
            f"This answer was matched by {row.matched_by} and is posted. It stays: ask the payer for a reversal."
        )
    if row.remittance.posted_at:
        take_back(row, by=by, at=at)
    row.claim, row.matched_by, row.matched_person, row.match_score = None, "", None, 0
    row.save(update_fields=["claim", "matched_by", "matched_person", "match_score"])
    sort_answer(row)
    if row.remittance.posted_at:
        # As it is now: what follows from it is asked after the answer was undone.
        now = Claim.objects.get(pk=claim.pk)
        refresh(now)
        take_back_started(row, now, by=by, at=at)
    record("remittance.unmatch", by=by, at=at, subject=claim, patient=claim.encounter.patient)


def park(answer: RemittanceClaim, reason: str, *, by: User, at: datetime) -> None:
    """Say why an answer that matches no claim need not be looked at. Its money stays among what is not posted."""
    _require(by)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is put aside, such as: billed in the former system."})
    with transaction.atomic():
        row = _held(answer)
        if row.claim_id or row.parked_at:
            raise Refused("Somebody dealt with this answer meanwhile. Look at the page again.")
        _require_whole(row)
        row.parked_at, row.parked_by, row.parked_reason = at, by, reason[:300]
        row.save(update_fields=["parked_at", "parked_by", "parked_reason"])
        record("remittance.park", by=by, at=at, subject=f"check {row.remittance_id}", answer=row.position)


def unpark(answer: RemittanceClaim, *, by: User, at: datetime) -> None:
    """Let a parked answer wait for its claim again."""
    _require(by)
    with transaction.atomic():
        row = _held(answer)
        if not row.parked_at:
            raise Refused("This answer is not parked.")
        row.parked_at, row.parked_by, row.parked_reason = None, None, ""
        row.save(update_fields=["parked_at", "parked_by", "parked_reason"])
        record("remittance.unpark", by=by, at=at, subject=f"check {row.remittance_id}", answer=row.position)


def split(answer: RemittanceClaim, claims: Sequence[Claim], *, by: User, at: datetime) -> list[RemittanceClaim]:
    """Divide an answer whose lines belong to several claims: one claim for each of its lines, in their order.

    Each claim gets a part with copies of its lines; what the payer adjusted on the whole answer goes to the first.
    Raises Refused where the lines do not add up to the answer, for then nobody knows whose the rest is.
    """
    _require(by)
    with transaction.atomic():
        row = _held(answer)
        _require_whole(row)
        if row.claim_id:
            raise Refused("This answer is matched. Take the match back before you divide it.")
        lines = list(row.lines.prefetch_related("adjustments"))
        _require_division(row, lines, claims)
        hold(*(claim.pk for claim in claims))
        of_claim: dict[int, list[RemittanceLine]] = {}
        for claim, line in zip(claims, lines, strict=True):
            of_claim.setdefault(claim.pk, []).append(line)
        whole = list(row.adjustments.filter(line=None))
        by_key = {claim.pk: claim for claim in claims}
        parts: list[RemittanceClaim] = []
        for key, own in of_claim.items():
            parts.append(_part(row, by_key[key], own, whole if not parts else [], by=by))
        row.parked_at, row.parked_by, row.parked_reason = None, None, ""
        row.save(update_fields=["parked_at", "parked_by", "parked_reason"])
        for part in parts:
            claim = by_key[part.claim_id or 0]
            record("remittance.split", by=by, at=at, subject=claim, patient=claim.encounter.patient)
            if row.remittance.posted_at:
                post_answer(part, by=by, at=at)
    if row.remittance.posted_at:
        follow(row.remittance, by=by, at=at, only=of_claim)
    return parts


def unsplit(answer: RemittanceClaim, *, by: User, at: datetime) -> None:
    """Take a division back: its parts are gone, and what they did to their claims is undone."""
    _require(by)
    with transaction.atomic():
        row = _held(answer)
        parts = list(row.parts.select_related("remittance", "claim").order_by("-pk"))
        if not parts:
            raise Refused("This answer is not divided.")
        followed = Claim.objects.filter(Q(passed_on_by__in=parts) | Q(started_after__in=parts))
        hold(*(part.claim_id for part in parts), *followed.values_list("pk", flat=True))
        for part in parts:
            _release(part, by=by, at=at)
            part.adjustments.all().delete()
            part.lines.all().delete()
            part.delete()


def _require_division(row: RemittanceClaim, lines: list[RemittanceLine], claims: Sequence[Claim]) -> None:
    if len(claims) != len(lines):
        raise Refused(f"This answer has {len(lines)} lines. Name a claim for each of them.")
    if len({claim.pk for claim in claims}) < 2:
        raise Refused("All lines go to the same claim. Match the answer to it instead.")
    if sum((line.charge for line in lines), ZERO) != row.charge:
        raise Refused("The lines do not add up to the answer, so it cannot be divided. Ask the payer what holds.")


def _part(
    row: RemittanceClaim, claim: Claim, lines: list[RemittanceLine], whole: list[Adjustment], *, by: User
) -> RemittanceClaim:
    charge = sum((line.charge for line in lines), ZERO)
    paid = sum((line.paid for line in lines), ZERO) - sum((a.amount for a in whole), ZERO)
    # Of a posted check a row is never changed: what is found of the part is known before it is written.
    found = meaning_of(
        (row.status_code, charge, paid, row.remarks),
        [(line.pk, line.code, line.charge, line.paid, line.remarks) for line in lines],
        [
            *((None, a.group, a.carc, a.amount) for a in whole),
            *((line.pk, a.group, a.carc, a.amount) for line in lines for a in line.adjustments.all()),
        ],
        code_book(claim.coverage.payer_id, row.remittance.paid_on),
        row.remittance.paid_on,
    )
    part = RemittanceClaim.objects.create(
        remittance=row.remittance,
        position=row.position,
        split_of=row,
        claim=claim,
        matched_by=f"by {by.display_name}"[:80],
        matched_person=by,
        patient_control=row.patient_control,
        payer_control=row.payer_control,
        status_code=row.status_code,
        outcome=found.outcome.value,
        charge=charge,
        paid=paid,
        patient_share=from_cents(found.patient_cents),
        denied=from_cents(found.denied_cents),
        pended=from_cents(found.pended_cents),
        service_date=row.service_date,
        member_id=row.member_id,
        patient_name=row.patient_name,
        crossover_name=row.crossover_name,
        crossover_id=row.crossover_id,
        remarks=row.remarks,
        segment=row.segment,
    )
    taken = [Adjustment(answer=part, group=a.group, carc=a.carc, amount=a.amount) for a in whole]
    for n, line in enumerate(lines, start=1):
        copy = RemittanceLine.objects.create(
            answer=part,
            position=n,
            code=line.code,
            charge=line.charge,
            paid=line.paid,
            allowed=line.allowed,
            line_control=line.line_control,
            remarks=line.remarks,
        )
        taken += [
            Adjustment(answer=part, line=copy, group=a.group, carc=a.carc, amount=a.amount)
            for a in line.adjustments.all()
        ]
    for position, adjustment in enumerate(taken, start=1):
        adjustment.position = position
    Adjustment.objects.bulk_create(taken)
    return part


def _held(answer: RemittanceClaim) -> RemittanceClaim:
    """The answer as it is now. Its check is held first, as posting does: nobody posts it between look and change."""
    check = Remittance.objects.select_for_update().get(pk=answer.remittance_id)
    row = RemittanceClaim.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    row.remittance = check
    return row


def _require_whole(row: RemittanceClaim) -> None:
    if row.parts.exists():
        raise Refused("This answer is divided among claims. Take the division back first.")


def _require(by: User) -> None:
    if not by.may(Permission.REMITTANCE_POST):
        raise NotPermitted("Your role does not allow you to work on remittances.")
