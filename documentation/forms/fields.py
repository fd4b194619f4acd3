"""Form fields made from model fields: a widget for each kind of answer, and sentences for what cannot be taken.

A choice of few words is a row of chips, a longer one a list; lists of words are chips, lists of texts one a line.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator, MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models

from documentation.kernel.text import UnusableText, clean_text
from documentation.kernel.vocabulary import BY_NAME
from documentation.models.fields import TextList, TokenList

FEW = 4
"""Up to so many words are shown as chips in a row of a list; a section has room for more."""
SEVERAL = 8

DATE_SHAPES = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%b %d, %Y", "%B %d, %Y")
TIME_SHAPES = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p")
YES_NO = (("yes", "Yes"), ("no", "No"))


class Chips(forms.RadioSelect):
    """One word of a few. The last, empty choice takes an answer back; it is never the chosen one."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value == "":
            option["attrs"].pop("checked", None)
            option["selected"] = False
        return option


class Lines(forms.Textarea):
    """A list of texts, one a line."""

    def format_value(self, value: Any) -> str | None:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else super().format_value(value)


MOST_TYPED = 80_000
"""Characters of a text as it came that are looked at at all: cleaning takes its time, and makes many a text shorter."""
LONGEST = 20_000
"""Characters of any text, where nothing smaller is said."""
_TOO_LONG = "This has %(show_value)s characters; at most %(limit_value)s are kept. Please shorten it."


def _require_readable(value: Any, most: int) -> None:
    """Refuse what is far too long before it is cleaned."""
    if isinstance(value, str) and len(value) > MOST_TYPED:
        _require_short(value, most)


def _require_short(text: str, most: int) -> None:
    if len(text) > most:
        raise ValidationError(_TOO_LONG, "max_length", {"show_value": len(text), "limit_value": most})


class CleanField(forms.CharField):
    """Text that goes through the one door for text: what shows nothing at all counts as empty.

    It has several lines where its widget has, unless said otherwise, and never more than LONGEST characters.
    """

    def __init__(self, *, multiline: bool | None = None, max_length: int | None = None, **options: Any) -> None:
        said = {"max_length": _TOO_LONG, **(options.pop("error_messages", None) or {})}
        super().__init__(max_length=max_length or LONGEST, error_messages=said, **options)
        self.multiline = isinstance(self.widget, forms.Textarea) if multiline is None else multiline
        if max_length is None:
            self.widget.attrs.pop("maxlength", None)

    def to_python(self, value: Any) -> Any:
        _require_readable(value, self.max_length or LONGEST)
        try:
            return clean_text(super().to_python(value) or "", multiline=self.multiline)
        except UnusableText as e:
            raise ValidationError(str(e)) from e


class LinesField(forms.CharField):
    """Texts, one a line, as a list. `codes` takes commas and spaces, too, and writes capitals."""

    widget = Lines

    def __init__(self, *, codes: bool = False, **options: Any) -> None:
        self.codes = codes
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return list(value)
        _require_readable(value, LONGEST)
        text = clean_text(super().to_python(value) or "", multiline=True)
        _require_short(text, LONGEST)
        if self.codes:
            return text.upper().replace(",", " ").replace(";", " ").split()
        lines = (clean_text(line) for line in text.split("\n"))
        return [line for line in lines if line]


class WordsField(forms.MultipleChoiceField):
    """Words of a vocabulary as chips."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"invalid_choice": "“%(value)s” is not one of the answers offered here."}


class AnswerField(forms.TypedChoiceField):
    """Yes, no, or not recorded."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=(*YES_NO, ("", "Clear")), coerce=lambda v: v == "yes", empty_value=None, widget=Chips, **options
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no", None: ""}.get(value, value)


def field_for(db_field: Any, *, compact: bool = False) -> forms.Field:
    """The form field of a model field. `compact` is for rows of lists, where room is dear."""
    common: dict[str, Any] = {
        "label": _label(db_field),
        "required": not (db_field.blank or db_field.null or db_field.has_default()),
        "error_messages": {"required": "Please fill this in."},
    }
    field = _made(db_field, common, compact)
    field.validators += [v for v in db_field._validators if not isinstance(v, BaseValidator)]
    return field


def _label(db_field: Any) -> str:
    name = str(db_field.verbose_name)
    return name[:1].upper() + name[1:]


def _made(db_field: Any, common: dict[str, Any], compact: bool) -> forms.Field:
    if isinstance(db_field, models.ForeignKey):
        return forms.ModelChoiceField(queryset=db_field.related_model._default_manager.all(), **common)
    if isinstance(db_field, models.EmailField):
        return forms.EmailField(**_said(common, "This is not an e-mail address. It looks like name@example.com."))
    if isinstance(db_field, models.JSONField):
        return _list_of_words(db_field, common)
    if db_field.choices:
        return _one_word(db_field, common, compact)
    if isinstance(db_field, models.BooleanField):
        if db_field.null:
            return AnswerField(**common)
        return forms.BooleanField(**{**common, "required": False})
    if isinstance(db_field, models.DateTimeField):
        return forms.DateTimeField(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
            **_said(common, "Give date and time, such as 11/18/2026, 2:30 PM."),
        )
    if isinstance(db_field, models.DateField):
        return forms.DateField(
            input_formats=DATE_SHAPES,
            widget=forms.DateInput(attrs={"type": "date", "max": "2200-12-31"}, format="%Y-%m-%d"),
            validators=[sensible_year],
            **_said(common, "This is not a date. Give month, day and year, such as 11/18/2026."),
        )
    if isinstance(db_field, models.TimeField):
        return forms.TimeField(
            input_formats=TIME_SHAPES,
            widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            **_said(common, "This is not a time. Give hours and minutes, such as 2:30 PM."),
        )
    if isinstance(db_field, models.IntegerField | models.DecimalField):
        return _number(db_field, common)
    return _text(db_field, common)


def _said(common: dict[str, Any], sentence: str, code: str = "invalid") -> dict[str, Any]:
    return {**common, "error_messages": {**common["error_messages"], code: sentence}}


def sensible_year(value: date) -> None:
    """Refuse years that can only be slips of the finger."""
    if not 1850 <= value.year <= 2200:
        raise ValidationError(f"The year {value.year} cannot be right. Check the date.")


def _list_of_words(db_field: Any, common: dict[str, Any]) -> forms.Field:
    words = next((v for v in db_field.validators if isinstance(v, TokenList)), None)
    if words:
        return WordsField(choices=BY_NAME[words.vocabulary].choices, **common)
    codes = any(isinstance(v, TextList) and v.shape for v in db_field.validators)
    attrs = {"rows": 2, "spellcheck": "false"} if codes else {"rows": 3}
    return LinesField(codes=codes, widget=Lines(attrs=attrs), **common)


def _one_word(db_field: Any, common: dict[str, Any], compact: bool) -> forms.Field:
    words = [c for c in db_field.choices if c[0] != ""]
    said = _said(common, "“%(value)s” is not one of the answers offered here.", "invalid_choice")
    if len(words) <= (FEW if compact else SEVERAL):
        return forms.TypedChoiceField(choices=[*words, ("", "Clear")], widget=Chips, empty_value="", **said)
    return forms.TypedChoiceField(choices=[("", "Choose…"), *words], empty_value="", **said)


def range_words(db_field: Any) -> str:
    """`0 to 90`: what a number field takes; empty for other fields."""
    if db_field.choices or not isinstance(db_field, models.IntegerField | models.DecimalField):
        return ""
    low, high = limits(db_field)
    return f"{low:,} to {high:,}"


def help_for(db_field: Any, said: str, unit: str = "") -> str:
    """What stands below a field: its own words, and the range of a number with its unit."""
    span = range_words(db_field)
    if not span or all(end in said for end in span.split(" to ")):
        return said
    amount = f"${span.replace(' to ', ' to $')}" if unit == "$" else f"{span} {unit}".strip()
    return f"{said} {amount}." if said else f"{amount}."


def _number(db_field: Any, common: dict[str, Any]) -> forms.Field:
    low, high = limits(db_field)
    is_decimal = isinstance(db_field, models.DecimalField)
    kind = "number" if is_decimal else "whole number"
    sentence = f"Give a {kind} from {low:,} to {high:,}."
    # A number field of the browser would swallow what it cannot read; a text field keeps it and the sentence says why.
    widget = forms.TextInput(attrs={"inputmode": "decimal" if is_decimal else "numeric", "autocomplete": "off"})
    options = {**_said(common, sentence), "widget": widget}
    options["error_messages"].update(
        max_digits=sentence,
        max_whole_digits=sentence,
        min_value=sentence,
        max_value=sentence,
        max_decimal_places=sentence,
    )
    validators = [MinValueValidator(low, sentence), MaxValueValidator(high, sentence)]
    if not is_decimal:
        return forms.IntegerField(validators=validators, **options)
    places = db_field.decimal_places
    options["error_messages"]["max_decimal_places"] = f"Give at most {places} decimal{'' if places == 1 else 's'}."
    return _Decimal(decimal_places=places, validators=validators, **options)


class _Decimal(forms.DecimalField):
    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) and value.count(",") == 1 else value)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return {}

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value


def limits(db_field: Any) -> tuple[Any, Any]:
    """The least and the greatest number that a field takes."""
    own = db_field._validators
    low = next((v.limit_value for v in own if isinstance(v, MinValueValidator)), 0)
    high = next((v.limit_value for v in own if isinstance(v, MaxValueValidator)), 32_767)
    return low, high


def _text(db_field: Any, common: dict[str, Any]) -> forms.Field:
    longest = db_field.max_length or next(
        (v.limit_value for v in db_field.validators if isinstance(v, MaxLengthValidator)), None
    )
    said = _said(common, _TOO_LONG, "max_length")
    multiline = isinstance(db_field, models.TextField)
    widget = forms.Textarea(attrs={"rows": 3}) if multiline else forms.TextInput()
    field = CleanField(multiline=multiline, max_length=longest, widget=widget, **said)
    # No limit in the markup: the browser would cut what is pasted without a word.
    field.widget.attrs.pop("maxlength", None)
    return field
