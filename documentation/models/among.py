"""Asking for the rows of thousands of keys: `among` takes them as one parameter, Django's `in` one for each.

A query of `in` with a thousand keys takes longer to be put together than to be answered, and no engine takes any number
of parameters.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigAutoField, CharField, DateField, ForeignKey, Lookup, Q, QuerySet
from django.db.models.sql import Query


class Slot:
    """The place in a question of keys that are given when it is asked, or of a queryset that chooses them; see
    `documentation.models.together.Prepared`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def mark(self) -> str:
        """What stands in the question's text until then."""
        return f"/*{self.name}*/"

    def __deepcopy__(self, memo: Any) -> Slot:
        return self  # A copy of the question has the same place.


Keys = Collection[Any] | Slot
S = TypeVar("S")


@BigAutoField.register_lookup
@ForeignKey.register_lookup
@CharField.register_lookup
@DateField.register_lookup
class Among(Lookup):
    """Whether a key is one of a set of whole numbers; of text or of days, where the column is one."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        text, given = self._place(compiler, connection)
        return f"{column} IN ({text})", [*values, *given]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        text, given = self._place(compiler, connection)
        return f"{column} = ANY({text})", [*values, *given]

    def _place(self, compiler: Any, connection: Any) -> tuple[str, Iterable[Any]]:
        """What the keys are asked by."""
        if isinstance(self.rhs, Query):  # what Django makes of a queryset
            text, given = compiler.compile(self.rhs)
            return _chosen(text.removeprefix("(").removesuffix(")"), connection.vendor), given
        return (self.rhs.mark, [self.rhs]) if isinstance(self.rhs, Slot) else _given(self.rhs, connection.vendor)


def among(path: str, keys: Keys) -> Q:
    """The rows whose key under `path`, such as `pk` or `claim__encounter`, is one of these.

    A queryset of keys, which refers to nothing around it, is a part of the question, and is asked first: no engine
    begins with what is looked for.
    """
    return Q(**{f"{path}__among": keys if isinstance(keys, Slot | QuerySet) else frozenset(keys)})


def others(states: Iterable[S], *these: S) -> list[S]:
    """The states that are none of these: to be left out, where `among` says which rows are meant. Of a state that is
    asked for, SQLite would begin with all the rows that are in it.
    """
    return [state for state in states if state not in these]


def filled(text: str, params: Iterable[Any], keys: Mapping[str, Collection[Any]]) -> tuple[str, list[Any]]:
    """A question and its parameters with keys in the places that were left for them."""
    given = {name: _given(some, connection.vendor) for name, some in keys.items()}
    for name, (keyed, _) in given.items():
        text = text.replace(Slot(name).mark, keyed)
    return text, [one for p in params for one in (given[p.name][1] if isinstance(p, Slot) else (p,))]


def _given(keys: Collection[Any], vendor: str) -> tuple[str, Iterable[Any]]:
    """Keys as the engine takes them: in one parameter, or by the question that chooses them."""
    if isinstance(keys, QuerySet):
        try:
            text, given = keys.query.get_compiler(using=keys.db).as_sql()
        except EmptyResultSet:
            return ("SELECT NULL WHERE 0" if vendor == "sqlite" else "'{}'"), ()
        return _chosen(text, vendor), given
    if vendor == "sqlite":
        return "SELECT value FROM json_each(%s)", [json.dumps(sorted(keys), default=str)]
    return "%s", [sorted(keys)]


def _chosen(question: str, vendor: str) -> str:
    """Keys that a question chooses. PostgreSQL asks it for all of them before it looks at anything else."""
    return question if vendor == "sqlite" else f"ARRAY({question})"
