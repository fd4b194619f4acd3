"""Asking for the rows of thousands of keys: `among` takes them as one parameter, Django's `in` one for each.

A query of `in` with a thousand keys takes longer to be put together than to be answered, and no engine takes any number
of parameters.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import BigAutoField, CharField, DateField, ForeignKey, Lookup, Q


class Slot:
    """The place in a question of keys that are given when it is asked; see `documentation.models.together.Prepared`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __deepcopy__(self, memo: Any) -> Slot:
        return self  # A copy of the question has the same place.


Keys = Collection[Any] | Slot


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
        # The column is one of ours.
        return f"{column} IN (SELECT value FROM json_each(%s))", [*values, _given(self.rhs, connection.vendor)]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*values, _given(self.rhs, connection.vendor)]


def among(path: str, keys: Keys) -> Q:
    """The rows whose key under `path`, such as `pk` or `claim__encounter`, is one of these."""
    return Q(**{f"{path}__among": keys if isinstance(keys, Slot) else frozenset(keys)})


def filled(params: Iterable[Any], keys: Mapping[str, Collection[Any]]) -> list[Any]:
    """The parameters of a question with keys in the places that were left for them."""
    return [_given(keys[p.name], connection.vendor) if isinstance(p, Slot) else p for p in params]


def _given(keys: Keys, vendor: str) -> Any:
    """Keys as one parameter, as the engine takes them."""
    if isinstance(keys, Slot):
        return keys
    return json.dumps(sorted(keys), default=str) if vendor == "sqlite" else sorted(keys)
