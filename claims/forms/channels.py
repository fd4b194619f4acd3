"""Writing down what a channel takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from claims.channels.profile import BY_KEY, COLORS, FILE_TYPES, MOST_TEXT, PARTS, Kind, LimitFact, problem, said
from claims.forms.base import Difference, RowForm, form_field
from claims.models import ChannelLimit
from documentation.forms.fields import Chips, CleanField
from documentation.kernel.text import clean_text

_UNITS = {"": 1, "b": 1, "bytes": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}


class SizeField(forms.Field):
    """Bytes, typed as `15 MB`, `300 KB` or a plain number. A megabyte is 1,000,000 bytes."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        typed = clean_text(str(value or "")).replace(",", "").strip().lower()[:20]
        if not typed:
            return None
        found = re.fullmatch(r"([0-9.]+)\s*([a-z]*)", typed)
        try:
            return int(Decimal(found[1]) * _UNITS[found[2]]) if found else self._refuse()
        except (InvalidOperation, KeyError):
            return self._refuse()

    def _refuse(self) -> int:
        raise ValidationError("Give a size such as 15 MB or 300 KB.")

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,} bytes" if isinstance(value, int) else value


class PartsField(forms.Field):
    """Parts of a packet in an order, one a line, by the names of `PARTS`."""

    widget = forms.Textarea(attrs={"rows": len(PARTS)})
    _TOKENS: Mapping[str, str] = {words.lower(): token for token, words in PARTS}

    def to_python(self, value: Any) -> list[str] | None:
        lines = [clean_text(line).strip() for line in str(value or "")[:1000].splitlines()]
        typed = [line for line in lines if line]
        if unknown := [line for line in typed if line.lower() not in self._TOKENS]:
            raise ValidationError(f"“{unknown[0][:60]}” is no part of a packet. The parts are: {_NAMES}.")
        return [self._TOKENS[line.lower()] for line in typed] or None

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(dict(PARTS)[v] for v in value) if isinstance(value, list | tuple) else value


_NAMES = ", ".join(words for _, words in PARTS)


def limit_field(key: str) -> forms.Field:
    """The field of one limit; empty is not known."""
    limit = BY_KEY[key]
    hint = "Leave empty when it is not known."
    common: dict[str, Any] = {"label": limit.label, "required": False}
    if limit.kind is Kind.TYPES:
        return forms.MultipleChoiceField(
            choices=FILE_TYPES,
            widget=forms.CheckboxSelectMultiple,
            help_text="Choose none when it is not known.",
            **common,
        )
    if limit.kind is Kind.CHOICE:
        return forms.ChoiceField(choices=[*COLORS, ("", "Not known")], widget=Chips, **common)
    if limit.kind is Kind.PARTS:
        return PartsField(help_text=f"One a line, the cover first; usual are: {_NAMES}. {hint}", **common)
    if limit.kind is Kind.BYTES:
        return SizeField(help_text=f"Such as 15 MB. {hint}", **common)
    if limit.kind is Kind.TEXT:
        return CleanField(
            multiline=True, max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 4}), help_text=hint, **common
        )
    return forms.IntegerField(help_text=hint, error_messages={"invalid": "Give a whole number."}, **common)


class LimitForm(RowForm):
    """One limit of a channel, with the place where it was read and the day."""

    class Meta:
        model = ChannelLimit
        fields = ("source", "read_on")
        formfield_callback = form_field
        labels = {"source": "Where it was read", "read_on": "Read on"}
        help_texts = {
            "source": "Manual and page, address of the page, or name and call reference.",
            "read_on": "The day somebody saw it there. It grows stale from then on.",
        }

    def __init__(self, *args: Any, limit: str, known: LimitFact | None, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.limit, self.today = limit, today
        self.fields["value"] = limit_field(limit)
        self.parts = (("value",), ("source", "read_on"))
        self.initial["read_on"] = today
        if known:
            self.initial.update(value=known.value, source=known.source)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cleaned_data
        found["value"] = found.get("value") or None
        if wrong := problem(self.limit, found["value"]):
            self.add_error("value", wrong)
        if (day := found.get("read_on")) and day > self.today:
            self.add_error("read_on", "This day lies in the future. Give the day on which somebody looked.")
        return found

    def changes(self, known: LimitFact | None) -> list[Difference]:
        """Where what is known now is not what was typed here."""
        now, typed = known.said if known else "", said(self.limit, self.cleaned_data.get("value"))
        return [Difference(BY_KEY[self.limit].label, now or "not known", typed or "not known")] if now != typed else []
