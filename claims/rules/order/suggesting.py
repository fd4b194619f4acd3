"""The order that the table suggests for the plans of a patient, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise, product

from claims.rules.order.deciding import share_the_child
from claims.rules.order.standing import Decision, OrderRule, Pair, PlanStanding
from claims.rules.order.table import TABLE
from documentation.kernel.dates import long_date


def decide(pair: Pair, table: Iterable[OrderRule] = TABLE) -> Decision:
    """The first rule that decides. Where none does, the plans stay in the order in which they came.

    What is not known of a plan beside Medicare, or of the birthdays of parents, is asked: no general rule stands in.
    """
    for rule in table:
        if any(rule.id >= first and waits(pair) for first, waits in _WAITING):
            break
        if found := rule.decide(pair):
            return Decision(pair.a, pair.b, rule) if found == "a" else Decision(pair.b, pair.a, rule)
    return Decision(pair.a, pair.b, None)


def _waits_for_medicare(pair: Pair) -> bool:
    """Whether the law would decide between Medicare and another plan if the rest were known."""
    for medicare, other in ((pair.a, pair.b), (pair.b, pair.a)):
        if medicare.program == "medicare" and other.program == "commercial":
            is_open = other.employment in ("active", "unknown")
            return is_open or (other.is_group and medicare.medicare_reason in ("kidney", "unknown"))
    return False


def _waits_for_birthday(pair: Pair) -> bool:
    """Whether the birthday rule would decide if both birthdays were known."""
    return share_the_child(pair) and None in (pair.a.holder_birth, pair.b.holder_birth)


_WAITING = (("ORD-121", _waits_for_medicare), ("ORD-131", _waits_for_birthday))
"""From which rule on none is asked while something is open: before it stands the law on Medicare, the birthday rule."""


def suggest(plans: Iterable[PlanStanding], day: date) -> tuple[tuple[PlanStanding, ...], tuple[Decision, ...]]:
    """The plans in the order in which they pay, and what decided between each and the next.

    The order in which the plans come changes nothing. Those between which nothing decides stand together by name.
    """
    waiting = sorted(plans, key=lambda p: (p.key, repr(p)))
    pairs = {
        (i, j): decide(Pair(a, b, day, tuple(p for p in waiting if p is not a and p is not b)))
        for i, a in enumerate(waiting)
        for j, b in enumerate(waiting)
        if i < j
    }
    goes_before = {(i, j) if d.first is waiting[i] else (j, i) for (i, j), d in pairs.items() if d.rule}
    groups = list(_groups(len(waiting), goes_before))
    ordered = [i for group in groups for i in group]
    group_of = {i: n for n, group in enumerate(groups) for i in group}

    def between(i: int, j: int) -> Decision:
        found = pairs[min(i, j), max(i, j)]
        if found.rule and group_of[i] != group_of[j]:
            return found
        return Decision(waiting[i], waiting[j], None, is_circle=found.rule is not None)

    decisions = tuple(between(i, j) for i, j in pairwise(ordered))
    return tuple(waiting[i] for i in ordered), decisions


def _groups(count: int, goes_before: set[tuple[int, int]]) -> Iterator[list[int]]:
    """What goes before all the rest, again and again: one plan, or several between which nothing decides.

    Rules are asked of two plans at a time, so three may go round in a circle: these stand together, too.
    """
    reaches = set(goes_before)
    for k, i, j in product(range(count), repeat=3):
        if (i, k) in reaches and (k, j) in reaches:
            reaches.add((i, j))
    left = list(range(count))
    while left:
        group = [j for j in left if all((j, i) in reaches for i in left if (i, j) in reaches)]
        yield group
        left = [i for i in left if i not in group]


def told(decision: Decision) -> str:
    """The rule that decided with its source, in a sentence."""
    if decision.rule is None:
        return decision.sentence
    source = decision.rule.citation
    looked = f", looked at on {long_date(source.read_on)}" if source.read_on else ""
    return f"{decision.sentence} ({decision.rule.id}; {source}{looked})"


def open_questions(plans: Iterable[PlanStanding], stale: Mapping[str, str] | None = None) -> list[str]:
    """What is not known of the plans and might decide otherwise, as questions to ask.

    `stale` names by plan, in a sentence, what its payer took the service for before that grew too old.
    """
    known = list(plans)
    questions = []
    has_medicare = any(p.program == "medicare" for p in known)
    is_mixed = {p.line for p in known} >= {"dental", "medical"}
    for plan in known:
        if not plan.relationship:
            questions.append(f"Who holds {plan.key}?")
        if plan.employment == "unknown" and plan.program == "commercial":
            questions.append(f"Does {plan.key} come from active work, retirement, or COBRA?")
        if plan.program == "medicare" and plan.medicare_reason == "unknown":
            questions.append(f"Why does the patient have {plan.key}: age, disability, kidney disease?")
        if plan.program == "medicare" and plan.medicare_reason == "kidney" and plan.kidney_since is None:
            questions.append(f"Since when does {plan.key} cover the patient for kidney disease?")
        if has_medicare and plan.employment == "active" and plan.employer_size == "unknown":
            questions.append(f"How many employees has the employer behind {plan.key}?")
        if plan.relationship == "child" and plan.parent == "unknown":
            questions.append(f"Which parent holds {plan.key}, and do the parents live together?")
        if plan.relationship == "child" and plan.parent in ("together", "joint") and plan.holder_birth is None:
            questions.append(f"When is the birthday of whoever holds {plan.key}?")
        if len(known) > 1 and plan.program == "commercial" and plan.held_since is None:
            questions.append(f"Since when is {plan.key} held without a gap?")
        if is_mixed and plan.treats_as == "unknown":
            asked = f"Does {plan.key} take the sialoendoscopy for dental or medical?"
            questions.append(f"{asked} {(stale or {}).get(plan.key, '')}".rstrip())
    return questions
