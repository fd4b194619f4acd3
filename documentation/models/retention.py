"""How long the practice keeps what, legal holds, and decisions to keep a patient's records longer."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from documentation.models.fields import short_text
from documentation.models.patients import Patient
from documentation.models.people import User
from documentation.retention.periods import KINDS, MOST_YEARS, STARTS, WHOM, Kind, Period, Start, Whom


class RetentionPeriod(models.Model):
    """One period as somebody of the practice read it. Rows are only ever added; the newest of a key counts.

    It counts instead of what came with the program (`documentation.retention.periods.SHIPPED`).
    """

    key = models.CharField(max_length=40)
    """Of a period that came with the program, or `own.1` and on."""
    kind = models.CharField(max_length=48, choices=[(k.value, words) for k, words in KINDS.items()])
    name = short_text(80)
    years = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_YEARS)])
    start = models.CharField(max_length=48, choices=[(s.value, words) for s, words in STARTS.items()])
    """From when the years count."""
    whom = models.CharField(
        max_length=48, choices=[(w.value, words) for w, words in WHOM.items()], default=Whom.EVERYBODY.value
    )
    is_used = models.BooleanField(default=True)
    """False: it does not apply to this practice; the source says why."""
    source = short_text(200)
    verified_on = models.DateField(null=True, blank=True)
    notes = short_text(300)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["key"], name="retention_period_by_key")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(source=""), name="retention_period_has_a_source"),
            models.CheckConstraint(condition=models.Q(years__gte=1), name="retention_period_has_years"),
        ]

    def clean(self) -> None:
        if not self.name:
            raise ValidationError({"name": "Say what it is called, such as the law that asks for it."})
        if not self.source:
            raise ValidationError({"source": "Say where you read it. Without a source nobody can rely on it."})
        if (self.kind == Kind.MAJORITY) != (self.start == Start.BIRTH):
            raise ValidationError({"start": "Only the age of majority counts from birth, and from nothing else."})

    @property
    def period(self) -> Period:
        """The row as the count sees it."""
        return Period(
            self.key,
            Kind(self.kind),
            self.name,
            self.years,
            Start(self.start),
            self.source,
            Whom(self.whom),
            self.notes,
            self.verified_on,
            self.recorded_by.display_name if self.verified_on else "",
            self.pk,
            self.is_used,
        )


class LegalHold(models.Model):
    """Nothing of this patient may be removed, whatever period has ended. It ends by a release, with a reason."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="legal_holds")
    reason = short_text(500)
    asked_by = short_text(120)
    """Who asked for it: a court, a lawyer, an insurer, an agency."""
    from_on = models.DateField()
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    release_reason = short_text(500)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["patient"], condition=models.Q(released_at=None), name="legal_hold_in_force"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="legal_hold_has_a_reason"),
            models.CheckConstraint(condition=~models.Q(asked_by=""), name="legal_hold_says_who_asked"),
            models.CheckConstraint(
                condition=models.Q(released_at=None) | ~models.Q(release_reason=""),
                name="legal_hold_is_released_with_a_reason",
            ),
        ]


class KeptLonger(models.Model):
    """A decision to keep one patient's records beyond every period. Rows are only ever added; the latest day counts."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="kept_longer")
    until = models.DateField()
    reason = short_text(500)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="kept_longer_has_a_reason")]
