"""Typed values and rows in words: what a folded row shows, and what two people compare."""

from __future__ import annotations

from typing import Any

from django import forms

from documentation.forms.fields import AnswerField
from documentation.forms.parts import Item, Rows


def said(form: forms.BaseForm, name: str, value: Any) -> str:
    """A value in words, as the field's own choices say it."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "pk"):
        return str(value)
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        offered: Any = field.queryset
        return str(offered.filter(pk=value).first() or "")
    choices = {str(k): str(v) for k, v in getattr(field, "choices", ()) or getattr(field.widget, "choices", ())}
    if isinstance(value, list | tuple):
        return ", ".join(choices.get(str(v), str(v)) for v in value)
    if hasattr(value, "strftime") and hasattr(value, "year"):
        return f"{value:%b} {value.day}, {value.year}"
    text = f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
    return choices.get(text, text)


def row_words(spec: Rows, form: Any) -> str:
    """A row as one line: `Stenosis, left submandibular, 24 mm from the papilla`."""
    place = " ".join(_item_words(form, i).lower() for n in ("side", "gland") for i in spec.items if i.name == n).strip()
    parts = []
    for item in spec.items:
        if item.name == "gland":
            parts.append(place)
        elif item.name != "side" and (spec.name, item.name) != ("findings", "note"):
            parts.append(_item_words(form, item))
    line = ", ".join([p for p in parts if p][:6])
    return line[:1].upper() + line[1:] or f"New {spec.one}"


QUANTITY = {
    "distance_from_papilla_mm": "{} mm from the papilla",
    "size_mm": "size {} mm",
    "width_mm": "{} mm wide",
    "diameter_mm": "{} mm",
    "pressure_atm": "{} atm",
    "duration_s": "for {} s",
    "dose_mg": "{} mg",
    "volume_ml": "{} mL",
    "size_fr": "{} French",
    "planned_days": "stays {} days",
    "length_mm": "length {} mm",
    "lumen_percent": "{} % of the lumen",
    "count": "{} in number",
    "fee": "${}",
}
ANSWERS = {
    "complete": {"yes": "complete", "True": "complete", "no": "not complete", "False": "not complete"},
    "passable": {"yes": "passable", "after_dilation": "passable after dilation", "no": "not passable"},
    "visibility": {"full": "fully visible", "partial": "partly visible", "none": "not visible"},
}


def _item_words(form: Any, item: Item) -> str:
    raw = form[item.name].value()
    if raw in (None, "", [], False):
        return ""
    if item.name in QUANTITY:
        return QUANTITY[item.name].format(said(form, item.name, raw))
    if item.name in ANSWERS:
        return ANSWERS[item.name].get(str(raw), str(raw))
    field = form.fields[item.name]
    if isinstance(field, AnswerField):
        label = str(field.label).lower()
        return label if form[item.name].value() in ("yes", True) else f"not {label}"
    if isinstance(field, forms.BooleanField):
        return "documented"
    words = said(form, item.name, raw)
    return words if item.name in ("type", "modality", "code", "result", "limitation", "note", "duct") else words.lower()
