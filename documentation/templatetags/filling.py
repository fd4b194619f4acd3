"""The bar above a section: what one action fills in, and what was filled in and waits to be confirmed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import template

from documentation.queries.filling import bar_of
from documentation.views.work import is_editable

register = template.Library()


@register.inclusion_tag("documentation/_filling.html", takes_context=True)
def filling_bar(context: template.Context) -> dict[str, Any]:
    """The bar of the page's encounter; empty where the record can no longer be changed."""
    encounter, section = context["encounter"], context.get("section")
    if not is_editable(encounter):
        return {}
    bar = bar_of(encounter, context["facts"], section.key if section else "")
    keys = ("once", "csrf_token", "section")
    return {"bar": bar, "encounter": encounter, **{k: context.get(k) for k in keys}}


@register.filter
def as_json(values: Mapping[str, str]) -> str:
    """A mapping for a script to read from an attribute."""
    return json.dumps(dict(values))
