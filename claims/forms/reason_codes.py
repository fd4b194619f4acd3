"""Lists of reasons: one to load, and one code to write down."""

from __future__ import annotations

from django import forms

from claims.forms.base import RowForm, Told, form_field
from claims.forms.codes import LoadForm
from claims.models import Payer, ReasonCode
from documentation.forms.fields import CleanField


class LoadReasonsForm(LoadForm):
    """A list with what it is, whose it is, and where it comes from."""

    of_list = forms.ChoiceField(label="Which list", choices=ReasonCode.LISTS)
    payer = forms.ModelChoiceField(
        label="Payer",
        queryset=Payer.objects.all(),
        required=False,
        empty_label="Every payer",
        help_text="For a payer's own codes only.",
    )
    source = CleanField(
        label="Source",
        max_length=200,
        help_text="Such as: list of the publisher, November 1, 2026.",
        error_messages={"required": "Say where the list comes from, and of which day it is."},
    )
    field_order = ("of_list", "payer", "source", "file")


class ReasonForm(RowForm, Told):
    parts = (
        ("of_list", "payer", "code"),
        ("text", "category", "group", "passes_on"),
        ("effective_on", "ended_on", "source"),
    )

    class Meta:
        model = ReasonCode
        fields = tuple("of_list payer code text category group passes_on effective_on ended_on source".split())
        formfield_callback = form_field
        labels = {
            "of_list": "Which list",
            "code": "Code as it came",
            "text": "What it means, in your words",
            "category": "Where it belongs",
            "group": "Who carries the amount",
            "passes_on": "Was the claim passed on?",
            "effective_on": "For answers from",
            "ended_on": "Until",
        }
        help_texts = {
            "payer": "For a payer's own codes only.",
            "category": "The cause that a denial with this code gets, or that it is none.",
            "group": "For a payer's own code: the group that it stands for.",
            "passes_on": "Whether the payer says by it that it sent the claim to another plan itself.",
            "source": "Where this stands or who said it: the EOB's legend, a manual, a call with its reference.",
            "ended_on": "The last day; leave it empty while it holds.",
        }

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        payer: forms.ModelChoiceField = self.fields["payer"]  # type: ignore[assignment]
        payer.empty_label, payer.required = "Every payer", False
        groups = [
            ("", "—"),
            ("CO", "CO: the contract"),
            ("PR", "PR: the patient"),
            ("OA", "OA: other"),
            ("PI", "PI: the payer itself"),
        ]
        self.fields["group"] = forms.ChoiceField(
            label=self.fields["group"].label, choices=groups, required=False, help_text=self.fields["group"].help_text
        )
        for name in ("code", "text", "source"):
            self.fields[name].required = True
        self.fields["text"].error_messages["required"] = "Say in a few words what the code means."
        self.fields["source"].error_messages["required"] = "Say where this stands or who said it."
