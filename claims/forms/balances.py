"""What a patient pays or gets back, and what a manager decides about the bill."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from claims.forms.base import Told
from claims.forms.denials import TOO_LONG
from claims.models.balances import PAYMENT_METHODS
from documentation.forms.fields import DATE_SHAPES, CleanField, sensible_year


class MoneyForm(Told, forms.Form):
    """A payment of the patient, or a refund."""

    amount = forms.DecimalField(
        label="Amount in dollars",
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
        error_messages={
            "required": "Give the amount.",
            "invalid": "This is not an amount. Give dollars and cents, such as 160.00.",
            "min_value": "The amount must be more than nothing. A refund is recorded as such.",
            "max_decimal_places": "An amount has at most two decimal places.",
        },
    )
    paid_on = forms.DateField(
        label="On",
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Give the day.",
            "invalid": "This is not a date. Give month, day and year, such as 11/18/2026.",
        },
    )
    method = forms.ChoiceField(
        label="By",
        choices=[("", "Choose"), *PAYMENT_METHODS],
        error_messages={
            "required": "Choose how it was paid.",
            "invalid_choice": "Choose one of the ways offered here.",
        },
    )
    reference = CleanField(
        label="Receipt or reference",
        max_length=60,
        required=False,
        help_text="Such as a receipt number. Never the number of a card.",
        error_messages={"max_length": TOO_LONG},
    )


class WhyForm(Told, forms.Form):
    """A reason, for what needs nothing else."""

    reason = CleanField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why.", "max_length": TOO_LONG},
    )

    def __init__(self, data: Any = None, *, example: str = "") -> None:
        super().__init__(data)
        self.fields["reason"].help_text = example
