"""What happened: an append-only, hash-chained list of events, and the keys of forms that acted."""

from __future__ import annotations

from django.db import models

from documentation.models.people import User


class AuditEvent(models.Model):
    """One event. Each row's `hash` covers its content and the hash before it, so that no row can change unseen."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=40, blank=True, default="")
    """The number of the row, such as E000001."""
    patient = models.ForeignKey(
        "documentation.Patient",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    """Of whom it tells. The trail stays as it is where a patient who was brought in by mistake is taken back."""
    detail = models.TextField(default="{}")
    """Canonical JSON: names of fields and states, never clinical values."""
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["patient", "-seq"], name="audit_by_patient"),
            models.Index(fields=["subject", "-seq"], name="audit_by_subject"),
            models.Index(fields=["by", "-seq"], name="audit_by_person"),
            models.Index(fields=["at"], name="audit_by_moment"),
        ]


class ActionKey(models.Model):
    """The key of one filled form: the same form sent twice acts once and leads to the same place."""

    key = models.CharField(max_length=36)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    result_url = models.CharField(max_length=300, blank=True, default="")
    started_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key", "path"], name="action_key_acts_once")]
