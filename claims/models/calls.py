"""Asking a payer what became of a claim that it does not answer."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.payers import choice
from documentation.models import User
from documentation.models.fields import short_text

CALL_OUTCOMES = [
    ("in_process", "In process"),
    ("not_on_file", "Not on file"),
    ("paid", "Paid, the remittance is missing"),
    ("denied", "Denied, the remittance is missing"),
    ("information", "Waits for information"),
    ("not_reached", "Nobody was reached"),
]
"""What the payer said."""


class StatusCall(models.Model):
    """One call or portal look-up about a claim without an answer, and when to ask again. Rows are only added."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="status_calls")
    called_on = models.DateField()
    outcome = choice(CALL_OUTCOMES)
    representative = short_text(60)
    reference = short_text(60)
    note = short_text(500)
    next_on = models.DateField()
    """The day on which the claim comes up again."""
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["claim", "-id"], name="status_call_by_claim")]
