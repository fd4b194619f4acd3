"""Several small questions asked as one: every query costs a way to the database, whatever it brings back.

`together` asks querysets that have nothing to do with each other, each with all that hangs on its rows; `Rows` brings
along what hangs on each row of a list, where `prefetch_related` would ask again. Both carry rows as JSON arrays, which
both engines make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, IntegerField, JSONField, QuerySet, Subquery, Value

from documentation.models.shapes import AT_ONCE, Shape

_ARRAY = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("jsonb_agg", "jsonb_build_array")}


def together(**asked: QuerySet[Any]) -> dict[str, list[Any]]:
    """What each queryset gives, in one query: instances with all that hangs on them, or tuples of a `values_list`."""
    shapes = {name: Shape(found) for name, found in asked.items()}
    parts: list[str] = []
    params: list[Any] = []
    for shape in (one for whole in shapes.values() for one in whole.all):
        sql, given = _array(shape.values.query.get_compiler(using=shape.values.db))
        parts.append(sql)
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        answered = iter(cursor.fetchone())
    return {name: shape.read_all(answered) for name, shape in shapes.items()}


def one_by_one(**asked: QuerySet[Any]) -> dict[str, list[Any]]:
    """The same in a query for each."""
    return {name: list(found) for name, found in asked.items()}


def asking(many: int) -> Callable[..., dict[str, list[Any]]]:
    """How to ask for what belongs to so many rows: of hundreds, JSON takes longer than the ways to the database."""
    return together if many <= 200 else one_by_one


def counting(found: QuerySet[Any]) -> QuerySet[Any]:
    """A question of how many rows there are, to be asked with others; `number` reads what came."""
    return found.order_by().values_list(Value(1)).annotate(Count("pk", distinct=True))


def number(came: list[tuple[int, int]]) -> int:
    """What came of `counting`."""
    return sum(n for _, n in came)


class Rows(Subquery):
    """The rows of a queryset that refers to the row around it, as a list for `Shape.read`."""

    def __init__(self, found: QuerySet[Any]) -> None:
        super().__init__(found, output_field=JSONField())

    def as_sql(self, compiler: Any, connection: Any, template: Any = None, **more: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = _array(self.query.get_compiler(connection=connection))
        return sql, tuple(params)


class HowMany(Subquery):
    """How many rows a queryset has that is cut, as a number."""

    template = "(SELECT count(*) FROM (%(subquery)s) cut)"
    output_field = IntegerField()


def _array(compiler: Any) -> tuple[str, Iterable[Any]]:
    collect, one = _ARRAY[connection.vendor]
    try:
        sql, params = compiler.as_sql(with_col_aliases=True)
    except EmptyResultSet:
        return "'[]'", ()
    columns = [f"rows.{connection.ops.quote_name(alias)}" for _, _, alias in compiler.select]
    arrays = [f"{one}({', '.join(columns[n : n + AT_ONCE])})" for n in range(0, len(columns), AT_ONCE)]
    row = arrays[0] if len(arrays) == 1 else f"{one}({', '.join(arrays)})"
    return f"(SELECT {collect}({row}) FROM ({sql}) rows)", params  # noqa: S608 - made by the ORM
