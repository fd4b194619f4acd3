"""What all forms of getting paid share: fields from the rows' own fields, and refusals that come back to the form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from documentation.forms.fields import Chips, CleanField, LinesField, field_for
from documentation.models.fields import Shape


class DigitsField(CleanField):
    """A telephone number or ZIP code, however it is punctuated."""

    def to_python(self, value: Any) -> str:
        return re.sub(r"[\s().+-]", "", super().to_python(value) or "")


class StateField(CleanField):
    """The two letters of a state, however they are typed."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").upper()


class MemberField(CleanField):
    """The number on a plan's card, however it is typed: capitals, without blanks, with its zeros."""

    def to_python(self, value: Any) -> str:
        return "".join((super().to_python(value) or "").upper().split())


class MoneyField(forms.DecimalField):
    """Dollars; the sign and thousands' commas may be typed."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        sentence = "Give an amount in dollars, such as 850.00."
        said = {**dict.fromkeys(("invalid", "max_digits", "max_whole_digits", "min_value"), sentence)}
        said["max_decimal_places"] = "Give dollars and cents: at most two decimals."
        said["required"] = "Please fill this in."
        options = {"min_value": 0, "max_digits": 9, "decimal_places": 2, **options}
        super().__init__(error_messages=said, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("$", "").replace(",", "") if isinstance(value, str) else value)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}


def form_field(db_field: Any, **options: Any) -> forms.Field:
    """The form field of a model field, with the label and help text that the form's Meta gives."""
    field = _made(db_field)
    if db_field.has_default() and not callable(db_field.default):
        field.initial = db_field.default
    for name in ("label", "help_text"):
        if name in options:
            setattr(field, name, options[name])
    return field


def _made(db_field: Any) -> forms.Field:
    label = str(db_field.verbose_name)
    common: dict[str, Any] = {"label": label[:1].upper() + label[1:], "required": not (db_field.blank or db_field.null)}
    if isinstance(db_field, models.ForeignKey):
        choice: Any = db_field.formfield(empty_label="Choose…")
        return choice
    if isinstance(db_field, models.DecimalField):
        return MoneyField(**common)
    shapes = {v.check for v in db_field.validators if isinstance(v, Shape)}
    if shapes & {"phone_problem", "zip_problem"}:
        return DigitsField(**common)
    if "member_id_problem" in shapes:
        return MemberField(max_length=db_field.max_length, **common)
    if "state_problem" in shapes:
        return StateField(**common)
    if isinstance(db_field, models.JSONField):
        return LinesField(codes=True, widget=CodesInput(), **common)
    field = field_for(db_field)
    if isinstance(field, forms.ChoiceField) and not db_field.blank:
        # Where every answer is one of the words ('not known' among them), none can be taken back.
        field.choices = [c for c in db_field.choices if c[0]]
        field.required = True
        field.widget = Chips(choices=field.choices)
    return field


class CodesInput(forms.TextInput):
    """A list of codes in one line."""

    def format_value(self, value: Any) -> str | None:
        return ", ".join(value) if isinstance(value, list | tuple) else super().format_value(value)


@dataclass(frozen=True)
class Difference:
    """A field that somebody else changed: what it says now, and what was typed."""

    label: str
    theirs: str
    yours: str


class Told(forms.BaseForm):
    """A form that takes back what a service refuses."""

    stale = False
    """Whether somebody else saved in between; the page then shows both versions."""

    def take(self, error: ValidationError) -> None:
        """Put the sentences of a refused row beside their fields, the others above the form."""
        found = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        for name, sentences in found.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


class RowForm(Told, forms.ModelForm):
    """A form over one row. It never writes: the row is saved by a service, which checks it as a whole."""

    parts: tuple[Any, ...] = ()
    """Layout: a tuple of names is one grid of fields, a text a heading between them, a list of these a block."""
    block_class = ""
    """The CSS class of such a block."""

    def _post_clean(self) -> None:
        pass

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.layout = Layout(*(self._part(p) for p in self.parts or (tuple(self.fields),)))
        return helper

    def _part(self, part: Any) -> Any:
        if isinstance(part, str):
            return HTML(part)
        if isinstance(part, list):
            return Div(*(self._part(p) for p in part), css_class=self.block_class)
        return Div(*(self._shown(name) for name in part), css_class="fields")

    def _shown(self, name: str) -> Any:
        is_chips = isinstance(self.fields[name].widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
        return Field(name, wrapper_class="chips") if is_chips else name

    def differences(self, now: models.Model) -> list[Difference]:
        """The fields whose value in the row as it is now is not what was typed here."""
        return list(self._differences(now))

    def _differences(self, now: models.Model) -> Iterable[Difference]:
        saved = type(self)(instance=now)
        for name, field in self.fields.items():
            theirs, yours = saved.get_initial_for_field(field, name), self.cleaned_data.get(name)
            if isinstance(yours, models.Model):
                yours = yours.pk
            if theirs != yours and (theirs or yours):
                yield Difference(str(field.label), _words(field, theirs), _words(field, yours))


def _words(field: forms.Field, value: Any) -> str:
    if value in (None, "", []):
        return "empty"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    for key, label in getattr(field, "choices", ()):
        if str(key) == str(value):
            return str(label)
    return str(value)
