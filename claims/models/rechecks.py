"""Checking every open claim anew, after the playbook, a table of codes or a rule changed."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from documentation.models import User
from documentation.models.fields import short_text


class RecheckRun(models.Model):
    """One going over all claims that were open when it began, in the order of their keys.

    It stands at `position` whatever happens to the process that drives it: whoever goes on begins there.
    """

    why = short_text(200)
    """What changed, in the words of the person who began it."""
    total = models.PositiveIntegerField()
    """Open claims when it began."""
    last = models.PositiveBigIntegerField()
    """The key of the newest of them: one that is started later is checked as it is prepared."""
    position = models.PositiveBigIntegerField(default=0)
    """The key of the claim that was checked last."""
    checked = models.PositiveIntegerField(default=0)
    stopped = models.PositiveIntegerField(default=0)
    """Claims that a blocker stands against, sent ones among them."""
    asking = models.PositiveIntegerField(default=0)
    """Claims without a blocker that a warning without a reason stands against."""
    rules = short_text(16)
    """The fingerprint of the rules that it checks by; empty for a run from before this was kept."""
    begun_anew = models.PositiveIntegerField(default=0)
    """How often it began at the first claim again because the rules changed meanwhile."""
    failed = models.JSONField(default=dict, blank=True)
    """How many claims each rule stands against, by its id; advice is not counted."""
    is_running = models.BooleanField(default=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_running"], condition=models.Q(is_running=True), name="recheck_runs_alone"
            ),
        ]

    def __str__(self) -> str:
        return f"recheck {self.pk}"

    @property
    def is_complete(self) -> bool:
        """Whether it came to its end, rather than being stopped before."""
        return not self.is_running and self.position >= self.last


class SentBack(models.Model):
    """A claim that was ready and is a draft again because of what a run found."""

    run = models.ForeignKey(RecheckRun, on_delete=models.PROTECT, related_name="sent_back")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    rules = models.JSONField()
    """Ids of the rules that stood against it."""
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "claim"], name="sent_back_once_a_run")]
