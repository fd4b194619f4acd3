"""What builds upon a row: asked of every table that points at it, so that a new one is never forgotten."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models

from documentation.models import AuditEvent
from documentation.models.among import among

_NONE_OF_THEM = (AuditEvent,)
"""The trail tells of rows, also of those that are no longer there."""


def what_builds(
    model: type[models.Model], keys: Collection[int], *, besides: tuple[type[models.Model], ...] = ()
) -> dict[int, list[str]]:
    """By the key of each row upon which something builds, the names of what does, such as 'encounters'."""
    found: dict[int, list[str]] = {}
    for relation in model._meta.get_fields(include_hidden=True):
        points = relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        if not points or relation.related_model in (*besides, *_NONE_OF_THEM):
            continue
        other: Any = relation
        name = str(other.related_model._meta.verbose_name_plural)
        rows = other.related_model._base_manager.filter(among(other.field.name, keys))
        for key in rows.order_by().values_list(other.field.attname, flat=True).distinct():
            names = found.setdefault(key, [])
            if name not in names:
                names.append(name)
    return found
