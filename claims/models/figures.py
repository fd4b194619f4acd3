"""The manager's figures, kept in the same transaction as what they count."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.payers import Payer
from claims.models.remittances import dollars
from documentation.models import Clinician, Location
from documentation.models.fields import short_text


class ClaimFigures(models.Model):
    """One row for each claim: everything that the dashboard adds up, already counted."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True, related_name="figures")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    service_date = models.DateField()
    submitted_on = models.DateField(null=True, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    """Date of the first adjudication."""
    paid_on = models.DateField(null=True, blank=True)
    """Date of the first payment, or of the answer that left everything to the patient."""
    billed = dollars(default=0)
    paid = dollars(default=0)
    initially_denied = models.BooleanField(default=False)
    first_cause = short_text(20)
    first_denied = dollars(default=0)
    """What the first answer denied: a dollar at risk is counted once, however often it is denied."""
    paid_first_time = models.BooleanField(default=False)
    at_risk = dollars(default=0)
    """Denied and still open."""
    at_risk_until = models.DateField(null=True, blank=True)
    appeals_decided = models.PositiveSmallIntegerField(default=0)
    appeals_overturned = models.PositiveSmallIntegerField(default=0)
    recovered = dollars(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["service_date", "payer"], name="figures_by_date"),
            models.Index(fields=["answered_on", "initially_denied"], name="figures_by_answer"),
        ]
