"""Rows in a form that neither engine owns: a list of values a line, in JSON, named once by their fields."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models
from django.db.migrations.loader import MigrationLoader
from django.utils.duration import duration_iso_string

from documentation.kernel.machine import NotPossible

LEFT_OUT = frozenset({"sessions.session", "usersessions.usersession"})
"""Who is signed in at this moment: nobody is, after a restore."""
MADE_BY_MIGRATING = frozenset({"contenttypes.contenttype", "auth.permission"})
"""Tables that are never empty: Django fills them. What a backup holds takes their place."""
AT_ONCE = 1_000
"""Rows of one piece."""
_BY_STATEMENT = 200

Model = type[models.Model]


def here() -> Any:
    """The models as this database has them: of a version before this one, where it was not brought up to date yet."""
    loader = MigrationLoader(connection)
    schema = set(loader.applied_migrations) & set(loader.disk_migrations)
    return apps if schema == set(loader.disk_migrations) else loader.project_state(last_of(loader, schema)).apps


def last_of(loader: MigrationLoader, schema: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of each branch of a schema's history the last migration."""
    known = loader.graph.node_map
    return sorted(n for n in schema if not any(c.key in schema and c.key[0] == n[0] for c in known[n].children))


def tables(registry: Any) -> list[Model]:
    """Every model whose rows a backup holds, links between rows included, in a lasting order."""
    found = (m for m in registry.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy)
    return sorted((m for m in found if m._meta.label_lower not in LEFT_OUT), key=lambda m: str(m._meta.label_lower))


def names(model: Model) -> list[str]:
    return [f.attname for f in model._meta.local_concrete_fields]


@dataclass
class Sum:
    """How many rows there are, and the SHA-256 of their lines."""

    rows: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, lines: bytes) -> None:
        self.rows += lines.count(b"\n")
        self._hash.update(lines)

    @property
    def sha256(self) -> str:
        found: str = self._hash.hexdigest()
        return found


def pieces(model: Model, fields: Iterable[str] = ()) -> Iterator[bytes]:
    """The rows of a table in lines, a thousand at a time, by their keys; of some of its fields, or of all."""
    wanted = tuple(fields) or names(model)
    rows = model._base_manager.order_by("pk").values_list(*wanted).iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        yield b"".join(line(row) for row in some)


def line(row: Iterable[Any]) -> bytes:
    return json.dumps([_plain(v) for v in row], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


class Writer:
    """Writes lines of one table as rows, as they are: nothing is cleaned or counted. `besides` is what every row gets
    in fields of which the lines say nothing.
    """

    def __init__(self, model: Model, fields: list[str], besides: Mapping[str, Any] | None = None) -> None:
        known = {f.attname: f for f in model._meta.local_concrete_fields}
        fields, self._besides = [*fields, *(besides or {})], [*(besides or {}).values()]
        self._prepare = [_prepared(known[name]) for name in fields]
        self._label = str(model._meta.label_lower)
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(known[name].column)) for name in fields)
        self._head = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608 - our own tables
        self._one = f"({', '.join(['%s'] * len(fields))})"

    def write(self, lines: bytes) -> None:
        rows = [
            [prepare(value) for prepare, value in zip(self._prepare, json.loads(line) + self._besides, strict=True)]
            for line in lines.splitlines()
        ]
        try:
            self._insert(rows)
        except (DataError, IntegrityError) as e:  # Told with the table alone: the values may be a patient's.
            raise NotPossible(
                f"A row of {self._label} does not go into this database ({type(e).__name__}), so nothing was restored."
                " Restore into the engine that the backup came from, and tell whoever looks after Ductus."
            ) from e

    def _insert(self, rows: list[list[Any]]) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.executemany(self._head + self._one, rows)
                return
            for start in range(0, len(rows), _BY_STATEMENT):
                some = rows[start : start + _BY_STATEMENT]
                cursor.execute(self._head + ", ".join([self._one] * len(some)), [v for row in some for v in row])


def _prepared(column: models.Field[Any, Any]) -> Callable[[Any], Any]:
    if isinstance(column, models.ForeignKey):
        return _prepared(column.target_field)

    def prepare(value: Any) -> Any:
        if value is None and (column.null or not isinstance(column, models.JSONField)):
            return None
        if not isinstance(column, models.JSONField):
            try:
                value = column.to_python(value)
            except ValidationError as e:  # Told with the field alone: the value may be a patient's.
                field = f"{column.model._meta.label_lower}.{column.name}"
                raise NotPossible(f"A value of {field} cannot be read, so nothing was restored.") from e
        return column.get_db_prep_value(value, connection, prepared=False)

    return prepare


# --- Numbers that were given -----------------------------------------------------------------------------------------


def numbered(models_: list[Model]) -> list[Model]:
    """Tables whose keys are counted: a number that was given once is never given again, deleted rows included."""
    return [m for m in models_ if isinstance(m._meta.pk, models.AutoField) and m._meta.pk in m._meta.local_fields]


def last_numbers(models_: list[Model]) -> dict[str, int]:
    """By table the last number that was given."""
    found = {}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            given = {str(name): int(seq) for name, seq in cursor.fetchall()}
            return {str(m._meta.label_lower): given.get(m._meta.db_table, 0) for m in numbered(models_)}
        for model in numbered(models_):
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", _sequence_of(model))
            cursor.execute(f"SELECT last_value, is_called FROM {cursor.fetchone()[0]}")  # noqa: S608
            last, is_given = cursor.fetchone()
            found[str(model._meta.label_lower)] = last if is_given else last - 1
    return found


def set_last_numbers(models_: list[Model], last: dict[str, int]) -> None:
    """Go on counting where it was left."""
    with connection.cursor() as cursor:
        for model in numbered(models_):
            number = last.get(str(model._meta.label_lower), 0)
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
                if number:
                    cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [model._meta.db_table, number])
            else:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                    [*_sequence_of(model), max(number, 1), number > 0],
                )


def _sequence_of(model: Model) -> list[str]:
    return [connection.ops.quote_name(model._meta.db_table), str(model._meta.pk.column)]
