"""Codes: a licensed list to load, and a medical code that a payer takes."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError

from claims.codes import cdt, cpt
from claims.forms.base import RowForm, Told, form_field
from claims.models import CodeMapping, Payer
from documentation.forms.fields import WordsField
from documentation.kernel.identifiers import cdt_problem
from documentation.kernel.vocabulary import INTERVENTION, NONE


class LoadForm(Told, forms.Form):
    file = forms.FileField(
        label="The list",
        error_messages={
            "required": "Choose the file of the list first.",
            "missing": "No file came through. Choose it again.",
            "empty": "This file is empty. Choose another one.",
        },
    )


class MappingForm(RowForm):
    parts = (
        ("cdt", "code", "comparator", "payer"),
        ("gland", "interventions", "diagnoses"),
        ("is_taken", "caveat"),
        ("source", "effective_on", "ended_on", "verified_on"),
    )

    interventions = WordsField(
        label="Only after one of these",
        required=False,
        choices=[(token, label) for token, label in INTERVENTION.choices if token != NONE],
    )

    class Meta:
        model = CodeMapping
        fields = (
            "cdt",
            "code",
            "comparator",
            "payer",
            "gland",
            "interventions",
            "diagnoses",
            "is_taken",
            "caveat",
            "source",
            "effective_on",
            "ended_on",
            "verified_on",
        )
        formfield_callback = form_field
        labels = {
            "cdt": "Dental code",
            "code": "Medical code",
            "comparator": "Compared with",
            "gland": "Only for this gland",
            "diagnoses": "Diagnoses that go with it",
            "is_taken": "The payer takes it",
            "caveat": "To keep in mind",
            "effective_on": "For services from",
            "ended_on": "Until",
            "verified_on": "Verified on",
        }
        help_texts = {
            "comparator": "The listed code that an unlisted one is priced against.",
            "payer": "Leave it open where every medical payer takes it.",
            "diagnoses": "Beginnings of ICD-10-CM codes, such as K11.5.",
            "is_taken": "Take the mark away where the payer is known to refuse the code for this.",
            "source": "Where this stands or who said it: policy and page, or name and call reference.",
            "ended_on": "The last day of service; leave it empty while it holds.",
            "verified_on": "The day somebody read or asked it. Without one it stays marked “verify”.",
        }

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        payer: forms.ModelChoiceField = self.fields["payer"]  # type: ignore[assignment]
        payer.queryset, payer.empty_label = Payer.objects.filter(line="medical"), "Every medical payer"
        self.fields["source"].required = self.fields["cdt"].required = self.fields["code"].required = True
        self.fields["source"].error_messages["required"] = "Say where this stands or who said it."

    def clean_cdt(self) -> str:
        code = str(self.cleaned_data["cdt"]).upper()
        if problem := cdt_problem(code):
            raise ValidationError(problem)
        return code

    def clean_code(self) -> str:
        return _medical(str(self.cleaned_data["code"]))

    def clean_comparator(self) -> str:
        code = str(self.cleaned_data["comparator"])
        if not code:
            return ""
        if _medical(code) == cpt.UNLISTED:
            raise ValidationError(f"{code} is unlisted itself and has no value to compare with. Choose a listed code.")
        return _medical(code)


def _medical(code: str) -> str:
    code = code.upper()
    if not re.fullmatch(r"\d{5}|[A-Z]\d{4}", code) or code in cdt.CODES or code[:1] == "D":
        raise ValidationError("A medical code is a CPT code of five digits, such as 42699, or a HCPCS code.")
    return code
