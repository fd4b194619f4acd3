"""What covers a patient: plans, the checks that they were active, permissions asked."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from claims.models.payers import YES_NO_UNKNOWN, Payer, choice
from claims.workflow import AUTHORIZATION, AuthorizationStatus
from documentation.kernel.vocabulary import RELATIONSHIP, SEX
from documentation.models import Encounter, Patient, StoredFile, User
from documentation.models.fields import AddressFields, Shape, TextList, index_of_filled, short_text, token


class Coverage(AddressFields):
    """One plan covering one patient. Where the patient holds it, the subscriber's fields and the address are empty."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="coverages")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="coverages")
    plan_name = short_text(120)
    group_number = short_text(40)
    member_id = short_text(40, verbose_name="member ID", validators=[Shape("member_id_problem")])
    priority = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(9)])
    relationship = token(RELATIONSHIP)
    effective_on = models.DateField(null=True, blank=True, verbose_name="in force from")
    terminated_on = models.DateField(null=True, blank=True, verbose_name="until")
    signature_on_file = models.BooleanField(null=True, blank=True)
    assignment_of_benefits = models.BooleanField(null=True, blank=True)
    subscriber_first_name = short_text(60)
    subscriber_last_name = short_text(60)
    subscriber_birth_date = models.DateField(null=True, blank=True)
    subscriber_sex = token(SEX)
    revision = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    """False once it was replaced or entered by mistake; claims that used it keep it."""

    class Meta:
        ordering = ["patient", "priority", "pk"]
        indexes = [
            models.Index(fields=["member_id"], name="coverage_by_member"),
            # Few patients have a second plan, or one that ended: both are found without looking at all the others.
            models.Index(fields=["priority", "patient"], name="coverage_by_priority"),
            models.Index(fields=["patient"], condition=models.Q(is_active=False), name="coverage_ended"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "payer", "member_id"],
                condition=models.Q(is_active=True),
                name="coverage_is_listed_once",
            ),
            models.UniqueConstraint(
                fields=["patient", "priority"],
                condition=models.Q(is_active=True),
                name="coverage_priority_is_taken_once",
            ),
            models.CheckConstraint(
                condition=models.Q(terminated_on__isnull=True)
                | models.Q(effective_on__isnull=True)
                | models.Q(terminated_on__gte=models.F("effective_on")),
                name="coverage_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer} {self.plan_name}".strip()


PRIOR_AUTHORIZATION = [("required", "Required"), ("not_required", "Not required"), ("unknown", "Not known")]


class EligibilityCheck(models.Model):
    """A dated answer on whether the coverage is active and what it pays. Amounts in dollars, the share in per cent."""

    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="eligibility_checks")
    checked_on = models.DateField()
    method = choice([("portal", "Portal"), ("phone", "Phone"), ("edi", "Electronic")])
    reference = short_text(60)
    active = models.BooleanField()
    covers_specialized_diagnostics = choice(YES_NO_UNKNOWN, default="unknown")
    deductible_remaining = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    annual_maximum_remaining = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    coinsurance_percent = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(100)])
    encounter = models.ForeignKey(
        Encounter, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="eligibility_checks"
    )
    """The visit for which it was asked; None where it was asked for none."""
    representative = short_text(60)
    """Who answered, on the phone."""
    deductible = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    annual_maximum = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    prior_authorization = choice(PRIOR_AUTHORIZATION, default="unknown")
    """Whether it must be authorized before, as the payer said for this patient."""
    begins_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    """First and last day of the plan, as the payer said; the plan takes them over."""
    frequency_limit = short_text(120)
    """How often the plan pays for it, in the payer's words."""
    waiting_until = models.DateField(null=True, blank=True)
    """The last day of a waiting period."""
    next_check_on = models.DateField(null=True, blank=True)
    answer = models.ForeignKey(
        StoredFile, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    """The payer's electronic answer (271) that the check was taken from."""
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-checked_on", "-pk"]
        indexes = [
            index_of_filled("encounter", "eligibility_by_visit"),
            index_of_filled("answer", "eligibility_by_answer"),
        ]


class Authorization(models.Model):
    """Permission asked of a payer (prior authorization), or an estimate asked of it (predetermination)."""

    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="authorizations")
    kind = choice([("prior_authorization", "Prior authorization"), ("predetermination", "Predetermination")])
    status = models.CharField(
        max_length=20,
        choices=[(s.value, AUTHORIZATION.label(s)) for s in AuthorizationStatus],
        default=AuthorizationStatus.REQUESTED,
    )
    number = short_text(50)
    codes = models.JSONField(default=list, blank=True, validators=[TextList(5)])
    """Codes it speaks of; an empty list means any."""
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    units = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(999)]
    )
    """How many times it may be used; None where the payer set no number."""
    requested_on = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    note = short_text(200)
    """What the payer attached to it, or why it refused."""
    letter = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The payer's letter, as a clean copy of its scan."""
    original = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The letter as it came, byte for byte; None where only the clean copy was kept."""
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="authorization_ends_after_it_begins",
            ),
        ]
