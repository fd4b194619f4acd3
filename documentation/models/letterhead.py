"""The pictures that stood, or stand, on the letterhead of the practice."""

from __future__ import annotations

from django.db import models

from documentation.models.images import StoredFile
from documentation.models.people import User


class Logo(models.Model):
    """A logo, cleaned of all but its pixels. Never changed or deleted: what was sealed with it can be made again."""

    picture = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"logo {self.pk}"
