"""What a person is told of: something happened to what concerns them since they last looked."""

from __future__ import annotations

from django.db import models

from documentation.models.people import User


class Notice(models.Model):
    """One thing that happened, for one person. It holds numbers alone: its words are made when it is shown, and what
    the person may not see any more is not shown.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices", db_index=False)
    kind = models.CharField(max_length=20)
    """What happened: a key of the words of its source."""
    about = models.CharField(max_length=12)
    """What it happened to: `claim`, `encounter` or `job`."""
    subject = models.PositiveBigIntegerField()
    """The key of that row."""
    cause = models.CharField(max_length=80)
    """What it is told for; a person is told the same only once."""
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Who did it; None where the program did."""
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-told_at", "-pk"]
        indexes = [
            models.Index(fields=["person", "about"], condition=models.Q(read_at=None), name="notices_unread"),
            models.Index(fields=["person", "-told_at"], name="notices_of_a_person"),
            models.Index(fields=["read_at"], name="notices_by_reading"),
        ]
        constraints = [models.UniqueConstraint(fields=["person", "cause"], name="notice_is_told_once")]

    def __str__(self) -> str:
        return f"{self.about} {self.subject}: {self.kind}"
