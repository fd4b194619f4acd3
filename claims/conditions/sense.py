"""Whether a condition makes sense, said while it is being built: nothing that holds never, always or backwards.

What a condition can ever do is found by trying, in `claims.conditions.trying`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from claims.conditions import operators
from claims.conditions.condition import MOST_CLAUSES, MOST_NESTED, Clause, Group
from claims.conditions.kinds import LONGEST, MOST_VALUES, Kind, NotAValue, meant
from claims.conditions.sentence import told
from claims.conditions.trying import can_hold, holds_always, root, same
from documentation.kernel.rule import Unanswerable

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
    elif holds_always(group, known=True):
        yield Problem(path, "This holds whatever is recorded, so every such claim would be held. Narrow it down.")


def _pointless(clause: Clause) -> str:
    about, alone = clause.about, Group("all", (clause,))
    if can_hold(alone) is False:
        return f"This can never hold{_limits(clause)}."
    if holds_always(alone):
        return f"This holds on every claim{_limits(clause)}."
    if holds_always(alone, known=True):
        return (
            f"This holds whatever is recorded{_limits(clause)}. If you mean that, say that the {about.label} is known."
        )
    return ""


def _limits(clause: Clause) -> str:
    about = clause.about
    if clause.by.takes == operators.NONE or about.ends is None:
        return ": every claim has it recorded" if about.is_always_known else ""
    return f": it lies between {about.ends[0]} and {about.ends[1]}"


def _clash(group: Group) -> str:
    for a, b in combinations(dict.fromkeys(group.clauses()), 2):
        if root(a.key) == root(b.key) and can_hold(Group("all", (a, b))) is False:
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
            yield contradicts(other)


def contradicts(other: Adopted) -> str:
    """Said of a condition that is opposed to that of another rule."""
    return f"It contradicts {other.id} ({other.title}): whatever is recorded, one of the two would hold the claim."


def ask_alike(a: Group, b: Group) -> bool:
    """Whether two conditions ask for any of the same things; else they are neither the same nor opposed."""
    return not {root(c.key) for c in a.clauses()}.isdisjoint(root(c.key) for c in b.clauses())


def is_opposed(condition: Group, other: Group) -> bool:
    """Whether one of the two holds, whatever is recorded, and neither of them by itself: then that one is the fault."""
    both = holds_always(Group("any", (condition, other)), known=True)
    return both and not any(holds_always(alone, known=True) for alone in (condition, other))
