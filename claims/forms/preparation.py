"""Preparing a claim: its lines, its diagnoses, reasons for going on, reasons for holding it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from claims.codes import icd10
from claims.codes.cpt import UNLISTED
from claims.forms.base import MoneyField, Told
from claims.models import Claim, ClaimLine
from documentation.forms.fields import CleanField, LinesField
from documentation.forms.fields import Lines as Codes

_PLACE = re.compile(r"lines\[(\d+)\]\.(.+)")


class LineForm(forms.Form):
    """One line. An emptied code takes the line off the claim."""

    code = CleanField(label="Code", max_length=5, required=False, strip=True)
    description = CleanField(label="Description", required=False)
    diagnosis_pointers = CleanField(label="Diagnoses", required=False)
    modifiers = CleanField(label="Modifiers", required=False)
    quantity = forms.IntegerField(
        label="Quantity",
        min_value=1,
        max_value=99,
        initial=1,
        error_messages={"invalid": "Give a whole number, 1 or more."},
    )
    fee = MoneyField(label="Fee for one", required=False)
    comparator = CleanField(label="Compared with", max_length=5, required=False)
    second_gland_reason = CleanField(label="Why a second gland?", max_length=200, required=False)
    documented = forms.BooleanField(label="The record shows this service by itself", required=False, initial=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, css in (("code", ""), ("diagnosis_pointers", ""), ("quantity", "text-end"), ("fee", "text-end")):
            self.fields[name].widget = forms.TextInput(
                attrs={"autocomplete": "off", "class": f"form-control {css}".strip()}
            )
        for name in ("description", "modifiers", "comparator", "second_gland_reason"):
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["quantity"].widget.attrs["inputmode"] = "numeric"
        self.fields["fee"].widget.attrs["inputmode"] = "decimal"
        self.fields["documented"].widget.attrs["class"] = "form-check-input"

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).upper()
        if code and not re.fullmatch(r"[A-Z0-9]{5}", code):
            raise ValidationError("A procedure code has five characters, such as D0371.")
        return code

    def clean_comparator(self) -> str:
        code = str(self.cleaned_data["comparator"])
        if code and not re.fullmatch(r"\d{5}", code):
            raise ValidationError("Give the five digits of a listed code, such as 42660.")
        if code == UNLISTED:
            raise ValidationError(f"{code} is unlisted itself and has no value to compare with. Choose a listed code.")
        return code

    def clean_diagnosis_pointers(self) -> list[int]:
        given = re.sub(r"[\s,]", "", str(self.cleaned_data["diagnosis_pointers"])).upper()
        if not re.fullmatch(r"[A-L]{0,4}", given) or len(set(given)) != len(given):
            raise ValidationError("Give up to four letters of the diagnoses, such as A or AB.")
        return [ord(letter) - ord("A") + 1 for letter in given]

    def clean_modifiers(self) -> list[str]:
        given = re.split(r"[\s,]+", str(self.cleaned_data["modifiers"]).upper().strip())
        modifiers = [m for m in given if m]
        if any(not re.fullmatch(r"[A-Z0-9]{2}", m) for m in modifiers) or len(modifiers) > 4:
            raise ValidationError("Give up to four modifiers of two characters each.")
        return modifiers

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("code") and values.get("fee") is None and "fee" not in self.errors:
            self.add_error("fee", "Give the full fee for one.")
        return values


class Lines(forms.BaseFormSet):
    """All lines of a claim, and one empty row for another."""

    stale = False

    def lines(self, existing: Sequence[ClaimLine]) -> list[dict[str, Any]]:
        """The values of the lines that have a code; what the form does not show is taken from the line in its place."""
        return [
            {**form.cleaned_data, "area": existing[n].area if n < len(existing) else ""} for n, form in self._given()
        ]

    def _given(self) -> list[tuple[int, LineForm]]:
        return [(n, f) for n, f in enumerate(self.forms) if f.cleaned_data.get("code")]

    def clean(self) -> None:
        if not any(self.errors) and not self._given():
            raise ValidationError("A claim has at least one line. Give the code of the sialoendoscopy.")

    def take(self, error: ValidationError) -> None:
        """Put the sentences of refused lines beside their fields."""
        given = self._given()
        for name, sentences in error.message_dict.items():
            place = _PLACE.fullmatch(name)
            for sentence in sentences:
                if place and place[2] in LineForm.base_fields:
                    given[int(place[1])][1].add_error(place[2], sentence)
                else:
                    self.complain(sentence)

    def complain(self, sentence: str) -> None:
        self.non_form_errors().append(ValidationError(sentence))


LinesForm = forms.formset_factory(LineForm, formset=Lines, extra=1, max_num=50, absolute_max=60)


def line_values(lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    """What the form shows of the lines as they are."""
    return [
        {
            "code": line.code,
            "description": line.description,
            "diagnosis_pointers": "".join(chr(ord("A") + p - 1) for p in line.diagnosis_pointers),
            "modifiers": " ".join(line.modifiers),
            "quantity": line.quantity,
            "fee": line.fee,
            "documented": line.documented,
            "comparator": line.comparator,
            "second_gland_reason": line.second_gland_reason,
        }
        for line in lines
    ]


class DiagnosesForm(Told, forms.Form):
    diagnoses = LinesField(
        codes=True,
        label="Diagnosis codes",
        required=False,
        help_text="One a line, with the dot, the principal one first. The lines of the claim point to them as A, B, C…",
        validators=list(Claim._meta.get_field("diagnoses").validators),
        widget=Codes(attrs={"rows": 4, "class": "form-control", "spellcheck": "false"}),
    )
    known: Sequence[str] = ()
    """Codes that stand on the claim already: what came from the record may stay until it is corrected there."""

    def clean_diagnoses(self) -> list[str]:
        codes: list[str] = self.cleaned_data["diagnoses"]
        for code in codes:
            if code not in self.known and not icd10.is_billable(code):
                raise ValidationError(_why_not_billable(code))
        return codes


def _why_not_billable(code: str) -> str:
    below = icd10.below(code)
    if below:
        return f"{code} only heads a group and cannot be billed. Choose one below it: {', '.join(below[:6])}."
    return f"{code} is not in the ICD-10-CM list. Search for it by word, or look for a mistyped character."


class HoldForm(Told, forms.Form):
    reason = CleanField(
        label="Why is it held?",
        multiline=True,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the person who comes next.",
        error_messages={"required": "Say why the claim is held, for the person who comes next."},
    )


class ReasonForm(Told, forms.Form):
    """A reason for going on although a check warns."""

    rule = CleanField(max_length=20, widget=forms.HiddenInput())
    reason = CleanField(
        label="Why is it right to go on?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It is sealed with the packet.",
        error_messages={"required": "Give the reason: it is kept, and shown when the payer answers."},
    )
