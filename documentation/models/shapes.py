"""How the rows of a queryset are carried as JSON, and made into instances again: as Django makes them, with what
`select_related`, `annotate` and `prefetch_related` bring.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db import connection, models
from django.db.models import Prefetch, QuerySet
from django.db.models.fields.related import ForeignObject

AT_ONCE = 80
"""Columns in one array: PostgreSQL's functions take 100 arguments, SQLite's 127."""


@dataclass(frozen=True)
class Beside:
    """A row that `select_related` brings along."""

    of: int
    """The place of the row that it hangs on; 0 is the row itself."""
    field: Any
    names: list[str]


@dataclass(frozen=True)
class Beneath:
    """Rows that `prefetch_related` brings along."""

    way: tuple[str, ...]
    """From the row to the one that they hang on."""
    name: str
    field: Any
    shape: Shape


class Shape:
    """How rows of a queryset are asked for, and how they are made of what came."""

    def __init__(self, found: QuerySet[Any]) -> None:
        self.model: Any = None
        self.names: list[str] = []
        self.beside: list[Beside] = []
        self.beneath: list[Beneath] = []
        self.reckoned: list[str] = []
        if found._iterable_class is models.query.ModelIterable:
            self.model = found.model
            self._take(found)
            columns = chain(self.names, self._columns_beside, self.reckoned)
            found = found.select_related(None).prefetch_related(None).defer(None).values_list(*columns)
        self.values = found
        self._turns: list[Callable[[Any], Any]] | None = None

    @property
    def all(self) -> Iterator[Shape]:
        """Itself, then the shapes of all that is brought along; each is a part of its own of the question."""
        yield self
        for one in self.beneath:
            yield from one.shape.all

    def read(self, value: Any) -> list[Any]:
        """The rows of one part, without what is `beneath` them."""
        lists = json.loads(value) if isinstance(value, str) else value or []
        if not lists:
            return []
        if len(self.turns) > AT_ONCE:
            lists = (chain.from_iterable(row) for row in lists)
        rows = [tuple(v if v is None else t(v) for t, v in zip(self.turns, row, strict=True)) for row in lists]
        if self.model is None:
            is_flat = self.values._iterable_class is models.query.FlatValuesListIterable
            return [row[0] for row in rows] if is_flat else rows
        return [self._made(row) for row in rows]

    def read_all(self, values: Iterator[Any]) -> list[Any]:
        """The rows with all that hangs beneath them, from the parts in the order of `all`."""
        rows = self.read(next(values))
        for one in self.beneath:
            _hang(rows, one, one.shape.read_all(values))
        return rows

    @property
    def turns(self) -> list[Callable[[Any], Any]]:
        if self._turns is None:
            compiler = self.values.query.get_compiler(using=self.values.db)
            compiler.setup_query()
            self._turns = [_turn(expression.output_field) for expression, _, _ in compiler.select]
        return self._turns

    def _take(self, found: QuerySet[Any]) -> None:
        tree: Any = found.query.select_related or {}
        self._columns_beside: list[str] = []
        self.names = _loaded_names(found, self.model, tree)
        self.reckoned = list(found.query.annotation_select)
        self._take_beside(found, self.model, tree, (), 0)
        lookups = [(tuple(one.prefetch_through.split("__")), one.queryset) for one in map(_lookup, _lookups(found))]
        self._take_beneath(found, self.model, tree, (), lookups)

    def _take_beside(self, found: QuerySet[Any], model: Any, tree: Any, way: tuple[str, ...], of: int) -> None:
        for name, below in tree.items():
            field = model._meta.get_field(name)
            names = _loaded_names(found, field.related_model, below, (*way, name))
            self.beside.append(Beside(of, field, names))
            self._columns_beside += ["__".join((*way, name, column)) for column in names]
            self._take_beside(found, field.related_model, below, (*way, name), len(self.beside))

    def _take_beneath(self, found: QuerySet[Any], model: Any, tree: Any, way: tuple[str, ...], lookups: Any) -> None:
        heads: dict[str, list[Any]] = defaultdict(list)
        for (head, *rest), rows in lookups:
            heads[head].append((tuple(rest), rows))
        for name, those in heads.items():
            field = model._meta.get_field(name)
            if name in tree:
                self._take_beneath(found, field.related_model, tree[name], (*way, name), those)
                continue
            rows = next((given for rest, given in those if not rest and given is not None), None)
            rows = field.related_model._default_manager.all() if rows is None else rows
            rows = rows.prefetch_related(*(Prefetch("__".join(rest), given) for rest, given in those if rest))
            ours = found if found.query.is_sliced else found.order_by()
            if isinstance(field, ForeignObject):
                rows = rows.filter(pk__in=ours.values("__".join((*way, name))))
            else:
                rows = rows.filter(**{f"{field.field.name}__in": ours.values("__".join(way) or "pk")})
            self.beneath.append(Beneath(way, name, field, Shape(rows)))

    def _made(self, row: tuple[Any, ...]) -> Any:
        made = [self.model.from_db(self.values.db, self.names, row[: len(self.names)])]
        start = len(self.names)
        for one in self.beside:
            its = row[start : start + len(one.names)]
            start += len(one.names)
            related, of = one.field.related_model, made[one.of]
            is_there = its[one.names.index(related._meta.pk.attname)] is not None
            made.append(related.from_db(self.values.db, one.names, its) if is_there else None)
            if of is not None:
                one.field.set_cached_value(of, made[-1])
            if is_there and one.field.one_to_one:
                one.field.remote_field.set_cached_value(made[-1], of)
        for name, value in zip(self.reckoned, row[start:], strict=True):
            setattr(made[0], name, value)
        return made[0]


def bring(row: Any, name: str, rows: list[Any]) -> None:
    """Let a row have what hangs on it, as if `prefetch_related` had brought it."""
    found = getattr(row, name).get_queryset()
    found._result_cache, found._prefetch_done = rows, True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found


def _hang(rows: list[Any], one: Beneath, brought: list[Any]) -> None:
    is_above = isinstance(one.field, ForeignObject)
    key = "pk" if is_above else one.field.field.attname
    by: dict[Any, list[Any]] = defaultdict(list)
    for found in brought:
        by[getattr(found, key)].append(found)
    for row in rows:
        for name in one.way:
            row = row and getattr(row, name)
        if row is None:
            continue
        if is_above:
            one.field.set_cached_value(row, next(iter(by[getattr(row, one.field.attname)]), None))
            continue
        for found in by[row.pk]:
            one.field.field.set_cached_value(found, row)
        bring(row, one.name, by[row.pk])


def _lookups(found: QuerySet[Any]) -> tuple[Any, ...]:
    return found._prefetch_related_lookups  # type: ignore[attr-defined]


def _lookup(one: Any) -> Prefetch[Any]:
    return one if isinstance(one, Prefetch) else Prefetch(one)


def _loaded_names(found: QuerySet[Any], model: Any, tree: Any, way: tuple[str, ...] = ()) -> list[str]:
    """The columns of a model's instances: all, or those that `only` and `defer` leave."""
    fields = model._meta.concrete_fields
    names, is_without = found.query.deferred_loading
    prefix = "".join(f"{name}__" for name in way)
    if is_without or not any(name.startswith(prefix) for name in names):
        return [f.attname for f in fields if f"{prefix}{f.name}" not in names]
    return [f.attname for f in fields if f.primary_key or f"{prefix}{f.name}" in names or f.name in tree]


def _turn(field: Any) -> Callable[[Any], Any]:
    """What makes of a value of JSON what the field holds."""
    if field.is_relation:
        return _turn(field.target_field)
    if isinstance(field, models.JSONField):
        return _loaded if connection.vendor == "sqlite" else _same
    if isinstance(field, models.DateTimeField):
        return _moment
    if isinstance(field, models.DecimalField):
        step = Decimal(1).scaleb(-field.decimal_places)
        return lambda value: Decimal(str(value)).quantize(step)
    if isinstance(field, models.DateField):
        return _day
    if isinstance(field, models.TimeField | models.BooleanField):
        return field.to_python
    return _same


def _same(value: Any) -> Any:
    return value


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _day(value: str) -> date:
    return date.fromisoformat(value[:10])  # PostgreSQL makes a moment of the day that a month begins with


def _moment(value: Any) -> Any:
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
