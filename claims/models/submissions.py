"""One sending of one packet by one channel."""

from __future__ import annotations

from django.db import models

from claims.models.appeals import Appeal
from claims.models.claims import Claim
from claims.models.packets import Packet
from claims.models.payers import choice
from documentation.models import StoredFile, User
from documentation.models.fields import index_of_filled, short_text

CHANNELS = [
    ("portal", "Payer portal"),
    ("clearinghouse", "Clearinghouse"),
    ("fax", "Fax"),
    ("mail", "Mail"),
]
PROOFS = [
    ("receipt", "Portal or clearinghouse receipt"),
    ("fax_confirmation", "Fax confirmation"),
    ("tracking_number", "Tracking number"),
    ("acknowledgement", "Electronic acknowledgement"),
    ("listing", "Listing after the files were laid down"),
    ("none", "No proof"),
]

FILING_PROOFS = [
    ("277ca", "277CA, accepted"),
    ("999", "999, accepted"),
    ("portal", "Portal confirmation"),
    ("fax", "Fax confirmation"),
    ("mail", "Certified mail"),
]
"""What says that a claim arrived, the strongest first."""


class Submission(models.Model):
    """What was sent, when and how, with its proof or the reason why there is none. Never changed afterwards."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="submissions")
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, related_name="submissions")
    appeal = models.ForeignKey(Appeal, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions")
    channel = choice(CHANNELS)
    sent_on = models.DateField()
    control_number = short_text(50)
    proof = choice(PROOFS)
    proof_reference = short_text(80)
    proof_file = models.ForeignKey(
        StoredFile, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    original = models.ForeignKey(
        StoredFile, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    """The proof as it came, byte for byte; None where it is no scan, or only the clean copy was kept."""
    no_proof_reason = short_text(300)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-sent_on", "-pk"]
        indexes = [
            index_of_filled("proof_file", "submission_by_proof"),
            index_of_filled("original", "submission_by_original"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(proof="none") | ~models.Q(no_proof_reason=""),
                name="submission_has_proof_or_a_reason",
            ),
        ]


class FilingProof(models.Model):
    """That a payer or clearinghouse took a sending in: what proves timely filing. Never changed, never removed."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="proofs")
    kind = choice(FILING_PROOFS)
    received_on = models.DateField()
    """The day that the payer or clearinghouse gives."""
    reference = short_text(80)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    original = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """As for the proof of a sending."""
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["received_on", "pk"]
