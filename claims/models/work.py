"""Who works on a claim and how: notes, views of the worklist that people keep, acts on many claims at once."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.payers import choice
from documentation.models import User
from documentation.models.fields import short_text


class ClaimNote(models.Model):
    """What somebody wrote down beside a claim. A note is rewritten by another one or taken back, never removed."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="notes")
    text = short_text(1000)
    handed_to = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The person to whom the claim was handed over with it."""
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="rewritten_as"
    )
    """The note as it was before its author mended it."""
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    """When its author took it back; it stays readable."""

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(text=""), name="claim_note_says_something")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class SavedView(models.Model):
    """Filters of the worklist under a name: one person's own, or shared with the practice."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="saved_views")
    name = short_text(60)
    query = models.JSONField(default=dict, blank=True)
    """What stands in the address, by its names; never anything of a patient."""
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=models.Q(removed_at=None), name="saved_view_name_is_taken_once"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"view {self.pk}"


class StartView(models.Model):
    """The view with which a person's worklist opens."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="start_view")
    view = models.ForeignKey(SavedView, on_delete=models.PROTECT, related_name="+")


BULK_ACTS = [
    ("assign", "Hand over"),
    ("note", "Write a note"),
    ("call", "Note a status call"),
    ("hold", "Hold"),
    ("release", "Release to draft"),
    ("mark_ready", "Check again and mark ready"),
]
"""What can be done to many claims at once, each by the verb that it has alone."""

BULK_OUTCOMES = [("done", "Done"), ("refused", "Not done"), ("changed", "Changed meanwhile")]


class BulkRun(models.Model):
    """One act on many claims: first looked at, then done row by row. It stands where it is, whoever drives it."""

    act = choice(BULK_ACTS)
    values = models.JSONField(default=dict, blank=True)
    """What was typed for all of them: `to`, `note`, `reason`, or the fields of a call."""
    back = short_text(500)
    """The filters of the worklist that it was begun from, as they stand in the address."""
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(null=True, blank=True)
    """None while it is only a preview."""
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"bulk {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.begun_at is not None and self.ended_at is None


class BulkRow(models.Model):
    """One claim of such an act: what was seen of it in the preview, and what became of it."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    seen = models.JSONField(default=dict, blank=True)
    """Revision, owner and queue as the preview showed them: a claim that is another one now is left alone."""
    foreseen = short_text(500)
    """What the preview says against it; empty where nothing does."""
    outcome = choice(BULK_OUTCOMES)
    said = short_text(1000)
    """Why it was not done."""

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "claim"], name="bulk_row_stands_once")]
