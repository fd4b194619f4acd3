"""What a payer said when it was asked for a claim."""

from __future__ import annotations

from django import forms

from claims.forms.base import Told
from claims.models.calls import CALL_OUTCOMES
from documentation.forms.fields import DATE_SHAPES, CleanField, sensible_year

_DAY = {
    "required": "Give the day.",
    "invalid": "This is not a date. Give month, day and year, such as 11/18/2026.",
}


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DAY,
    )


class CallForm(Told, forms.Form):
    called_on = _day("Asked on")
    outcome = forms.ChoiceField(
        label="What the payer said",
        choices=[("", "Choose"), *CALL_OUTCOMES],
        error_messages={"required": "Choose what the payer said."},
    )
    representative = CleanField(label="Who answered", max_length=60, required=False)
    reference = CleanField(label="Reference of the call", max_length=60, required=False)
    note = CleanField(label="Note", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    next_on = _day("Ask again on")
