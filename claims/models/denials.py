"""An unpaid amount that we treat as a case of its own."""

from __future__ import annotations

from django.db import models

from claims.codes.ways_out import WAY_LABELS
from claims.models.claims import Claim
from claims.models.packets import Packet
from claims.models.payers import choice
from claims.models.remittances import RemittanceClaim, dollars
from claims.workflow import DenialStatus, WriteOffStatus
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
    carc = short_text(12)
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
    next_action = short_text(200)
    """What somebody will do next, in their words; empty follows the advice."""
    next_on = models.DateField(null=True, blank=True)
    """The day by which it is done."""
    resolution = short_text(300)
    resolved_on = models.DateField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        RemittanceClaim, null=True, blank=True, on_delete=models.PROTECT, related_name="resolved"
    )
    """The payer's answer that settled it; empty where people did. Taking that answer back opens it again."""
    revision = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["denied_on", "pk"]
        indexes = [
            models.Index(fields=["status", "denied_on", "id"], name="denial_by_status"),
            models.Index(fields=["cause", "denied_on"], name="denial_by_cause"),
            models.Index(fields=["opened_at"], name="denial_by_opening"),
        ]

    def __str__(self) -> str:
        return f"denial {self.pk}"

    @property
    def owner(self) -> User | None:
        """Whoever works on the claim works on its denials."""
        return self.claim.owner

    @property
    def owner_id(self) -> int | None:
        return self.claim.owner_id


class WriteOff(models.Model):
    """An amount that the practice gives up by its own choice, with the reason; above a limit two people are needed.

    What a contract takes off is never such a row, and no answer of a payer makes one.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="write_offs")
    denial = models.ForeignKey(Denial, null=True, blank=True, on_delete=models.PROTECT, related_name="write_offs")
    """The denial that it ends; None for what else was left of an answered claim."""
    amount = dollars()
    reason = short_text(300)
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in WriteOffStatus], default=WriteOffStatus.REQUESTED
    )
    is_unanswered = models.BooleanField(default=False)
    """Whether the payer never answered all of the claim, though it was asked: what it left open is given up, too."""
    limit = dollars(null=True, blank=True)
    """The limit that was passed, so that a second person decides; None where one person was enough."""
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision_reason = short_text(300)
    taken_back_by = models.ForeignKey(
        RemittanceClaim, null=True, blank=True, on_delete=models.PROTECT, related_name="took_back"
    )
    """The answer that opened the claim again, so that this counts no more; None where a person did."""
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(status="requested"), name="write_off_is_asked_once"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="write_off_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(limit=None)
                | ~models.Q(status="approved")
                | ~models.Q(decided_by=models.F("requested_by")),
                name="write_off_above_the_limit_has_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"write-off {self.pk}"


class Decision(models.Model):
    """What somebody decided to do about a denial, and why. Rows are only added: the newest one stands."""

    denial = models.ForeignKey(Denial, on_delete=models.PROTECT, related_name="decisions")
    way = choice(list(WAY_LABELS.items()))
    reason = short_text(300)
    was_advised = models.BooleanField(default=False)
    """Whether it was what the page advised first at that moment."""
    made_claim = models.ForeignKey(Claim, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The corrected or new claim that it started, or that of the other plan."""
    appeal = models.ForeignKey("Appeal", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    write_off = models.ForeignKey(WriteOff, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="decision_has_a_reason")]
