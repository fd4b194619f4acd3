"""Electronic claim files that we wrote, their numbers, and what came back before any payer decided."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.packets import Packet
from claims.models.payers import choice
from documentation.models import StoredFile, User
from documentation.models.fields import short_text

PURPOSES = [
    ("original", "Original"),
    ("corrected", "Corrected"),
    ("void", "Void"),
    ("predetermination", "Predetermination"),
]
ACKNOWLEDGEMENTS = [("TA1", "TA1"), ("999", "999"), ("277CA", "277CA")]
ANSWERS = [
    ("received", "Received"),
    ("accepted", "Accepted"),
    ("accepted_with_errors", "Accepted with errors"),
    ("rejected", "Rejected"),
]


class ControlSeries(models.Model):
    """The last number given in a series; the row is locked while the next one is taken, so none is given twice."""

    name = models.CharField(max_length=20, unique=True)
    last = models.PositiveBigIntegerField(default=0)


class Transmission(models.Model):
    """One 837 file, exactly as it was written. Never changed afterwards."""

    kind = choice([("837D", "837D, dental"), ("837P", "837P, medical")])
    interchange = models.PositiveIntegerField(unique=True)
    """ISA13, GS06, and the number in BHT03."""
    first_set = models.PositiveBigIntegerField(unique=True)
    """ST02 of its first set; further ones count on."""
    sets = models.PositiveIntegerField(default=1)
    receiver = short_text(15)
    is_test = models.BooleanField(default=False)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]


class TransmittedClaim(models.Model):
    """A claim in such a file. `control` came with it as CLM01 and comes back in every answer."""

    transmission = models.ForeignKey(Transmission, on_delete=models.PROTECT, related_name="claims")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="transmitted")
    control = models.CharField(max_length=20, unique=True)
    set_control = short_text(9)
    """ST02 of its set."""
    purpose = choice(PURPOSES)
    claim_revision = models.PositiveIntegerField()
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """The sealed packet that the file announced; none where nothing was sealed, or the claim was told to be void."""
    changes = models.JSONField(default=list, blank=True)
    """What went out otherwise than it was recorded, in sentences."""

    class Meta:
        ordering = ["pk"]


class AcknowledgementFile(models.Model):
    """A TA1, 999 or 277CA as it came. The same bytes are taken in once."""

    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = short_text(255)
    kind = choice(ACKNOWLEDGEMENTS)
    findings = models.JSONField(default=list, blank=True)
    """[{"segment": n, "element": n, "message": text, "is_fault": bool}]"""
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]


class Acknowledgement(models.Model):
    """What one answer says of one of our claims. Never changed afterwards; no denial, whatever it says."""

    file = models.ForeignKey(AcknowledgementFile, on_delete=models.PROTECT, related_name="answers")
    sent = models.ForeignKey(TransmittedClaim, on_delete=models.PROTECT, related_name="acknowledgements")
    kind = choice(ACKNOWLEDGEMENTS)
    outcome = choice(ANSWERS)
    codes = models.JSONField(default=list, blank=True)
    """The payer's codes as they came, such as A7:562:85."""
    reasons = models.JSONField(default=list, blank=True)
    """The same in our words."""
    payer_control = short_text(60)
    answered_on = models.DateField(null=True, blank=True)
    segment = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
