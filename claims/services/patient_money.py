"""Verbs on what a patient pays: record a payment or a refund, take a slip back, let the patient be billed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import BillingRelease, Claim, PatientPayment
from claims.queries.accounts import Account, account_of
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.queries.versions import of_visit
from documentation.services.audit import record

_VOID = "Every claim of this visit is void or was replaced. Start a new one first."
_ACTIONS = {"payment": "record", "refund": "refund"}


def record_payment(claim: Claim, values: Mapping[str, Any], *, by: User, at: datetime) -> PatientPayment:
    """Write down what the patient paid for the visit: `amount` in dollars, `paid_on`, `method`, and a `reference`.

    More than is owed is taken, and stands as overpaid. Raises ValidationError with a sentence by field, NotPossible
    where every claim of the visit is void.
    """
    return _record("payment", claim, values, by=by, at=at)


def record_refund(claim: Claim, values: Mapping[str, Any], *, by: User, at: datetime) -> PatientPayment:
    """Write down what went back to the patient, with the same values. Raises NotPossible where that is more than the
    patient paid.
    """
    return _record("refund", claim, values, by=by, at=at)


def _record(kind: str, claim: Claim, values: Mapping[str, Any], *, by: User, at: datetime) -> PatientPayment:
    _require(by, Permission.PAYMENT_RECORD, "record what patients pay")
    paid_on: date | None = values.get("paid_on")
    if paid_on is None:
        raise ValidationError({"paid_on": "Give the day."})
    if paid_on > claim.encounter.location.today(at):
        raise ValidationError({"paid_on": "This day lies in the future. Give the day on which the money moved."})
    with transaction.atomic():
        account = _held(claim)
        if kind == "payment" and account.is_void:
            raise NotPossible(_VOID)
        amount = Decimal(values.get("amount") or 0)
        if kind == "refund" and amount > account.kept:
            raise NotPossible(f"The patient paid ${account.kept:,.2f} of this visit. No more than that can go back.")
        row = PatientPayment(
            claim=claim,
            kind=kind,
            amount=amount,
            paid_on=paid_on,
            method=values.get("method") or "",
            reference=values.get("reference") or "",
            recorded_at=at,
            recorded_by=by,
        )
        row.full_clean()
        row.save()
        _tell(f"payment.{_ACTIONS[kind]}", claim, by=by, at=at, amount=str(row.amount))
    return row


def undo(payment: PatientPayment, reason: str, *, by: User, at: datetime) -> PatientPayment:
    """Take back what was entered wrongly, with the reason: it stays readable and counts no more.

    Raises NotPossible where it was taken back already, and where more would have gone back to the patient than came.
    """
    _require(by, Permission.PAYMENT_RECORD, "record what patients pay")
    if not reason.strip():
        raise ValidationError({"reason": "Say what was wrong with it."})
    with transaction.atomic():
        account = _held(payment.claim)
        stands = PatientPayment.objects.filter(pk=payment.pk, undone_at=None)
        if stands.exists() and payment.kind == "payment" and account.kept < payment.amount:
            raise NotPossible("A refund rests on this payment. Take the refund back first.")
        values = {"undone_at": at, "undone_by": by, "undo_reason": reason[:300]}
        if not stands.update(**values):
            raise NotPossible("This was taken back already.")
        _tell("payment.undo", payment.claim, by=by, at=at, amount=str(payment.amount), kind=payment.kind)
    payment.refresh_from_db()
    return payment


def release(claim: Claim, reason: str, *, by: User, at: datetime) -> BillingRelease:
    """A manager lets the patient be billed although something of the visit's claims is open: what is open now. What
    is opened later holds the bill again. Raises NotPossible where nothing holds it.
    """
    _require(by, Permission.BILLING_RELEASE, "let a patient be billed before everything is decided")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the patient is billed before everything is decided."})
    with transaction.atomic():
        account = _held(claim)
        if not account.standing_holds:
            raise NotPossible("Nothing holds the bill of this visit. Look at the page again.")
        return _decide(claim, reason, stands=True, by=by, at=at)


def hold_again(claim: Claim, reason: str, *, by: User, at: datetime) -> BillingRelease:
    """Take such a release back. Raises NotPossible where none stands."""
    _require(by, Permission.BILLING_RELEASE, "let a patient be billed before everything is decided")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the bill waits after all."})
    with transaction.atomic():
        if _held(claim).release is None:
            raise NotPossible("No release stands for this visit. Look at the page again.")
        return _decide(claim, reason, stands=False, by=by, at=at)


def _decide(claim: Claim, reason: str, *, stands: bool, by: User, at: datetime) -> BillingRelease:
    row = BillingRelease(claim=claim, stands=stands, reason=reason, released_at=at, released_by=by)
    row.full_clean(validate_constraints=False)
    row.save()
    _tell("billing.release" if stands else "billing.hold", claim, by=by, at=at)
    return row


def _require(by: User, permission: Permission, what: str) -> None:
    if not by.may(permission):
        raise NotPermitted(f"Your role does not allow you to {what}.")


def _held(claim: Claim) -> Account:
    """The account of a visit, whose claims are held in the order of their numbers: two refunds see each other."""
    rows = Claim.objects.select_for_update().filter(encounter__in=of_visit(claim.encounter.visit_key)).order_by("pk")
    list(rows.values_list("pk"))
    account = account_of(claim)
    if account is None:
        raise NotPossible(_VOID)
    return account


def _tell(action: str, claim: Claim, *, by: User, at: datetime, **detail: Any) -> None:
    record(action, by=by, at=at, subject=claim, patient=claim.encounter.patient, **detail)
