"""A phrase while somebody writes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from documentation.forms.fields import CleanField
from documentation.models import Phrase
from documentation.rules.prompts import FIELDS


class PhraseForm(forms.Form):
    """The field, a name, the words. `may_share` offers the choice between one's own and everybody's."""

    field = forms.ChoiceField(
        label="For the field",
        choices=[(field, name) for _, field, name, _ in FIELDS],
        error_messages={"required": "Choose the field for which this phrase is."},
    )
    title = CleanField(label="Name", required=False, max_length=80, help_text="By which you find it.")
    body = CleanField(
        label="Words",
        required=False,
        multiline=True,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Prompts stand in square brackets, such as [size]. An unfilled one cannot be signed.",
    )
    shared = forms.BooleanField(label="For everybody in the practice", required=False)

    def __init__(self, data: Any = None, phrase: Phrase | None = None, *, may_share: bool, field: str = "") -> None:
        given = {"field": field}
        if phrase:
            given = {"field": phrase.field, "title": phrase.title, "body": phrase.body}
        super().__init__(data, initial={**given, "shared": phrase.owner_id is None if phrase else may_share})
        if not may_share:
            del self.fields["shared"]

    @property
    def values(self) -> dict[str, Any]:
        return {"shared": False, **self.cleaned_data}

    def take_errors(self, error: ValidationError) -> None:
        """Put the sentences of the service to their fields."""
        for name, sentences in error.message_dict.items():
            self.add_error(name if name in self.fields else None, sentences)
