"""What a rehearsal is: a copy of the practice's queues without its people, made for learning. Only a copy has rows."""

from __future__ import annotations

from django.db import models


class Became(models.TextChoices):
    """What became of a claim in the practice from which it was copied. Facts of the rows, no judgment."""

    OPEN = "open", "still open when this copy was made"
    WON = "won", "appealed and won"
    WON_PARTLY = "won_partly", "appealed and won in part"
    LOST = "lost", "appealed and lost"
    WRITTEN_OFF = "written_off", "written off"
    PAID = "paid", "paid without an appeal"
    ENDED = "ended", "closed without an appeal"


class Rehearsal(models.Model):
    """This whole database is a rehearsal: nothing in it is real, and nothing leaves it."""

    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="rehearsal_is_one")]

    def __str__(self) -> str:
        return "the rehearsal"


class RehearsalItem(models.Model):
    """A claim that lay in a queue when the copy was made, and what became of the real one."""

    claim = models.PositiveBigIntegerField(unique=True)
    """Key of the claim in this copy."""
    became = models.CharField(max_length=12, choices=Became.choices)
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    """What the payer paid in the end, or what was written off."""
    days = models.PositiveIntegerField(null=True)
    """From the denial to the end; empty while it is open."""

    def __str__(self) -> str:
        return f"rehearsal of C{self.claim:06d}"
