"""What payers answered: checks with their claims, lines and adjustments, from an 835 or a typed EOB."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.payers import choice
from documentation.models import StoredFile, User
from documentation.models.fields import short_text


def dollars(**options: object) -> models.DecimalField:
    return models.DecimalField(max_digits=12, decimal_places=2, **options)  # type: ignore[arg-type]


class RemittanceFile(models.Model):
    """A file as it came. `findings` are sentences with their position in it."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = short_text(255)
    findings = models.JSONField(default=list, blank=True)
    """[{"segment": n, "element": n, "message": text}]"""
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")


class Remittance(models.Model):
    """One check or transfer. It is known by its key: the same check again posts nothing."""

    key = models.CharField(max_length=160, unique=True)
    """TRN03 | TRN02 | date | amount in cents"""
    source = choice([("835", "Electronic (835)"), ("eob", "Typed from an EOB")])
    file = models.ForeignKey(
        RemittanceFile, null=True, blank=True, on_delete=models.PROTECT, related_name="remittances"
    )
    scan = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    trace = short_text(80)
    payer_name = short_text(120)
    payer_identifier = short_text(80)
    payee_npi = short_text(20)
    is_foreign = models.BooleanField(default=False)
    """Made out to another payee: shown, and posted by nobody without a reason."""
    foreign_reason = short_text(300)
    paid_on = models.DateField(null=True, blank=True)
    amount = dollars(default=0)
    provider_adjustments = models.JSONField(default=list, blank=True)
    """PLB entries: [{"reason", "reference", "cents"}], positive means taken from us."""
    is_balanced = models.BooleanField(default=False)
    problems = models.JSONField(default=list, blank=True)
    """Why it cannot be posted; empty for a sound one."""
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(null=True, blank=True)
    posted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["posted_at", "paid_on"], name="remittance_by_posting")]


class FormerScan(models.Model):
    """A scan of an EOB that another one replaced before the EOB was posted, and why. Rows are only added."""

    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="former_scans")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    reason = short_text(300)
    replaced_at = models.DateTimeField()
    replaced_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]


class RemittanceClaim(models.Model):
    """The payer's answer on one claim, as it stands in the remittance, with the claim of ours that it matches."""

    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="answers")
    position = models.PositiveIntegerField()
    claim = models.ForeignKey(Claim, null=True, blank=True, on_delete=models.PROTECT, related_name="answers")
    matched_by = short_text(80)
    """How it was matched, in words; empty while unmatched."""
    patient_control = short_text(50)
    """CLP01: the number that we sent."""
    payer_control = short_text(60)
    status_code = short_text(4)
    """CLP02: 1-4, 19-23, 25 …"""
    outcome = short_text(20)
    """paid, partly_paid, denied, patient_share, pended, predetermination, reversal"""
    charge = dollars()
    paid = dollars()
    patient_share = dollars()
    denied = dollars(default=0)
    service_date = models.DateField(null=True, blank=True)
    member_id = short_text(80)
    patient_name = short_text(120)
    remarks = models.JSONField(default=list, blank=True)
    segment = models.PositiveIntegerField(default=0)
    """Where the claim begins in the file, for the receipt of each number."""

    class Meta:
        ordering = ["remittance", "position"]
        indexes = [models.Index(fields=["claim", "-id"], name="answer_by_claim")]


class RemittanceLine(models.Model):
    """The payer's answer on one procedure."""

    answer = models.ForeignKey(RemittanceClaim, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    code = short_text(10)
    charge = dollars()
    paid = dollars()
    allowed = dollars(null=True, blank=True)
    line_control = short_text(50)
    remarks = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["position"]


class Adjustment(models.Model):
    """Group code + CARC + amount, on a line or on the whole claim (`line` empty)."""

    answer = models.ForeignKey(RemittanceClaim, on_delete=models.PROTECT, related_name="adjustments")
    line = models.ForeignKey(
        RemittanceLine, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustments"
    )
    position = models.PositiveIntegerField()
    group = models.CharField(max_length=2)
    carc = short_text(5)
    amount = dollars()

    class Meta:
        ordering = ["position"]
