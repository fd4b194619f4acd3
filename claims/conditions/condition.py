"""Conditions as frozen data: clauses of property, operator and value, joined by 'all' and 'any', nested as one likes.

There is no code in them and nothing that is run: what cannot be said with a declared property and a declared
operator cannot be said. They stand as JSON in rows: `{"all": [{"property": …, "operator": …, "value": …}, …]}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from claims.conditions import operators
from claims.conditions.catalogue import BY_KEY
from claims.conditions.kinds import Kind, NotAValue, meant
from claims.conditions.operators import Operator
from claims.conditions.property import Property
from claims.facts import ClaimFacts
from documentation.kernel.rule import Unanswerable

MOST_CLAUSES = 40
MOST_NESTED = 4

Values = Callable[[Property], Any]
"""Tells the value of a property, None where it is not known."""


@dataclass(frozen=True)
class Clause:
    """One comparison. `key` names the property; `value` is plain JSON, a tuple where the operator takes several."""

    key: str
    operator: str
    value: Any = None

    @cached_property
    def about(self) -> Property:
        """The property. Raises Unanswerable for one that is not declared (any more)."""
        found = BY_KEY.get(self.key)
        if found is None:
            raise Unanswerable(f"nothing called “{self.key}” can be asked of a claim")
        return found

    @cached_property
    def by(self) -> Operator:
        """The operator. Raises Unanswerable for one that does not exist or does not fit the property."""
        found = operators.BY_KEY.get(self.operator)
        if found is None or self.about.kind not in found.kinds:
            raise Unanswerable(f"“{self.operator}” cannot be asked of the {self.about.label}")
        return found

    @property
    def value_kind(self) -> Kind:
        return self.by.compares or self.about.kind

    @cached_property
    def compared(self) -> Any:
        """What the property is compared with, as it is compared. Raises Unanswerable where it is no such value."""
        takes, kind = self.by.takes, self.value_kind
        try:
            if takes == operators.NONE:
                return None
            if takes == operators.ONE:
                return meant(kind, self.value)
            given = self.value if isinstance(self.value, list | tuple) else ()
            if not given or (takes == operators.TWO and len(given) != 2):
                raise NotAValue("Give a value to compare with.")
            return tuple(meant(kind, v) for v in given)
        except NotAValue as e:
            raise Unanswerable(f"the {self.about.label} is compared with nothing that fits") from e

    def holds(self, values: Values) -> bool:
        by, compared, value = self.by, self.compared, values(self.about)
        return by.on_unknown if value is None else by.holds(value, compared)

    def as_data(self) -> dict[str, Any]:
        found = {"property": self.key, "operator": self.operator}
        return found if self.value is None else {**found, "value": self.value}


@dataclass(frozen=True)
class Group:
    """Parts of which all must hold, or any. An empty group says nothing and holds never."""

    match: str = "all"
    parts: tuple[Clause | Group, ...] = ()

    def holds(self, values: Values) -> bool:
        if not self.parts:
            return False
        # Every part is asked: a clause that cannot be answered must not hide behind one that decides before it.
        found = [part.holds(values) for part in self.parts]
        return all(found) if self.match == "all" else any(found)

    def clauses(self) -> Iterator[Clause]:
        """Every clause, however deep."""
        for part in self.parts:
            yield from part.clauses() if isinstance(part, Group) else (part,)

    @property
    def depth(self) -> int:
        return 1 + max((p.depth for p in self.parts if isinstance(p, Group)), default=0)

    def as_data(self) -> dict[str, Any]:
        return {self.match: [part.as_data() for part in self.parts]}


def holds_on(condition: Group, facts: ClaimFacts) -> bool:
    """Whether a condition holds on a claim. Raises Unanswerable, with the reason, where that cannot be said."""
    return condition.holds(lambda about: about.value(facts))


def read(data: Any) -> Group:
    """The condition that `as_data` came from. Raises Unanswerable for anything else."""
    found = _part(data, 0)
    if not isinstance(found, Group):
        raise Unanswerable(_DAMAGED)
    return found


_DAMAGED = "its condition cannot be read"


def _part(data: Any, depth: int) -> Clause | Group:
    if not isinstance(data, dict) or depth > 2 * MOST_NESTED:
        raise Unanswerable(_DAMAGED)
    for match in ("all", "any"):
        if isinstance(data.get(match), list):
            return Group(match, tuple(_part(part, depth + 1) for part in data[match]))
    about, by, value = data.get("property"), data.get("operator"), data.get("value")
    if not isinstance(about, str) or not isinstance(by, str):
        raise Unanswerable(_DAMAGED)
    return Clause(about, by, tuple(value) if isinstance(value, list) else value)
