"""What the patient has paid of a claim, and that a manager lets the patient be billed although an appeal is open."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from claims.models.claims import Claim
from claims.models.payers import choice
from claims.models.remittances import dollars
from documentation.models import User
from documentation.models.fields import short_text

PAYMENT_KINDS = [("payment", "Payment"), ("refund", "Refund")]
PAYMENT_METHODS = [("card", "Card"), ("cash", "Cash"), ("check", "Check"), ("transfer", "Transfer")]


class PatientPayment(models.Model):
    """Money that a patient paid for a claim, or got back. Never changed; one that was entered wrongly is taken back."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="patient_payments")
    kind = choice(PAYMENT_KINDS)
    amount = dollars(validators=[MinValueValidator(0.01)])
    """Always positive; a refund lessens what was paid."""
    paid_on = models.DateField()
    method = choice(PAYMENT_METHODS)
    reference = short_text(60)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undo_reason = short_text(300)

    class Meta:
        ordering = ["paid_on", "pk"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="patient_payment_is_positive")]


class BillingRelease(models.Model):
    """A manager's decision that the patient is billed of a visit although something of its claims is open. Rows are
    only added: the newest one of the visit counts.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="billing_releases")
    stands = models.BooleanField(default=True)
    """False takes the one before it back."""
    reason = short_text(300)
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="billing_release_has_a_reason")]
