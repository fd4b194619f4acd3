"""What the practice wrote down of the time that appeals have, who was reminded of what, and the feeds of calendars."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from claims.clocks.counting import ARRIVALS, CLOSED, SHORT_MONTHS, UNITS, Arrival, Closed, Limit, ShortMonth, Unit
from claims.clocks.paths import HIGHEST, LAGS, REGIMES, RESERVE, STAGES, Path, Stage
from claims.models.appeals import Appeal
from claims.models.claims import Claim
from claims.models.denials import Denial
from claims.models.payers import choice
from documentation.models import User
from documentation.models.fields import short_text

LONGEST = {Unit.DAY: 3650, Unit.BUSINESS_DAY: 2500, Unit.MONTH: 120}
"""Of a time limit, by what it counts."""
CHANNEL_LABELS = {lag.channel: lag.label for lag in (*LAGS, RESERVE)}


class AppealPath(models.Model):
    """One level of one regime as somebody of the practice read it. Rows are only ever added; the newest counts.

    It counts instead of what came with the program (`claims.clocks.paths.SHIPPED`), for events from `applies_from` on.
    """

    regime = choice([(r.value, words) for r, words in REGIMES.items()])
    level = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(HIGHEST)])
    name = short_text(60)
    stage = choice([(s.value, words) for s, words in STAGES.items()], default=Stage.APPEAL.value)
    """What kind of level it is: it decides of the letter and where that goes."""
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    unit = choice([(u.value, words) for u, words in UNITS.items()], default=Unit.DAY.value)
    presumed_days = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(30)])
    closed = choice([(c.value, words) for c, words in CLOSED.items()], default=Closed.STANDS.value)
    short_month = choice([(s.value, words) for s, words in SHORT_MONTHS.items()], default=ShortMonth.LAST.value)
    arrival = choice([(a.value, words) for a, words in ARRIVALS.items()], default=Arrival.RECEIVED.value)
    decide_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    """Days in which the payer decides, from the sending; None is not known."""
    decider = short_text(80)
    notes = short_text(300)
    applies_from = models.DateField(null=True, blank=True)
    source = short_text(200)
    verified_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["regime", "level"], name="appeal_path_by_level")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(source=""), name="appeal_path_has_a_source"),
            models.CheckConstraint(condition=models.Q(level__gte=1), name="appeal_path_has_a_level"),
        ]

    def clean(self) -> None:
        if not self.source:
            raise ValidationError({"source": "Say where you read it. Without a source nobody can rely on it."})
        longest = LONGEST.get(Unit(self.unit), 3650) if self.unit in list(Unit) else 3650
        if self.number and self.number > longest:
            raise ValidationError({"number": f"At most {longest:,} {UNITS[Unit(self.unit)]} can be counted."})

    @property
    def path(self) -> Path:
        """The row as the clock sees it."""
        limit = Limit(
            self.number,
            Unit(self.unit),
            self.presumed_days,
            Closed(self.closed),
            Arrival(self.arrival),
            ShortMonth(self.short_month),
        )
        return Path(
            self.regime,
            self.level,
            self.name,
            limit,
            self.source,
            Limit(self.decide_days) if self.decide_days else None,
            self.decider,
            self.notes,
            self.applies_from,
            self.verified_on,
            self.recorded_by.display_name if self.verified_on else "",
            self.pk,
            Stage(self.stage),
        )


class SendingLag(models.Model):
    """How many business days a channel takes, as the practice counts. Rows are only ever added; the newest counts."""

    channel = choice(list(CHANNEL_LABELS.items()))
    days = models.PositiveSmallIntegerField(validators=[MaxValueValidator(30)])
    source = short_text(200)
    verified_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(source=""), name="sending_lag_has_a_source")]


class Reminder(models.Model):
    """That a person was told of a last day that comes near, once for each step. It holds nothing of a patient.

    The day is part of what makes it one of its kind: where a last day moves, people are told anew.
    """

    denial = models.ForeignKey(Denial, null=True, blank=True, on_delete=models.PROTECT, related_name="reminders")
    """The denial whose time to appeal runs; None of a claim that is to be filed."""
    appeal = models.ForeignKey(Appeal, null=True, blank=True, on_delete=models.PROTECT, related_name="reminders")
    """The appeal that is to be sent; None while none was started."""
    claim = models.ForeignKey(Claim, null=True, blank=True, on_delete=models.PROTECT, related_name="reminders")
    """The claim whose time to file runs; None of a denial."""
    to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reminders")
    step = models.SmallIntegerField()
    """Days before the last day to send: 14, 7, 1; -1 when it has passed."""
    due_on = models.DateField()
    """The last day for the payer."""
    leave_on = models.DateField()
    """The last safe day to send, from which the steps are counted."""
    is_escalation = models.BooleanField(default=False)
    """Whether it went to a manager beside those who do the work."""
    told_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    """When it no longer counted: the day had moved, a later step was told, or the appeal had left."""

    class Meta:
        ordering = ["-told_at", "leave_on", "pk"]
        indexes = [models.Index(fields=["to", "seen_at"], name="reminder_by_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["denial", "to", "due_on", "leave_on", "step"], name="reminder_is_told_once"
            ),
            models.UniqueConstraint(fields=["claim", "to", "due_on", "leave_on", "step"], name="filing_is_told_once"),
            models.CheckConstraint(
                condition=models.Q(denial=None) ^ models.Q(claim=None), name="reminder_is_of_a_denial_or_a_filing"
            ),
        ]

    @property
    def about(self) -> Claim:
        """The claim that must leave, or whose appeal must."""
        return self.claim or self.denial.claim  # type: ignore[union-attr]  # one of the two is there


class CalendarLink(models.Model):
    """A secret address from which one person's calendar reads the last days. Only the SHA-256 of its token is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calendar_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(revoked_at=None), name="person_has_one_calendar_link"
            )
        ]


PEER_OUTCOMES = [
    ("agreed", "Will be paid"),
    ("upheld", "The denial stands"),
    ("documents", "Wants documents"),
    ("not_held", "Was not held"),
]


class PeerToPeer(models.Model):
    """A call of one of our clinicians with a reviewer of the payer about a denial. It stops no clock; rows stay."""

    denial = models.ForeignKey(Denial, on_delete=models.PROTECT, related_name="peer_calls")
    held_on = models.DateField()
    clinician = short_text(80)
    reviewer = short_text(80)
    credential = short_text(40)
    specialty = short_text(60)
    outcome = choice(PEER_OUTCOMES)
    reference = short_text(60)
    note = short_text(500)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-held_on", "-pk"]
