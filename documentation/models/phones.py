"""Links by which one phone may add pictures to one draft for a quarter of an hour."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from documentation.models.encounters import Encounter
from documentation.models.people import User


class PhoneLink(models.Model):
    """One code that was shown. Neither the token in it nor the secret of the phone is kept: only their SHA-256."""

    encounter = models.ForeignKey(Encounter, on_delete=models.CASCADE, related_name="phone_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    device_sha256 = models.CharField(max_length=64, blank=True, default="")
    """Of the secret in the cookie of the one phone that opened the link; empty until then."""
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    arrived = models.PositiveSmallIntegerField(default=0)
    """Pictures that came through it."""

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["device_sha256"], condition=~models.Q(device_sha256=""), name="phone_has_one_link"
            )
        ]

    def __str__(self) -> str:
        return f"phone link {self.pk}"

    def is_open(self, at: datetime) -> bool:
        return self.ended_at is None and at < self.expires_at
