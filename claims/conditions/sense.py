"""Whether a condition makes sense, said while it is being built: nothing that holds never, always or backwards.

A clause can only be true or false, and changes at the values it names. So a handful of values for each property stands
for all of them, and trying these tells what a condition can ever do. Conditions have no 'not' around a group: of the
ways in which the clauses of one property can come out, only the most and the fewest true ones need to be tried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from claims.conditions import operators
from claims.conditions.condition import MOST_CLAUSES, MOST_NESTED, Clause, Group
from claims.conditions.kinds import LONGEST, MOST_VALUES, Kind, NotAValue, meant
from claims.conditions.samples import samples
from claims.conditions.sentence import told
from documentation.kernel.rule import Unanswerable

MOST_TRIED = 5_000
"""Beyond so many combinations nothing is claimed of a condition."""

Truth = Mapping[Clause, bool]
Path = tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: the positions that lead to the part, none for the whole."""

    path: Path
    sentence: str


@dataclass(frozen=True)
class Adopted:
    """Another rule that is in force for the same payers."""

    id: str
    title: str
    condition: Group


def problems(condition: Group, others: Iterable[Adopted] = ()) -> tuple[Problem, ...]:
    """Everything that speaks against adopting a condition; nothing where it makes sense."""
    found = [*_incomplete(condition, ())]
    if not found:
        found = [*_senseless(condition, ())]
    if not found:
        found = [Problem((), said) for said in _against(condition, others)]
    return tuple(found)


# --- What is not complete -------------------------------------------------------------------------------------------


def _incomplete(group: Group, path: Path) -> Iterator[Problem]:
    if not path and len(list(group.clauses())) > MOST_CLAUSES:
        yield Problem(path, f"A rule has at most {MOST_CLAUSES} conditions. Make two rules of it.")
    if not path and group.depth > MOST_NESTED:
        yield Problem(path, f"Groups are nested at most {MOST_NESTED} deep. Make two rules of it.")
    if not group.parts:
        yield Problem(path, "Add a condition, or remove this group." if path else "Add at least one condition.")
    for n, part in enumerate(group.parts):
        here = (*path, n)
        if isinstance(part, Group):
            yield from _incomplete(part, here)
        elif said := _gap(part):
            yield Problem(here, said)
        elif part in group.parts[:n]:
            yield Problem(here, "This condition stands here twice. Remove one of them.")


def _gap(clause: Clause) -> str:
    """What a clause lacks, as a sentence."""
    try:
        about = clause.about
    except Unanswerable:
        return "Choose what to ask of the claim."
    try:
        by = clause.by
    except Unanswerable:
        return f"Choose how to compare the {about.label}."
    if by.takes == operators.NONE:
        return ""
    values = clause.value if isinstance(clause.value, tuple) else (clause.value,)
    if len(values) > MOST_VALUES:
        return f"These are {len(values)} values; at most {MOST_VALUES} are compared. Make two conditions of them."
    try:
        read = [meant(clause.value_kind, v) for v in values]
        _ = clause.compared
    except NotAValue as e:
        return str(e)
    except Unanswerable:
        return "Give both ends of the range." if by.takes == operators.TWO else "Give a value to compare with."
    if by.compares is Kind.NUMBER and not (1 <= read[0] <= LONGEST and read[0] == int(read[0])):
        return f"Give a whole number of characters, from 1 to {LONGEST:,}."
    if about.choices and clause.value_kind in (Kind.CHOICE, Kind.LIST) and (odd := set(values) - set(about.choices)):
        return f"“{min(odd)}” is none of the answers that there are. Choose another."
    if by.takes == operators.TWO and read[0] > read[1]:
        return "The range ends before it begins, so nothing lies in it. Change its ends."
    return ""


# --- What holds never or always -------------------------------------------------------------------------------------


def _senseless(group: Group, path: Path) -> Iterator[Problem]:
    below: list[Problem] = []
    for n, part in enumerate(group.parts):
        here = (*path, n)
        if isinstance(part, Group):
            below += _senseless(part, here)
        elif said := _pointless(part):
            below.append(Problem(here, said))
    yield from below
    if below:
        return
    if can_hold(group) is False:
        yield Problem(path, _clash(group))
    elif holds_always(group):
        yield Problem(path, "This holds on every claim, so every claim would be held. Narrow it down.")
    elif not _asks_for_gaps(group) and holds_always(group, known=True):
        yield Problem(path, "This holds whatever is recorded, so every such claim would be held. Narrow it down.")


def _pointless(clause: Clause) -> str:
    about, alone = clause.about, Group("all", (clause,))
    if can_hold(alone) is False:
        return f"This can never hold{_limits(clause)}."
    if holds_always(alone):
        return f"This holds on every claim{_limits(clause)}."
    if not _asks_for_gaps(alone) and holds_always(alone, known=True):
        return (
            f"This holds whatever is recorded{_limits(clause)}. If you mean that, say that the {about.label} is known."
        )
    return ""


def _limits(clause: Clause) -> str:
    about = clause.about
    if about.kind is not Kind.NUMBER or clause.operator in ("known", "unknown"):
        return ": every claim has it recorded" if about.is_always_known else ""
    if about.low is not None and about.high is not None:
        return f": it lies between {about.low} and {about.high}"
    return f": it is never below {about.low}" if about.low is not None else ""


def _asks_for_gaps(group: Group) -> bool:
    """Whether it asks if something is recorded; then a claim where all is recorded says nothing of the others."""
    return any(clause.operator in ("known", "unknown") for clause in group.clauses())


def _clash(group: Group) -> str:
    for a, b in combinations(dict.fromkeys(group.clauses()), 2):
        if a.key == b.key and can_hold(Group("all", (a, b))) is False:
            return f"This can never hold: “{told(a)}” and “{told(b)}” exclude each other."
    return "This can never hold: its parts exclude each other."


# --- Against the rules that are in force ----------------------------------------------------------------------------


def _against(condition: Group, others: Iterable[Adopted]) -> Iterator[str]:
    for other in others:
        if not ask_alike(condition, other.condition):
            continue
        if same(condition, other.condition):
            yield f"{other.id} ({other.title}) says the same. Change that rule instead of adding another."
        elif is_opposed(condition, other.condition):
            yield (
                f"It contradicts {other.id} ({other.title}): whatever is recorded, one of the two would hold the claim."
            )


def ask_alike(a: Group, b: Group) -> bool:
    """Whether two conditions ask for any of the same properties; else they are neither the same nor opposed."""
    return not {c.key for c in a.clauses()}.isdisjoint(c.key for c in b.clauses())


def is_opposed(condition: Group, other: Group) -> bool:
    """Whether one of the two holds, whatever is recorded."""
    return not _asks_for_gaps(condition) and holds_always(Group("any", (condition, other)), known=True)


def same(a: Group, b: Group) -> bool:
    """Whether two conditions hold on the same claims, as far as that can be told."""
    if a == b:
        return True
    found = list(_ways(Group("all", (a, b))))
    return bool(found) and all(_true(a, truth) == _true(b, truth) for truth in found)


# --- Trying ---------------------------------------------------------------------------------------------------------


def can_hold(group: Group) -> bool | None:
    """Whether any claim fulfills it; None where that is too much to try."""
    found = list(_ways(group, keep="most"))
    return any(_true(group, truth) for truth in found) if found else None


def holds_always(group: Group, *, known: bool = False) -> bool:
    """Whether every claim fulfills it; `known` looks only at claims where everything it asks for is recorded."""
    found = list(_ways(group, keep="fewest", known=known))
    return bool(found) and all(_true(group, truth) for truth in found)


def _true(part: Clause | Group, truth: Truth) -> bool:
    if isinstance(part, Clause):
        return truth[part]
    return bool(part.parts) and (all if part.match == "all" else any)(_true(p, truth) for p in part.parts)


def _ways(group: Group, *, keep: str = "", known: bool = False) -> Iterator[dict[Clause, bool]]:
    """The ways in which the clauses can come out together; none where they are too many to try them all."""
    of_property: dict[str, list[Clause]] = defaultdict(list)
    for clause in dict.fromkeys(group.clauses()):
        of_property[clause.key].append(clause)
    columns, many = [], 1
    for clauses in of_property.values():
        outcomes = _outcomes(clauses, known=known)
        if outcomes is None:
            return
        columns.append([dict(zip(clauses, o, strict=True)) for o in _ends(outcomes, keep)])
        many *= len(columns[-1])
    if many > MOST_TRIED:
        return
    for parts in product(*columns):
        yield {clause: value for part in parts for clause, value in part.items()}


def _outcomes(clauses: list[Clause], *, known: bool) -> set[tuple[bool, ...]] | None:
    about = clauses[0].about
    values = samples(about, clauses)
    if values is None:
        return None
    if not known and not about.is_always_known:
        values = [*values, None]
    return {tuple(c.holds(lambda _, v=value: v) for c in clauses) for value in values}  # type: ignore[misc]


def _ends(outcomes: set[tuple[bool, ...]], keep: str) -> list[tuple[bool, ...]]:
    """Only the most or the fewest true: nothing more can come of the others."""

    def is_below(a: tuple[bool, ...], b: tuple[bool, ...]) -> bool:
        return a != b and all(x <= y for x, y in zip(a, b, strict=True))

    if keep == "most":
        return [o for o in outcomes if not any(is_below(o, other) for other in outcomes)]
    if keep == "fewest":
        return [o for o in outcomes if not any(is_below(other, o) for other in outcomes)]
    return list(outcomes)
