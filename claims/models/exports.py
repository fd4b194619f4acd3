"""What was taken out of Ductus as a whole: everything of the practice, or everything of one patient."""

from __future__ import annotations

from django.db import models

from claims.models.payers import choice
from documentation.models import Patient, StoredFile, User
from documentation.models.fields import short_text


class FullExport(models.Model):
    """One export of everything. Its ZIP lies in `EXPORT_ROOT` until somebody or the night removes it."""

    why = short_text(200)
    """What it is for, in the words of the person who asked."""
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_running = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    """Of the whole ZIP; empty until it is whole."""
    size = models.PositiveBigIntegerField(default=0)
    """Bytes of the ZIP."""
    rows = models.PositiveBigIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    """Stored files that storage no longer had as they were kept."""
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """None where the night removed it."""

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_running"], condition=models.Q(is_running=True), name="full_exports_run_alone"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def is_there(self) -> bool:
        """Whether it ended with a ZIP that was not removed."""
        return bool(self.sha256) and self.removed_at is None

    @property
    def name(self) -> str:
        """What its ZIP is called: nothing of whom it is."""
        return f"ductus-export-{self.asked_at:%Y%m%d}-{self.pk}.zip"


WHO_ASKED = [
    ("patient", "The patient"),
    ("representative", "Their personal representative"),
    ("directed", "The patient, for somebody they named"),
]
WAYS_GIVEN = [
    ("hand", "Handed over"),
    ("mail", "By mail"),
    ("portal", "Through a portal"),
    ("email", "By e-mail, as they wished"),
]


class PatientCopy(models.Model):
    """The record of one patient as it was given on request (45 CFR 164.524). Rows are only ever added."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="copies")
    asked_on = models.DateField()
    """When the request came in: from then on the practice's time to answer runs."""
    asked_by = choice(WHO_ASKED)
    given_to = short_text(120, verbose_name="to whom")
    way = choice(WAYS_GIVEN)
    request = short_text(300, verbose_name="what was asked for")
    """In the words of the request, or where it is filed."""
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    """The ZIP exactly as it was given."""
    contents = models.JSONField(default=list)
    """Names of the files in it."""
    left_out = models.JSONField(default=list)
    """Sentences on what is not in it, and why."""
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"copy {self.pk}"
