"""What payers answered: checks with their claims, lines and adjustments, from an 835 or a typed EOB."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
from claims.models.payers import choice
from documentation.models import StoredFile, User
from documentation.models.fields import index_of_filled, prose, short_text


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
    digest = short_text(64)
    """SHA-256 of its transaction set, without the envelope: another check under the same key is told by it. Empty for
    a typed EOB."""
    source = choice([("835", "Electronic (835)"), ("eob", "Typed from an EOB")])
    file = models.ForeignKey(
        RemittanceFile, null=True, blank=True, on_delete=models.PROTECT, related_name="remittances"
    )
    scan = models.ForeignKey(
        StoredFile, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    """The clean copy of an EOB on paper, which is shown and goes along."""
    original = models.ForeignKey(
        StoredFile, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    """The scan as it came, byte for byte; None where only the clean copy was kept."""
    trace = short_text(80)
    payer_name = short_text(120)
    payer_identifier = short_text(80)
    payee_name = short_text(120)
    payee_npi = short_text(20)
    payee_tax_id = short_text(20)
    is_test = models.BooleanField(default=False)
    """Its file says that it is a test (ISA15 = T): no money moved with it."""
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
        indexes = [
            models.Index(fields=["posted_at", "paid_on"], name="remittance_by_posting"),
            models.Index(fields=["-recorded_at", "-id"], name="remittance_by_day"),
            index_of_filled("scan", "remittance_by_scan"),
            index_of_filled("original", "remittance_by_original"),
        ]


class FormerScan(models.Model):
    """A scan of an EOB that another one replaced before the EOB was posted, and why. Rows are only added."""

    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="former_scans")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    original = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """As for the check itself."""
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
    match_score = models.PositiveSmallIntegerField(default=0)
    """How sure the program was, of 100; 0 where a person matched it, or nothing did."""
    matched_person = models.ForeignKey(
        User, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    """Who matched it by hand: only such a match can be taken back."""
    split_of = models.ForeignKey(
        "self", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="parts"
    )
    """The answer of the payer that this is a part of, where one answer speaks of several claims. Parts hold copies of
    its lines; sums over a check leave them out.
    """
    parked_at = models.DateTimeField(null=True, blank=True)
    parked_by = models.ForeignKey(
        User, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    parked_reason = short_text(300)
    """Why nobody need look at an answer that matches no claim."""
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
    pended = dollars(default=0)
    """What the payer has not decided yet."""
    service_date = models.DateField(null=True, blank=True)
    member_id = short_text(80)
    patient_name = short_text(120)
    crossover_name = short_text(120)
    """NM1*TT: the plan that the payer says it passed the claim on to; empty where it names none."""
    crossover_id = short_text(80)
    remarks = models.JSONField(default=list, blank=True)
    printed = prose(2000)
    """What an EOB on paper says of it, word for word."""
    segment = models.PositiveIntegerField(default=0)
    """Where the claim begins in the file, for the receipt of each number."""

    class Meta:
        ordering = ["remittance", "position"]
        indexes = [
            models.Index(fields=["claim", "-id"], name="answer_by_claim"),
            models.Index(fields=["payer_control"], name="answer_by_payer_control"),
            index_of_filled("matched_person", "answer_by_matcher"),
            index_of_filled("split_of", "answer_by_whole"),
            index_of_filled("parked_by", "answer_by_parker"),
        ]


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
    """Group code + CARC + amount, on a line or on the whole claim (`line` empty).

    Group ZZ is a reason of the payer's own, as it printed it.
    """

    answer = models.ForeignKey(RemittanceClaim, on_delete=models.PROTECT, related_name="adjustments")
    line = models.ForeignKey(
        RemittanceLine, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustments"
    )
    position = models.PositiveIntegerField()
    group = models.CharField(max_length=2)
    carc = short_text(12)
    amount = dollars()

    class Meta:
        ordering = ["position"]


class EobSpot(models.Model):
    """Where a number of a typed EOB stands on its scan: a page and a box, in ten-thousandths of its width and height.

    `field` is the name of the form's field, such as trace or lines-0-paid.
    """

    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="spots")
    field = short_text(40)
    page = models.PositiveSmallIntegerField(default=1)
    left = models.PositiveSmallIntegerField()
    top = models.PositiveSmallIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["page", "top", "left"]
        constraints = [models.UniqueConstraint(fields=["remittance", "field"], name="eob_spot_is_one_a_number")]
