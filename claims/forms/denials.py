"""Saying why a claim was denied, and how a denial came to an end."""

from __future__ import annotations

from typing import Any

from django import forms

from claims.forms.base import Told
from claims.models import Denial
from claims.models.clocks import PEER_OUTCOMES
from documentation.forms.fields import DATE_SHAPES, CleanField, sensible_year
from documentation.kernel.rule import Cause

TOO_LONG = "At most %(limit_value)s characters are kept; this has %(show_value)s. Please shorten it."


class CauseForm(Told, forms.Form):
    cause = forms.ChoiceField(
        label="Cause",
        choices=[(c.value, c.label) for c in Cause],
        error_messages={"invalid_choice": "Choose one of the causes offered here.", "required": "Choose a cause."},
    )
    cause_reason = CleanField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The manager's figures follow what you choose. What the codes say stays beside it.",
        error_messages={"required": "Say why: the figures follow what you choose.", "max_length": TOO_LONG},
    )

    def __init__(self, denial: Denial, data: Any = None) -> None:
        super().__init__(data, initial={"cause": denial.cause, "cause_reason": denial.cause_reason})


class ResolveForm(Told, forms.Form):
    resolution = CleanField(
        label="How did it end?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: corrected claim C000123 sent; billed to the medical plan; patient pays by the contract.",
        error_messages={"required": "Say how it was resolved.", "max_length": TOO_LONG},
    )


class PeerForm(Told, forms.Form):
    """A peer-to-peer call as it was held."""

    held_on = forms.DateField(
        label="Day of the call",
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Give the day of the call.",
            "invalid": "This is not a date. Give month, day and year, such as 11/18/2026.",
        },
    )
    outcome = forms.ChoiceField(
        label="What came of it",
        choices=[("", "Choose"), *PEER_OUTCOMES],
        error_messages={
            "required": "Choose what came of it.",
            "invalid_choice": "Choose one of the outcomes offered here.",
        },
    )
    clinician = CleanField(label="Who spoke for us", max_length=80, required=False)
    reviewer = CleanField(label="Reviewer of the payer", max_length=80, required=False)
    credential = CleanField(label="Credential", max_length=40, required=False, help_text="Such as DDS or MD.")
    specialty = CleanField(label="Specialty", max_length=60, required=False)
    reference = CleanField(label="Reference of the call", max_length=60, required=False)
    note = CleanField(label="What was said", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class CorrectForm(Told, forms.Form):
    reason = CleanField(
        label="What is corrected?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: the diagnosis, the side, the provider. It stays with the old claim.",
        error_messages={"required": "Say what is corrected.", "max_length": TOO_LONG},
    )


class VoidForm(Told, forms.Form):
    reason = CleanField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: billed to the wrong plan, started twice, the visit was not the patient's.",
        error_messages={"required": "Say why the claim is void.", "max_length": TOO_LONG},
    )
    told = CleanField(
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
    reason = CleanField(
        label="Why?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: contract with the plan, filed too late by our own fault, too small to pursue.",
        error_messages={"required": "Say why the rest is written off.", "max_length": TOO_LONG},
    )
    with_share = forms.BooleanField(required=False)
    shown = CleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, shown: str = "", due: str = "", is_unanswered: bool = False) -> None:
        """`shown` is what the page tells of the claim: where it is otherwise when the form comes back, the person
        decided on something else. `due` is what the patient owes, in words, where that may be given up besides the
        rest; empty where not. `is_unanswered` says that the payer never answered all of the claim.
        """
        super().__init__(data, initial={"shown": shown})
        if is_unanswered:
            self.fields["reason"].label = "How was the payer asked, and why is it given up?"
            self.fields["reason"].help_text = "Such as: called on October 3 and 17, not on file, filing limit passed."
        if not due:
            del self.fields["with_share"]
            return
        self.fields["with_share"].label = f"Give up the {due} that the patient owes, too"
