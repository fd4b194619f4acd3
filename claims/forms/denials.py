"""Saying why a claim was denied, and how a denial came to an end."""

from __future__ import annotations

from typing import Any

from django import forms

from claims.forms.base import Told
from claims.models import Denial
from documentation.kernel.rule import Cause

TOO_LONG = "At most %(limit_value)s characters are kept; this has %(show_value)s. Please shorten it."


class CauseForm(Told, forms.Form):
    cause = forms.ChoiceField(
        label="Cause",
        choices=[(c.value, c.label) for c in Cause],
        error_messages={"invalid_choice": "Choose one of the causes offered here.", "required": "Choose a cause."},
    )
    cause_reason = forms.CharField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The manager's figures follow what you choose. What the codes say stays beside it.",
        error_messages={"required": "Say why: the figures follow what you choose.", "max_length": TOO_LONG},
    )

    def __init__(self, denial: Denial, data: Any = None) -> None:
        super().__init__(data, initial={"cause": denial.cause, "cause_reason": denial.cause_reason})


class ResolveForm(Told, forms.Form):
    resolution = forms.CharField(
        label="How did it end?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: corrected claim C000123 sent; billed to the medical plan; patient pays by the contract.",
        error_messages={"required": "Say how it was resolved.", "max_length": TOO_LONG},
    )


class CorrectForm(Told, forms.Form):
    reason = forms.CharField(
        label="What is corrected?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: the diagnosis, the side, the provider. It stays with the old claim.",
        error_messages={"required": "Say what is corrected.", "max_length": TOO_LONG},
    )


class VoidForm(Told, forms.Form):
    reason = forms.CharField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: billed to the wrong plan, started twice, the visit was not the patient's.",
        error_messages={"required": "Say why the claim is void.", "max_length": TOO_LONG},
    )
    told = forms.CharField(
        label="How was the payer told?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "The payer holds this claim. Say when and how it was told that the claim is void.",
            "max_length": TOO_LONG,
        },
    )

    def __init__(self, data: Any = None, *, is_with_payer: bool, payer_number: str = "") -> None:
        super().__init__(data)
        if not is_with_payer:
            del self.fields["told"]
            return
        number = f"its number {payer_number}" if payer_number else "the number that it gave the claim"
        self.fields["told"].help_text = (
            f"Ductus does not tell it. Send the claim as void (frequency code 8) with {number}, or call; then write"
            " down the day and the way."
        )


class WriteOffForm(Told, forms.Form):
    reason = forms.CharField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: contract with the plan, filed too late by our own fault, too small to pursue.",
        error_messages={"required": "Say why the rest is written off.", "max_length": TOO_LONG},
    )
