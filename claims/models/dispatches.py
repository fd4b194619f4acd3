"""What leaves by a way that carries by itself: written down before anything moves, so that nothing leaves twice."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.packets import Packet
from claims.models.submissions import Submission
from claims.models.transmissions import Transmission
from documentation.models import StoredFile, User
from documentation.models.fields import short_text


class Dispatch(models.Model):
    """Claims that leave together. It waits until it was handed over or given up, and stays so from then on."""

    way = models.CharField(max_length=20)
    """Key of the way out, as in `claims.ways`."""
    transmission = models.ForeignKey(Transmission, on_delete=models.PROTECT, related_name="dispatches")
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    held_until = models.DateTimeField(null=True, blank=True)
    """Until then one process alone carries it; a process that died lets go by itself."""
    holder = short_text(40)
    laid = models.PositiveIntegerField(default=0)
    """How many of its files, from the first, lie there under their working names and were read back: once is enough."""
    released_at = models.DateTimeField(null=True, blank=True)
    """The mark before the files get their true names: without it nothing has left."""
    delivered_at = models.DateTimeField(null=True, blank=True)
    listing = models.JSONField(default=list, blank=True)
    """[{"name", "size", "sha256", "is_listed"}] as they lay there; empty where a person said that they came."""
    proof_reference = short_text(80)
    """What the person gave who said that it came."""
    given_up_at = models.DateTimeField(null=True, blank=True)
    given_up_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    given_up_reason = short_text(300)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(delivered_at=None) | models.Q(given_up_at=None), name="dispatch_ends_once"
            ),
        ]

    @property
    def is_waiting(self) -> bool:
        return self.delivered_at is None and self.given_up_at is None


class DispatchFile(models.Model):
    """One file of it, under the name under which it leaves."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="files")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    title = short_text(200)
    claim_number = short_text(12)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]


class DispatchedClaim(models.Model):
    """One claim of it, as it was when it was written."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="claims")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="dispatched")
    packet = models.ForeignKey(Packet, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """None for a void claim: it takes itself back and shows nothing."""
    claim_revision = models.PositiveIntegerField()
    is_waiting = models.BooleanField(default=True)
    """Whether its dispatch waits. A claim waits in one place alone."""
    submission = models.ForeignKey(Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """How it was recorded as sent."""

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(is_waiting=True), name="claim_waits_in_one_dispatch"
            ),
        ]


class DispatchAttempt(models.Model):
    """One try that failed, or what a person said of it. Never changed."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said = short_text(600)
    is_unsure = models.BooleanField(default=False)
    """Whether it may have been taken: then a person decides."""

    class Meta:
        ordering = ["-pk"]
