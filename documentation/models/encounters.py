"""One visit at which sialoendoscopy was planned or done, with the sections of its record.

Every table here belongs to one encounter and is locked by triggers once that encounter is signed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from documentation.kernel import vocabulary as v
from documentation.models.fields import TextList, index_of_filled, prose, short_text, token, tokens
from documentation.models.patients import Patient
from documentation.models.people import Clinician, Location, User
from documentation.workflow import LOCKED, EncounterStatus

MILLIMETRES: dict[str, Any] = {"max_digits": 5, "decimal_places": 1, "null": True, "blank": True}


def between(low: int | float | Decimal, high: int | float) -> list[Any]:
    return [MinValueValidator(low), MaxValueValidator(high)]


def amount(low: str, high: str, places: int = 1, **options: Any) -> models.DecimalField:
    """A measured amount, or none; its unit stands in its name. The limits are taken exactly: a float 1.2 is less."""
    ends = [MinValueValidator(Decimal(low)), MaxValueValidator(Decimal(high))]
    digits = len(high.partition(".")[0]) + places
    return models.DecimalField(
        max_digits=digits, decimal_places=places, null=True, blank=True, validators=ends, **options
    )


def whole(low: int, high: int, **options: Any) -> models.PositiveSmallIntegerField:
    """A whole number, or none; its unit stands in its name."""
    return models.PositiveSmallIntegerField(null=True, blank=True, validators=between(low, high), **options)


class Encounter(models.Model):
    """A visit. It begins planned, is documented as a draft, and is locked when signed."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="encounters")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="encounters")
    service_date = models.DateField()
    start_time = models.TimeField(null=True, blank=True)
    end_time = models.TimeField(null=True, blank=True)
    place_of_service = models.CharField(
        max_length=2,
        default="11",
        validators=[RegexValidator(r"^[0-9]{2}$", "Place of service is two digits, such as 11.")],
    )
    assistant = short_text(120)
    intake_by = short_text(400, verbose_name="intake by")
    """Names of those who wrote into the record while the visit was planned, in the order in which they came."""
    intake_at = models.DateTimeField(null=True, blank=True)
    """When the last of them saved."""
    sialoendoscopy_performed = models.BooleanField(null=True, blank=True, verbose_name="endoscope in the duct")
    status = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in EncounterStatus], default=EncounterStatus.PLANNED
    )
    version = models.PositiveSmallIntegerField(default=1)
    """1, and one more for every unlock; earlier versions stay as they were signed."""
    previous = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="followers",
    )
    """The signed version that this one was made from; abandoned attempts may stand beside the one that counts."""
    origin = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="later_versions",
    )
    """The first version of the same visit; empty for the first one itself."""
    revision = models.PositiveIntegerField(default=1)
    """Counts every save: a page that saw an older one is stale."""
    unlock_reason = short_text(500)
    """Why a signed version was opened again as this one; empty for the first version."""
    to_confirm = models.JSONField(default=list, blank=True)
    """Values filled in for somebody, each as kernel.pending.Mark: where, whence, by whom, when. None counts yet."""
    section_revisions = models.JSONField(default=dict, blank=True)
    """The revision at which each section was last saved, by section key."""
    case_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    """The id of the case file it came from, if any."""
    case_sha256 = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["service_date", "start_time", "pk"]
        indexes = [
            models.Index(fields=["status", "service_date", "id"], name="encounter_by_status"),
            models.Index(fields=["clinician", "status", "service_date"], name="encounter_by_clinician"),
            models.Index(fields=["patient", "service_date"], name="encounter_by_patient"),
            models.Index(fields=["service_date", "id"], name="encounter_by_day"),
            models.Index(fields=["clinician", "service_date"], name="encounter_by_diary"),
            index_of_filled("previous", "encounter_by_previous"),
            index_of_filled("origin", "encounter_by_origin"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=list(EncounterStatus)), name="encounter_status_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=sorted(s.value for s in LOCKED)) | models.Q(to_confirm=[]),
                name="encounter_signed_is_confirmed",
            ),
            models.UniqueConstraint(
                fields=["previous"],
                condition=~models.Q(status=EncounterStatus.CANCELLED.value) & models.Q(previous__isnull=False),
                name="encounter_has_one_next_version",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"E{self.pk:06d}"

    @property
    def visit_key(self) -> int:
        """Names the visit: the same for all versions of its record."""
        key: int = self.origin_id or self.pk
        return key

    @property
    def is_locked(self) -> bool:
        return self.status in LOCKED

    def section_revision(self, section: str) -> int:
        return int(self.section_revisions.get(section, 0))


class Section(models.Model):
    """A part of the record that exists once in every encounter."""

    encounter = models.OneToOneField(Encounter, on_delete=models.PROTECT, primary_key=True)

    class Meta:
        abstract = True


class Row(models.Model):
    """A part of the record that repeats; `position` keeps the order in which it was given, from 1."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering = ["position"]


class Justification(Section):
    """Why the examination was needed."""

    indications = tokens(v.INDICATION)
    symptoms = tokens(v.SYMPTOM)
    gland = token(v.GLAND, verbose_name="gland with the complaint")
    side = token(v.SIDE, verbose_name="side with the complaint")
    onset_on = models.DateField(null=True, blank=True, verbose_name="since")
    episodes_per_month = models.PositiveSmallIntegerField(null=True, blank=True, validators=between(0, 999))
    relation_to_meals = models.BooleanField(null=True, blank=True, verbose_name="worse at meals")
    pain = models.PositiveSmallIntegerField(null=True, blank=True, validators=between(0, 10))
    statement = prose()
    change_of_care = prose(verbose_name="how the result changes care")
    risk_without = prose(verbose_name="risk without the examination")
    history = tokens(v.HISTORY)
    history_note = short_text(1000, verbose_name="details of the history")
    sources = models.JSONField(default=dict, blank=True)


class PriorCare(Row):
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="prior_care")
    type = token(v.PRIOR_CARE)
    from_on = models.DateField(null=True, blank=True, verbose_name="from")
    to_on = models.DateField(null=True, blank=True, verbose_name="to")
    result = short_text(500)


class PriorImaging(Row):
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="prior_imaging")
    modality = token(v.IMAGING_MODALITY)
    done_on = models.DateField(null=True, blank=True, verbose_name="date")
    result = token(v.IMAGING_RESULT)
    inconclusive = models.BooleanField(null=True, blank=True, verbose_name="left the question open")
    limitation = short_text(500, verbose_name="what it could not show")


class Procedure(Section):
    consent_on = models.DateField(null=True, blank=True, verbose_name="consent obtained on")
    consent_by = short_text(120, verbose_name="consent obtained by")
    anesthesia = token(v.ANESTHESIA)
    anesthesia_agent = short_text(200, verbose_name="agent")
    anesthesia_dose_mg = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True, verbose_name="dose (mg)", validators=between(0, 10_000)
    )
    anesthesia_by = short_text(120, verbose_name="anesthesia given by")
    scope_type = token(v.SCOPE_TYPE)
    scope_maker = short_text(80)
    scope_model = short_text(80)
    scope_serial = short_text(80)
    scope_outer_diameter_mm = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        verbose_name="outer diameter (mm)",
        validators=between(0.5, 2.5),
    )
    scope_channel_mm = amount("0.2", "1.2", 2, verbose_name="working channel (mm)")
    irrigation = short_text(200)
    irrigation_ml = whole(0, 500, verbose_name="irrigation (mL)")
    complications = tokens(v.COMPLICATION)
    complication_grade = token(v.COMPLICATION_GRADE, verbose_name="grade of the complication")
    complication_note = short_text(1000, verbose_name="course of the complication")


class GlandExamined(Row):
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="glands")
    gland = token(v.GLAND)
    side = token(v.SIDE)
    duct = token(v.DUCT)
    access = token(v.ACCESS)
    extent = token(v.EXTENT)
    complete = models.BooleanField(null=True, blank=True)
    incomplete_causes = tokens(v.INCOMPLETE_CAUSE, verbose_name="what ended it")
    incomplete_reason = short_text(500)
    not_judged = tokens(v.SEGMENT, verbose_name="what could not be judged")
    next_steps = tokens(v.NEXT_STEP, verbose_name="what follows")
    lsd_l = token(v.LSD_L, verbose_name="LSD: stone")
    lsd_s = token(v.LSD_S, verbose_name="LSD: stenosis")
    lsd_d = token(v.LSD_D, verbose_name="LSD: dilatation")


class Finding(Row):
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="findings")
    key = short_text(40)
    """Names the finding within its encounter; interventions, images and the interpretation refer to it."""
    type = token(v.FINDING)
    gland = token(v.GLAND)
    side = token(v.SIDE)
    segment = token(v.SEGMENT)
    distance_from_papilla_mm = models.DecimalField(**MILLIMETRES, validators=between(0, 90))
    size_mm = models.DecimalField(**MILLIMETRES, validators=between(0, 90))
    width_mm = models.DecimalField(**MILLIMETRES, validators=between(0, 90))
    count = models.PositiveSmallIntegerField(null=True, blank=True, validators=between(0, 999))
    mobility = token(v.MOBILITY)
    visibility = token(v.VISIBILITY)
    palpable = models.BooleanField(null=True, blank=True)
    lumen_percent = models.PositiveSmallIntegerField(null=True, blank=True, validators=between(0, 100))
    length_mm = models.DecimalField(**MILLIMETRES, validators=between(0, 90))
    passable = token(v.PASSABLE)
    distribution = token(v.DISTRIBUTION)
    severity = token(v.DEGREE)
    appearance = short_text(200)
    """Colour and surface."""
    not_imaged_reason = short_text(500)
    note = short_text(1000)

    class Meta(Row.Meta):
        constraints = [models.UniqueConstraint(fields=["encounter", "key"], name="finding_key_is_unique")]


class Intervention(Row):
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="interventions")
    finding = models.ForeignKey(Finding, null=True, blank=True, on_delete=models.SET_NULL, related_name="interventions")
    type = token(v.INTERVENTION)
    device = short_text(120)
    diameter_mm = amount("0.1", "10", verbose_name="diameter (mm)")
    pressure_atm = amount("0", "30", verbose_name="pressure (atm)")
    duration_s = whole(0, 7200, verbose_name="duration (s)")
    drug = short_text(120)
    dose_mg = amount("0", "10000", 2, verbose_name="dose (mg)")
    volume_ml = amount("0", "500", verbose_name="volume (mL)")
    size_fr = amount("0.5", "12", verbose_name="stent (French)")
    planned_days = whole(0, 365, verbose_name="stent stays (days)")
    retrieval = token(v.RETRIEVAL)
    to_pathology = models.BooleanField(null=True, blank=True, verbose_name="sent to pathology")
    note = short_text(500)


class Interpretation(Section):
    """The clinician's reading of the images with its clinical relevance."""

    text = prose(verbose_name="interpretation")
    clinical_relevance = prose()
    quality = short_text(200, verbose_name="image quality")
    comparison = prose(verbose_name="comparison with prior studies")
    findings = models.JSONField(default=list, blank=True, validators=[TextList(40)])
    """Keys of the findings that the interpretation speaks of."""
    sources = models.JSONField(default=dict, blank=True)
    """By field, the sentences that were composed from facts: [{"text", "facts", "digest"}]."""


class PlanOfCare(Section):
    diagnoses = models.JSONField(default=list, blank=True, validators=[TextList(8, 12, "icd10_problem")])
    """ICD-10-CM codes with the dot, the principal one first."""
    recommendations = models.JSONField(default=list, blank=True, validators=[TextList(500)])
    follow_up_days = models.PositiveSmallIntegerField(
        null=True, blank=True, verbose_name="next visit in (days)", validators=between(0, 3650)
    )
    measures = tokens(v.CARE_AFTER)
    stent_removal_on = models.DateField(null=True, blank=True, verbose_name="stent comes out on")
    warning_signs = models.BooleanField(null=True, blank=True, verbose_name="told when to return at once")
    statement = prose(verbose_name="plan")
    sources = models.JSONField(default=dict, blank=True)


class OtherProcedure(Row):
    """Another service of the same day, billed on the same claim."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="other_procedures")
    code = models.CharField(
        max_length=5, validators=[RegexValidator(r"^[A-Z0-9]{5}$", "A procedure code has five characters.")]
    )
    fee = models.DecimalField(max_digits=9, decimal_places=2, validators=between(0, 9_999_999))
    documented = models.BooleanField(default=False)


class Presence(models.Model):
    """Who has a draft open, and when the page was last heard of."""

    encounter = models.ForeignKey(Encounter, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    section = short_text(20)
    page = short_text(22)
    """Which opening of a page was heard of last, as drawn for it."""
    is_left = models.BooleanField(default=False)
    """That opening was closed. Kept, so that a sign of life still under way does not bring it back."""
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["encounter", "user"], name="presence_is_one_a_person")]


class Phrase(models.Model):
    """A practice's own wording for a field, with prompts in square brackets that must be filled before signing."""

    field = short_text(60)
    """Such as `interpretation.text`."""
    title = short_text(80)
    body = prose(4000)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    """Whose it is; empty for everybody's."""
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["field", "title"]
        constraints = [models.UniqueConstraint(fields=["field", "title", "owner"], name="phrase_title_is_taken_once")]
