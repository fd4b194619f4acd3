"""Writing an appeal, and recording how the payer decided."""

from __future__ import annotations

from typing import Any

from django import forms

from claims.forms.base import MoneyField, RowForm, Told, form_field
from claims.models import Appeal
from claims.workflow import AppealOutcome
from documentation.forms.fields import CleanField
from documentation.kernel.rule import Cause

OUTCOMES = {
    AppealOutcome.OVERTURNED_FULL: "Overturned in full",
    AppealOutcome.OVERTURNED_PARTIAL: "Overturned in part",
    AppealOutcome.UPHELD: "Upheld: the denial stands",
    AppealOutcome.DISMISSED_LATE: "Dismissed as late",
    AppealOutcome.DISMISSED_PROCEDURE: "Dismissed for a formality",
    AppealOutcome.WITHDRAWN: "Withdrawn",
    AppealOutcome.REPROCESSED_SAME: "Processed again, same result",
    AppealOutcome.NO_RESPONSE: "No answer in time",
}


class LetterForm(Told, forms.Form):
    letter = CleanField(
        label="Letter",
        required=False,
        strip=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
        help_text="An empty line begins a new paragraph. A statement that stays as it is keeps its receipt; what you"
        " write has none. A place still to be filled in, such as […], stops the sealing.",
        error_messages={"max_length": "At most %(limit_value)s characters fit; this has %(show_value)s. Shorten it."},
    )


class NextLevelForm(Told, forms.Form):
    """Starting the next level before the one before was decided."""

    because = CleanField(
        label="Why now?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as: the payer's time to decide is over, and its portal shows no decision.",
        error_messages={
            "required": "Say why: the level before has no outcome yet.",
            "max_length": "At most %(limit_value)s characters are kept; this has %(show_value)s. Please shorten it.",
        },
    )


class DecisionForm(RowForm):
    """How the payer answered an appeal."""

    recovered = MoneyField(
        label="Amount recovered",
        required=False,
        help_text="What the payer pays because of the appeal. Leave it empty where nothing changed.",
    )

    decision_cause = forms.ChoiceField(
        label="What these words are about",
        required=False,
        choices=[("", "What the denial was about"), *((c.value, c.label) for c in Cause)],
        error_messages={"invalid_choice": "Choose one of the causes offered here."},
        help_text="The letter of the next level answers it first.",
    )

    parts = (("outcome",), ("decided_on", "recovered"), ("decision_words",), ("decision_cause",))

    class Meta:
        model = Appeal
        fields = ("outcome", "decided_on", "recovered", "decision_words", "decision_cause")
        formfield_callback = form_field
        labels = {"decided_on": "Date of the decision", "decision_words": "Why, in the payer's own words"}
        help_texts = {"decision_words": "As the letter or the portal gives it; the next level quotes and answers it."}
        widgets = {"decision_words": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["outcome"].choices = list(OUTCOMES.items())  # type: ignore[attr-defined]
        self.initial["recovered"] = None
