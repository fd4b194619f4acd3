"""Requests of patients to amend their record (45 CFR 164.526), what became of them, and the time to answer."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from documentation.kernel.amendments import GROUND, WAY, AnswerTime
from documentation.models.encounters import Encounter
from documentation.models.fields import prose, short_text, token
from documentation.models.patients import Patient
from documentation.models.people import User
from documentation.models.signatures import Addendum
from documentation.workflow import UNANSWERED, AmendmentStatus

_DAYS = [MinValueValidator(1), MaxValueValidator(365)]


class AmendmentTime(models.Model):
    """How long the practice has to answer, as somebody of it read it. Rows are only ever added; the newest counts.

    It counts instead of what came with the program (`kernel.amendments.SHIPPED`), for requests from `applies_from` on.
    """

    answer_days = models.PositiveSmallIntegerField(verbose_name="days to answer", validators=_DAYS)
    extension_days = models.PositiveSmallIntegerField(
        verbose_name="days of the one extension", validators=[MaxValueValidator(365)]
    )
    applies_from = models.DateField(null=True, blank=True, verbose_name="for requests from")
    source = short_text(200)
    verified_on = models.DateField(null=True, blank=True, verbose_name="verified on")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(source=""), name="amendment_time_has_a_source"),
            models.CheckConstraint(condition=models.Q(answer_days__gte=1), name="amendment_time_has_days"),
        ]

    def clean(self) -> None:
        if not self.source:
            raise ValidationError({"source": "Say where you read it. Without a source nobody can rely on it."})

    @property
    def time(self) -> AnswerTime:
        """The row as the clock sees it."""
        by = self.recorded_by.display_name if self.verified_on else ""
        return AnswerTime(self.answer_days, self.extension_days, self.source, self.applies_from, self.verified_on, by)


class AmendmentRequest(models.Model):
    """What a patient asked to have changed. Only its state moves; what was asked stays as it was taken in."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="amendments")
    received_on = models.DateField(verbose_name="received on")
    """From this day the time to answer runs."""
    way = token(WAY, verbose_name="how it came")
    encounter = models.ForeignKey(
        Encounter, null=True, blank=True, on_delete=models.PROTECT, related_name="amendments", verbose_name="about"
    )
    """The version of the record that is to be amended; None for the demographics."""
    wanted = short_text(500, verbose_name="what is to be changed")
    words = prose(4000, verbose_name="in the person's words")
    """Why, as the person says it."""
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in AmendmentStatus], default=AmendmentStatus.RECEIVED
    )
    revision = models.PositiveIntegerField(default=1)
    taken_in_at = models.DateTimeField()
    taken_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "received_on"], name="amendment_by_status")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=list(AmendmentStatus)), name="amendment_status_is_known"
            ),
            models.CheckConstraint(condition=~models.Q(wanted=""), name="amendment_says_what_is_wanted"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"AR{self.pk:06d}"

    @property
    def is_unanswered(self) -> bool:
        return self.status in UNANSWERED


class AmendmentStep(models.Model):
    """One thing that the practice or the patient said about a request. Rows are only ever added."""

    class Kind(models.TextChoices):
        EXTENDED = "extend", "Time extended"
        ACCEPTED = "accept", "Accepted"
        DENIED = "deny", "Denied"
        DISPUTED = "dispute", "Statement of disagreement"
        REBUTTED = "rebut", "Rebuttal of the practice"
        WITHDRAWN = "withdraw", "Withdrawn"

    request = models.ForeignKey(AmendmentRequest, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    """The step of the machine that it took."""
    said_on = models.DateField()
    """When the patient was told, or when their words came in."""
    said = prose(4000)
    """The reason, the statement, the rebuttal, or what was done."""
    until = models.DateField(null=True, blank=True)
    """The day by which an extended request is answered."""
    ground = token(GROUND)
    """Why it was denied."""
    addendum = models.ForeignKey(Addendum, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    encounter = models.ForeignKey(Encounter, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The signed version by which the record was amended."""
    corrected_at = models.DateTimeField(null=True, blank=True)
    """When the demographics were corrected."""
    tell = short_text(300)
    """Who else is told of what was amended."""
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["extend", "accept", "deny", "dispute", "rebut", "withdraw"]),
                name="amendment_step_is_known",
            ),
            models.CheckConstraint(condition=models.Q(kind="deny") ^ models.Q(ground=""), name="denial_has_a_ground"),
            models.CheckConstraint(
                condition=~models.Q(kind="extend") | models.Q(until__isnull=False), name="extension_has_an_end"
            ),
        ]
