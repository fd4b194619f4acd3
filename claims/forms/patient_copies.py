"""A patient's request for their record, as it is answered."""

from __future__ import annotations

from django import forms

from claims.forms.base import Told
from claims.models import WAYS_GIVEN, WHO_ASKED
from documentation.forms.fields import DATE_SHAPES, CleanField, sensible_year


class CopyForm(Told, forms.Form):
    asked_on = forms.DateField(
        label="Asked on",
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Give the day on which the request came.",
            "invalid": "This is not a date. Give month, day and year, such as 11/18/2026.",
        },
    )
    asked_by = forms.ChoiceField(
        label="Who asked",
        choices=[("", "Choose"), *WHO_ASKED],
        error_messages={"required": "Choose who asked for it."},
    )
    given_to = CleanField(
        label="To whom it goes",
        max_length=120,
        error_messages={"required": "Say to whom it goes."},
    )
    way = forms.ChoiceField(
        label="How", choices=[("", "Choose"), *WAYS_GIVEN], error_messages={"required": "Choose how it is given."}
    )
    request = CleanField(
        label="What was asked for",
        max_length=300,
        required=False,
        help_text="In the words of the request, or where it is filed.",
    )
