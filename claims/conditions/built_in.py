"""Where a condition meets a rule of the program: for those that can be said with declared properties and operators."""

from __future__ import annotations

from collections.abc import Mapping

from claims.conditions.condition import Clause, Group
from claims.conditions.sense import ask_alike, is_opposed, problems
from claims.conditions.trying import same


def _all(*clauses: Clause) -> Group:
    return Group("all", clauses)


ASKED: Mapping[str, Group] = {
    "COV-103": _all(Clause("payer.covers", "is", "no")),
    "COV-104": _all(Clause("payer.covers", "unknown")),
    "ELG-101": _all(Clause("eligibility.active", "unknown")),
    "ELG-102": _all(Clause("eligibility.active", "is", False)),
    "ELG-105": _all(Clause("eligibility.covers", "is", "no")),
    "ELG-202": _all(Clause("plan.group_number", "unknown")),
    "ELG-203": _all(Clause("plan.relationship", "unknown")),
    "ELG-208": Group("any", (Clause("plan.assigned", "is", False), Clause("plan.assigned", "unknown"))),
    "ELG-209": _all(Clause("plan.name", "unknown")),
    "COD-121": _all(Clause("claim.first_diagnosis", "unknown")),
    "FIN-102": _all(Clause("estimate.given", "is", False)),
}
"""When these rules of the program stand against a claim. The others ask what no condition can say."""


def remarks(condition: Group, titles: Mapping[str, str]) -> tuple[str, ...]:
    """What is worth knowing before such a rule is adopted; it hinders nothing. `titles` are of the rules in force."""
    if problems(condition):
        return ()
    found = []
    for rule, asked in ASKED.items():
        if rule not in titles or not ask_alike(condition, asked):
            continue
        named = f"{rule} ({titles[rule]})"
        if same(condition, asked):
            found.append(f"{named} of the program asks the same. Setting its severity may be enough.")
        elif is_opposed(condition, asked):
            found.append(
                f"It contradicts {named} of the program: whatever is recorded, one of the two stands against the claim."
            )
    return tuple(found)
