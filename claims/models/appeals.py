"""A formal request to look at a denial again."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.denials import Denial
from claims.models.packets import Packet
from claims.models.remittances import dollars
from claims.workflow import AppealOutcome, AppealStatus
from documentation.models import User
from documentation.models.fields import prose, short_text


class Appeal(models.Model):
    """One appeal at one level, with its letter, its own sealed packet and what came of it."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="appeals")
    denial = models.ForeignKey(Denial, on_delete=models.PROTECT, related_name="appeals")
    level = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in AppealStatus], default=AppealStatus.DRAFT
    )
    due_on = models.DateField()
    due_reason = short_text(200)
    """Such as '180 days from the notice of December 2, 2026 (payer policy)'."""
    letter = prose()
    """The letter as edited, paragraphs parted by empty lines; empty means: as drafted from the facts."""
    packet = models.ForeignKey(Packet, null=True, blank=True, on_delete=models.PROTECT, related_name="appeals")
    outcome = models.CharField(
        max_length=20,
        blank=True,
        default="",
        choices=[(o.value, o.value.replace("_", " ").capitalize()) for o in AppealOutcome],
    )
    decided_on = models.DateField(null=True, blank=True)
    recovered = dollars(default=0)
    revision = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["status", "due_on", "id"], name="appeal_by_due_date")]
        constraints = [
            models.UniqueConstraint(
                fields=["denial", "level"], condition=~models.Q(status="withdrawn"), name="appeal_level_is_used_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim} level {self.level}"
