"""Who sends the practice's electronic files, and who takes them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from claims.edi.claim_837 import QUALIFIERS
from documentation.models.fields import short_text

_ID = RegexValidator(r"^[A-Za-z0-9]{2,15}\Z", "An ID has 2 to 15 letters and digits, as the clearinghouse gave it.")
KINDS = [(q, {"30": "30: a tax ID", "ZZ": "ZZ: agreed between the two"}.get(q, q)) for q in QUALIFIERS]


class FileParties(models.Model):
    """The IDs that stand at the head of the practice's electronic files. One row; without it the server's settings say
    them. An empty sender is the location's tax ID; an empty receiver is the payer of the claims.
    """

    sender = short_text(15, verbose_name="our ID", validators=[_ID])
    sender_qualifier = models.CharField(max_length=2, choices=KINDS, default="ZZ", verbose_name="kind of our ID")
    receiver_name = short_text(60, verbose_name="name of the clearinghouse")
    receiver = short_text(15, verbose_name="ID of the clearinghouse", validators=[_ID])
    receiver_qualifier = models.CharField(max_length=2, choices=KINDS, default="ZZ", verbose_name="kind of its ID")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="file_parties_are_one")]

    def clean(self) -> None:
        if self.receiver_name and not self.receiver:
            raise ValidationError({"receiver": "Give the ID by which the clearinghouse takes files."})
