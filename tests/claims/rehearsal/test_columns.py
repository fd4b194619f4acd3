"""Of every column it is said what a rehearsal makes of it, and of no text that it is taken over as it is."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from claims.services.rehearsal.kinds import KINDS
from claims.services.rehearsal.left_out import LEFT_OUT
from claims.services.rehearsal.makers import MAKERS, TABLES
from claims.services.rehearsal.masks import RENUMBERED
from claims.services.rehearsal.sentences import SENTENCES
from documentation.services.backups import rows

ALL = [*rows.tables(apps), *(m for m in apps.get_models() if m._meta.label_lower in rows.LEFT_OUT)]
TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.UUIDField)
TAKEN_OVER = {"keep", "day", "number", "link"}


@pytest.mark.parametrize("model", ALL, ids=lambda m: m._meta.label_lower)
def test_every_column_of_every_table_is_classified(model: type[models.Model]) -> None:
    label = str(model._meta.label_lower)
    assert (label in TABLES) != (label in LEFT_OUT), f"say in a *_columns.py or in left_out.py what becomes of {label}"
    if label in TABLES:
        assert set(TABLES[label]) == {f.attname for f in model._meta.local_concrete_fields}


def test_nothing_is_said_of_what_is_not_there() -> None:
    known = {str(m._meta.label_lower) for m in ALL}
    assert set(TABLES) | set(LEFT_OUT) == known
    columns = {f"{label}.{column}" for label, kinds in TABLES.items() for column in kinds}
    assert set(SENTENCES) <= columns


def test_every_kind_is_made_and_explained() -> None:
    used = {kind for kinds in TABLES.values() for kind in kinds.values()}
    assert used == set(KINDS) == set(MAKERS)


@pytest.mark.parametrize("label", sorted(TABLES))
def test_no_text_is_taken_over_unseen(label: str) -> None:
    for field in apps.get_model(label)._meta.local_concrete_fields:
        kind = TABLES[label][field.attname]
        if isinstance(field, TEXT):
            assert kind not in TAKEN_OVER, field.attname
        if field.is_relation:
            assert kind in ("link", "file"), field.attname
        if isinstance(field, models.DateField) and "birth" in field.name:
            assert kind == "birth", field.attname


@pytest.mark.parametrize("label", sorted(TABLES))
def test_numbers_that_people_say_are_others(label: str) -> None:
    if isinstance(getattr(apps.get_model(label), "number", None), property):
        assert label in RENUMBERED


@pytest.mark.parametrize("label", sorted(TABLES))
def test_what_points_to_a_table_that_is_left_out_may_be_empty(label: str) -> None:
    for field in apps.get_model(label)._meta.local_concrete_fields:
        if TABLES[label][field.attname] == "link" and str(field.related_model._meta.label_lower) in LEFT_OUT:
            assert field.null, field.attname
