"""How a patient's plans go together: what decides their order, who confirmed it, what was agreed with their payers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from claims.models.coverage import Coverage
from claims.models.payers import YES_NO_UNKNOWN, Payer, choice
from claims.shares.plans import METHOD_LABELS
from documentation.kernel.dates import short_date
from documentation.models import Encounter, Patient, User
from documentation.models.fields import short_text

UNKNOWN = ("unknown", "Not known")
PROGRAMS = [
    ("commercial", "Commercial or employer's plan"),
    ("medicare", "Medicare"),
    ("medicaid", "Medicaid"),
    ("liability", "Workers' compensation, auto or liability"),
]
EMPLOYMENTS = [
    ("active", "Active work"),
    ("retired", "Retirement or lay-off"),
    ("cobra", "COBRA or state continuation"),
    ("individual", "Bought by the person"),
    UNKNOWN,
]
SIZES = [("under_20", "Under 20"), ("20_to_99", "20 to 99"), ("100_or_more", "100 or more"), UNKNOWN]
MEDICARE_REASONS = [("age", "Age"), ("disability", "Disability"), ("kidney", "Kidney disease"), UNKNOWN]
PARENTS = [
    ("together", "Parents together"),
    ("joint", "Joint custody"),
    ("court_order", "A court's order"),
    ("custodial", "Has custody"),
    ("custodial_spouse", "Custodian's spouse"),
    ("other_parent", "Other parent"),
    ("other_spouse", "Other parent's spouse"),
    UNKNOWN,
]
METHODS = [*((m.value, label) for m, label in METHOD_LABELS.items()), UNKNOWN]
COB_CHANNELS = [("data", "As data on the claim"), ("attachment", "As the first plan's EOB, attached"), UNKNOWN]
NETWORKS = [("in", "In network"), ("out", "Out of network"), UNKNOWN]


class CoverageTerms(models.Model):
    """What is known of one plan that decides its place among several. Unknown decides nothing."""

    coverage = models.OneToOneField(Coverage, on_delete=models.PROTECT, related_name="terms")
    program = choice(PROGRAMS, default="commercial")
    has_cob_clause = choice(YES_NO_UNKNOWN, default="unknown")
    employment = choice(EMPLOYMENTS, default="unknown")
    employer_size = choice(SIZES, default="unknown")
    medicare_reason = choice(MEDICARE_REASONS, default="unknown")
    kidney_since = models.DateField(null=True, blank=True)
    parent = choice(PARENTS, default="unknown")
    held_since = models.DateField(null=True, blank=True)
    """Since when without a gap; the coverage's own first day where it is empty."""
    cob_method = models.CharField(max_length=24, choices=METHODS, default="unknown")
    """How it counts what another plan paid; unknown means: as its payer does."""
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")


class PlanOrder(models.Model):
    """That a person confirmed in which order a patient's plans pay.

    Rows are only ever added; of those that rest on the same facts the newest counts.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="plan_orders")
    order = models.JSONField()
    """Keys of the coverages, the first payer first."""
    rule = short_text(20)
    """The rule that suggested it between the first two plans; empty where a person chose."""
    why = short_text(500)
    """The sentence of the suggestion as the person saw it."""
    reason = short_text(500)
    """Why the person chose another order than the suggested one."""
    facts_sha256 = models.CharField(max_length=64)
    """Sum of what was known then; while it is the same now, the confirmation stands."""
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]


class PayerTerms(models.Model):
    """What was agreed with a payer, and how it coordinates. Rows are only ever added; the newest counts."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="terms")
    network = choice(NETWORKS, default="unknown")
    allowed = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    """What it allows for the sialoendoscopy, in dollars: the contracted fee, or its usual one out of network."""
    cob_method = models.CharField(max_length=24, choices=METHODS, default="unknown")
    cob_as = choice(COB_CHANNELS, default="unknown")
    """How it wants to be told what the first plan paid."""
    secondary_clock = choice(
        [("service", "From the day of service"), ("primary", "From the first plan's answer"), UNKNOWN],
        default="unknown",
    )
    """When its time to file begins where it pays second."""
    source = short_text(200)
    verified_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    @property
    def revision(self) -> int:
        """What a form remembers of the version that it showed."""
        return self.pk

    def why_stale(self, day: date) -> str:
        """Why it cannot be relied on for a day, to follow 'it'; empty while it can."""
        return why_terms_stale(self.verified_on, self.recorded_at, day)


def why_terms_stale(verified_on: date | None, recorded_at: datetime, day: date) -> str:
    """The same for a row of a list. Without a day on which they were verified, terms are as old as their record."""
    known_on = verified_on or recorded_at.date()
    if day - known_on <= timedelta(days=settings.PLAYBOOK_DAYS):
        return ""
    return f"was last verified on {short_date(known_on)}, more than {settings.PLAYBOOK_DAYS} days before"


class SelfPayRestriction(models.Model):
    """The patient pays in full and asked that no plan is told of the visit (45 CFR 164.522(a)(1)(vi)).

    While it stands no claim of the visit may leave. It is lifted with a reason, never removed.
    """

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="restrictions")
    asked_on = models.DateField()
    reason = short_text(500)
    paid_in_full = models.BooleanField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = short_text(500)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["encounter"], condition=models.Q(lifted_at__isnull=True), name="restriction_stands_once"
            ),
        ]
