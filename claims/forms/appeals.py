"""Writing an appeal, and recording how the payer decided."""

from __future__ import annotations

from typing import Any

from django import forms

from claims.forms.base import MoneyField, RowForm, Told, form_field
from claims.models import Appeal
from claims.workflow import AppealOutcome

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
    letter = forms.CharField(
        label="Letter",
        required=False,
        strip=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
        help_text="An empty line begins a new paragraph. A statement that stays as it is keeps its receipt; what you"
        " write has none. A place still to be filled in, such as […], stops the sealing.",
        error_messages={"max_length": "At most %(limit_value)s characters fit; this has %(show_value)s. Shorten it."},
    )


class DecisionForm(RowForm):
    """How the payer answered an appeal."""

    recovered = MoneyField(
        label="Amount recovered",
        required=False,
        help_text="What the payer pays because of the appeal. Leave it empty where nothing changed.",
    )

    parts = (("outcome",), ("decided_on", "recovered"))

    class Meta:
        model = Appeal
        fields = ("outcome", "decided_on", "recovered")
        formfield_callback = form_field
        labels = {"decided_on": "Date of the decision"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["outcome"].choices = list(OUTCOMES.items())  # type: ignore[attr-defined]
        self.initial["recovered"] = None
