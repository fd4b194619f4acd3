"""Documents that prove something about a claim, and leave with its packet."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.payers import choice
from documentation.models import StoredFile, User
from documentation.models.fields import short_text

EVIDENCE_KINDS = [
    ("prior_imaging", "Report of earlier imaging"),
    ("prior_care", "Note of earlier care"),
    ("referral", "Referral"),
    ("authorization", "Authorization letter"),
    ("primary_eob", "First plan's EOB"),
    ("other", "Other evidence"),
]


class Evidence(models.Model):
    """One document on the shelf 'Evidence to send'. What a payer sent stays on its own shelf."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence")
    kind = choice(EVIDENCE_KINDS)
    title = short_text(120)
    dated_on = models.DateField(verbose_name="date of the document")
    pages = models.PositiveSmallIntegerField()
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """The bytes as they came; they never leave."""
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """The clean copy: a PDF of pages alone, or a picture without metadata."""
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["dated_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "file"],
                condition=models.Q(removed_at__isnull=True),
                name="evidence_is_added_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title
