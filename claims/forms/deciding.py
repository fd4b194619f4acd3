"""Deciding about a denial, its next step, and a write-off that a second person looks at."""

from __future__ import annotations

from typing import Any

from django import forms

from claims.forms.base import Told
from claims.forms.denials import TOO_LONG
from documentation.forms.fields import DATE_SHAPES, CleanField, sensible_year


class DecideForm(Told, forms.Form):
    reason = CleanField(
        label="Why this way?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stays with the denial, for the next person and for the practice's own record.",
        error_messages={
            "required": "Say why: the next person, and the practice's own record, rest on it.",
            "max_length": TOO_LONG,
        },
    )


class NextForm(Told, forms.Form):
    next_action = CleanField(label="Next step", max_length=200, required=False)
    next_on = forms.DateField(
        label="By",
        required=False,
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "This is not a date. Give month, day and year, such as 11/18/2026."},
    )


class SecondForm(Told, forms.Form):
    """What the second person says; a refusal needs a reason."""

    answer = forms.ChoiceField(
        label="Your decision",
        choices=[("approve", "Approve: the amount is written off"), ("refuse", "Refuse: the claim stays open")],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether you approve or refuse.",
            "invalid_choice": "Choose one of the two.",
        },
    )
    reason = CleanField(
        label="Why?",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed for a refusal.",
        error_messages={"max_length": TOO_LONG},
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("answer") == "refuse" and not values.get("reason", "").strip():
            self.add_error("reason", "Say why it is refused.")
        return values
