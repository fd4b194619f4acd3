"""What a condition can ever do, found by trying.

A clause can only be true or false, and changes at the values it names. So a handful of values for each property stands
for all of them. Conditions have no 'not' around a group: of the ways in which clauses can come out together, only the
most and the fewest true ones need to be tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from claims.conditions.catalogue import BY_KEY
from claims.conditions.condition import Clause, Group
from claims.conditions.operators import NONE
from claims.conditions.samples import samples

MOST_TRIED = 5_000
"""Beyond so many combinations nothing is claimed of a condition."""

Truth = Mapping[Clause, bool]
Outcomes = tuple[list[Clause], set[tuple[bool, ...]]]
"""Clauses with the ways in which they come out together."""


def can_hold(group: Group) -> bool | None:
    """Whether any claim fulfills it; None where that is too much to try."""
    found = list(_ways(group, keep="most"))
    return any(_true(group, truth) for truth in found) if found else None


def holds_always(group: Group, *, known: bool = False) -> bool:
    """Whether every claim fulfills it; `known` looks only at claims where everything is recorded that it compares.

    Where it asks whether something is recorded at all, claims without it are looked at all the same.
    """
    found = list(_ways(group, keep="fewest", known=known))
    return bool(found) and all(_true(group, truth) for truth in found)


def same(a: Group, b: Group) -> bool:
    """Whether two conditions hold on the same claims, as far as that can be told."""
    if a == b:
        return True
    found = list(_ways(Group("all", (a, b))))
    return bool(found) and all(_true(a, truth) == _true(b, truth) for truth in found)


def root(key: str) -> str:
    """The property that all of its parts go back to: they are tried together."""
    return [key, *_wholes(key)][-1]


def _wholes(key: str) -> Iterator[str]:
    """The properties that one is a part of."""
    while (about := BY_KEY.get(key)) and about.within:
        key = about.within
        yield key


def _true(part: Clause | Group, truth: Truth) -> bool:
    if isinstance(part, Clause):
        return truth[part]
    return bool(part.parts) and (all if part.match == "all" else any)(_true(p, truth) for p in part.parts)


def _ways(group: Group, *, keep: str = "", known: bool = False) -> Iterator[dict[Clause, bool]]:
    """The ways in which the clauses can come out together; none where they are too many to try them all."""
    related: dict[str, list[Clause]] = defaultdict(list)
    for clause in dict.fromkeys(group.clauses()):
        related[root(clause.key)].append(clause)
    columns, many = [], 1
    for together in related.values():
        found = _outcomes(together, known=known)
        if found is None:
            return
        for clauses, outcomes in found:
            columns.append([dict(zip(clauses, o, strict=True)) for o in _ends(outcomes, keep)])
            many *= len(columns[-1])
    if many > MOST_TRIED:
        return
    for parts in product(*columns):
        yield {clause: value for part in parts for clause, value in part.items()}


def _outcomes(clauses: list[Clause], *, known: bool) -> list[Outcomes] | None:
    """How clauses of related properties come out. Where that is too much to try, each property is tried by itself:
    more is thought possible then, and never less.
    """
    of_property: dict[str, list[Clause]] = defaultdict(list)
    for clause in clauses:
        of_property[clause.key].append(clause)
    values = {}
    for key, own in of_property.items():
        # What one of them is compared with counts for the others as well: at each of its values they may lie beyond.
        found = samples(BY_KEY[key], clauses if len(of_property) > 1 else own)
        if found is None:
            return None
        values[key] = [*found, None] if _may_be_unknown(own, known=known) else found
    if prod(map(len, values.values())) > MOST_TRIED:
        return [(own, _tried(own, {key: values[key]})) for key, own in of_property.items()]
    return [(clauses, _tried(clauses, values))]


def _may_be_unknown(clauses: Iterable[Clause], *, known: bool) -> bool:
    asked = list(clauses)
    return not asked[0].about.is_always_known and (not known or any(c.by.takes == NONE for c in asked))


def _tried(clauses: list[Clause], values: Mapping[str, list[Any]]) -> set[tuple[bool, ...]]:
    found = set()
    for tried in product(*values.values()):
        of = dict(zip(values, tried, strict=True))
        if _fit_together(of):
            found.add(tuple(c.holds(lambda about, of=of: of[about.key]) for c in clauses))  # type: ignore[misc]
    return found


def _fit_together(of: Mapping[str, Any]) -> bool:
    """Whether no part is more than its whole."""
    return all(of[key] <= of[whole] for key in of for whole in _wholes(key) if whole in of)


def _ends(outcomes: set[tuple[bool, ...]], keep: str) -> list[tuple[bool, ...]]:
    """Only the most or the fewest true: nothing more can come of the others."""

    def is_below(a: tuple[bool, ...], b: tuple[bool, ...]) -> bool:
        return a != b and all(x <= y for x, y in zip(a, b, strict=True))

    if keep == "most":
        return [o for o in outcomes if not any(is_below(o, other) for other in outcomes)]
    if keep == "fewest":
        return [o for o in outcomes if not any(is_below(other, o) for other in outcomes)]
    return list(outcomes)
