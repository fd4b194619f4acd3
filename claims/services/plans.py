"""Verbs on how plans go together: what decides their order, its confirmation, what payers agreed to, restrictions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import Claim, Coverage, CoverageTerms, Payer, PayerTerms, PlanOrder, SelfPayRestriction
from claims.queries.plans import order_of, restriction_of, terms_of
from claims.rules.order import told
from claims.services.holding import hold_all, hold_visit
from claims.services.queues import WAITING, place_of_payer
from claims.services.renumbering import renumber
from claims.workflow import PREPARATION, Closing, Preparation, Transport
from documentation.kernel.dates import short_date
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, Patient, User
from documentation.queries.versions import of_visit
from documentation.services.audit import record
from documentation.services.transitions import perform

TERMS_FIELDS = ("network", "allowed", "cob_method", "cob_as", "secondary_clock", "source", "verified_on")


def save_terms(
    coverage: Coverage, values: dict[str, Any], *, today: date, by: User, at: datetime, seen: int | None = None
) -> CoverageTerms:
    """Write down what decides the place of a plan, over what was seen at revision `seen` (0: nothing yet)."""
    _require(by, Permission.COVERAGE_EDIT, "change coverages")
    with transaction.atomic():
        plan = Coverage.objects.select_for_update().get(pk=coverage.pk)
        row = terms_of(plan)
        is_new = row.pk is None
        if seen is not None and seen != (0 if is_new else row.revision):
            raise NotPossible(
                "Somebody else changed this meanwhile. Compare with the values shown now, then save again."
            )
        changed = sorted(k for k, v in values.items() if is_new or getattr(row, k) != v)
        for key, value in values.items():
            setattr(row, key, value)
        if row.kidney_since and row.kidney_since > today:
            raise ValidationError({"kidney_since": "This day lies in the future. Give the first day of Medicare."})
        if row.held_since and row.held_since > today:
            raise ValidationError({"held_since": "This day lies in the future. Give the first day of the plan."})
        if not is_new and not changed:
            return row
        row.revision += 0 if is_new else 1
        row.recorded_at, row.recorded_by = at, by
        row.full_clean()
        row.save()
        patient = plan.patient
        record("coverage.terms", by=by, at=at, subject=patient, patient=patient, fields=changed)
    return row


@dataclass(frozen=True)
class Confirmed:
    """A confirmed order, and the claims that took other places by it."""

    order: PlanOrder
    moved: tuple[Claim, ...]


def confirm_order(
    patient: Patient, order: list[int], *, reason: str = "", seen: str, day: date, by: User, at: datetime
) -> Confirmed:
    """A person says in which order the plans pay; `order` holds their keys, `seen` the sum of the facts shown.

    Claims that were started in another order and have not left take their new places. Another order than the suggested
    one needs a reason, and so does one with a place that no rule decides. Raises NotPossible where something changed
    since it was shown, ValidationError with sentences by field.
    """
    _require(by, Permission.COVERAGE_EDIT, "change coverages")
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        known = order_of(patient, day)
        if known.facts_sha256 != seen:
            raise NotPossible("Something about the plans changed meanwhile. Look at the suggestion again.")
        if len(known.plans) < 2:
            raise NotPossible("One plan alone needs no order.")
        if sorted(order) != sorted(p.pk for p in known.plans):
            raise ValidationError({"first": "Choose one of the patient's plans."})
        is_suggested = order == [p.pk for p in known.suggested]
        rule = known.decisions[0].rule
        undecided = any(decision.rule is None for decision in known.decisions)
        if (undecided or not is_suggested) and not reason.strip():
            raise ValidationError(
                {"reason": "No rule decides every place here. Say who told you the order, and when."}
                if undecided
                else {"reason": "Say why: a payer may ask, and whoever comes next sees it."}
            )
        row = PlanOrder(
            patient=patient,
            order=order,
            rule=rule.id if is_suggested and rule else "",
            why=" ".join(told(decision) for decision in known.decisions)[:500],
            reason=reason,
            facts_sha256=known.facts_sha256,
            confirmed_at=at,
            confirmed_by=by,
        )
        row.full_clean()
        row.save()
        _number(patient, order)
        record("coverage.order", by=by, at=at, subject=patient, patient=patient, rule=row.rule)
        moved = renumber(patient, by=by, at=at)
    return Confirmed(row, tuple(moved))


def _number(patient: Patient, order: list[int]) -> None:
    """Give the plans their places. Plans that are not in force keep theirs behind them."""
    rows = {c.pk: c for c in Coverage.objects.select_for_update().filter(patient=patient, is_active=True)}
    others = [pk for pk in sorted(rows, key=lambda pk: rows[pk].priority) if pk not in order]
    places = {pk: n for n, pk in enumerate([*order, *others], start=1)}
    moved = [pk for pk, place in places.items() if rows[pk].priority != place]
    # A place is taken once: those that move stand aside first.
    for n, pk in enumerate(moved):
        Coverage.objects.filter(pk=pk).update(priority=1000 + n)
    for pk in moved:
        Coverage.objects.filter(pk=pk).update(priority=places[pk], revision=rows[pk].revision + 1)


def record_payer_terms(
    payer: Payer, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None
) -> PayerTerms:
    """Write down what was agreed with a payer. Earlier versions stay; the same again adds nothing.

    `seen` is the key of the version that was looked at, 0 for none.
    """
    _require(by, Permission.PAYER_EDIT, "change payers and policies")
    with transaction.atomic():
        hold_all(Claim.objects.filter(WAITING, coverage__payer=payer))
        Payer.objects.select_for_update(no_key=True).get(pk=payer.pk)
        current = payer.terms.first()
        if seen is not None and seen != (current.pk if current else 0):
            raise NotPossible(
                "Somebody else changed this meanwhile. Compare with the values shown now, then save again."
            )
        row = PayerTerms(payer=payer, recorded_at=at, recorded_by=by, **values)
        row.full_clean()
        if current and all(getattr(current, name) == getattr(row, name) for name in TERMS_FIELDS):
            return current
        row.save()
        place_of_payer(payer)
        changed = [n for n in TERMS_FIELDS if not current or getattr(current, n) != getattr(row, n)]
        record("payer.terms", by=by, at=at, subject=f"payer {payer.payer_id}", fields=changed)
    return row


def restrict(encounter: Encounter, values: dict[str, Any], *, by: User, at: datetime) -> SelfPayRestriction:
    """The patient pays in full and wants no plan to be told. Claims of the visit that have not left are held.

    Raises NotPossible where a plan was told already, or a restriction stands.
    """
    _require(by, Permission.COVERAGE_EDIT, "change coverages")
    today = encounter.location.today(at)
    with transaction.atomic():
        hold_visit(encounter)
        if restriction_of(encounter):
            raise NotPossible("A restriction of this visit stands already.")
        # Held, so that none of them is sent at the same moment.
        of_all_versions = Claim.objects.filter(encounter__in=of_visit(encounter.visit_key)).order_by("pk")
        claims = [c for c in of_all_versions if c.closing != Closing.VOIDED]
        if told_ones := [c for c in claims if c.transport != Transport.NONE]:
            raise NotPossible(
                f"Claim {told_ones[0].number} was sent: a plan knows of the visit. Void it with the payer first."
            )
        row = SelfPayRestriction(encounter=encounter, recorded_at=at, recorded_by=by, **values)
        if row.asked_on and row.asked_on > today:
            raise ValidationError({"asked_on": f"This day lies in the future. Today is {short_date(today)}."})
        if not row.reason.strip():
            raise ValidationError({"reason": "Write down what the patient asked for, in a few words."})
        if not row.paid_in_full:
            raise ValidationError(
                {"paid_in_full": "A plan must be kept out only where the patient pays in full. Agree on that first."}
            )
        row.full_clean()
        row.save()
        patient = encounter.patient
        record("visit.restrict", by=by, at=at, subject=encounter, patient=patient)
        # Whoever may not hold claims restricts them all the same: the rule and the guard of sending stand anyway.
        may_hold = by.may(Permission.CLAIM_PREPARE)
        to_hold = [c for c in claims if c.closing == Closing.OPEN and c.preparation != Preparation.HELD]
        for claim in to_hold if may_hold else ():
            with perform(PREPARATION, "hold", claim, by=by, at=at, patient=patient):
                Claim.objects.filter(pk=claim.pk).update(hold_reason="The patient pays and asked that no plan is told.")
    return row


def lift(restriction: SelfPayRestriction, reason: str, *, by: User, at: datetime) -> SelfPayRestriction:
    """The patient agrees that plans are told after all. Held claims stay held until somebody looks at them."""
    _require(by, Permission.COVERAGE_EDIT, "change coverages")
    if not reason.strip():
        raise ValidationError({"reason": "Say who took it back and when."})
    with transaction.atomic():
        row = SelfPayRestriction.objects.select_for_update().get(pk=restriction.pk)
        if row.lifted_at:
            raise NotPossible("This restriction was lifted already.")
        row.lifted_at, row.lifted_by, row.lift_reason = at, by, reason
        row.full_clean()
        row.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        patient = row.encounter.patient
        record("visit.lift_restriction", by=by, at=at, subject=row.encounter, patient=patient)
    return row


def _require(by: User, permission: Permission, what: str) -> None:
    if not by.may(permission):
        raise NotPermitted(f"Your role does not allow you to {what}.")
