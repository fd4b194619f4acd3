"""What was sealed: the packet that goes with a claim, exactly as it left."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from documentation.models import StoredFile, User
from documentation.models.fields import index_of_filled, short_text

PACKET_KINDS = [("claim", "Claim"), ("appeal", "Appeal"), ("supplement", "Supplement")]
DECIDED_ON = ("claim", "appeal")
"""What a payer decides on. A supplement only adds to it."""


class Packet(models.Model):
    """A sealed packet. The row and its files never change; a claim may have several, the newest counts."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="packets")
    kind = models.CharField(max_length=12, choices=PACKET_KINDS, default="claim")
    channel = short_text(30)
    control_number = models.CharField(max_length=30, unique=True)
    """Attachment control number: written on the cover and, later, in the claim's PWK segment."""
    verification_code = models.CharField(max_length=20, unique=True)
    claim_revision = models.PositiveIntegerField()
    """The claim's revision when it was sealed; a later one means the packet is no longer current."""
    pages = models.PositiveSmallIntegerField()
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    zip = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    manifest = models.TextField()
    """manifest.json as it stands in the ZIP."""
    facts = models.TextField()
    """The claim's facts as sealed, canonical JSON."""
    report = models.TextField()
    """The rule report as sealed, with the reasons given, canonical JSON."""
    sealed_at = models.DateTimeField()
    sealed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    supplements = models.ForeignKey(
        "self", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="additions"
    )
    """The packet that was sent and that this one adds to; only a supplement has it."""
    supplement = models.PositiveSmallIntegerField(default=0)
    """1, 2 …; 0 for what is no supplement."""
    reason = short_text(300)
    """Why it was added after the first packet was sent."""

    class Meta:
        ordering = ["-pk"]
        indexes = [index_of_filled("supplements", "packet_by_supplemented")]
        constraints = [
            models.UniqueConstraint(
                fields=["supplements", "supplement"],
                condition=models.Q(kind="supplement"),
                name="supplement_is_numbered_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"K{self.pk:06d}"

    @property
    def sha256(self) -> str:
        """SHA-256 of the whole ZIP."""
        return self.zip.sha256


class PacketPart(models.Model):
    """One file of a packet as it stands in the ZIP."""

    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, related_name="parts")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    title = short_text(200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["position"]
