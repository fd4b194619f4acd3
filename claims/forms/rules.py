"""The words of a practice's own rule, why it is retired, and how grave a rule is for a payer."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms

from claims.conditions.own import FIELDS
from claims.forms.base import RowForm, Told, form_field
from claims.models import OwnRule, Payer
from claims.models.denials import CAUSES
from claims.models.rules import NOT_IN_FORCE, SEVERITIES
from documentation.forms.fields import Chips, CleanField


class RuleForm(RowForm):
    parts = (("title",), ("message",), ("fix",), ("field", "cause"), ("severity",), ("payers",))

    payers = forms.MultipleChoiceField(
        label="Only for these payers",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: the rule is for every payer.",
    )

    field = forms.ChoiceField(label="The fix leads to", choices=[("", "Choose…"), *FIELDS.items()])
    cause = forms.ChoiceField(label="Denial that it prevents", choices=[("", "Choose…"), *CAUSES])

    class Meta:
        model = OwnRule
        fields = ("title", "message", "fix", "field", "cause", "severity")
        formfield_callback = form_field
        labels = {
            "title": "Title",
            "message": "What is said",
            "fix": "How to mend it",
            "severity": "Severity",
        }
        help_texts = {
            "title": "What a claim that passes has, such as “At least three images”.",
            "message": "A sentence: what is wrong with the claim.",
            "fix": "A sentence: what to do about it.",
            "severity": "A blocker stops the claim, a warning wants a reason, advice stops nothing.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: forms.MultipleChoiceField = self.fields["payers"]  # type: ignore[assignment]
        chosen.choices = [(str(p.pk), p.name) for p in Payer.objects.only("name")]
        if "payers" not in self.initial:
            self.initial["payers"] = [str(pk) for pk in self.instance.payers]
        for name in ("title", "message", "fix"):
            self.fields[name].required = True

    def clean_payers(self) -> list[int]:
        return sorted(int(pk) for pk in self.cleaned_data["payers"])


STANDINGS = [*SEVERITIES, (NOT_IN_FORCE, "Not in force")]


class RetireForm(Told, forms.Form):
    reason = CleanField(
        label="Why it is retired",
        max_length=300,
        error_messages={"required": "Say why it is retired, for those who meet its id later."},
    )


class SeverityForm(Told, forms.Form):
    payer = forms.ModelChoiceField(
        Payer.objects.all(), label="For", required=False, empty_label="Every payer without a row of its own"
    )
    severity = forms.ChoiceField(label="Severity", choices=STANDINGS, widget=Chips(choices=STANDINGS))
    effective_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = CleanField(
        label="Reason",
        max_length=300,
        help_text="It is kept, and shown beside the rule.",
        error_messages={"required": "Say why: it is kept, and shown beside the rule."},
    )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.layout = Layout("payer", Field("severity", wrapper_class="chips"), "effective_on", "reason")
        return helper
