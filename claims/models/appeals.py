"""A formal request to look at a denial again."""

from __future__ import annotations

from django.db import models

from claims.clocks.paths import STAGES, Stage
from claims.models.claims import Claim
from claims.models.denials import Denial
from claims.models.packets import Packet
from claims.models.remittances import dollars
from claims.workflow import AppealOutcome, AppealStatus
from documentation.kernel.rule import Cause
from documentation.models import User
from documentation.models.fields import prose, short_text


class Appeal(models.Model):
    """One appeal at one level, with its letter, its own sealed packet and what came of it."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="appeals")
    denial = models.ForeignKey(Denial, on_delete=models.PROTECT, related_name="appeals")
    level = models.PositiveSmallIntegerField(default=1)
    name = short_text(60)
    """What the rules of the plan call this level, such as 'Reconsideration'; empty: appeal."""
    stage = models.CharField(
        max_length=15, choices=[(s.value, words) for s, words in STAGES.items()], default=Stage.APPEAL
    )
    """What kind of level it is by those rules."""
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in AppealStatus], default=AppealStatus.DRAFT
    )
    due_on = models.DateField()
    due_reason = short_text(200)
    """Such as '180 days from the notice of December 2, 2026 (payer policy)'."""
    clock = models.JSONField(default=dict, blank=True)
    """How the last day was counted, as `claims.clocks.counted` writes it; empty where it was opened before that."""
    opened_because = short_text(300)
    """Why it was opened all the same: after a last day that nobody had verified, before the level before was decided,
    or at a level that the rules do not know; empty where nothing was in the way."""
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
    decide_by = models.DateField(null=True, blank=True)
    """Until when the payer has to decide, counted when it was sent; empty where no rule is known."""
    decide_reason = short_text(200)
    """Such as '60 days from the sending of December 9, 2026 (29 CFR 2560.503-1(h)(3)(i))'."""
    decision_words = prose(2000)
    """Why the payer decided so, in its own words."""
    decision_cause = models.CharField(
        max_length=30, blank=True, default="", choices=[(c.value, c.label) for c in Cause]
    )
    """What these words are about; empty: what the denial was about."""
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
