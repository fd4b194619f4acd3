"""The panel beside the prose of a section: sentences with their facts, what changed, what is proposed, phrases."""

from __future__ import annotations

from typing import Any

from django import template

from documentation.forms.parts import Group
from documentation.prose.compose import FIELDS
from documentation.queries.prose import field_prose, phrases_for
from documentation.rules.prompts import FIELDS as NAMED

register = template.Library()

_NAMES = {field: name for _, field, name, _ in NAMED}


@register.inclusion_tag("documentation/_prose.html", takes_context=True)
def prose_panel(context: template.Context, group: Group | None = None) -> dict[str, Any]:
    """The panel of one group of a section; without a group, those of all groups, for the answer to a save."""
    section, encounter, facts = context["section"], context["encounter"], context["facts"]
    groups = [group] if group else [b for b in section.body if isinstance(b, Group)]
    phrases: dict[str, list[Any]] = {}
    if any(f"{section.key}.{i.name}" in _NAMES for g in groups for i in g.items):
        for phrase in phrases_for(context["request"].user):
            phrases.setdefault(phrase.field, []).append(phrase)
    panels = []
    for one in groups:
        fields = [
            {
                "field": field,
                "id": field.replace(".", "-"),
                "name": _NAMES[field],
                "prose": field_prose(encounter, facts, field) if field in FIELDS else None,
                "phrases": phrases.get(field, []),
            }
            for field in (f"{section.key}.{i.name}" for i in one.items)
            if field in _NAMES
        ]
        if fields:
            panels.append({"id": f"prose-{fields[0]['id']}", "fields": fields})
    return {"panels": panels, "encounter": encounter, "section": section, "links": context.get("links", {})}


@register.filter
def at(links: dict[str, str], section: str) -> str:
    """The address of a section among links."""
    return links.get(section, "")
