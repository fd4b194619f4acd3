"""What the patient was told to expect, on paper, and the signature under it."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from claims.models.payers import choice
from documentation.models import Encounter, StoredFile, User
from documentation.models.fields import short_text

KINDS = [("plans", "With the patient's plans"), ("good_faith", "Good-faith estimate, no plan asked")]


class Estimate(models.Model):
    """What the patient was told to expect, as a range in dollars. The newest of an encounter counts.

    Once it is signed nothing of it changes.
    """

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="estimates")
    kind = choice(KINDS, default="plans")
    low = models.DecimalField(max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    high = models.DecimalField(max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    basis = models.JSONField(default=dict, blank=True)
    """How it was counted: each number with its receipt, and what was not known; empty where somebody typed it."""
    document = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The page that was given to the patient, before the signature."""
    given_on = models.DateField(null=True, blank=True)
    acknowledged_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(high__gte=models.F("low")), name="estimate_is_a_range"),
        ]


class EstimateSignature(models.Model):
    """The patient's signature under an estimate: drawn as a vector, or the typed name with a mark. Never changed."""

    estimate = models.OneToOneField(Estimate, on_delete=models.PROTECT, related_name="signature")
    name = models.CharField(max_length=120)
    on_behalf = short_text(120)
    """What the signer is to the patient, where somebody else signed."""
    strokes = models.JSONField(default=list, blank=True)
    """The drawing: lists of x and y in tenths of per cent of its width; empty where the name was typed."""
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """The page with the signature under it."""
    signed_at = models.DateTimeField()
    witnessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
