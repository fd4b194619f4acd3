"""Payers, what is known of their rules, and the fee schedule."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from claims.among import UNKNOWN
from claims.forms.base import CodesInput, Difference, DigitsField, RowForm, form_field
from claims.models import Fee, Payer, PlaybookFact
from claims.playbook import BY_KEY, MOST_DAYS, POLICY_KEYS, Book, Kind, Question, is_known, problem, said
from documentation.forms.fields import Chips, CleanField, LinesField
from documentation.kernel.identifiers import cdt_problem


class PayerForm(RowForm):
    parts = (("name", "payer_id", "phone", "line"), ("line1", "line2", "city", "state", "zip"))

    class Meta:
        model = Payer
        fields = ("name", "payer_id", "line", "phone", "line1", "line2", "city", "state", "zip")
        formfield_callback = form_field
        labels = {"line": "Pays as"}
        help_texts = {
            "payer_id": "The electronic payer ID on the card or in the clearinghouse's list.",
            "line1": "Where paper claims and appeals go.",
        }

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["name"].required = self.fields["payer_id"].required = True


def answer_field(asked: Question) -> forms.Field:
    """The field for one question of the playbook. Every answer may be 'not known'."""
    common: dict[str, Any] = {"label": asked.label, "required": False}
    if asked.kind is Kind.CHOICE:
        choices = [*asked.choices, (UNKNOWN, "Not known")]
        return forms.ChoiceField(choices=choices, widget=Chips, initial=UNKNOWN, **common)
    if asked.kind is Kind.CHOICES:
        return forms.MultipleChoiceField(choices=asked.choices, widget=forms.CheckboxSelectMultiple, **common)
    if asked.kind is Kind.CODES:
        hint = "Codes such as D0330, separated by commas. Leave empty when none is known."
        return LinesField(codes=True, widget=CodesInput(), help_text=hint, **common)
    if asked.kind is Kind.DAYS:
        common |= {"label": f"{asked.label} (days)", "min_value": 1, "max_value": MOST_DAYS}
        wrong = dict.fromkeys(("invalid", "min_value", "max_value"), f"Give a number of days from 1 to {MOST_DAYS:,}.")
        return forms.IntegerField(
            help_text=f"In {asked.unit}. Leave empty when not known.", error_messages=wrong, **common
        )
    if asked.kind is Kind.PHONE:
        return DigitsField(max_length=20, help_text="Leave empty when not known.", **common)
    is_long = asked.kind is Kind.LINES
    widget = forms.Textarea(attrs={"rows": 4}) if is_long else forms.TextInput()
    return CleanField(multiline=is_long, widget=widget, help_text="Leave empty when not known.", **common)


class KnownForm(RowForm):
    """What a source told of a payer. Whatever is known has a source and the day on which somebody saw it."""

    questions: tuple[str, ...] = ()

    class Meta:
        model = PlaybookFact
        fields: tuple[str, ...] = ("source", "verified_on")
        formfield_callback = form_field
        labels = {"verified_on": "Verified on", "expires_on": "Holds until"}
        help_texts = {
            "source": "Where this stands or who said it: manual and page, or name and call reference.",
            "verified_on": "The day somebody read or asked it. It grows stale from then on.",
            "expires_on": "Only where the source gives an end, such as a contract year.",
        }

    def __init__(self, *args: Any, book: Book, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        for key in self.questions:
            self.fields[key] = answer_field(BY_KEY[key])
            if (value := book.value(key)) is not None:
                self.initial[key] = value

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cleaned_data
        for key in self.questions:
            if key in found and (said := problem(key, found[key])):
                self.add_error(key, said)
        if any(is_known(found.get(key)) for key in self.questions):
            for name, said in (
                ("source", "Say where you saw it or who said it. Without a source nobody can rely on it."),
                ("verified_on", "Give the day on which somebody read or asked it."),
            ):
                if name not in self.errors and not found.get(name):
                    self.add_error(name, said)
        if (day := found.get("verified_on")) and day > self.today:
            self.add_error("verified_on", "This day lies in the future. Give the day on which somebody looked.")
        return found

    def answered(self, book: Book) -> list[str]:
        """The questions whose answer was changed."""
        return [key for key in self.questions if said(key, self.cleaned_data[key]) != book.said(key)]

    def changes(self, book: Book) -> list[Difference]:
        """Where what is known now is not what was typed here."""
        typed = {key: said(key, self.cleaned_data.get(key)) for key in self.questions}
        now = {key: said(key, book.value(key)) for key in self.questions}
        return [
            Difference(BY_KEY[key].label, now[key] or "not known", typed[key] or "not known")
            for key in self.questions
            if now[key] != typed[key]
        ]


class PolicyForm(KnownForm):
    """All that one call settles of a payer. An answer that is left as it was keeps its own source and day."""

    questions = POLICY_KEYS
    parts = (POLICY_KEYS[:4], POLICY_KEYS[4:6], POLICY_KEYS[6:], ("source", "verified_on"))


class FactForm(KnownForm):
    """One fact of a payer or of one of its plans."""

    class Meta(KnownForm.Meta):
        fields = ("source", "verified_on", "expires_on")

    def __init__(self, *args: Any, question: str, **options: Any) -> None:
        self.questions = (question,)
        self.parts = ((question,), ("source", "verified_on", "expires_on"))
        super().__init__(*args, **options)


class FeeForm(RowForm):
    class Meta:
        model = Fee
        fields = ("code", "amount", "effective_on")
        formfield_callback = form_field
        labels = {"amount": "Full fee", "effective_on": "In force from"}
        help_texts = {"effective_on": "Claims take the fee that was in force on the day of service."}

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).upper()
        if problem := cdt_problem(code):
            raise forms.ValidationError(problem)
        return code
