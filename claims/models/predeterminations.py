"""What a payer is asked before anything is done: the procedures of a visit to come, for one plan."""

from __future__ import annotations

from typing import Any

from django.db import models

from claims.models.coverage import Authorization, Coverage
from claims.models.remittances import RemittanceClaim
from claims.models.transmissions import Transmission
from documentation.models import Encounter, User


def number_of_asking(key: int) -> str:
    """The number of a predetermination, by its key. No claim's number begins like it."""
    return f"PD{key:06d}"


class Predetermination(models.Model):
    """A predetermination that was asked for electronically. It is no claim: no list and no figure counts it as one.

    Whether it waits or was answered is told by its `authorization`, where an answer on paper is written down, too.
    """

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="predeterminations")
    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="predeterminations")
    authorization = models.OneToOneField(Authorization, on_delete=models.PROTECT, related_name="asking")
    lines: models.JSONField[Any, Any] = models.JSONField(default=list)
    """[{"code": "D0371", "cents": 85000, "area": "40"}]: what was asked, as it stands in the file."""
    transmission = models.OneToOneField(
        Transmission, null=True, on_delete=models.PROTECT, related_name="predetermination"
    )
    """Its file; None only while it is being written."""
    changes: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    """What leaves otherwise than it was recorded, in sentences."""
    acknowledged: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    """What a TA1, 999 or 277CA said of its file, the newest last: [{"kind", "outcome", "reasons", "on"}].
    Nobody decided by that; a rejected question has to be asked again.
    """
    answer = models.OneToOneField(
        RemittanceClaim, null=True, blank=True, on_delete=models.PROTECT, related_name="predetermination"
    )
    """The newest electronic answer (835), once its check is posted."""
    estimated = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    """Dollars that the payer says it would pay; None where no electronic answer came."""
    patient_share = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    """Dollars that would be left to the patient, by the same answer."""
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def is_rejected(self) -> bool:
        """Whether its file came back unread: nobody was asked by it. Whatever else was said of it, in whatever order
        it was taken in, changes that no more than a TA1 does.
        """
        return any(said["outcome"] == "rejected" for said in self.acknowledged)

    @property
    def number(self) -> str:
        return number_of_asking(self.pk)
