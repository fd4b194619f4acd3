"""Checking a packet: the ZIP file, or its SHA-256."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

MOST_BYTES = 60_000_000
"""No packet comes near; a larger file is not read."""


class VerifyForm(forms.Form):
    file = forms.FileField(
        label="The packet as a ZIP file", required=False, widget=forms.FileInput(attrs={"accept": ".zip"})
    )
    sha256 = forms.CharField(
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
