"""Bringing a list in: its file, which column is which, and whether those that may be here already come along."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from claims.forms.base import Told
from claims.models import Import
from claims.targets import KINDS
from documentation.forms.fields import Chips
from documentation.tables import MOST_BYTES, Guess, guess


class ImportForm(Told, forms.Form):
    kind = forms.ChoiceField(
        label="What is each row?",
        choices=[(kind.key, kind.label) for kind in KINDS.values()],
        initial="patients",
        widget=Chips,
        error_messages={"required": "Say what the rows of this file are."},
    )
    file = forms.FileField(
        label="File",
        error_messages={
            "required": "Choose the file first.",
            "empty": "This file is empty. Choose another one.",
            "missing": "No file came through. Choose it again.",
        },
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            most = MOST_BYTES // 1024 // 1024
            raise ValidationError(f"This file is larger than {most} MB. Split it, and bring in the parts.")
        return file


class ColumnsForm(Told, forms.Form):
    """For each field the column that fills it: as chosen before, or as the headings say."""

    def __init__(self, data: Any = None, *, imported: Import, first: list[str]) -> None:
        self.guesses = guess(imported.what.targets, imported.heads)
        chosen = imported.columns or {key: found.column for key, found in self.guesses.items()}
        super().__init__(data, initial={key: str(place) for key, place in chosen.items()})
        self.imported, self.first = imported, first
        columns = [(str(n), f"{_letter(n)}: {head or 'without a heading'}") for n, head in enumerate(imported.heads)]
        for target in imported.what.targets:
            self.fields[target.key] = forms.ChoiceField(
                label=target.label,
                help_text=target.help,
                required=False,
                choices=[("", "None of them"), *columns],
                error_messages={"invalid_choice": "There is no such column. Choose another one."},
            )

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each field with how surely its column was guessed, and what the first row has there."""
        return [
            {
                "field": self[target.key],
                "is_needed": target.is_needed,
                "sure": self._sure(target.key, self.guesses.get(target.key)),
                "sample": self._sample(target.key),
            }
            for target in self.imported.what.targets
        ]

    @property
    def unused(self) -> list[str]:
        """Headings of columns that fill nothing."""
        used = {str(self[name].value() or "") for name in self.fields}
        return [head or _letter(n) for n, head in enumerate(self.imported.heads) if str(n) not in used]

    def columns(self) -> dict[str, int]:
        return {key: int(place) for key, place in self.cleaned_data.items() if place}

    def _sure(self, key: str, found: Guess | None) -> str:
        value = self[key].value()
        if not value:
            return "none"
        if found is None or str(found.column) != str(value):
            return "chosen"
        return "sure" if found.is_sure else "likely"

    def _sample(self, key: str) -> str:
        value = str(self[key].value() or "")
        place = int(value) if value.isascii() and value.isdigit() and len(value) < 4 else -1
        return self.first[place] if 0 <= place < len(self.first) else ""


def _letter(place: int) -> str:
    """A column's name in a spreadsheet: A to Z, then AA."""
    return (chr(64 + place // 26) if place >= 26 else "") + chr(65 + place % 26)


class BeginForm(Told, forms.Form):
    with_alike = forms.BooleanField(required=False)
