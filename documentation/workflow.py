"""The states of an encounter and of a request to amend it, as tables.

Completeness is derived from the rules, never a state.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from documentation.facts import EncounterFacts
from documentation.kernel.amendments import something_is_amended, still_in_time
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


class AmendmentStatus(StrEnum):
    RECEIVED = "received"
    EXTENDED = "extended"
    ACCEPTED = "accepted"
    DENIED = "denied"
    DISPUTED = "disputed"
    REBUTTED = "rebutted"
    WITHDRAWN = "withdrawn"


A = AmendmentStatus

UNANSWERED = frozenset({A.RECEIVED, A.EXTENDED})
"""States in which the time to answer runs."""
REFUSED = frozenset({A.DENIED, A.DISPUTED, A.REBUTTED})
"""States in which the request and what followed go along where the record is given away."""

AMENDMENT = Machine(
    name="amendment",
    field="status",
    initial=A.RECEIVED,
    transitions=(
        Transition(
            "extend",
            "Extend the time",
            frozenset({A.RECEIVED}),
            A.EXTENDED,
            Permission.AMENDMENT_ANSWER,
            still_in_time,
            icon="calendar-plus",
        ),
        # What was denied may be accepted after all, once the statement was read.
        Transition(
            "accept",
            "Accept",
            UNANSWERED | REFUSED,
            A.ACCEPTED,
            Permission.AMENDMENT_ANSWER,
            something_is_amended,
            icon="check",
        ),
        Transition("deny", "Deny", UNANSWERED, A.DENIED, Permission.AMENDMENT_ANSWER, icon="x"),
        Transition(
            "dispute",
            "Record the statement of disagreement",
            frozenset({A.DENIED}),
            A.DISPUTED,
            Permission.PATIENT_EDIT,
            icon="message-square",
        ),
        Transition(
            "rebut",
            "Write the rebuttal",
            frozenset({A.DISPUTED}),
            A.REBUTTED,
            Permission.AMENDMENT_ANSWER,
            icon="reply",
        ),
        Transition("withdraw", "Withdraw", UNANSWERED, A.WITHDRAWN, Permission.PATIENT_EDIT, icon="undo-2"),
    ),
    labels={
        A.RECEIVED: ("To answer", "attention"),
        A.EXTENDED: ("To answer, extended", "attention"),
        A.ACCEPTED: ("Accepted", "paid"),
        A.DENIED: ("Denied", "denied"),
        A.DISPUTED: ("Denied, patient disagrees", "denied"),
        A.REBUTTED: ("Denied, rebutted", "denied"),
        A.WITHDRAWN: ("Withdrawn", "draft"),
    },
)
