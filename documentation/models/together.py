"""Several small questions asked as one: every query costs a way to the database, whatever it brings back.

`together` asks querysets that have nothing to do with each other, each with all that hangs on its rows; `Rows` brings
along what hangs on each row of a list, where `prefetch_related` would ask again. Both carry rows as JSON arrays, which
both engines make. `Prepared` thinks such a question up once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Concatenate, Generic, ParamSpec

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, IntegerField, JSONField, QuerySet, Subquery, Value

from documentation.models.among import Keys, Slot, filled
from documentation.models.shapes import AT_ONCE, Shape
from documentation.models.statements import first_row

P = ParamSpec("P")

FEW = 200
"""Rows up to which several questions are asked as one: of hundreds, JSON takes longer than the ways to the database."""
MOST_KINDS = 100
"""Questions that one `Prepared` keeps; with one more it begins anew, so that no payer's rules fill the memory."""
_ARRAY = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("jsonb_agg", "jsonb_build_array")}


class Question:
    """Several querysets as one question, put together and not asked yet."""

    def __init__(self, asked: Mapping[str, QuerySet[Any]]) -> None:
        self._shapes = {name: Shape(found) for name, found in asked.items()}
        self._parts: list[str] = []
        self._params: list[Any] = []
        for shape in (one for whole in self._shapes.values() for one in whole.all):
            sql, given = _array(shape.values.query.get_compiler(using=shape.values.db))
            self._parts.append(sql)
            self._params += given

    @property
    def names(self) -> Iterable[str]:
        return self._shapes.keys()

    def __or__(self, other: Question) -> Question:
        """Both as one question. Raises ValueError where both ask for something by the same name."""
        if same := self._shapes.keys() & other._shapes.keys():
            raise ValueError(f"Both ask for {', '.join(sorted(same))}.")
        both = Question({})
        both._shapes = self._shapes | other._shapes
        both._parts, both._params = self._parts + other._parts, self._params + other._params
        return both

    def answered(self, **keys: Collection[Any]) -> dict[str, list[Any]]:
        """What each queryset gives, with these keys in the slots that were left for them, or those of a queryset."""
        answered = iter(first_row(*filled(f"SELECT {', '.join(self._parts)}", self._params, keys)))
        return {name: shape.read_all(answered) for name, shape in self._shapes.items()}


def together(**asked: QuerySet[Any]) -> dict[str, list[Any]]:
    """What each queryset gives, in one query: instances with all that hangs on them, or tuples of a `values_list`."""
    return Question(asked).answered()


class Prepared(Generic[P]):
    """Querysets that are asked for again and again, and differ in keys alone: they are thought up once.

    Django takes several times longer to put a large question together than an engine to answer it for one claim. Made
    of a function from keys by their names to querysets, which uses keys by `among` alone. Whatever else makes its
    querysets differ, a setting too, is handed to it as an argument that can be compared.
    """

    def __init__(self, make: Callable[Concatenate[Mapping[str, Keys], P], dict[str, QuerySet[Any]]]) -> None:
        self.make = make
        self._questions: dict[Any, Question] = {}

    def __call__(self, keys: Mapping[str, Collection[Any]], *kinds: P.args, **more: P.kwargs) -> dict[str, list[Any]]:
        """What each queryset gives for these keys."""
        if any(len(some) > FEW for some in keys.values()):
            return one_by_one(**self.make(keys, *kinds, **more))
        return self.question(*keys)(*kinds, **more).answered(**keys)

    def question(self, *names: str) -> Callable[P, Question]:
        """The same as a question that is not asked yet, with a place for keys of each of these names."""

        def thought_up(*kinds: P.args, **more: P.kwargs) -> Question:
            kind = (connection.vendor, frozenset(names), kinds, *sorted(more.items()))
            question = self._questions.get(kind)
            if question is None:
                if len(self._questions) >= MOST_KINDS:
                    self._questions.clear()
                question = Question(self.make({name: Slot(name) for name in names}, *kinds, **more))
                self._questions[kind] = question
            return question

        return thought_up


def one_by_one(**asked: QuerySet[Any]) -> dict[str, list[Any]]:
    """The same in a query for each."""
    return {name: list(found) for name, found in asked.items()}


def asking(many: int) -> Callable[..., dict[str, list[Any]]]:
    """How to ask for what belongs to so many rows."""
    return together if many <= FEW else one_by_one


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
