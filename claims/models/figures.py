"""The manager's figures, kept in the same transaction as what they count."""

from __future__ import annotations

from django.db import models

from claims.figures.measures import DIMENSIONS, MEASURES
from claims.models.claims import Claim
from claims.models.payers import Payer
from claims.models.remittances import dollars
from documentation.models import Clinician, Location, User
from documentation.models.fields import short_text


class ClaimFigures(models.Model):
    """One row for each claim: everything that the dashboard adds up, already counted."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True, related_name="figures")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    service_date = models.DateField()
    submitted_on = models.DateField(null=True, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    """Date of the first adjudication."""
    paid_on = models.DateField(null=True, blank=True)
    """Date of the first payment, or of the answer that left everything to the patient."""
    billed = dollars(default=0)
    paid = dollars(default=0)
    initially_denied = models.BooleanField(default=False)
    first_cause = short_text(20)
    first_denied = dollars(default=0)
    """What the first answer denied: a dollar at risk is counted once, however often it is denied."""
    paid_first_time = models.BooleanField(default=False)
    at_risk = dollars(default=0)
    """Denied and still open."""
    at_risk_until = models.DateField(null=True, blank=True)
    appeals_decided = models.PositiveSmallIntegerField(default=0)
    appeals_overturned = models.PositiveSmallIntegerField(default=0)
    recovered = dollars(default=0)
    plan_name = short_text(120)
    code = short_text(5)
    """Of the first line."""
    biller = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Who recorded the first sending; None before that."""
    stands = models.BooleanField(default=True)
    """Whether it counts as a claim of its own in the rates: not void, and not in the place of another."""
    sendings = models.PositiveSmallIntegerField(default=0)
    rejections = models.PositiveSmallIntegerField(default=0)
    """How many of the sendings came back before a decision."""
    arrived = models.BooleanField(default=False)
    """Accepted, or answered by the payer."""
    denied_on = models.DateField(null=True, blank=True)
    """Of the first denial."""
    appealed_on = models.DateField(null=True, blank=True)
    """Of the first appeal that was sent."""
    appealed = dollars(default=0)
    """What was denied and is decided on appeal; each denial once, whatever number of levels it took."""
    regained = dollars(default=0)
    """Paid or won after the first answer, at most what that denied."""
    written_off = dollars(default=0)
    """Given up by the practice's own decision, and not taken back."""
    owed = dollars(default=0)
    """What the payer still owes: all that was billed before it decides; then what is denied and open, and what it has
    not decided or pended of a claim that it answered in part."""
    idle_since = models.DateTimeField(null=True, blank=True)
    """Since when it waits for the practice and nothing was done; None where it does not. Of all moments that lie within
    a day at the practice, it does not matter which one it is."""
    waits_since = models.DateField(null=True, blank=True)
    """The day on which it was sent last, while its payer owes the first answer and nobody here has to do something
    first; None else. A claim about which the payer was called since waits in any case."""
    ask_again_on = models.DateField(null=True, blank=True)
    """Of what waits, the day that the last call since it was sent gave for the next one."""

    class Meta:
        indexes = [
            models.Index(fields=["service_date", "payer"], name="figures_by_date"),
            models.Index(fields=["answered_on", "initially_denied"], name="figures_by_answer"),
            models.Index(fields=["service_date"], condition=models.Q(owed__gt=0), name="figures_owed"),
            models.Index(
                fields=["at_risk_until"], condition=models.Q(at_risk_until__isnull=False), name="figures_until"
            ),
            # What is at risk is read off the index alone, narrowed or not.
            models.Index(
                fields=[
                    *("service_date", "at_risk_until", "at_risk", "payer", "plan_name", "clinician", "biller"),
                    *("location", "code", "first_cause"),
                ],
                condition=models.Q(at_risk__gt=0),
                name="figures_risk_by_day",
            ),
            # Few claims are appealed: their days are looked at one by one, for the median.
            models.Index(
                fields=[
                    *("service_date", "denied_on", "appealed_on", "payer", "plan_name", "clinician", "biller"),
                    *("location", "code", "first_cause"),
                ],
                condition=models.Q(appealed_on__isnull=False),
                name="figures_appeal_days",
            ),
            # What is stuck is read off the index alone, narrowed or not.
            models.Index(
                fields=[
                    *("idle_since", "owed", "payer", "plan_name", "clinician", "biller", "location", "code"),
                    *("first_cause", "claim"),
                ],
                condition=models.Q(idle_since__isnull=False),
                name="figures_idle",
            ),
            models.Index(
                fields=[
                    *("waits_since", "ask_again_on", "payer", "plan_name", "owed", "clinician", "biller", "location"),
                    *("code", "first_cause", "claim"),
                ],
                condition=models.Q(waits_since__isnull=False),
                name="figures_waiting",
            ),
        ]


class FiguresSum(models.Model):
    """A summand of the figures of all claims of one month, payer, plan, clinician, biller, place, code and cause.

    Rows are only added and taken together, never changed: who changes a claim adds the difference, in the same
    transaction, and waits for nobody. `services.figures.fold` puts the rows of one cell together; their sum stays.
    """

    month = models.DateField()
    """The first day of the month of service."""
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    plan_name = short_text(120)
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+", db_index=False)
    biller = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = short_text(5)
    first_cause = short_text(20)

    class Meta:
        indexes = [models.Index(fields=["month", "payer"], name="figures_sum_by_month")]


for _name in MEASURES:
    FiguresSum.add_to_class(_name, models.BigIntegerField(default=0))

SUMMAND = (*DIMENSIONS, *MEASURES)
"""The fields of a summand, in their order."""


class FiguresCheck(models.Model):
    """One recount of all figures: when, of how many claims, and how many differed. Rows are only added."""

    checked_at = models.DateTimeField()
    claims = models.PositiveIntegerField()
    differences = models.PositiveIntegerField()
    """Claims with other figures than a recount gives."""
    months = models.PositiveIntegerField(default=0)
    """Months of service whose sums are not those of their claims."""

    class Meta:
        ordering = ["-checked_at", "-pk"]

    @property
    def is_true(self) -> bool:
        """Whether nothing differed."""
        return not (self.differences or self.months)

    @property
    def found(self) -> str:
        """What differed, as the subject of a sentence: 'the figures of 2 claims and the sums of 1 month'."""
        parts = ((self.differences, "the figures of", "claim"), (self.months, "the sums of", "month"))
        return " and ".join(f"{what} {n:,} {of}{'' if n == 1 else 's'}" for n, what, of in parts if n)
