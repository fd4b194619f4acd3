"""Requests to amend a record, and each step of one, while somebody writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from documentation.forms.fields import DATE_SHAPES, CleanField, field_for, sensible_year
from documentation.kernel.amendments import GROUND, WAY
from documentation.models import AmendmentTime, Encounter
from documentation.queries.amendments import Amended


def _day(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Give the day.",
            "invalid": "This is not a date. Give month, day and year, such as 11/18/2026.",
        },
    )


def _words(label: str, help_text: str = "", *, rows: int = 4, required: bool = True, longest: int = 4000) -> CleanField:
    return CleanField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=longest,
        multiline=True,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": "Please fill this in."},
    )


class Taking(forms.Form):
    """A form that takes back what a verb refuses."""

    stale = False

    def take(self, error: ValidationError) -> None:
        """Put the sentences beside their fields, the others above the form."""
        found = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        for name, sentences in found.items():
            self.add_error(name if name in self.fields else None, sentences)


class RequestForm(Taking):
    received_on = _day("Received on", "From this day the time to answer runs.")
    way = forms.ChoiceField(
        label="How it came",
        choices=[("", "Choose…"), *WAY.choices],
        error_messages={"required": "Choose how the request came."},
    )
    about = forms.ChoiceField(label="What it is about", error_messages={"required": "Choose what it is about."})
    wanted = CleanField(
        label="What is to be changed",
        max_length=500,
        help_text="One thing to a request: what is answered apart is taken in apart.",
        error_messages={"required": "Say what is to be changed."},
    )
    words = _words("In the person's words", "Why, as they wrote or said it.", required=False)

    def __init__(self, data: Any = None, *, visits: Iterable[Encounter], **options: Any) -> None:
        super().__init__(data, **options)
        self.visits = {str(v.pk): v for v in visits}
        told = [(key, f"{v.number}, visit of {v.service_date:%m/%d/%Y}") for key, v in self.visits.items()]
        about: Any = self.fields["about"]
        about.choices = [("", "Choose…"), ("person", "Demographics: name, birth date, address …"), *told]

    @property
    def values(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given["encounter"] = self.visits.get(given.pop("about"))
        return given


class ExtendForm(Taking):
    until = _day("Answered by", "The day that the letter names.")
    said = _words("Why it takes longer", "The letter says so in these words.", rows=3)
    said_on = _day("Told on", "The day on which the letter goes out.")


class AcceptForm(Taking):
    amended = forms.ChoiceField(label="What was done", error_messages={"required": "Choose what was amended."})
    said = _words("In a sentence", "The letter says so in these words.", rows=3)
    tell = CleanField(
        label="Who else is told",
        max_length=300,
        required=False,
        help_text="Those whom the patient names, and others who may rely on what it said before.",
    )
    said_on = _day("Told on", "The day on which the letter goes out.")

    def __init__(self, data: Any = None, *, amended: Iterable[Amended], **options: Any) -> None:
        super().__init__(data, **options)
        offered: Any = self.fields["amended"]
        offered.choices = [("", "Choose…"), *((one.key, one.label) for one in amended)]


class DenyForm(Taking):
    ground = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose…"), *GROUND.choices],
        error_messages={"required": "Choose the reason. Only one of these lets you deny a request."},
    )
    said = _words("In a sentence", "The letter says so in these words, besides the reason and the patient's rights.")
    said_on = _day("Told on", "The day on which the letter goes out.")


class SaidForm(Taking):
    """A statement, a rebuttal, a withdrawal."""

    LABELS = {
        "dispute": ("The statement", "As it came. It goes along wherever the record is sent.", "Received on"),
        "rebut": ("What the practice answers", "It goes along, too, and the patient gets a copy.", "Told on"),
        "withdraw": ("Why", "Such as: the patient called and no longer wants it.", "Said on"),
    }

    said = _words("")
    said_on = _day("")

    def __init__(self, data: Any = None, *, step: str, **options: Any) -> None:
        super().__init__(data, **options)
        said, help_text, on = self.LABELS[step]
        self.fields["said"].label, self.fields["said"].help_text = said, help_text
        self.fields["said_on"].label = on


class TimeForm(Taking):
    """How long there is to answer, with its source."""

    def __init__(self, data: Any = None, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        helps = {
            "applies_from": "Leave it empty where it holds for every request.",
            "source": "Where you read it, such as the section of the law or of your state's.",
            "verified_on": "The day on which somebody looked. Leave it empty while nobody did.",
        }
        for name in ("answer_days", "extension_days", "applies_from", "source", "verified_on"):
            field = field_for(AmendmentTime._meta.get_field(name))
            field.help_text, field.required = helps.get(name, ""), name in ("answer_days", "extension_days", "source")
            self.fields[name] = field
