"""An unpaid amount that we treat as a case of its own."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.packets import Packet
from claims.models.payers import choice
from claims.models.remittances import RemittanceClaim, dollars
from claims.workflow import DenialStatus
from documentation.kernel.rule import Cause
from documentation.models import User
from documentation.models.fields import short_text

CAUSES = [(c.value, c.label) for c in Cause]


class Denial(models.Model):
    """What a payer refused on one claim, with the codes it gave and the packet that it answers."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="denials")
    answer = models.ForeignKey(RemittanceClaim, on_delete=models.PROTECT, related_name="denials")
    packet = models.ForeignKey(Packet, null=True, blank=True, on_delete=models.PROTECT, related_name="denials")
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in DenialStatus], default=DenialStatus.OPEN
    )
    group = models.CharField(max_length=2)
    carc = short_text(5)
    rarcs = models.JSONField(default=list, blank=True)
    codes = models.JSONField(default=list, blank=True)
    """Every adjustment that counted: [{"group", "carc", "cents", "line"}], verbatim."""
    machine_cause = choice(CAUSES)
    """What the classifier says; it stays even where a person says otherwise."""
    cause = choice(CAUSES)
    cause_reason = short_text(300)
    """Why a person chose another cause."""
    amount = dollars()
    is_full = models.BooleanField(default=True)
    is_first = models.BooleanField(default=True)
    """Whether this was the claim's first answer: a dollar denied three times is counted once."""
    may_appeal = models.BooleanField(default=True)
    denied_on = models.DateField()
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    resolution = short_text(300)
    resolved_on = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["denied_on", "pk"]
        indexes = [
            models.Index(fields=["status", "denied_on", "id"], name="denial_by_status"),
            models.Index(fields=["cause", "denied_on"], name="denial_by_cause"),
        ]

    def __str__(self) -> str:
        return f"denial {self.pk}"
