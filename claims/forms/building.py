"""A condition while a person builds it: what was typed, part by part, and the steps that add and remove parts.

The parts come as fields named by their place: `c` is the whole, `c-0` its first part, `c-1-0` the first of its second.
Nothing is refused here: what is wrong stands beside its part, and is refused when the rule is tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.datastructures import MultiValueDict

from claims.conditions import operators
from claims.conditions.catalogue import BY_KEY
from claims.conditions.condition import MOST_NESTED, Clause, Group, read
from claims.conditions.kinds import Kind, NotAValue, typed
from claims.conditions.operators import ONE, SEVERAL, TWO, Operator
from claims.conditions.property import Property
from claims.conditions.sense import Adopted, Problem, problems
from documentation.kernel.money import from_cents
from documentation.kernel.rule import Unanswerable

WHOLE = "c"
MOST_PARTS = 60
"""No more parts of a form are read, however many come."""


@dataclass
class Row:
    """One comparison as it was typed."""

    key: str = ""
    operator: str = ""
    given: list[str] = field(default_factory=list)
    path: str = ""
    problem: str = ""
    is_group = False

    @property
    def about(self) -> Property | None:
        return BY_KEY.get(self.key)

    @property
    def offered(self) -> tuple[Operator, ...]:
        about = self.about
        return operators.for_kind(about.kind, has_choices=bool(about.choices)) if about else ()

    @property
    def by(self) -> Operator | None:
        """The operator; the first that fits where another property was chosen since."""
        return next((o for o in self.offered if o.key == self.operator), self.offered[0] if self.offered else None)

    @property
    def value_kind(self) -> Kind:
        about, by = self.about, self.by
        return (by.compares if by else None) or (about.kind if about else Kind.TEXT)

    @property
    def takes(self) -> str:
        """What is drawn for its value: nothing, one, two, words to tick, or several, one on each line."""
        about, by = self.about, self.by
        if about is None or by is None or by.takes == operators.NONE:
            return ""
        if by.takes == TWO:
            return "two"
        if by.takes == SEVERAL:
            return "words" if about.choices else "several"
        return "choice" if about.choices and by.compares is None else self.value_kind.value

    @property
    def input(self) -> str:
        """The type of the browser's own field."""
        return "date" if self.value_kind is Kind.DAY else "text"

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        about = self.about
        if about is None:
            return []
        choices = about.choices or {"yes": "Yes", "no": "No"}
        return [(token, label, token in self.given) for token, label in choices.items()]

    @property
    def first(self) -> str:
        return self.given[0] if self.given else ""

    @property
    def lines(self) -> str:
        """Several values, one on each line: a value may hold commas."""
        return "\n".join(self.given)

    @property
    def second(self) -> str:
        return self.given[1] if len(self.given) > 1 else ""

    @property
    def unit(self) -> str:
        about, by = self.about, self.by
        if about is None or by is None or by.takes not in (ONE, TWO):
            return ""
        if self.value_kind is Kind.MONEY:
            return "$"
        return "characters" if by.compares is Kind.NUMBER else about.unit

    def part(self) -> Clause:
        by = self.by
        if by is None:
            return Clause(self.key, self.operator)
        return Clause(self.key, by.key, self._value(by))

    def _value(self, by: Operator) -> Any:
        def one(text: str) -> Any:
            try:
                return typed(self.value_kind, text)
            except NotAValue:
                return None

        if by.takes == operators.NONE:
            return None
        if by.takes == ONE:
            return one(self.given[0]) if self.given else None
        return tuple(dict.fromkeys(one(g) for g in self.given)) if by.takes == SEVERAL else tuple(map(one, self.given))


@dataclass
class Box:
    """Parts of which all must hold, or any, as they were typed."""

    match: str = "all"
    parts: list[Row | Box] = field(default_factory=list)
    path: str = WHOLE
    problem: str = ""
    is_group = True

    @property
    def is_whole(self) -> bool:
        return self.path == WHOLE

    @property
    def may_nest(self) -> bool:
        return self.path.count("-") < MOST_NESTED - 1

    def part(self) -> Group:
        return Group(self.match, tuple(p.part() for p in self.parts))

    def all(self) -> Iterator[Row | Box]:
        yield self
        for part in self.parts:
            yield from part.all() if isinstance(part, Box) else (part,)


@dataclass(frozen=True)
class Draft:
    """A condition on the way, with everything that is wrong with it as it stands."""

    whole: Box
    problems: tuple[Problem, ...]

    @property
    def condition(self) -> Group:
        return self.whole.part()


def draft_of(condition: Any, others: Iterable[Adopted] = ()) -> Draft:
    """The draft of a condition as it is kept; an empty one begins with one row to fill in."""
    try:
        whole = _from_part(read(condition))
    except Unanswerable:
        whole = Box()
    if isinstance(whole, Row) or not whole.parts:
        whole = Box(parts=[Row()])
    return _looked_at(whole, others)


def draft_from(data: MultiValueDict[str, str], others: Iterable[Adopted] = ()) -> Draft:
    """The draft that a form holds, after the step that was pressed: `add`, `group` or `remove` and a path."""
    whole = _read_box(data, WHOLE, [MOST_PARTS])
    step, _, path = data.get("do", "").partition(":")
    _number(whole, WHOLE)
    for box in [b for b in whole.all() if isinstance(b, Box)]:
        if box.path == path and step == "add":
            box.parts.append(Row())
        elif box.path == path and step == "group" and box.may_nest:
            box.parts.append(Box("any" if box.match == "all" else "all", [Row()]))
        elif step == "remove":
            box.parts = [p for p in box.parts if p.path != path]
    return _looked_at(whole, others)


def _looked_at(whole: Box, others: Iterable[Adopted]) -> Draft:
    _number(whole, WHOLE)
    found = problems(whole.part(), others)
    said: dict[str, str] = {}
    for problem in found:
        said.setdefault("-".join((WHOLE, *map(str, problem.path))), problem.sentence)
    for part in whole.all():
        part.problem = said.get(part.path, "")
    return Draft(whole, found)


def _number(part: Row | Box, path: str) -> None:
    part.path = path
    for n, below in enumerate(part.parts if isinstance(part, Box) else ()):
        _number(below, f"{path}-{n}")


def _read_box(data: MultiValueDict[str, str], path: str, left: list[int]) -> Box:
    parts: list[Row | Box] = []
    match = data.get(f"{path}.match", "all")
    while left[0] > 0:
        here = f"{path}-{len(parts)}"
        if f"{here}.match" in data and here.count("-") < MOST_NESTED:
            left[0] -= 1
            parts.append(_read_box(data, here, left))
        elif f"{here}.property" in data:
            left[0] -= 1
            parts.append(_read_row(data, here))
        else:
            break
    return Box(match if match in ("all", "any") else "all", parts)


def _read_row(data: MultiValueDict[str, str], path: str) -> Row:
    row = Row(data.get(f"{path}.property", ""), data.get(f"{path}.operator", ""))
    given = [str(v) for v in data.getlist(f"{path}.value")]
    if row.takes == "several":
        given = [line for text in given for line in text.splitlines()]
    if row.takes == "two":
        given = [*given[:1], data.get(f"{path}.to", "")]
    row.given = [text.strip() for text in given]
    if row.takes in ("words", "choice") and row.about:
        row.given = [token for token in row.given if token in row.about.choices]
    if row.takes != "two":
        row.given = [text for text in row.given if text]
    return row


def _from_part(part: Clause | Group) -> Row | Box:
    if isinstance(part, Group):
        return Box(part.match, [_from_part(p) for p in part.parts])
    row = Row(part.key, part.operator)
    values = part.value if isinstance(part.value, tuple) else () if part.value is None else (part.value,)
    row.given = [_as_typed(row.value_kind, v) for v in values]
    return row


def _as_typed(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind is Kind.YES_NO:
        return "yes" if value else "no"
    return str(from_cents(value)) if kind is Kind.MONEY and isinstance(value, int) else str(value)
