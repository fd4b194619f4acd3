"""What the rules ask of two plans. Each answers 'a' or 'b', or nothing where it does not decide."""

from __future__ import annotations

from collections.abc import Callable

from claims.rules.order.standing import Decide, Pair, PlanStanding
from documentation.kernel.dates import months_between

WORKING_AGED_FROM = 20
DISABILITY_FROM = 100
"""Employees of the employer from which its plan pays before Medicare: by age, and by disability."""
KIDNEY_MONTHS = 30
"""So long a group plan pays before Medicare that began for kidney disease."""
EMPLOYEES = {"under_20": 0, "20_to_99": 20, "100_or_more": 100}
"""At least so many, by the token."""
PARENTS = ("court_order", "custodial", "custodial_spouse", "other_parent", "other_spouse")
"""Where parents live apart, in the order in which their plans pay."""


def only(test: Callable[[PlanStanding], bool]) -> Decide:
    """The one of two plans for which something is true pays first."""

    def decide(pair: Pair) -> str:
        a, b = test(pair.a), test(pair.b)
        return "" if a == b else "a" if a else "b"

    return decide


def before(first: Callable[[PlanStanding], bool], second: Callable[[PlanStanding], bool]) -> Decide:
    """A plan of the first kind pays before one of the second kind; other pairs are left open."""

    def decide(pair: Pair) -> str:
        if first(pair.a) and second(pair.b):
            return "a"
        return "b" if first(pair.b) and second(pair.a) else ""

    return decide


def no_clause(pair: Pair) -> str:
    """Among commercial plans: what the law says of Medicare binds a contract without such a clause, too."""
    if not pair.a.program == pair.b.program == "commercial":
        return ""
    return before(lambda p: p.has_cob_clause == "no", lambda p: p.has_cob_clause == "yes")(pair)


def employees(plan: PlanStanding) -> int:
    return EMPLOYEES.get(plan.employer_size, -1)


def by_size(reason: str, enough: int) -> Decide:
    """Medicare for this reason beside the plan of an employer, whose size decides; a size not known leaves it open."""

    def decide(pair: Pair) -> str:
        for mine, other, me, them in ((pair.a, pair.b, "a", "b"), (pair.b, pair.a, "b", "a")):
            if mine.program == "medicare" and mine.medicare_reason == reason and other.employment == "active":
                size = employees(other)
                if other.program == "commercial" and size >= 0:
                    return them if size >= enough else me
        return ""

    return decide


def kidney(pair: Pair) -> str:
    for mine, other, me, them in ((pair.a, pair.b, "a", "b"), (pair.b, pair.a, "b", "a")):
        if mine.program == "medicare" and mine.medicare_reason == "kidney" and mine.kidney_since and other.is_group:
            return them if months_between(mine.kidney_since, pair.day) < KIDNEY_MONTHS else me
    return ""


DEPENDENT = ("spouse", "child", "other")


def of_former_work(plan: PlanStanding) -> bool:
    """Whether it comes from former work, its own or continued."""
    return plan.program == "commercial" and plan.employment in ("retired", "cobra")


before_former_work = before(
    lambda p: p.program == "medicare" and p.medicare_reason in ("age", "disability"),
    of_former_work,
)
by_age, by_disability = by_size("age", WORKING_AGED_FROM), by_size("disability", DISABILITY_FROM)


def around_medicare(pair: Pair) -> str:
    """A dependent's plan from active work goes before the own one from former work where Medicare stands between."""
    for dependents, own, word in ((pair.a, pair.b, "a"), (pair.b, pair.a, "b")):
        if dependents.relationship in DEPENDENT and own.relationship == "self" and of_former_work(own):
            for medicare in pair.beside:
                above, below = Pair(dependents, medicare, pair.day), Pair(medicare, own, pair.day)
                if "a" in (by_age(above), by_disability(above)) and before_former_work(below) == "a":
                    return word
    return ""


def court(pair: Pair) -> str:
    return only(lambda p: p.parent == "court_order")(pair) if are_parents_plans(pair) else ""


def are_parents_plans(pair: Pair) -> bool:
    return pair.a.relationship == pair.b.relationship == "child"


def apart(pair: Pair) -> str:
    ranks = [PARENTS.index(p.parent) if p.parent in PARENTS else -1 for p in (pair.a, pair.b)]
    if not are_parents_plans(pair) or -1 in ranks or ranks[0] == ranks[1]:
        return ""
    return "a" if ranks[0] < ranks[1] else "b"


def share_the_child(pair: Pair) -> bool:
    """Whether the plans are those of parents together, or with joint custody that a court assigned to neither."""
    return are_parents_plans(pair) and {pair.a.parent, pair.b.parent} <= {"together", "joint"}


def birthday(pair: Pair) -> str:
    """Month and day, never the year."""
    one, other = pair.a.holder_birth, pair.b.holder_birth
    if not (share_the_child(pair) and one and other) or one == other:
        return ""
    return "a" if one < other else "b"


def same_birthday(pair: Pair) -> str:
    """Of plans whose holders have the same birthday, the one that was held longer."""
    is_same = pair.a.holder_birth and pair.a.holder_birth == pair.b.holder_birth
    return longer(pair) if share_the_child(pair) and is_same else ""


def playbook(pair: Pair) -> str:
    """Dental beside medical: what both payers take the service for, where their policies do not contradict."""
    if {pair.a.line, pair.b.line} != {"dental", "medical"}:
        return ""
    said = {p.treats_as for p in (pair.a, pair.b)} - {"unknown", ""}
    if len(said) != 1:
        return ""
    return "a" if pair.a.line in said else "b"


def longer(pair: Pair) -> str:
    one, other = pair.a.held_since, pair.b.held_since
    if one is None or other is None or one == other:
        return ""
    return "a" if one < other else "b"
