"""Packets: evidence for them, reasons of supplements, and checking one by its ZIP file or its SHA-256."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from claims.channels import CHANNELS
from claims.channels.seen import AS_IT_IS, NOTE_ONLY
from claims.forms.base import Told
from claims.forms.uploads import PaperField
from claims.models import EVIDENCE_KINDS, FROM_PAYER
from documentation.forms.fields import DATE_SHAPES, CleanField, sensible_year

MOST_BYTES = 60_000_000
"""Most that the public page reads; a packet of many long documents may be larger, and is checked by its SHA-256."""


class EvidenceForm(Told, forms.Form):
    """A document that proves something about a claim."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=[
            ("", "Choose"),
            ("To send", [(key, words) for key, words in EVIDENCE_KINDS if key not in FROM_PAYER]),
            ("From the payer: stays here", [(key, words) for key, words in EVIDENCE_KINDS if key in FROM_PAYER]),
        ],
        error_messages={"required": "Choose one."},
    )
    title = CleanField(
        label="Title",
        required=False,
        max_length=120,
        help_text="As the payer shall read it, such as: Ultrasound of the neck.",
        error_messages={"max_length": "At most %(limit_value)s characters fit. Shorten it."},
    )
    came_from = CleanField(
        label="From whom",
        required=False,
        max_length=120,
        help_text="The office, payer or person that it came from. It is for the shelf; the payer does not read it.",
        error_messages={"max_length": "At most %(limit_value)s characters fit. Shorten it."},
    )
    dated_on = forms.DateField(
        label="Day on the document",
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the day that stands on the document.", "invalid": "Give a day."},
    )
    file = PaperField(label="File", help_text="PDF, JPEG or PNG, at most 20 MB and 40 pages.")


class VisitDocumentForm(EvidenceForm):
    """The same for a visit, to which no payer sends anything."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=[("", "Choose"), *((key, words) for key, words in EVIDENCE_KINDS if key not in FROM_PAYER)],
        error_messages={"required": "Choose one."},
    )


class UnobtainableForm(Told, forms.Form):
    reason = CleanField(
        label="Why can it not be had?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: The office closed in 2024 and its records cannot be found.",
        error_messages={"required": "Say why it cannot be had, in a few words: a colleague will read it."},
    )


class SupplementForm(Told, forms.Form):
    reason = CleanField(
        label="Why is it added now?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands on the cover. Name the payer's request where there was one.",
        error_messages={"required": "Say why it is added now: the payer reads it on the cover."},
    )
    channel = forms.ChoiceField(
        label="How it leaves",
        choices=[(c.key, c.name) for c in CHANNELS if c.key not in NOTE_ONLY],
        initial=AS_IT_IS,
        required=False,
        help_text="The files of the channel are sealed with it. Where it does not fit, every reason is told.",
    )
    was_asked = forms.BooleanField(
        label="The payer asked for it",
        required=False,
        help_text="Then a document goes along that the payer does not want unasked.",
    )

    def clean_channel(self) -> str:
        return str(self.cleaned_data.get("channel") or AS_IT_IS)


class VerifyForm(forms.Form):
    file = forms.FileField(
        label="The packet as a ZIP file", required=False, widget=forms.FileInput(attrs={"accept": ".zip"})
    )
    sha256 = CleanField(
        label="or its SHA-256",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_sha256(self) -> str:
        given = re.sub(r"[\s:]", "", str(self.cleaned_data["sha256"])).lower()
        if given and not re.fullmatch(r"[0-9a-f]{64}", given):
            raise ValidationError("A SHA-256 has 64 characters, 0-9 and a-f.")
        return given

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not values.get("file") and not values.get("sha256"):
            raise ValidationError("Choose the ZIP file, or paste its SHA-256.")
        return values

    def digest(self) -> str:
        """The SHA-256 of what was given; the file counts where both are."""
        file = self.cleaned_data.get("file")
        if not file:
            return str(self.cleaned_data["sha256"])
        sum_of = hashlib.sha256()
        for chunk in file.chunks():
            sum_of.update(chunk)
        return sum_of.hexdigest()
