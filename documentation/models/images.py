"""Files kept by content, and the pictures of an encounter."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from documentation.kernel import vocabulary as v
from documentation.models.encounters import Encounter, Finding, Row, between
from documentation.models.fields import short_text, token
from documentation.models.people import User


class StoredFile(models.Model):
    """Bytes in private storage, named by their SHA-256. The row exists only after the bytes are safely there."""

    sha256 = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=80)
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class EncounterImage(Row):
    """A picture: the original untouched, a clean copy, a screen copy and a thumbnail."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="images")
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    clean_copy = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    screen = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    thumbnail = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    original_name = short_text(255)
    frame = models.PositiveIntegerField(default=1)
    """Which picture of the original this is, from 1."""
    differs = models.JSONField(default=list, blank=True)
    """What the original said of patient and day otherwise than the chart, by name; never what it said."""
    differs_reason = short_text(300)
    """Why it was taken in all the same."""
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    flaws = models.JSONField(default=list, blank=True)
    """Tokens of `IMAGE_FLAW`, as they were found when the picture was taken in."""
    kind = token(v.IMAGE_KIND)
    caption = short_text(300)
    gland = token(v.GLAND)
    side = token(v.SIDE)
    segment = token(v.SEGMENT)
    view = short_text(120)
    captured_at = models.DateTimeField(null=True, blank=True)
    finding = models.ForeignKey(Finding, null=True, blank=True, on_delete=models.SET_NULL, related_name="images")
    finding_before = short_text(40)
    """Key of the finding that it showed until that one was taken out: put back, the finding has its pictures again."""
    key_image = models.BooleanField(default=False)
    reading = short_text(1000)
    revision = models.PositiveIntegerField(default=1)
    drawing_revision = models.PositiveIntegerField(default=0)
    """Counts every change of what is drawn on it: who draws on an older state is told."""
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(fields=["encounter", "original", "frame"], name="image_is_in_an_encounter_once")
        ]


class HeldUpload(models.Model):
    """A sound file that waits for a decision and is no part of the record: which of its pictures, or why this one."""

    encounter = models.ForeignKey(Encounter, on_delete=models.CASCADE, related_name="held_uploads")
    original = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sheet = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """All of its pictures in small, in tiles of one size."""
    original_name = short_text(255)
    frames = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    tile = models.JSONField(default=list)
    """Width and height of a tile, pixels."""
    identity = models.JSONField(default=dict)
    """Whom and which day the file names."""
    differs = models.JSONField(default=list)
    """What of that contradicts the chart."""
    held_at = models.DateTimeField()
    held_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["held_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["encounter", "original"], name="upload_is_held_once")]

    def __str__(self) -> str:
        return self.original_name


def _place() -> models.PositiveSmallIntegerField[int, int]:
    """A ten-thousandth of the width or height of the picture as displayed, from its left or top."""
    return models.PositiveSmallIntegerField(validators=between(0, 10_000))


class Annotation(Row):
    """A mark that somebody drew on a picture. It is kept as a vector; no file ever changes because of it."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="annotations")
    image = models.ForeignKey(EncounterImage, on_delete=models.CASCADE, related_name="annotations")
    key = short_text(24)
    """Names the mark within its picture, for as long as it is drawn there."""
    kind = token(v.ANNOTATION)
    x1 = _place()
    y1 = _place()
    x2 = _place()
    y2 = _place()
    label = short_text(48)
    ink = token(v.INK)
    length_mm = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        verbose_name="known length (mm)",
        validators=between(Decimal("0.05"), 90),
    )
    """Of a scale: how long its line is in truth."""
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    """Who drew it, or changed it last, at `drawn_at`."""
    drawn_at = models.DateTimeField()

    class Meta(Row.Meta):
        constraints = [models.UniqueConstraint(fields=["image", "key"], name="annotation_key_is_unique")]
