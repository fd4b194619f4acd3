"""The person treated. The row stays correctable; signed records keep what they said."""

from __future__ import annotations

import unicodedata

from django.db import models

from documentation.kernel.vocabulary import SEX
from documentation.models.fields import AddressFields, Shape, short_text, token


class Patient(AddressFields):
    chart_number = short_text(30, unique=True)
    first_name = short_text(60)
    middle_name = short_text(60)
    last_name = short_text(60)
    birth_date = models.DateField()
    sex = token(SEX)
    phone = short_text(10, validators=[Shape("phone_problem")])
    email = models.EmailField(blank=True, default="")
    revision = models.PositiveIntegerField(default=1)
    search_text = models.CharField(max_length=400, editable=False, default="")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["last_name", "first_name", "pk"]
        indexes = [models.Index(fields=["last_name", "first_name", "id"], name="patient_by_name")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(last_name=""), name="patient_has_a_last_name"),
            models.CheckConstraint(condition=~models.Q(chart_number=""), name="patient_has_a_chart_number"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"P{self.pk:06d}"

    @property
    def full_name(self) -> str:
        return " ".join(p for p in (self.first_name, self.middle_name, self.last_name) if p)

    def make_search_text(self) -> str:
        """What a search looks at: names, chart number, birth date and number, without case and accents."""
        number = self.number if self.pk else ""
        parts = [self.first_name, self.middle_name, self.last_name, self.chart_number, f"{self.birth_date:%Y-%m-%d}"]
        parts += [f"{self.birth_date:%m/%d/%Y}", number]
        return plain(" ".join(p for p in parts if p))[:400]


def plain(value: str) -> str:
    """Lower case without accents: Łukasz, José and O'Neil are found however they are typed."""
    value = value.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("Ø", "O")
    decomposed = unicodedata.normalize("NFKD", value)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
