"""Documents that prove something about a claim, and leave with its packet."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.payers import choice
from documentation.models import Encounter, StoredFile, User
from documentation.models.fields import short_text

EVIDENCE_KINDS = [
    ("prior_imaging", "Report of earlier imaging"),
    ("prior_care", "Note of earlier care"),
    ("referral", "Referral"),
    ("consent", "Consent"),
    ("authorization", "Authorization letter"),
    ("eligibility", "Eligibility print"),
    ("filing_proof", "Proof of timely filing"),
    ("primary_eob", "First plan's EOB"),
    ("payer_eob", "EOB of this payer"),
    ("payer_letter", "Letter of the payer"),
    ("patient_statement", "Statement of the patient"),
    ("representative", "Patient's authorization to appeal"),
    ("policy", "Extract of the policy"),
    ("literature", "Literature"),
    ("credentials", "License or W-9"),
    ("other", "Other evidence"),
]
FROM_PAYER = frozenset({"payer_eob", "payer_letter"})
"""Kinds that lie among what the payer sent, and leave only where a person says so."""
SIDES = [("send", "To send"), ("payer", "From the payer")]


class Evidence(models.Model):
    """One document on the shelf of a claim: what is to be sent, or what the payer sent."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence")
    side = choice(SIDES, default="send")
    """The second side goes into no packet. A document of it that is to leave is laid on the first one, too."""
    kind = choice(EVIDENCE_KINDS)
    title = short_text(120)
    came_from = short_text(120, verbose_name="from whom")
    """The office, payer or person that it came from; empty where nobody said."""
    dated_on = models.DateField(verbose_name="date of the document")
    pages = models.PositiveSmallIntegerField()
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """The bytes as they came; they never leave."""
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """The clean copy: a PDF of pages alone, or a picture without metadata."""
    preview = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Its first page, small; None of what was added before there were previews."""
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    """The document that it was put in the place of."""
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["dated_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "side", "file"],
                condition=models.Q(removed_at__isnull=True),
                name="evidence_is_added_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class VisitDocument(models.Model):
    """A document that came for a visit and lies with it, before any claim and beside all of them.

    It leaves with a claim only where a person lays it on that claim's shelf.
    """

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="documents")
    """The first version of the visit's record."""
    kind = choice([(key, words) for key, words in EVIDENCE_KINDS if key not in FROM_PAYER])
    title = short_text(120)
    came_from = short_text(120, verbose_name="from whom")
    dated_on = models.DateField(verbose_name="date of the document")
    pages = models.PositiveSmallIntegerField()
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """The clean copy, as on the shelf of a claim."""
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["dated_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["encounter", "file"],
                condition=models.Q(removed_at__isnull=True),
                name="visit_document_is_added_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Unobtainable(models.Model):
    """Something that an appeal should enclose and that cannot be had, with the reason. It is lifted, never changed."""

    denial = models.ForeignKey("Denial", on_delete=models.PROTECT, related_name="unobtainable")
    item = models.CharField(max_length=30)
    """The key of an item of the checklist (`claims.proofs.items`)."""
    reason = short_text(300)
    marked_at = models.DateTimeField()
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["denial", "item"], condition=models.Q(lifted_at__isnull=True), name="unobtainable_is_said_once"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="unobtainable_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.item
