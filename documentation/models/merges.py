"""Two registrations of one person made one, and pairs of whom somebody said that they are two people."""

from __future__ import annotations

from django.db import models

from documentation.models.fields import short_text
from documentation.models.patients import Patient
from documentation.models.people import User


class Merge(models.Model):
    """That `gone` was registered as another patient and is the same person as `kept`. It may be taken back once."""

    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    gone = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField(default=dict)
    """The values of the patient who stays that were replaced by those of the other, by field."""
    stood = models.JSONField(default=dict)
    """By table, the keys of the rows that the patient who stays had already: others came later."""
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gone"], condition=models.Q(undone_at__isnull=True), name="patient_is_merged_once"
            ),
            models.CheckConstraint(condition=~models.Q(kept=models.F("gone")), name="patient_is_merged_into_another"),
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"


class MovedRow(models.Model):
    """A row that a merge led from one patient to the other, or changed on the way.

    It is what lets a signed record change its patient.
    """

    merge = models.ForeignKey(Merge, on_delete=models.PROTECT, related_name="rows")
    table = short_text(60)
    key = models.PositiveBigIntegerField()
    before = models.JSONField(default=dict)
    """What the merge changed in it, by column, as it was before."""

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["merge", "table", "key"], name="row_is_moved_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


class NotSame(models.Model):
    """That somebody looked at two patients who are alike, and says that they are two people."""

    first = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "pairs that were told apart"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="pair_is_told_apart_once"),
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="pair_is_in_order"),
        ]

    def __str__(self) -> str:
        return f"pair {self.pk}"
