"""The states of an encounter, as a table. Completeness is derived from the rules, never a state."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from documentation.facts import EncounterFacts
from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import check


class EncounterStatus(StrEnum):
    PLANNED = "planned"
    DRAFT = "draft"
    SIGNED = "signed"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


S = EncounterStatus

LOCKED = frozenset({S.SIGNED, S.SUPERSEDED})
"""States in which no path writes to the record any more."""


def nothing_blocks(facts: EncounterFacts) -> Iterable[str]:
    from documentation.rules import CATALOGUE

    return tuple(f"{r.message} {r.fix}" for r in check(facts, CATALOGUE).blockers)


ENCOUNTER = Machine(
    name="encounter",
    field="status",
    initial=S.PLANNED,
    transitions=(
        Transition("start", "Start documenting", frozenset({S.PLANNED}), S.DRAFT, Permission.ENCOUNTER_EDIT),
        Transition("cancel", "Cancel the visit", frozenset({S.PLANNED, S.DRAFT}), S.CANCELLED, Permission.VISIT_PLAN),
        Transition("reopen", "Plan it again", frozenset({S.CANCELLED}), S.PLANNED, Permission.VISIT_PLAN),
        Transition(
            "sign", "Sign", frozenset({S.DRAFT}), S.SIGNED, Permission.ENCOUNTER_SIGN, nothing_blocks, icon="signature"
        ),
        Transition("abandon", "Abandon this version", frozenset({S.DRAFT}), S.CANCELLED, Permission.ENCOUNTER_SIGN),
        Transition(
            "resume", "Take this version up again", frozenset({S.CANCELLED}), S.DRAFT, Permission.ENCOUNTER_SIGN
        ),
        Transition(
            "supersede", "Replace by a new version", frozenset({S.SIGNED}), S.SUPERSEDED, Permission.ENCOUNTER_SIGN
        ),
    ),
    labels={
        S.PLANNED: ("Planned", "submitted"),
        S.DRAFT: ("Draft", "draft"),
        S.SIGNED: ("Signed", "paid"),
        S.SUPERSEDED: ("Replaced", "draft"),
        S.CANCELLED: ("Cancelled", "draft"),
    },
)
