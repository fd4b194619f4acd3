"""The form that asks a plan what it would pay."""

from __future__ import annotations

import re
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms

from claims.edi.claim_of_facts import AREAS
from claims.forms.base import MoneyField, Told
from claims.queries.predeterminations import plans_to_ask
from claims.services.predeterminations import Planned
from documentation.forms.fields import CleanField
from documentation.kernel.money import to_cents
from documentation.models import Encounter

MOST = 3
"""Procedures of one question on the screen."""
_PLACES = {
    "00": "whole mouth", "01": "upper jaw", "02": "lower jaw", "09": "other", "10": "upper right", "20": "upper left",
    "30": "lower left", "40": "lower right", "L": "left", "R": "right",
}  # fmt: skip
_CHOICES = [("", "None"), *((code, f"{code}, {_PLACES[code]}") for code in sorted(AREAS))]


class AskingForm(Told, forms.Form):
    """Which plan is asked, and what is planned: up to three procedures, each with its full fee."""

    plan: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        queryset=None, empty_label=None, error_messages={"required": "Choose the plan that is asked."}
    )

    def __init__(self, data: Any, encounter: Encounter, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["plan"].queryset = plans_to_ask(encounter)  # type: ignore[attr-defined]
        for n in range(1, MOST + 1):
            needed = n == 1
            self.fields[f"code{n}"] = CleanField(
                label="Procedure" if needed else f"Procedure {n}", max_length=5, required=needed
            )
            self.fields[f"fee{n}"] = MoneyField(label="Full fee" if needed else f"Fee {n}", required=needed)
            self.fields[f"area{n}"] = forms.ChoiceField(
                label="Area of the mouth" if needed else f"Area {n}", choices=_CHOICES, required=False
            )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        rows = (Div(f"code{n}", f"fee{n}", f"area{n}", css_class="fields") for n in range(1, MOST + 1))
        helper.layout = Layout(Div("plan", css_class="fields"), *rows)
        return helper

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        lines = []
        for n in range(1, MOST + 1):
            code, fee = str(values.get(f"code{n}") or "").strip().upper(), values.get(f"fee{n}")
            if code and not re.fullmatch(r"D[0-9]{4}", code):
                self.add_error(f"code{n}", "This is no CDT code. They look like D0371.")
            elif code and fee is None and f"fee{n}" not in self.errors:
                self.add_error(f"fee{n}", "Give the full fee.")
            elif fee is not None and not code and f"code{n}" not in self.errors:
                self.add_error(f"code{n}", "Give the code of this fee, or take the fee away.")
            elif code and fee is not None:
                lines.append(Planned(code, to_cents(fee), values.get(f"area{n}") or ""))
        values["lines"] = lines
        return values
