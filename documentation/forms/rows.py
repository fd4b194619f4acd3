"""Lists of a section as rows of small forms: added and removed with a script or without one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory

from documentation.forms.fields import CleanField, field_for, help_for
from documentation.forms.parts import Item, Rows

MOST_ROWS = 200


class RowForm(forms.Form):
    """One row. A row in which nothing visible was filled in does not count."""

    def has_changed(self) -> bool:
        return any(
            self.fields[n].widget.value_from_datadict(self.data, self.files, self.add_prefix(n))
            not in (None, "", [], False)
            for n in self.fields
            if not self.fields[n].widget.is_hidden
        )


class BaseRows(BaseFormSet):
    """A list of rows in which every row is new to the form: what it replaces is the service's to know."""

    spec: Rows

    def initial_form_count(self) -> int:
        return 0

    def total_form_count(self) -> int:
        return super().total_form_count() if self.is_bound else len(self.initial or [])

    @property
    def given(self) -> list[tuple[int, dict[str, Any]]]:
        """The rows that count, each with its place among the forms."""
        return [(i, f.cleaned_data) for i, f in enumerate(self.forms) if f.cleaned_data]


def rows_class(spec: Rows) -> type[BaseRows]:
    fields: dict[str, forms.Field] = {n: CleanField(widget=forms.HiddenInput, required=False) for n in spec.hidden}
    for item in (*spec.items, *spec.more):
        fields[item.name] = _field(spec, item)
    form = type(f"{spec.name}_row", (RowForm,), fields)
    made: Any = formset_factory(form, formset=BaseRows, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
    made.spec = spec
    return made


def _field(spec: Rows, item: Item) -> forms.Field:
    if spec.name == "interventions" and item.name == "finding":
        field: forms.Field = CleanField(label=item.label, required=False, widget=forms.Select)
    else:
        field = field_for(spec.model._meta.get_field(item.name), compact=True)
    field.label = item.label or field.label
    field.help_text = help_for(spec.model._meta.get_field(item.name), item.help, item.unit)
    return field


def with_row(data: Any, name: str, values: Mapping[str, str] | None = None) -> Any:
    """The same typed data (a QueryDict) with one more row at the end of a list."""
    changed = data.copy()
    count = _count(changed, name)
    changed[f"{name}-TOTAL_FORMS"] = str(min(count + 1, MOST_ROWS))
    for key, value in (values or {}).items():
        changed[f"{name}-{count}-{key}"] = value
    return changed


def without_row(data: Any, name: str, index: int) -> Any:
    """The same typed data (a QueryDict) without one row; the later ones move up."""
    changed = data.copy()
    count = _count(changed, name)
    if not 0 <= index < count:
        return changed
    found = [m for key in changed if (m := re.fullmatch(rf"{re.escape(name)}-([0-9]+)-(\w+)", key))]
    for match in sorted(found, key=lambda m: int(m[1])):
        if int(match[1]) >= index:
            values = changed.pop(match[0])
            if int(match[1]) > index:
                changed.setlist(f"{name}-{int(match[1]) - 1}-{match[2]}", values)
    changed[f"{name}-TOTAL_FORMS"] = str(count - 1)
    return changed


def _count(data: Mapping[str, Any], name: str) -> int:
    raw = str(data.get(f"{name}-TOTAL_FORMS", "0"))
    return min(int(raw), MOST_ROWS) if raw.isdecimal() else 0
