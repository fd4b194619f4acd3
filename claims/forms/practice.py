"""The practice itself: its name, its locations, its clinicians, and who sends and takes its electronic files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from claims.forms.base import DigitsField, RowForm, Told, form_field
from claims.models import FileParties
from documentation.forms.fields import CleanField
from documentation.models import Clinician, Location, Organization
from documentation.services.practice import WANTED

ZONES = (
    ("", "Choose…"),
    ("America/New_York", "Eastern (New York)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Mountain without daylight saving (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
    ("Pacific/Guam", "Chamorro (Guam)"),
    ("Pacific/Pago_Pago", "Samoa (Pago Pago)"),
)
"""Time zones of the states and territories that an address may name. A location may have a finer one of its county."""


class CapitalsField(CleanField):
    """A code, however it is typed: capitals, without blanks."""

    def to_python(self, value: Any) -> str:
        return "".join((super().to_python(value) or "").upper().split())


def practice_field(db_field: Any, **options: Any) -> forms.Field:
    """The form field of a field of the practice: numbers are taken with the marks that people write them with."""
    field = form_field(db_field, **options)
    if db_field.name in ("npi", "tax_id"):
        field = DigitsField(widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
    elif db_field.name == "taxonomy":
        field = CapitalsField(widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}))
    elif db_field.name == "time_zone":
        field = forms.ChoiceField(choices=ZONES)
    field.label = options.get("label") or _label(db_field)
    field.help_text = options.get("help_text", "")
    return field


def _label(db_field: Any) -> str:
    name = str(db_field.verbose_name)
    return name[:1].upper() + name[1:]


class LogoForm(Told, forms.Form):
    logo = forms.FileField(
        label="The logo",
        error_messages={
            "required": "Choose the file of the logo first.",
            "missing": "No file came through. Choose it again.",
            "empty": "This file is empty. Choose another one.",
        },
    )


class PracticeRowForm(RowForm):
    """Says beside each field that a claim cannot do without what is to be done where it is empty."""

    def __init__(self, data: Any = None, instance: models.Model | None = None) -> None:
        super().__init__(data, instance=instance)
        for name, sentence in WANTED[self._meta.model].items():
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = sentence


class OrganizationForm(PracticeRowForm):
    class Meta:
        model = Organization
        fields = ("name",)
        formfield_callback = practice_field
        labels = {"name": "Name of the practice"}
        help_texts = {"name": "As payers and the clearinghouse know it."}


class LocationForm(PracticeRowForm):
    parts = (
        ("name", "phone", "npi", "tax_id"),
        "<h2 class='mt-3 mb-2'>Address</h2>",
        ("line1", "line2", "city", "state", "zip", "time_zone"),
    )

    class Meta:
        model = Location
        fields = ("name", "phone", "npi", "tax_id", "line1", "line2", "city", "state", "zip", "time_zone")
        formfield_callback = practice_field
        labels = {"npi": "Billing NPI", "line1": "Street address", "line2": "Second line"}
        help_texts = {
            "name": "The billing name: as the payers' contracts and the NPI registry have it.",
            "npi": "Ten digits. The NPI that bills: usually the organization's (type 2).",
            "tax_id": "Nine digits, the EIN or SSN that payers pay to.",
            "line1": "A street, not a PO box.",
            "state": "Two letters, such as WA.",
            "zip": "All nine digits, such as 98101-0001.",
            "time_zone": "Decides which day it is here.",
        }

    def __init__(self, data: Any = None, instance: Location | None = None) -> None:
        super().__init__(data, instance)
        zone = instance.time_zone if instance else ""
        if zone and zone not in dict(ZONES):
            self.fields["time_zone"].choices = [*ZONES, (zone, zone)]  # type: ignore[attr-defined]


class ClinicianForm(PracticeRowForm):
    parts = (
        ("first_name", "last_name", "credential", "npi"),
        ("licence", "licence_state", "taxonomy"),
    )

    class Meta:
        model = Clinician
        fields = ("first_name", "last_name", "credential", "npi", "licence", "licence_state", "taxonomy")
        formfield_callback = practice_field
        labels = {"npi": "Own NPI", "licence": "License number", "licence_state": "License state"}
        help_texts = {
            "credential": "Printed behind the name, such as DDS or DMD.",
            "npi": "Ten digits: the clinician's own (type 1).",
            "licence_state": "Two letters, such as WA.",
            "taxonomy": "Ten characters, as the NPI registry has it for this NPI.",
        }


class PartiesForm(RowForm):
    """Nothing is chosen beforehand: a wrong kind of ID has the whole file turned away."""

    parts = (
        "<h2 class='mb-2'>Who sends: you</h2>",
        ("sender", "sender_qualifier"),
        "<h2 class='mt-3 mb-2'>Who takes: the clearinghouse</h2>",
        ("receiver_name", "receiver", "receiver_qualifier"),
    )

    class Meta:
        model = FileParties
        fields = ("sender", "sender_qualifier", "receiver_name", "receiver", "receiver_qualifier")
        formfield_callback = form_field
        help_texts = {
            "sender": "As the clearinghouse enrolled you. Left empty, it is the location's tax ID.",
            "receiver_name": "Such as it stands in its companion guide.",
            "receiver": "Left empty, each file is made out to the payer of its claims.",
            "sender_qualifier": "As the clearinghouse says; usually ZZ.",
            "receiver_qualifier": "As the clearinghouse says; usually ZZ.",
        }

    def __init__(self, data: Any = None, instance: FileParties | None = None) -> None:
        super().__init__(data, instance=instance)
        for name in ("sender_qualifier", "receiver_qualifier"):
            self.fields[name].error_messages["required"] = "Choose the kind that the clearinghouse names."
            if instance is None:
                self.fields[name].initial = None
