"""What a person says of an answer that matches no claim."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from claims.forms.base import Told
from claims.forms.denials import TOO_LONG
from claims.forms.remittances import MatchForm
from claims.models import Claim, RemittanceLine
from documentation.forms.fields import CleanField


class ParkForm(Told, forms.Form):
    """Why an answer is put aside."""

    reason = CleanField(
        label="Why it is put aside",
        max_length=300,
        error_messages={
            "required": "Say why it is put aside, such as: billed in the former system.",
            "max_length": TOO_LONG,
        },
    )


class SplitForm(Told, forms.Form):
    """A claim for each line of an answer."""

    def __init__(self, data: Any, lines: list[RemittanceLine]) -> None:
        super().__init__(data)
        for n, line in enumerate(lines, start=1):
            self.fields[f"claim{n}"] = CleanField(label=f"Line {n}, {line.code}", max_length=13)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        claims: list[Claim] = []
        for name in self.fields:
            if name in self.errors:
                continue
            form = MatchForm({"number": values.get(name, "")})
            if form.is_valid():
                claims.append(form.cleaned_data["number"])
            else:
                self.add_error(name, ValidationError(form.errors["number"].as_data()))
        values["claims"] = claims
        return values
