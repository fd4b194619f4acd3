"""Work that was accepted and is done beside the pages: how far it is, and who is at it."""

from __future__ import annotations

from django.db import models

from documentation.models.fields import short_text
from documentation.models.people import User


class Job(models.Model):
    """One piece of accepted work. The row is written with what it drives, so neither is there without the other.

    Whoever drives it holds it for a while (`documentation.services.jobs`); where its worker died, the next one goes on.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=20)
    """What drives it: a name that `documentation.services.jobs.drives` knows."""
    subject = models.PositiveBigIntegerField()
    """Key of the row that is driven."""
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = short_text(300)
    """Why it failed, or why it is tried again: a sentence without patient data."""
    tries = models.PositiveSmallIntegerField(default=0)
    """How often it was taken up since its last step was done."""
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    """Its last sign of life."""
    held_until = models.DateTimeField(null=True, blank=True)
    """By then whoever holds it renews this, or it is free."""
    holder = models.CharField(max_length=32, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "seen_at"], name="jobs_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="job_stands_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "working", "done", "failed"]), name="job_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)
