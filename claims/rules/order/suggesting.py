"""The order that the table suggests for the plans of a patient, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cmp_to_key

from claims.rules.order.standing import Decision, OrderRule, Pair, PlanStanding
from claims.rules.order.table import TABLE
from documentation.kernel.dates import long_date


def decide(pair: Pair, table: Iterable[OrderRule] = TABLE) -> Decision:
    """The first rule that decides. Where none does, the plans stay in the order in which they came.

    What is not known of a plan beside Medicare is asked: no general rule stands in for the law.
    """
    for rule in table:
        if rule.id >= _FIRST_GENERAL and _waits_for_medicare(pair):
            break
        if found := rule.decide(pair):
            return Decision(pair.a, pair.b, rule) if found == "a" else Decision(pair.b, pair.a, rule)
    return Decision(pair.a, pair.b, None)


_FIRST_GENERAL = "ORD-121"
"""From here on the rules are those among plans of one kind; before it stands what the law says of Medicare."""


def _waits_for_medicare(pair: Pair) -> bool:
    """Whether the law would decide between Medicare and another plan if the rest were known."""
    for medicare, other in ((pair.a, pair.b), (pair.b, pair.a)):
        if medicare.program == "medicare" and other.program == "commercial":
            is_open = other.employment in ("active", "unknown")
            return is_open or (other.is_group and medicare.medicare_reason in ("kidney", "unknown"))
    return False


def suggest(plans: Iterable[PlanStanding], day: date) -> tuple[tuple[PlanStanding, ...], tuple[Decision, ...]]:
    """The plans in the order in which they pay, and what decided between each and the next."""

    def compare(a: PlanStanding, b: PlanStanding) -> int:
        found = decide(Pair(a, b, day))
        return 0 if found.rule is None else -1 if found.first is a else 1

    ordered = tuple(sorted(plans, key=cmp_to_key(compare)))
    return ordered, tuple(decide(Pair(a, b, day)) for a, b in zip(ordered, ordered[1:], strict=False))


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
