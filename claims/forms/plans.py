"""How plans go together: what decides their order, what payers agreed to, what stays private; and the signature."""

from __future__ import annotations

from typing import Any

from django import forms

from claims.forms.base import RowForm, Told, form_field
from claims.models import CoverageTerms, PayerTerms, SelfPayRestriction
from claims.services.plans import TERMS_FIELDS
from claims.shares.page import MOST_NUMBERS, strokes_problem
from documentation.forms.fields import Chips, CleanField
from documentation.kernel.text import read_json


class CoverageTermsForm(RowForm):
    parts = (
        ("program", "employment"),
        ("employer_size", "has_cob_clause"),
        ("held_since", "cob_method"),
        "<h2 class='mt-3 mb-2'>Only for Medicare</h2>",
        ("medicare_reason", "kidney_since"),
        "<h2 class='mt-3 mb-2'>Only for a child's plan</h2>",
        ("parent",),
    )

    class Meta:
        model = CoverageTerms
        fields = (
            *("program", "employment", "employer_size", "has_cob_clause", "held_since", "cob_method"),
            *("medicare_reason", "kidney_since", "parent"),
        )
        formfield_callback = form_field
        labels = {
            "program": "Kind of plan",
            "employment": "It comes from",
            "employer_size": "Employees of the employer",
            "has_cob_clause": "Contract has a clause on other plans",
            "held_since": "Held since, without a gap",
            "cob_method": "What it does with what another plan paid",
            "medicare_reason": "Medicare because of",
            "kidney_since": "For kidney disease since",
            "parent": "Held by the parent",
        }
        help_texts = {
            "employer_size": "Asked for beside Medicare only.",
            "held_since": "Empty: since the plan is in force.",
            "cob_method": "Not known: as its payer does.",
            "parent": "How the parents live decides whose plan pays first.",
        }


class OrderOfPlans(Told, forms.Form):
    """Which plan pays first. The others follow in the suggested order."""

    first = forms.ChoiceField(
        label="Pays first", widget=Chips, error_messages={"required": "Choose the plan that pays first."}
    )
    reason = CleanField(
        label="Why, if not as suggested",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: both payers asked by phone on Nov 3, call reference 4411.",
    )

    def __init__(self, plans: list[tuple[int, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["first"].choices = plans  # type: ignore[attr-defined]


class PayerTermsForm(RowForm):
    parts = (("network", "allowed"), ("cob_method", "cob_as", "secondary_clock"), ("source", "verified_on"))

    class Meta:
        model = PayerTerms
        fields = TERMS_FIELDS
        formfield_callback = form_field
        labels = {
            "network": "The practice is",
            "allowed": "Allows for sialoendoscopy",
            "cob_method": "As the second plan it pays by",
            "cob_as": "As the second plan it wants the first one's amounts",
            "secondary_clock": "As the second plan its time to file begins",
            "verified_on": "Verified on",
        }
        help_texts = {
            "allowed": "The contracted fee, or what it usually allows. Leave empty when not known.",
            "source": "Where this stands or who said it: contract and page, or name and call reference.",
        }


class RestrictionForm(RowForm):
    paid_in_full = forms.BooleanField(
        label="The patient pays this visit in full",
        error_messages={
            "required": "A plan must be kept out only where the patient pays in full. Agree on that first."
        },
    )
    parts = (("asked_on",), ("reason",), ("paid_in_full",))

    class Meta:
        model = SelfPayRestriction
        fields = ("asked_on", "reason", "paid_in_full")
        formfield_callback = form_field
        labels = {"asked_on": "Asked on", "reason": "What the patient asked for"}
        help_texts = {"reason": "In the patient's words, or in a few of yours."}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = True


class LiftForm(Told, forms.Form):
    reason = CleanField(
        label="Who took it back, and when",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say who took it back and when."},
    )


class StrokesField(forms.CharField):
    """A drawn signature as JSON from the pad; empty where the name is typed."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return []
        try:
            strokes = read_json(text) if len(text) < MOST_NUMBERS * 8 else None
        except ValueError:
            strokes = None
        if problem := strokes_problem(strokes):
            raise forms.ValidationError(problem)
        return strokes


class SignatureForm(Told, forms.Form):
    name = CleanField(
        label="Full name of the person who signs",
        max_length=120,
        error_messages={"required": "Type the full name of the person who signs."},
    )
    on_behalf = CleanField(
        label="If not the patient: who?", required=False, max_length=120, help_text="Such as: mother, guardian."
    )
    agreed = forms.BooleanField(
        label="I have read this page. I know that it is an estimate, and I agree.",
        error_messages={"required": "Set this mark: it says that the person has read the page and agrees."},
    )
    strokes = StrokesField(label="Signature", required=False)
