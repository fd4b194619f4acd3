"""The person treated. The row stays correctable; signed records keep what they said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.db import models

from documentation.kernel.vocabulary import SEX
from documentation.models.beginning import BeginningField
from documentation.models.fields import AddressFields, Shape, index_of_filled, short_text, token


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
    search_text = models.CharField(max_length=2000, editable=False, default="")
    created_at = models.DateTimeField()
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, editable=False, db_index=False, on_delete=models.PROTECT, related_name="merged"
    )
    """The patient who stays, where this one was the same person registered twice."""

    class Meta:
        ordering = ["last_name", "first_name", "pk"]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="patient_by_name"),
            models.Index(fields=["birth_date"], name="patient_by_birth_date"),
            models.Index(fields=["phone"], name="patient_by_phone"),
            index_of_filled("merged_into", "patient_by_heir"),
        ]
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

    def make_search_text(self, merged: Iterable[Patient] = ()) -> str:
        """What a search looks at: names, chart number, birth date and number, without case and accents.

        `merged` are those who were merged into this patient: they are found as this one, and no longer by themselves.
        """
        if self.merged_into_id:
            return ""
        parts: list[str] = []
        for one in (self, *merged):
            number = one.number if one.pk else ""
            parts += [one.first_name, one.middle_name, one.last_name, one.chart_number, f"{one.birth_date:%Y-%m-%d}"]
            parts += [f"{one.birth_date:%m/%d/%Y}", number]
        return plain(" ".join(p for p in parts if p))[:2000]


class PatientWord(models.Model):
    """A word by which a patient is found: what people type begins one. They follow from `search_text`."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="words")
    word = BeginningField(max_length=120)

    class Meta:
        indexes = [
            # A pattern's beginning is looked up by its letters, whatever the language of the database.
            models.Index(fields=["word", "patient"], name="patient_word", opclasses=["varchar_pattern_ops", "int8_ops"])
        ]

    def __str__(self) -> str:
        return f"word {self.pk}"


def words_of(search_text: str) -> list[str]:
    """The words of a patient. Where one is put together, it is found from each of its parts on, and without its signs:
    Smith-Jones by jones, O'Neil by neil and oneil; and a number by what follows its letters and its zeros.
    """
    found: dict[str, None] = {}
    for word in search_text.translate(_APOSTROPHES).split():
        found[word[:120]] = None
        if not _DATE.fullmatch(word):  # a date is found by its beginning alone
            tails = [word[sign.end() :] for sign in _SIGNS.finditer(word)]
            every = [word, _SIGNS.sub("", word), *tails]
            every += [number[1] for part in every for number in (_NUMBER.match(part), _NO_ZEROS.match(part)) if number]
            found |= dict.fromkeys(part[:120] for part in every if part)
    return list(found)


def typed_words(typed: str) -> list[str]:
    """What a search asks for: words as people type them, without the signs around them; nothing of signs alone."""
    words = (word.strip(_AROUND) for word in plain(typed).replace(",", " ").replace(";", " ").split())
    return [word for word in words if _SIGNS.sub("", word)]


_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}")
_SIGNS = re.compile(r"[^\w]+")
_NUMBER = re.compile(r"[^\W\d_]+(\d.*)")
_NO_ZEROS = re.compile(r"[^\W\d_]*0+([1-9].*)")
_AROUND = ".,;-'"
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u0060\u00b4"), "'")


def plain(value: str) -> str:
    """Lower case without accents: Łukasz, José and O'Neil are found however they are typed."""
    value = value.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("Ø", "O").translate(_APOSTROPHES)
    decomposed = unicodedata.normalize("NFKD", value)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
