"""Lists brought in from another program: which file, by whom, and what each of its rows became."""

from __future__ import annotations

from django.db import models

from claims.targets import KINDS, Kind
from documentation.models import User
from documentation.models.fields import short_text


class Import(models.Model):
    """One file. Its rows are kept as they were read until they are brought in; then the record alone holds them."""

    class State(models.TextChoices):
        READ = "read", "To be looked at"
        BRINGING = "bringing", "Being brought in"
        DONE = "done", "Brought in"
        UNDONE = "undone", "Taken back"

    kind = models.CharField(max_length=12, choices=[(kind.key, kind.label) for kind in KINDS.values()])
    file_name = short_text(120)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    """Bytes."""
    how = short_text(160)
    """How it was read, in words."""
    heads = models.JSONField()
    columns = models.JSONField(default=dict)
    """By the key of each field, the place of its column from 0; empty until somebody looked at the guesses."""
    total = models.PositiveIntegerField()
    """Rows below the headings."""
    with_alike = models.BooleanField(default=False)
    """Whether rows that may be somebody who is here already are brought in, too."""
    state = models.CharField(max_length=10, choices=State, default=State.READ)
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(null=True, blank=True)
    begun_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def what(self) -> Kind:
        return KINDS[self.kind]


class ImportRow(models.Model):
    """One row of the file. `outcome` is empty until it was tried."""

    class Outcome(models.TextChoices):
        BROUGHT = "brought", "Brought in"
        KNOWN = "known", "Here already"
        ALIKE = "alike", "May be here already"
        FAULTY = "faulty", "Faulty"
        TAKEN_BACK = "taken_back", "Taken back"

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    """As a spreadsheet counts: the headings are row 1."""
    cells = models.JSONField()
    """As they were read; empty once the row was brought in."""
    problem = short_text(300)
    """Why the row as a whole could not be read."""
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    said = models.JSONField(default=list)
    """Pairs of a column's heading and a sentence: why it was not brought in, or could not be taken back."""
    became = models.PositiveBigIntegerField(null=True)
    """The key of the row that it became, also where that is no longer there."""

    class Meta:
        ordering = ["of", "number"]
        indexes = [models.Index(fields=["of", "outcome", "number"], name="import_rows_by_outcome")]
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="import_row_stands_once")]

    def __str__(self) -> str:
        return f"row {self.number}"
