"""Crispy layouts of sections and rows, made from the table of sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crispy_forms.bootstrap import AppendedText, PrependedText
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.utils.html import format_html

from documentation.forms.fields import Chips
from documentation.forms.parts import Item

CHIPS = (Chips, forms.CheckboxSelectMultiple)


def helper_for(form: forms.BaseForm, items: Iterable[Item], marks: Mapping[str, str] | None = None) -> FormHelper:
    """Draws these fields of the form, and nothing else of it. `marks` are paths of values to confirm, by field."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.include_media = False
    drawn = (_drawn(form, i, (marks or {}).get(i.name, "")) for i in items if i.name in form.fields)
    helper.layout = Layout(Div(*drawn, css_class="fields"))
    return helper


def _drawn(form: forms.BaseForm, item: Item, mark: str) -> Div | Field:
    below = [HTML(_mark(str(form.fields[item.name].label), mark))] if mark else []
    widget = form.fields[item.name].widget
    element = f"id_{form.add_prefix(item.name)}"
    box = {"data_when": " ".join(sorted(item.when))} if item.when else {}
    css = "wide" if item.wide else ""
    if item.after:
        box["data_after"] = item.after
        css = f"{css} branch".strip()
    if isinstance(widget, CHIPS):
        # The wrapper carries the field's own id, so that a link to the field lands on its chips.
        return Div(
            Field(item.name, wrapper_class="chips"),
            *below,
            css_id=element,
            css_class=css or "chips-box",
            **box,
        )
    if item.unit == "$":
        drawn: Field = PrependedText(item.name, item.unit)
    elif item.unit:
        drawn = AppendedText(item.name, item.unit)
    else:
        drawn = Field(item.name)
    return Div(drawn, *below, css_class=css, **box)


def _mark(label: str, path: str) -> str:
    """What stands under a value that was filled in: that it does not count yet, and the button that confirms it."""
    return format_html(
        '<p class="to-confirm" data-mark="{}"><span class="to-confirm-words">To confirm</span>'
        '<button class="btn btn-plain btn-sm" type="submit" name="confirm" value="{}" formnovalidate>Confirm'
        '<span class="visually-hidden">: {}</span></button></p>',
        path,
        path,
        label,
    )
