"""Text that is looked for by its beginning, by an index on both engines."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, F, Lookup
from django.db.models.expressions import OrderBy

_LAST = "\U0010ffff"
"""No letter comes after it."""


class BeginningField(CharField):
    """Text with the lookup `begins`. Django's `startswith` is a pattern, for which SQLite uses no index."""


@BeginningField.register_lookup
class Begins(Lookup):
    """Whether a text begins so, case and all. PostgreSQL needs an index of patterns."""

    lookup_name = "begins"

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        return f"({column} >= %s AND {column} < %s)", [*values, self.rhs, *values, f"{self.rhs}{_LAST}"]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*values, f"{connection.ops.prep_for_like_query(self.rhs)}%"]


class ByLetters(OrderBy):
    """The order of the index that `begins` goes by, letter by letter, whatever the language of the database."""

    def __init__(self, column: str) -> None:
        super().__init__(F(column))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        # Django takes an order apart at the word for its direction, which an order by an operator has not.
        return self.as_sql(compiler, connection, template="%(expression)s USING ~<~ /* ASC */")
