"""What the server does by itself: each night's work step by step, and the backups."""

from __future__ import annotations

from django.db import models


class Night(models.Model):
    """One night's work. The day is taken once, by whichever process comes first."""

    day = models.DateField(unique=True)
    """The calendar day of the practice on whose morning it is."""
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """When its last step ended, or it began: what stands still for long was broken off."""
    ended_at = models.DateTimeField(null=True, blank=True)
    """None while it is at work, and where it was broken off."""

    class Meta:
        ordering = ["-day"]


class UpkeepStep(models.Model):
    """One run of one step: a step of the night, or a backup."""

    class Outcome(models.TextChoices):
        DONE = "done"
        FOUND = "found", "found something"
        FAILED = "failed"

    name = models.CharField(max_length=40)
    """A key of `claims.services.nightly.STEPS`, or `backup`."""
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    """`done`; `found`: it ran, and what it found asks for somebody; `failed`: it did not run to its end."""
    said = models.CharField(max_length=500)
    """A sentence for the administrator, without patient data."""

    class Meta:
        ordering = ["-began_at", "-pk"]
        indexes = [models.Index(fields=["name", "-began_at"], name="upkeep_by_step")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["done", "found", "failed"]), name="upkeep_outcome_is_known"
            )
        ]
