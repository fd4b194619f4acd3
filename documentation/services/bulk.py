"""Many rows at once by plain statements, where a verb writes thousands and knows every value.

`bulk_create` makes an object of each row and asks each of its fields; here a row is a tuple. What is written is what
the fields would write: values are given as the field holds them, and text was cleaned before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models

_AT_ONCE = 500
"""Rows in one statement, where statements are not repeated cheaply."""

Row = tuple[Any, ...]


def reserve(model: type[models.Model], number: int) -> range | list[int]:
    """So many keys that no other row has or will get, rising. Inside a transaction that writes."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            # The names are those of our own tables.
            cursor.execute(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [number])  # noqa: S608
            return sorted(key for (key,) in cursor.fetchall())
        # A writing transaction is alone on SQLite, and its counter follows the keys that are written.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return range(last + 1, last + number + 1)


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row], *, update: str = "") -> None:
    """Write rows whose fields are named; the others have their defaults.

    With `update`, the name of a unique field, a row that is there already takes the new values.
    """
    if not rows:
        return
    fields = [model._meta.get_field(name) for name in names]
    unnamed = [f for f in model._meta.concrete_fields if f not in fields and not (f.primary_key or f.null)]
    fields += unnamed
    rest = tuple(f.get_default() for f in unnamed)
    columns = [str(f.column) for f in fields]  # type: ignore[union-attr]
    turns = [_turn(f) for f in fields]
    given = [[turn(v) if turn else v for turn, v in zip(turns, (*row, *rest), strict=True)] for row in rows]
    named = ", ".join(map(_quoted, columns))
    head = f"INSERT INTO {model._meta.db_table} ({named}) VALUES "  # noqa: S608 - names of our own tables
    tail = ""
    if update:
        key = str(model._meta.get_field(update).column)  # type: ignore[union-attr]
        news = ", ".join(f"{_quoted(c)} = excluded.{_quoted(c)}" for c in columns if c != key)
        tail = f" ON CONFLICT ({_quoted(key)}) DO " + (f"UPDATE SET {news}" if news else "NOTHING")
    one = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(head + one + tail, given)
            return
        if len(given) > _AT_ONCE and not update:
            asked = f"COPY {model._meta.db_table} ({named}) FROM STDIN"
            with connection.wrap_database_errors, cursor.copy(asked) as to:
                for row in given:
                    to.write_row(row)
            return
        for start in range(0, len(given), _AT_ONCE):
            some = given[start : start + _AT_ONCE]
            cursor.execute(head + ", ".join([one] * len(some)) + tail, [value for row in some for value in row])


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _turn(field: Any) -> Callable[[Any], Any] | None:
    """What makes of a value what the database takes; None where it takes it as it is."""
    if isinstance(field, models.JSONField):
        return json.dumps
    if connection.vendor != "sqlite":
        return None
    if isinstance(field, models.DateTimeField):
        return _moment
    if isinstance(field, models.DateField):
        return _day
    if isinstance(field, models.DecimalField):
        return _amount
    return None


def _moment(value: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if value else None


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _amount(value: Any) -> str | None:
    # As the fields write it: two places, always.
    return None if value is None else f"{value:.2f}"
