"""Taking remittances in: files, a typed EOB, the claim that an answer belongs to, a reason for posting."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from claims.codes.code_book import OWN_GROUP
from claims.forms.base import MoneyField, Told
from claims.forms.denials import TOO_LONG
from claims.forms.spots import SpotsField
from claims.forms.uploads import ScanField
from claims.models import Claim
from documentation.forms.fields import DATE_SHAPES, CleanField, LinesField, sensible_year

MOST_FILES = 20
REASONS = 4
"""Adjustments that a line of a typed EOB has room for."""
GROUPS = [("CO", "CO"), ("PR", "PR"), ("OA", "OA"), ("PI", "PI"), (OWN_GROUP, "Own")]
_LINE = re.compile(r"lines\[(\d+)\]\.(.+)")


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = [f for f in (data if isinstance(data, list | tuple) else [data]) if f]
        if not given:
            raise ValidationError("Choose at least one file.")
        if len(given) > MOST_FILES:
            raise ValidationError(f"Choose at most {MOST_FILES} files at once; these are {len(given)}.")
        return given


class ImportForm(Told, forms.Form):
    chosen = FilesField(label="Files of payers and clearinghouses (835, 277CA, 999, TA1)")


class PostForm(Told, forms.Form):
    """Posting a check that is made out to somebody else needs a reason."""

    reason = CleanField(
        label="Why is it posted here?",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": TOO_LONG},
    )


class MatchForm(Told, forms.Form):
    """The claim that an answer belongs to, by its number."""

    number = CleanField(label="Claim number", max_length=13)

    def clean_number(self) -> Claim:
        number = str(self.cleaned_data["number"]).strip().upper()
        claim = Claim.objects.filter(pk=int(number[1:])).first() if re.fullmatch(r"C[0-9]{6,12}", number) else None
        if claim is None:
            raise ValidationError("There is no claim with this number. It looks like C000123.")
        return claim


class EobForm(Told, forms.Form):
    """The head of an EOB on paper. `scan` is the paper itself."""

    paid_on = forms.DateField(
        label="Date of the EOB",
        input_formats=DATE_SHAPES,
        validators=[sensible_year],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Give the date printed on the EOB.",
            "invalid": "This is not a date. Give month, day and year, such as 11/18/2026.",
        },
    )
    trace = CleanField(
        label="Check or EFT number",
        max_length=80,
        required=False,
        help_text="Leave it empty where nothing was paid and none is printed.",
    )
    payer_control = CleanField(label="Payer's claim number", max_length=60, required=False)
    remarks = LinesField(
        codes=True,
        label="Remark codes of the claim",
        required=False,
        widget=forms.TextInput(),
        help_text="Such as N706. The payer's own codes are typed as printed.",
    )
    printed = CleanField(
        label="What it says in words",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The reason as it is printed, word for word.",
        error_messages={"max_length": TOO_LONG},
    )
    spots = SpotsField()
    scan = ScanField(label="Scan or photo of the EOB", required=False)


class ScanForm(Told, forms.Form):
    """Another scan of an EOB, with the reason where one is there already."""

    scan = ScanField(label="Scan or photo of the EOB")
    reason = CleanField(
        label="What is wrong with the scan that is there?",
        max_length=300,
        help_text="Such as: a page is missing, another patient's EOB, cannot be read.",
        error_messages={"required": "Say what is wrong with the scan that is there."},
    )

    def __init__(self, data: Any = None, files: Any = None, *, is_first: bool) -> None:
        super().__init__(data, files)
        self.fields["scan"].error_messages["required"] = "Choose the scan or photo."
        if is_first:
            del self.fields["reason"]


class EobLineForm(forms.Form):
    """One line of an EOB: what was charged, what was paid, and why the rest was not."""

    code = CleanField(label="Code", max_length=10)
    charge = MoneyField(label="Charge")
    paid = MoneyField(label="Paid")
    remarks = LinesField(codes=True, label="Remark codes", required=False, widget=forms.TextInput())

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for n in range(1, REASONS + 1):
            self.fields[f"group{n}"] = forms.ChoiceField(label="Group", choices=[("", "—"), *GROUPS], required=False)
            self.fields[f"carc{n}"] = CleanField(label="Reason", max_length=12, required=False)
            self.fields[f"amount{n}"] = MoneyField(label="Amount", required=False, min_value=None)
        for name, field in self.fields.items():
            css = "form-select" if name.startswith("group") else "form-control"
            field.widget.attrs["class"] = css

    @property
    def reasons(self) -> list[tuple[Any, Any, Any]]:
        """The three fields of each adjustment."""
        return [(self[f"group{n}"], self[f"carc{n}"], self[f"amount{n}"]) for n in range(1, REASONS + 1)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for n in range(1, REASONS + 1):
            group, carc, amount = (values.get(f"{part}{n}") for part in ("group", "carc", "amount"))
            if not (group or carc or amount is not None) or f"amount{n}" in self.errors:
                continue
            if amount is None:
                self.add_error(f"amount{n}", "Give the amount.")
            if not carc:
                self.add_error(f"carc{n}", "Give the reason code.")
            if not group:
                self.add_error(f"group{n}", "Choose the group.")
        return values

    @property
    def line(self) -> dict[str, Any]:
        """The values for the verb."""
        v = self.cleaned_data
        return {
            "code": v["code"].strip().upper(),
            "charge": v["charge"],
            "paid": v["paid"],
            "remarks": v["remarks"],
            "adjustments": [
                {"group": v[f"group{n}"], "carc": v[f"carc{n}"].strip().upper(), "amount": v[f"amount{n}"]}
                for n in range(1, REASONS + 1)
                if v.get(f"amount{n}") is not None
            ],
        }


class EobLines(forms.BaseFormSet):
    """The lines of an EOB, one for each line of the claim."""

    def lines(self) -> list[dict[str, Any]]:
        return [form.line for form in self.forms]

    def take(self, error: ValidationError) -> list[str]:
        """Put the sentences that name a line beside it; the others come back."""
        rest: list[str] = []
        for name, sentences in error.message_dict.items():
            place = _LINE.fullmatch(name)
            for sentence in sentences:
                if place and int(place[1]) < len(self.forms):
                    field = place[2] if place[2] in self.forms[int(place[1])].fields else None
                    self.forms[int(place[1])].add_error(field, sentence)
                elif name == "lines":
                    rest.append(sentence)
        return rest


EobLinesForm: Any = forms.formset_factory(EobLineForm, formset=EobLines, extra=0, max_num=50, absolute_max=60)
"""As many lines as a claim can have; a form that says it has more is not drawn line by line."""


def line_values(claim: Claim) -> list[dict[str, Any]]:
    """What is known of an EOB's lines before anybody typed: code and charge of the claim's lines."""
    return [
        {"code": line.code, "charge": line.fee * line.quantity, "paid": Decimal("0.00")} for line in claim.lines.all()
    ]
